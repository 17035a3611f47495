import type { Fallback } from "../runs/model_attempts.ts";
import type { ModelAnswer } from "../core/answer.ts";
import { textOf } from "../core/content.ts";
import type { Model } from "../registry/model.ts";
import type { SelectionReason } from "../selection/selection.ts";
import { storableText } from "./storable_text.ts";
import type { StoredAnswer } from "./turn_store.ts";

/** What is known here of an answer that the database could not take yet. */
export interface UnstoredAnswer {
  readonly id: string;
  readonly answer: ModelAnswer;
  readonly model: Model;
  readonly reason: SelectionReason | null;
  readonly fallback: Fallback | null;
  readonly registryVersion: number;
  readonly responseTimeMs: number;
  readonly timeToFirstTokenMs: number | null;
  readonly createdAt: Date;
}

/** The answer as it will be stored, but for its cost, which Postgres computes. */
export function unstoredAnswer(known: UnstoredAnswer): StoredAnswer {
  const { blocks, usage, stopReason } = known.answer;
  return {
    id: known.id,
    content: storableText(textOf(blocks)),
    status: "complete",
    model_used: known.model.model_id,
    model_name: known.model.model_name,
    requested_model: known.fallback?.requestedModelId ?? null,
    fallback_code: known.fallback?.code ?? null,
    reason: known.reason,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cost_usd: null,
    response_time_ms: known.responseTimeMs,
    time_to_first_token_ms: known.timeToFirstTokenMs,
    stop_reason: stopReason,
    error_code: null,
    registry_version: known.registryVersion,
    created_at: known.createdAt.toISOString(),
  };
}
