import { z } from "zod";
import { askedMessage, type Question } from "../answers/question.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { checkTurns } from "./check_turns.ts";
import { checkContent, converseContent } from "./converse_content.ts";
import { type ModelFields, readModelFields } from "./converse_model_fields.ts";
import { parseBody } from "./parse_body.ts";
import { checkInputLength, checkMaxTokens } from "./limits.ts";
import { cachePoint, toolConfig } from "./amazon_tools.ts";

/**
 * Members that the service does not know are skipped, as REST-JSON services do; members of the
 * unions are not, because a union must have exactly one known member.
 */
const body = z.object({
  messages: z.array(z.object({
    role: z.enum(["user", "assistant"]),
    content: z.array(converseContent),
  })).default([]),
  system: z.array(z.union([
    z.strictObject({ text: z.string().min(1) }),
    z.strictObject({ cachePoint }),
    z.strictObject({ guardContent: z.record(z.string(), z.unknown()) }),
  ])).default([]),
  inferenceConfig: z.object({
    maxTokens: z.int().min(1).optional(),
    temperature: z.number().min(0).max(1).optional(),
    topP: z.number().min(0).max(1).optional(),
    stopSequences: z.array(z.string().min(1)).max(2500).optional(),
  }).default({}),
  toolConfig: toolConfig.optional(),
  additionalModelRequestFields: z.record(z.string(), z.unknown()).default({}),
  additionalModelResponseFieldPaths: z.array(z.string().min(1).max(256)).max(10).default([]),
  outputConfig: z.object({ textFormat: z.unknown().optional(), effort: z.string().optional() })
    .default({}),
});

type Body = z.infer<typeof body>;

/** A Converse request, read. */
export interface ConverseQuestion {
  readonly question: Question;
  /** JSON pointers into the model's own answer, to be returned beside it. */
  readonly responseFieldPaths: readonly string[];
}

/**
 * Reads a body of Converse or ConverseStream.
 *
 * @throws {AwsError} as the service, or the model behind it, refuses it.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function parseConverse(input: unknown, model: ServedModel): ConverseQuestion {
  const request = parseBody(body, input, "converse");
  checkTurns(request.messages);
  checkContent(request.messages, model);
  if (!model.systemPrompt && request.system.length > 0) {
    throw invalid(
      "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
    );
  }
  const { inferenceConfig: config } = request;
  checkMaxTokens(config.maxTokens ?? null, model);
  const fields = readModelFields(request.additionalModelRequestFields, model, asked(request));
  const question: Question = {
    system: request.system.flatMap((part) => "text" in part ? [part.text] : []).join("\n"),
    messages: request.messages.map(({ role, content }) => askedMessage(role, content)),
    settings: {
      maxTokens: config.maxTokens ?? null,
      temperature: config.temperature ?? null,
      topP: config.topP ?? null,
      topK: fields.topK,
      stopSequences: config.stopSequences ?? [],
    },
    thinks: fields.thinks,
  };
  checkInputLength(question, model, true);
  return { question, responseFieldPaths: request.additionalModelResponseFieldPaths };
}

/** What the model's own rules look at. */
function asked(request: Body): ModelFields {
  const choice = request.toolConfig?.toolChoice;
  return {
    temperature: request.inferenceConfig.temperature,
    topP: request.inferenceConfig.topP,
    maxTokens: request.inferenceConfig.maxTokens ?? null,
    toolChoice: choice === undefined ? undefined : Object.keys(choice)[0],
    effort: request.outputConfig.effort,
    asksStructure: request.outputConfig.textFormat !== undefined,
    endsWithAssistant: request.messages.at(-1)?.role === "assistant",
  };
}
