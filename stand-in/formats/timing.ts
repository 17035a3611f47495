import type { AnswerUsage } from "../answers/answer.ts";

/** How long a call took so far, in milliseconds. */
export interface Timing {
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** What InvokeModelWithResponseStream adds to the model's last event. */
export function invocationMetrics(usage: AnswerUsage | null, timing: Timing) {
  const cached = usage !== null && usage.cacheReadTokens + usage.cacheWriteTokens > 0;
  return {
    "amazon-bedrock-invocationMetrics": {
      inputTokenCount: usage?.inputTokens ?? 0,
      outputTokenCount: usage?.outputTokens ?? 0,
      invocationLatency: timing.totalMs,
      firstByteLatency: timing.firstByteMs,
      ...(cached && {
        cacheReadInputTokenCount: usage.cacheReadTokens,
        cacheWriteInputTokenCount: usage.cacheWriteTokens,
      }),
    },
  };
}
