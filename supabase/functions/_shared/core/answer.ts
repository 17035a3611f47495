import type { ContentBlock } from "./content.ts";

/** Why a model stopped, in one vocabulary for all formats. */
export const stopReasons = [
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "refusal",
  "content_filtered",
  "guardrail_intervened",
  "context_window_exceeded",
  "malformed_output",
  "unknown",
] as const;

export type StopReason = typeof stopReasons[number];

/**
 * Tokens of one call. The first four counts do not overlap: `inputTokens` excludes cached ones. A
 * count that the model did not report is null, not 0.
 */
export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  /** All that was written to the prompt cache, for however long. */
  readonly cacheWriteTokens: number | null;
  /** The part of `cacheWriteTokens` that is kept for an hour. */
  readonly cacheWrite1hTokens: number | null;
  /** The part of `outputTokens` that was thinking. */
  readonly thinkingTokens: number | null;
}

/** Why a model stopped, in our word and in the provider's. */
export interface Stop {
  readonly stopReason: StopReason;
  /** As the provider wrote it, at most 100 characters; null where it gave none. */
  readonly providerStopReason: string | null;
  /** The stop sequence that it met; left out where the provider does not tell. */
  readonly stopSequence?: string;
}

/** What a model answered, independent of the format. */
export interface ModelAnswer extends Stop {
  readonly blocks: readonly ContentBlock[];
  readonly usage: Usage;
}

/** What has come of an answer that was cut short. */
export type PartialAnswer = Pick<ModelAnswer, "blocks" | "usage">;
