import { chunkEvent, type StreamEvent } from "../wire/event_stream.ts";
import { amazonBlock, amazonEvents } from "./amazon_blocks.ts";
import type { Answer, AnswerUsage } from "../answers/answer.ts";
import { invocationMetrics, type Timing } from "./timing.ts";

/** An answer in Nova's own body, as InvokeModel returns it. */
export function novaBody(answer: Answer): Record<string, unknown> {
  return {
    output: { message: { role: "assistant", content: answer.blocks.map(amazonBlock) } },
    stopReason: answer.stopReason,
    ...(answer.usage && { usage: usage(answer.usage) }),
  };
}

/** The same answer as a stream's events. */
export function novaEvents(answer: Answer, timing: Timing): StreamEvent[] {
  const events = amazonEvents(answer.blocks, { stopReason: answer.stopReason })
    .map(([name, content]) => chunkEvent({ [name]: content }));
  const metadata = {
    ...(answer.usage && { usage: usage(answer.usage) }),
    metrics: {},
    trace: {},
  };
  return [...events, chunkEvent({ metadata, ...invocationMetrics(answer.usage, timing) })];
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
