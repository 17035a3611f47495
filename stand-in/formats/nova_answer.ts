import { chunkEvent, type StreamEvent } from "../wire/event_stream.ts";
import { amazonBlock, amazonEvents } from "./amazon_blocks.ts";
import type { Answer, AnswerUsage } from "../answers/answer.ts";
import { invokeGuarded } from "./guarded_body.ts";
import { invocationMetrics, type Timing } from "./timing.ts";

/** An answer in Nova's own body, as InvokeModel returns it. */
export function novaBody(answer: Answer): Record<string, unknown> {
  return {
    output: { message: { role: "assistant", content: answer.blocks.map(amazonBlock) } },
    stopReason: answer.stopReason,
    ...(answer.usage && { usage: usage(answer.usage) }),
    ...invokeGuarded(answer),
  };
}

/** The same answer as a stream's events. */
export function novaEvents(answer: Answer, timing: Timing): StreamEvent[] {
  const events = amazonEvents(answer.blocks, { stopReason: answer.stopReason })
    .map(({ name, content, ...inside }) => ({ ...chunkEvent({ [name]: content }), ...inside }));
  const metadata = {
    ...(answer.usage && { usage: usage(answer.usage) }),
    metrics: {},
    trace: {},
  };
  const end = { metadata, ...invocationMetrics(answer.usage, timing), ...invokeGuarded(answer) };
  return [...events, chunkEvent(end)];
}

/** Nova writes `…TokenCount` where Converse writes `…Tokens`. */
function usage(counted: AnswerUsage) {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = counted;
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens,
    cacheReadInputTokenCount: cacheReadTokens,
    cacheWriteInputTokenCount: cacheWriteTokens,
  };
}
