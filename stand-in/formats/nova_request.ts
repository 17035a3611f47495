import { z } from "zod";
import { mediaSize } from "../answers/media_size.ts";
import { askedMessage, type Question } from "../answers/question.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { checkTurns } from "./check_turns.ts";
import { parseBody } from "./parse_body.ts";
import { checkInputLength, checkMaxTokens } from "./limits.ts";
import { cachePoint, toolConfig } from "./amazon_tools.ts";

const source = z.strictObject({
  bytes: z.base64().optional(),
  s3Location: z.strictObject({ uri: z.string(), bucketOwner: z.string().optional() }).optional(),
});

const toolResult = z.strictObject({
  toolUseId: z.string(),
  content: z.array(z.record(z.string(), z.unknown())),
  status: z.enum(["success", "error"]).optional(),
});

/** Documents are not here: Nova takes them through Converse only. */
const block = z.strictObject({
  text: z.string().min(1).optional(),
  image: z.strictObject({ format: z.enum(["jpeg", "png", "gif", "webp"]), source }).optional(),
  video: z.strictObject({ format: z.string(), source }).optional(),
  toolUse: z.strictObject({ toolUseId: z.string(), name: z.string(), input: z.unknown() })
    .optional(),
  toolResult: toolResult.optional(),
  reasoningContent: z.record(z.string(), z.unknown()).optional(),
  cachePoint: cachePoint.optional(),
}).refine((value) => Object.keys(value).length === 1, {
  error: "a content block has exactly one member",
});

const reasoningConfig = z.strictObject({
  type: z.enum(["enabled", "disabled"]),
  maxReasoningEffort: z.enum(["low", "medium", "high"]).optional(),
});

export const novaInferenceConfig = z.strictObject({
  maxTokens: z.int().min(1).optional(),
  // AWS documents 0.00001 as the least; 0 is widely sent and works.
  temperature: z.number().min(0).max(1).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.int().min(0).optional(),
  stopSequences: z.array(z.string()).optional(),
  reasoningConfig: reasoningConfig.optional(),
});

const body = z.strictObject({
  schemaVersion: z.literal("messages-v1").optional(),
  messages: z.array(z.strictObject({
    role: z.enum(["user", "assistant"]),
    content: z.array(block).min(1),
  })).min(1),
  system: z.array(z.union([
    z.strictObject({ text: z.string().min(1) }),
    z.strictObject({ cachePoint }),
  ])).optional(),
  inferenceConfig: novaInferenceConfig.optional(),
  toolConfig: toolConfig.optional(),
  // AWS's pages disagree on where this goes; both places are taken.
  reasoningConfig: reasoningConfig.optional(),
});

/**
 * Reads a Nova body of InvokeModel.
 *
 * @throws {AwsError} as Nova refuses it.
 * @see https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
 */
export function parseNova(input: unknown, model: ServedModel): Question {
  const request = parseBody(body, input, "schema");
  checkTurns(request.messages);
  const config = request.inferenceConfig ?? {};
  checkMaxTokens(config.maxTokens ?? null, model);
  const reasoning = config.reasoningConfig ?? request.reasoningConfig;
  checkReasoning(reasoning?.type, model);
  if (!model.media && mediaSize(request.messages) > 0) {
    // Nova Micro is text-only; AWS's words are not known.
    throw invalid("This model doesn't support image or video content.");
  }
  const question: Question = {
    system: (request.system ?? []).flatMap((part) => "text" in part ? [part.text] : []).join("\n"),
    messages: request.messages.map(({ role, content }) => askedMessage(role, content)),
    settings: {
      maxTokens: config.maxTokens ?? null,
      temperature: config.temperature ?? null,
      topP: config.topP ?? null,
      topK: config.topK ?? null,
      stopSequences: config.stopSequences ?? [],
    },
    thinks: reasoning?.type === "enabled",
  };
  checkInputLength(question, model, false);
  return question;
}

/** Reasoning is Nova 2's; AWS's words for a v1 model are not known. */
export function checkReasoning(type: string | undefined, model: ServedModel): void {
  if (type === "enabled" && !model.thinking.types.includes("enabled")) {
    throw invalid("This model doesn't support reasoningConfig.");
  }
}
