import type { Usage } from "../core/answer.ts";
import { isJsonObject } from "./model_format.ts";

/**
 * Reads Claude's `usage`. `input_tokens` holds only what came from no cache; the caches' counts
 * are null or missing where nothing is cached.
 */
export function claudeUsage(value: unknown): Usage {
  const usage = isJsonObject(value) ? value : {};
  return {
    inputTokens: tokenCount(usage["input_tokens"]),
    outputTokens: tokenCount(usage["output_tokens"]),
    cacheReadTokens: tokenCount(usage["cache_read_input_tokens"]),
    cacheWriteTokens: tokenCount(usage["cache_creation_input_tokens"]),
  };
}

/**
 * Reads `usage` of Converse and of Nova. Converse writes `…InputTokens` and Nova
 * `…InputTokenCount`; some answers carry both for the same tokens, so one is read and they are
 * never added. `totalTokens` includes the cached ones and is not needed.
 */
export function converseUsage(value: unknown): Usage {
  const usage = isJsonObject(value) ? value : {};
  return {
    inputTokens: tokenCount(usage["inputTokens"]),
    outputTokens: tokenCount(usage["outputTokens"]),
    cacheReadTokens: tokenCount(
      usage["cacheReadInputTokens"] ?? usage["cacheReadInputTokenCount"],
    ),
    cacheWriteTokens: tokenCount(
      usage["cacheWriteInputTokens"] ?? usage["cacheWriteInputTokenCount"],
    ),
  };
}

/** A count, or 0 for what is no count: an odd figure is no reason to lose an answer. */
function tokenCount(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value as number : 0;
}
