import { Buffer } from "node:buffer";
import { z } from "zod";
import { promptParts, tokensOf } from "../answers/prompt_parts.ts";
import { base64Text } from "../formats/base64_text.ts";
import { parseBody } from "../formats/parse_body.ts";
import type { ReadOptions } from "../formats/read_options.ts";
import { readRequest } from "../formats/read_request.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";

const bodySchema = z.strictObject({
  input: z.union([
    z.strictObject({ invokeModel: z.strictObject({ body: base64Text }) }),
    z.strictObject({
      converse: z.strictObject({
        messages: z.unknown().optional(),
        system: z.unknown().optional(),
        toolConfig: z.unknown().optional(),
        additionalModelRequestFields: z.unknown().optional(),
      }),
    }),
  ]),
});

/**
 * Counts the tokens of what a call would be asked, without answering it. The body of InvokeModel
 * comes as base64, and has to be one that the model would take.
 *
 * @throws {AwsError}
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
 */
export function countTokens(body: unknown, model: ServedModel, options: ReadOptions): number {
  if (!model.countsTokens) throw invalid("The provided model doesn't support counting tokens.");
  const { input } = parseBody(bodySchema, body, "converse");
  const { question } = "converse" in input
    ? readRequest("Converse", input.converse, model, options)
    : readRequest("InvokeModel", parsed(input.invokeModel.body), model, options);
  return tokensOf(promptParts(question, model));
}

function parsed(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, "base64").toString());
  } catch {
    throw invalid("Malformed input request: the body is not JSON.");
  }
}
