import type { StreamEvent } from "../wire/event_stream.ts";
import { amazonBlock, amazonEvents } from "./amazon_blocks.ts";
import type { Answer, AnswerUsage } from "../answers/answer.ts";
import { converseGuarded } from "./guarded_body.ts";
import type { Timing } from "./timing.ts";

/** An answer as Converse returns it. */
export function converseBody(
  answer: Answer,
  responseFieldPaths: readonly string[],
  timing: Timing,
): Record<string, unknown> {
  return {
    output: { message: { role: "assistant", content: answer.blocks.map(amazonBlock) } },
    stopReason: answer.stopReason,
    ...(answer.usage && { usage: usage(answer.usage) }),
    metrics: { latencyMs: timing.totalMs },
    ...responseFields(answer, responseFieldPaths),
    ...converseGuarded(answer),
  };
}

/** The same answer as the events of ConverseStream. */
export function converseEvents(
  answer: Answer,
  responseFieldPaths: readonly string[],
  timing: Timing,
): StreamEvent[] {
  const stop = { stopReason: answer.stopReason, ...responseFields(answer, responseFieldPaths) };
  const events = amazonEvents(answer.blocks, stop)
    .map(({ name, content, ...inside }) => ({ type: name, payload: content, ...inside }));
  const metadata = {
    ...(answer.usage && { usage: usage(answer.usage) }),
    metrics: { latencyMs: timing.totalMs },
    ...converseGuarded(answer),
  };
  return [...events, { type: "metadata", payload: metadata }];
}

/** The total includes cached tokens, the input does not. */
function usage(counted: AnswerUsage) {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = counted;
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens,
    cacheReadInputTokens: cacheReadTokens,
    cacheWriteInputTokens: cacheWriteTokens,
    ...cacheWriteTokens > 0 && { cacheDetails: cacheDetails(counted) },
  };
}

/** What was written, by how long it is kept. */
function cacheDetails({ cacheWriteTokens, cacheWrite1hTokens }: AnswerUsage) {
  return [
    { ttl: "5m", inputTokens: cacheWriteTokens - cacheWrite1hTokens },
    { ttl: "1h", inputTokens: cacheWrite1hTokens },
  ].filter(({ inputTokens }) => inputTokens > 0);
}

/** Of the model's own fields, the stand-in has this one to give. */
function responseFields(answer: Answer, paths: readonly string[]) {
  return paths.includes("/stop_sequence")
    ? { additionalModelResponseFields: { stop_sequence: answer.stopSequence } }
    : {};
}
