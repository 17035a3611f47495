import { z } from "zod";
import { plainQuestion, type Question } from "../answers/question.ts";
import { checkTtlField } from "../checks/check_caching.ts";
import { malformed } from "../checks/dialect.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { cachePoint, image, toolConfig, toolResult, toolUse, video } from "./amazon_content.ts";
import { amazonMessages } from "./amazon_parts.ts";
import { readAmazonTools, readSystem } from "./amazon_tools.ts";
import { checkQuestion } from "./check_question.ts";
import { checkTurns } from "./check_turns.ts";
import { guardTags } from "./guard_tags.ts";
import { checkMaxTokens } from "./limits.ts";
import { parseBody } from "./parse_body.ts";
import { bodyAlone, invokeGuardrail, type ReadOptions } from "./read_options.ts";

/**
 * Documents are not here: Nova takes them through Converse only. Nor is thinking, which Nova does
 * not sign and does not take back.
 */
const block = z.strictObject({
  text: z.string().min(1).optional(),
  image: image.optional(),
  video: video.optional(),
  toolUse: toolUse.optional(),
  toolResult: toolResult.optional(),
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
export function parseNova(
  input: unknown,
  model: ServedModel,
  { headers, wroteIt }: ReadOptions = bodyAlone,
): Question {
  const { body: own, guardrail, tagSuffix } = invokeGuardrail(input, headers);
  checkTtlField(own, model, "nova");
  const request = parseBody(body, own, "schema");
  checkTurns(request.messages);
  const refusePoint = (message: string): never => {
    throw invalid(message);
  };
  const config = request.inferenceConfig ?? {};
  checkMaxTokens(config.maxTokens ?? null, model);
  const reasoning = config.reasoningConfig ?? request.reasoningConfig;
  checkReasoning(reasoning, config, model, "");
  const tags = guardTags(guardrail === null ? null : tagSuffix);
  const messages = amazonMessages(request.messages, refusePoint)
    .map(({ role, parts }) => ({
      role,
      parts: parts.map((part) =>
        part.type === "text" ? { ...part, ...tags.read(part.text) } : part
      ),
    }));
  const question: Question = {
    ...plainQuestion,
    system: readSystem(request.system ?? [], refusePoint),
    messages,
    settings: {
      maxTokens: config.maxTokens ?? null,
      temperature: config.temperature ?? null,
      topP: config.topP ?? null,
      topK: config.topK ?? null,
      stopSequences: config.stopSequences ?? [],
    },
    thinks: reasoning?.type === "enabled",
    tools: readAmazonTools(request.toolConfig, refusePoint),
    guardrail,
  };
  checkBlankText(question);
  checkQuestion(question, { dialect: "nova", asksToThink: false, budget: false, wroteIt }, model);
  return question;
}

/** Nova's words for white space are not known. */
function checkBlankText({ messages }: Question): void {
  for (const part of messages.flatMap(({ parts }) => parts)) {
    const inner = part.type === "tool_result" ? part.parts : [part];
    const blank = inner.find((each) => each.type === "text" && each.text.trim() === "");
    if (blank !== undefined) {
      const at = `#/${blank.at.replaceAll(".", "/")}/text`;
      throw invalid(malformed(`${at}: string is blank`));
    }
  }
}

/** Reasoning is Nova 2's; AWS's words for a v1 model are not known. */
export function checkReasoning(
  reasoning: { readonly type: string; readonly maxReasoningEffort?: unknown } | undefined,
  config: { readonly maxTokens?: unknown },
  model: ServedModel,
  prefix: string,
): void {
  if (reasoning?.type !== "enabled") return;
  if (!model.thinking.types.includes("enabled")) {
    throw invalid("This model doesn't support reasoningConfig.");
  }
  if (reasoning.maxReasoningEffort === "high" && config.maxTokens !== undefined) {
    // The rest of the words is not known.
    throw invalid(`${prefix}maxTokens must be unset when maxReasoningEffort is high.`);
  }
}
