import { z } from "zod";
import type { AskedPart } from "../answers/asked_part.ts";
import type { AskedMessage, Question } from "../answers/question.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { checkQuestion } from "./check_question.ts";
import { checkClaudeTurns } from "./check_turns.ts";
import { block, text } from "./claude_content.ts";
import { checkText, claudePart } from "./claude_parts.ts";
import {
  checkClaudeRules,
  checkClaudeStops,
  claudeThinks,
  forcedBy,
  outputConfig,
  readFormat,
  thinking,
} from "./claude_rules.ts";
import { claudeToolChoice, claudeTools, readClaudeTools } from "./claude_tools.ts";
import { guardTags } from "./guard_tags.ts";
import { checkMaxTokens } from "./limits.ts";
import { parseBody } from "./parse_body.ts";
import { bodyAlone, invokeGuardrail, type ReadOptions } from "./read_options.ts";

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
  tools: claudeTools.optional(),
  tool_choice: claudeToolChoice.optional(),
  thinking: thinking.optional(),
  output_config: outputConfig.optional(),
  context_management: z.record(z.string(), z.unknown()).optional(),
});

type Body = z.infer<typeof body>;

/**
 * Reads a Claude body of InvokeModel.
 *
 * @throws {AwsError} as the model refuses it.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
export function parseClaude(
  input: unknown,
  model: ServedModel,
  { headers, wroteIt }: ReadOptions = bodyAlone,
): Question {
  const { body: own, guardrail, tagSuffix } = invokeGuardrail(input, headers);
  const request = parseBody(body, own, model.bodyErrors);
  if (request.anthropic_version === "2026-10-21" && model.bodyErrors === "schema") {
    // Anthropic's newer SDKs send this by default; models up to Opus 4.6 can refuse it.
    throw invalid(
      "Malformed input request: #/anthropic_version: '2026-10-21' is not a valid enum value, please reformat your input and try again.",
    );
  }
  const betas = request.anthropic_beta ?? [];
  if (betas.some((beta) => !model.betas.invoke.includes(beta))) throw invalid("invalid beta flag");
  if (request.context_management && !betas.includes("context-management-2025-06-27")) {
    throw invalid("context_management: Extra inputs are not permitted");
  }
  checkClaudeTurns(request.messages);
  const messages = readMessages(request, guardrail === null ? null : tagSuffix);
  checkMaxTokens(request.max_tokens, model);
  checkRules(request, model);
  checkClaudeStops(request.stop_sequences ?? [], "");
  const tools = readClaudeTools(request.tools, request.tool_choice, betas);
  const question: Question = {
    system: systemParts(request.system),
    messages,
    settings: {
      maxTokens: request.max_tokens,
      temperature: request.temperature ?? null,
      topP: request.top_p ?? null,
      topK: request.top_k ?? null,
      stopSequences: request.stop_sequences ?? [],
    },
    thinks: claudeThinks(request.thinking?.type, forcedBy(tools), model),
    hidesThinking: request.thinking?.display === "omitted",
    tools,
    outputSchema: readFormat(request.output_config?.format),
    guardrail,
  };
  const asksToThink = request.thinking !== undefined && request.thinking.type !== "disabled";
  const budget = request.thinking?.type === "enabled";
  checkQuestion(question, { dialect: "claude", asksToThink, budget, wroteIt }, model);
  return question;
}

function checkRules(request: Body, model: ServedModel): void {
  checkClaudeRules(
    {
      temperature: request.temperature,
      top_p: request.top_p,
      top_k: request.top_k,
      maxTokens: request.max_tokens,
      thinking: request.thinking,
      effort: request.output_config?.effort,
      asksStructure: request.output_config?.format !== undefined,
      endsWithAssistant: request.messages.at(-1)?.role === "assistant",
    },
    model,
    "",
  );
}

function readMessages(request: Body, tagSuffix: string | null): AskedMessage[] {
  const last = request.messages.length - 1;
  return request.messages.map(({ role, content }, index): AskedMessage => {
    const blocks = typeof content === "string"
      ? [{ type: "text" as const, text: content }]
      : content;
    if (blocks.length === 0 && !(role === "assistant" && index === last)) {
      throw invalid(
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
    const tags = guardTags(tagSuffix);
    const parts = blocks.map((part, position): AskedPart => {
      if (part.type === "text") checkText(part.text);
      return claudePart(part, `messages.${index}.content.${position}`, tags);
    });
    checkEnd(role === "assistant" && index === last ? parts.at(-1) : undefined);
    return { role, parts };
  });
}

/** Refuses a prefill that ends in white space. */
function checkEnd(part: AskedPart | undefined): void {
  if (part?.type === "text" && part.text.trimEnd() !== part.text) {
    throw invalid("messages: final assistant content cannot end with trailing whitespace");
  }
}

function systemParts(system: Body["system"]): Question["system"] {
  if (system === undefined || system === "") return [];
  if (typeof system === "string") return [{ text: system }];
  return system.map(({ text, cache_control: cache }) => {
    if (text.trim() === "") throw invalid("system: text content blocks must be non-empty");
    return { text, ...cache && { cache: cache.ttl ?? "5m" } };
  });
}
