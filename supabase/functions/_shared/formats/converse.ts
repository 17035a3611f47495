import { z } from "zod";
import type { ModelAnswer } from "../core/answer.ts";
import { converseBlockSchema, decodeConverseBlock } from "./converse_blocks.ts";
import { encodeConverseRequest } from "./converse_request.ts";
import { ConverseStreamDecoder } from "./converse_stream.ts";
import { GuardrailWatch } from "./guardrail_watch.ts";
import { isJsonObject, type ModelFormat, type ModelRequest } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { converseStop, meantStop } from "./stop_reason.ts";
import { readToolUses, withoutCutCall } from "./tool_answer.ts";
import { converseUsage } from "./usage.ts";

const responseSchema = z.object({
  output: z.object({
    message: z.object({
      role: z.literal("assistant"),
      content: z.array(converseBlockSchema),
    }),
  }),
  stopReason: z.unknown().optional(),
  usage: z.unknown().optional(),
  trace: z.unknown().optional(),
});

/** Bedrock's own format, for every model that has no better one here. */
export const converseFormat: ModelFormat = {
  id: "converse",
  operation: "converse",
  encodeRequest: encodeConverseRequest,
  decodeResponse: (body, request) => decodeConverseResponse(body, request, "converse"),
  createStreamDecoder: (request) => new ConverseStreamDecoder("converse", request),
};

/**
 * Reads an answer of Converse, or of Nova's own, which is the same but for what Bedrock says of a
 * guardrail.
 *
 * @param format The format's name, for messages.
 */
export function decodeConverseResponse(
  body: unknown,
  request: ModelRequest,
  format: string,
): ModelAnswer {
  const guardrail = new GuardrailWatch();
  const answer = isJsonObject(body) ? guardrail.strip(body) : body;
  const response = parseBody(responseSchema, answer, format);
  guardrail.addTrace(response.trace);
  const { content } = response.output.message;
  const stop = converseStop(response.stopReason);
  const come = withoutCutCall(content.flatMap(decodeConverseBlock), stop, request);
  const blocks = readToolUses(come, request);
  return {
    blocks,
    usage: converseUsage(response.usage),
    ...meantStop(stop, { blocks, request, guardrail }),
  };
}
