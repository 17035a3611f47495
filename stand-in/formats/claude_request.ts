import { z } from "zod";
import { askedMessage, type Question } from "../answers/question.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { checkClaudeRules, claudeThinks } from "./claude_rules.ts";
import { checkClaudeTurns } from "./check_turns.ts";
import { parseBody } from "./parse_body.ts";
import { checkInputLength, checkMaxTokens } from "./limits.ts";

const cache_control = z.strictObject({
  type: z.literal("ephemeral"),
  ttl: z.enum(["5m", "1h"]).optional(),
}).optional();

const text = z.strictObject({
  type: z.literal("text"),
  text: z.string(),
  cache_control,
  citations: z.unknown().optional(),
});

const imageTypes = z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]);

const block = z.discriminatedUnion("type", [
  text,
  z.strictObject({
    type: z.literal("image"),
    source: z.strictObject({
      type: z.literal("base64"),
      media_type: imageTypes,
      data: z.base64(),
    }),
    cache_control,
  }),
  z.strictObject({
    type: z.literal("document"),
    source: z.looseObject({ type: z.string() }),
    title: z.string().optional(),
    context: z.string().optional(),
    citations: z.unknown().optional(),
    cache_control,
  }),
  z.strictObject({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
    cache_control,
  }),
  z.strictObject({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
    is_error: z.boolean().optional(),
    cache_control,
  }),
  z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
  z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() }),
]);

export const thinking = z.strictObject({
  type: z.enum(["enabled", "adaptive", "disabled", "between_tools"]),
  budget_tokens: z.int().optional(),
  display: z.enum(["summarized", "omitted"]).optional(),
});

export const outputConfig = z.strictObject({
  effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional(),
  format: z.unknown().optional(),
});

const body = z.strictObject({
  anthropic_version: z.enum(["bedrock-2023-05-31", "2026-10-21"]),
  anthropic_beta: z.array(z.string()).optional(),
  max_tokens: z.int().min(1),
  messages: z.array(z.strictObject({
    role: z.enum(["user", "assistant"]),
    content: z.union([z.string(), z.array(block)]),
  })).min(1),
  system: z.union([z.string(), z.array(text)]).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  stop_sequences: z.array(z.string().min(1)).optional(),
  tools: z.array(z.looseObject({ name: z.string(), input_schema: z.unknown() })).optional(),
  tool_choice: z.strictObject({
    type: z.enum(["auto", "any", "tool", "none"]),
    name: z.string().optional(),
    disable_parallel_tool_use: z.boolean().optional(),
  }).optional(),
  thinking: thinking.optional(),
  output_config: outputConfig.optional(),
});

/**
 * Reads a Claude body of InvokeModel.
 *
 * @throws {AwsError} as the model refuses it.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
export function parseClaude(input: unknown, model: ServedModel): Question {
  const request = parseBody(body, input, model.bodyErrors);
  if (request.anthropic_version === "2026-10-21" && model.bodyErrors === "schema") {
    // Anthropic's newer SDKs send this by default; models up to Opus 4.6 can refuse it.
    throw invalid(
      "Malformed input request: #/anthropic_version: '2026-10-21' is not a valid enum value, please reformat your input and try again.",
    );
  }
  checkClaudeTurns(request.messages);
  const messages = request.messages.map(({ role, content }) => ({
    role,
    content: typeof content === "string" ? [{ type: "text" as const, text: content }] : content,
  }));
  checkContent(messages);
  checkMaxTokens(request.max_tokens, model);
  checkClaudeRules(
    {
      temperature: request.temperature,
      top_p: request.top_p,
      top_k: request.top_k,
      maxTokens: request.max_tokens,
      thinking: request.thinking,
      effort: request.output_config?.effort,
      toolChoice: request.tool_choice?.type,
      asksStructure: request.output_config?.format !== undefined ||
        (request.tools ?? []).some((tool) => tool["strict"] === true),
      endsWithAssistant: messages.at(-1)?.role === "assistant",
    },
    model,
    "",
  );

  const { system = "" } = request;
  const question: Question = {
    system: typeof system === "string" ? system : system.map((part) => part.text).join("\n"),
    messages: messages.map(({ role, content }) => askedMessage(role, content)),
    settings: {
      maxTokens: request.max_tokens,
      temperature: request.temperature ?? null,
      topP: request.top_p ?? null,
      topK: request.top_k ?? null,
      stopSequences: request.stop_sequences ?? [],
    },
    thinks: claudeThinks(request.thinking?.type, model),
  };
  checkInputLength(question, model, false);
  return question;
}

type Messages = readonly { role: string; content: readonly z.infer<typeof block>[] }[];

function checkContent(messages: Messages): void {
  messages.forEach(({ role, content }, index) => {
    const isFinalAssistant = role === "assistant" && index === messages.length - 1;
    if (content.length === 0 && !isFinalAssistant) {
      throw invalid(
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
    for (const part of content) {
      if (part.type !== "text") continue;
      if (part.text === "") throw invalid("messages: text content blocks must be non-empty");
      if (part.text.trim() === "") {
        throw invalid("messages: text content blocks must contain non-whitespace text");
      }
    }
  });
}
