import type { ServedModel } from "../models/served_model.ts";
import { chunkEvent, type StreamEvent } from "../wire/event_stream.ts";
import type { Answer, AnswerBlock, AnswerUsage } from "../answers/answer.ts";
import { shortHash } from "../answers/short_hash.ts";
import { inputPieces, splitText } from "../answers/split_text.ts";
import { invokeGuarded } from "./guarded_body.ts";
import { invocationMetrics, type Timing } from "./timing.ts";

type Json = Record<string, unknown>;

/** An answer in the body of Claude's Messages API, as InvokeModel returns it. */
export function claudeBody(answer: Answer, model: ServedModel): Json {
  return {
    ...message(answer, model),
    content: answer.blocks.map(contentBlock),
    stop_reason: answer.stopReason,
    stop_sequence: answer.stopSequence,
    ...(answer.usage && { usage: usage(answer.usage) }),
    ...invokeGuarded(answer),
  };
}

/** The same answer as a stream's events. */
export function claudeEvents(answer: Answer, model: ServedModel, timing: Timing): StreamEvent[] {
  // The first event counts one output token, as the real one does before it knows.
  const started = answer.usage && { usage: { ...usage(answer.usage), output_tokens: 1 } };
  const events: StreamEvent[] = [chunkEvent({
    type: "message_start",
    message: {
      ...message(answer, model),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...started,
    },
  })];
  answer.blocks.forEach((block, index) => {
    const start = { type: "content_block_start", index, content_block: emptyBlock(block) };
    events.push({ ...chunkEvent(start), inside: block.type });
    for (const delta of deltas(block)) {
      const event = chunkEvent({ type: "content_block_delta", index, delta });
      events.push({ ...event, inside: block.type });
    }
    events.push(chunkEvent({ type: "content_block_stop", index }));
  });
  const end = {
    type: "message_delta",
    delta: { stop_reason: answer.stopReason, stop_sequence: answer.stopSequence },
    ...(answer.usage && { usage: outputUsage(answer.usage) }),
  };
  const stop = {
    type: "message_stop",
    ...invocationMetrics(answer.usage, timing),
    ...invokeGuarded(answer),
  };
  return [...events, chunkEvent(end), chunkEvent(stop)];
}

function message(answer: Answer, model: ServedModel): Json {
  return {
    id: `msg_bdrk_${shortHash(JSON.stringify(answer.blocks))}`,
    type: "message",
    role: "assistant",
    // The name without vendor and version, as the real one writes it.
    model: model.id.replace(/^anthropic\./, "").replace(/-v\d+(:\d+)?$/, ""),
  };
}

function usage(counted: AnswerUsage): Json {
  return {
    input_tokens: counted.inputTokens,
    cache_creation_input_tokens: counted.cacheWriteTokens,
    cache_read_input_tokens: counted.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: counted.cacheWriteTokens - counted.cacheWrite1hTokens,
      ephemeral_1h_input_tokens: counted.cacheWrite1hTokens,
    },
    ...outputUsage(counted),
  };
}

function outputUsage({ outputTokens, thinkingTokens }: AnswerUsage): Json {
  return {
    output_tokens: outputTokens,
    ...thinkingTokens > 0 && { output_tokens_details: { thinking_tokens: thinkingTokens } },
  };
}

function contentBlock(block: AnswerBlock): Json {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "thinking":
      return { type: "thinking", thinking: block.text, signature: block.signature ?? "" };
    case "redacted_thinking":
      return { type: "redacted_thinking", data: block.data };
    case "tool_use":
      return { type: "tool_use", id: block.id, name: block.name, input: block.input };
    case "native":
      return block.value;
    default:
      return block satisfies never;
  }
}

function emptyBlock(block: AnswerBlock): Json {
  const empty = {
    text: { text: "" },
    thinking: { thinking: "", signature: "" },
    tool_use: { input: {} },
  };
  return block.type in empty
    ? { ...contentBlock(block), ...empty[block.type as keyof typeof empty] }
    : contentBlock(block);
}

function deltas(block: AnswerBlock): Json[] {
  switch (block.type) {
    case "text":
      return splitText(block.text).map((text) => ({ type: "text_delta", text }));
    case "thinking":
      return [
        ...splitText(block.text).map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: block.signature ?? "" },
      ];
    case "tool_use":
      return inputPieces(block.input)
        .map((partial_json) => ({ type: "input_json_delta", partial_json }));
    // These come whole, in content_block_start.
    case "redacted_thinking":
    case "native":
      return [];
    default:
      return block satisfies never;
  }
}
