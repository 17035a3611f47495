/** The API's own Message, as an answer is written in it. */
import type { Stop, StopReason } from "../../core/answer.ts";
import { AppError } from "../../core/app_error.ts";
import type { ContentBlock } from "../../core/content.ts";
import { hashText } from "../../formats/hash_text.ts";
import type { JsonObject } from "../../formats/model_format.ts";
import { tokensAsked } from "../../formats/token_estimate.ts";
import type { RunOutcome } from "../../runs/run_event.ts";
import type { TokenFigures } from "../../runs/run_record.ts";
import type { CallHead } from "../dialect.ts";
import type { AnthropicCall } from "./read_request.ts";
import { tagProof } from "./thinking_tag.ts";

/** What an answer is before anything of it has come. */
export function emptyMessage(model: string, { callId }: CallHead): JsonObject {
  return {
    id: `msg_${callId.replaceAll("-", "")}`,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: usageOf(null),
  };
}

/** By estimate, and without what an assistant adds. */
export function tokensOfPrompt({ question }: AnthropicCall): number {
  const { system = [], history, question: last, tools = [] } = question;
  return tokensAsked({ system, messages: [...history, last], tools });
}

type CompleteRun = Extract<RunOutcome, { kind: "complete" }>;

/** @throws {AppError} `bedrock_bad_response` */
export function wholeMessage(
  asked: AnthropicCall,
  outcome: CompleteRun,
  head: CallHead,
): JsonObject {
  const { model, answer, record } = outcome;
  const input_tokens = record.input_tokens ?? tokensOfPrompt(asked);
  return {
    ...emptyMessage(model.model_id, head),
    content: answer.blocks.flatMap((block) => writeBlock(block, model.model_id)),
    ...writeStop(answer, asked),
    usage: { ...usageOf(record), input_tokens },
  };
}

/** A block of an answer; none where it has nothing that the API could say. */
export function writeBlock(block: ContentBlock, modelId: string): readonly JsonObject[] {
  switch (block.type) {
    case "text":
      return block.text === "" ? [] : [{ type: "text", text: block.text, citations: null }];
    case "thinking": {
      const signature = tagProof(block.signature, modelId);
      return block.text === "" && signature === ""
        ? []
        : [{ type: "thinking", thinking: block.text, signature }];
    }
    case "redacted-thinking":
      return [{ type: "redacted_thinking", data: tagProof(block.data, modelId) }];
    case "tool-use":
      return [{ type: "tool_use", id: toolUseId(block.id), name: block.name, input: block.input }];
    case "image":
    case "document":
    case "tool-result":
    case "opaque":
      return [];
    default:
      return block satisfies never;
  }
}

/** The id of a tool's call in the letters that clients of the API expect. */
export function toolUseId(id: string): string {
  return /^[a-zA-Z0-9_-]+$/.test(id) ? id : `toolu_${hashText(id).toString(36)}`;
}

/**
 * How the answer ended.
 *
 * @throws {AppError} `bedrock_bad_response` where the API has no word for it
 */
export function writeStop(
  { stopReason, stopSequence }: Stop,
  { stopSequences }: AnthropicCall,
): JsonObject {
  const [only, ...others] = stopSequences;
  // Some models do not tell which of several it was.
  const met = stopSequence ?? (others.length === 0 ? only : undefined) ?? null;
  return {
    stop_reason: stopWord(stopReason),
    stop_sequence: stopReason === "stop_sequence" ? met : null,
    stop_details: null,
  };
}

function stopWord(stop: StopReason): string {
  switch (stop) {
    case "end_turn":
    case "max_tokens":
    case "stop_sequence":
    case "tool_use":
    case "pause_turn":
    case "refusal":
      return stop;
    case "content_filtered":
    case "guardrail_intervened":
      return "refusal";
    case "context_window_exceeded":
      return "model_context_window_exceeded";
    case "malformed_output":
    case "unknown":
      throw new AppError("bedrock_bad_response", "The model's answer has no known end.");
    default:
      return stop satisfies never;
  }
}

/** Tokens of an answer; null: none are known yet, but its clients require numbers. */
export function usageOf(figures: TokenFigures | null): JsonObject {
  const written = figures?.cache_write_tokens ?? null;
  const written1h = figures?.cache_write_1h_tokens ?? 0;
  const thinking = figures?.thinking_tokens ?? null;
  return {
    input_tokens: figures?.input_tokens ?? 0,
    output_tokens: figures?.output_tokens ?? 0,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: figures?.cache_read_tokens ?? null,
    cache_creation: written === null ? null : {
      ephemeral_5m_input_tokens: Math.max(0, written - written1h),
      ephemeral_1h_input_tokens: written1h,
    },
    output_tokens_details: thinking === null ? null : { thinking_tokens: thinking },
    server_tool_use: null,
    service_tier: null,
  };
}
