/** What whole answers and the chunks of streams have in common. */
import type { ModelAnswer, StopReason } from "../../core/answer.ts";
import { AppError } from "../../core/app_error.ts";
import { type ContentBlock, textOf, type ToolUseBlock } from "../../core/content.ts";
import { isJsonObject, type JsonObject } from "../../formats/model_format.ts";
import type { RunOutcome } from "../../runs/run_event.ts";
import type { RunRecord } from "../../runs/run_record.ts";
import type { CallHead } from "../dialect.ts";
import type { ChatCall } from "./read_request.ts";

/** A whole answer. @throws {AppError} `bedrock_bad_response` */
export function wholeCompletion(
  asked: ChatCall,
  { answer, model, record }: Extract<RunOutcome, { kind: "complete" }>,
  head: CallHead,
): JsonObject {
  const calls = answer.blocks.filter((block) => block.type === "tool-use");
  const text = textOf(answer.blocks);
  const thinking = asked.question.showsThinking ? thinkingOf(answer.blocks) : "";
  const usage = usageOf(record);
  return {
    ...headOf(head, "chat.completion", model.model_id),
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: text === "" && calls.length > 0 ? null : text,
        refusal: null,
        ...(thinking !== "" && { reasoning_content: thinking }),
        ...(calls.length > 0 && { tool_calls: calls.map(writeCall) }),
      },
      logprobs: null,
      finish_reason: finishReason(answer),
    }],
    ...(usage !== null && { usage }),
  };
}

/** What every answer and every chunk begins with. */
export function headOf(
  { callId, createdAt }: CallHead,
  object: "chat.completion" | "chat.completion.chunk",
  model: string,
): JsonObject {
  return {
    id: `chatcmpl-${callId.replaceAll("-", "")}`,
    object,
    created: Math.floor(createdAt.getTime() / 1000),
    model,
  };
}

function writeCall({ id, name, input }: ToolUseBlock): JsonObject {
  return { id, type: "function", function: { name, arguments: argumentsOf(input) } };
}

/** Clients parse it, of a tool without arguments too. */
export function argumentsOf(input: unknown): string {
  return JSON.stringify(isJsonObject(input) ? input : {});
}

function thinkingOf(blocks: readonly ContentBlock[]): string {
  return blocks.map((block) => block.type === "thinking" ? block.text : "").join("");
}

const finishReasons: Readonly<Record<StopReason, string | null>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  context_window_exceeded: "length",
  content_filtered: "content_filter",
  guardrail_intervened: "content_filter",
  refusal: "content_filter",
  // No end that a client may take for one.
  malformed_output: null,
  unknown: null,
};

/**
 * The API's word for why the answer ends. One that waits for results of tools says so, whatever the
 * model said of it, or clients would not send them.
 *
 * @throws {AppError} `bedrock_bad_response`
 */
export function finishReason({ stopReason, blocks }: ModelAnswer): string {
  const reason = finishReasons[stopReason];
  if (reason === null) {
    throw new AppError("bedrock_bad_response", "The model's answer has no valid end.");
  }
  const waits = reason === "stop" && blocks.some(({ type }) => type === "tool-use");
  return waits ? "tool_calls" : reason;
}

/** The tokens, cached ones among those of the prompt; null where the model told too few of them. */
export function usageOf(record: RunRecord): JsonObject | null {
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens } = record;
  if (input_tokens === null || output_tokens === null) return null;
  const prompt = input_tokens + (cache_read_tokens ?? 0) + (cache_write_tokens ?? 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: output_tokens,
    total_tokens: prompt + output_tokens,
    prompt_tokens_details: {
      ...(cache_read_tokens !== null && { cached_tokens: cache_read_tokens }),
      ...(cache_write_tokens !== null && { cache_write_tokens }),
    },
    ...(record.thinking_tokens !== null && {
      completion_tokens_details: { reasoning_tokens: record.thinking_tokens },
    }),
  };
}
