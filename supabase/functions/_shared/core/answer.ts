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
 * Tokens of one call. The four counts do not overlap: `inputTokens` excludes cached ones. A count
 * that nobody told is null, and not 0: it may have been any.
 */
export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
}

/** What a model answered, independent of the format. */
export interface ModelAnswer {
  readonly blocks: readonly ContentBlock[];
  readonly stopReason: StopReason;
  readonly usage: Usage;
}
