import type { Usage } from "../core/answer.ts";
import { isJsonObject } from "./model_format.ts";

/** The usage of a call of which nothing is known. */
export const unknownUsage: Usage = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  thinkingTokens: null,
};

/**
 * Reads Claude's `usage`. `input_tokens` holds only what came from no cache; the caches' counts
 * are null or missing where nothing is cached.
 *
 * @param metrics see {@linkcode metricsUsage}
 */
export function claudeUsage(value: unknown, metrics?: unknown): Usage {
  const usage = isJsonObject(value) ? value : {};
  const written = usage["cache_creation"];
  const output = usage["output_tokens_details"];
  const told = {
    inputTokens: tokenCount(usage["input_tokens"]),
    outputTokens: tokenCount(usage["output_tokens"]),
    cacheReadTokens: tokenCount(usage["cache_read_input_tokens"]),
    cacheWriteTokens: tokenCount(usage["cache_creation_input_tokens"]),
    cacheWrite1hTokens: isJsonObject(written)
      ? tokenCount(written["ephemeral_1h_input_tokens"])
      : null,
    thinkingTokens: isJsonObject(output) ? tokenCount(output["thinking_tokens"]) : null,
  };
  return withUncached(completeUsage(told, metricsUsage(metrics)));
}

/**
 * Reads `usage` of Converse and of Nova. Converse writes `…InputTokens` and Nova
 * `…InputTokenCount`; some answers carry both for the same tokens, so one is read and they are
 * never added. `totalTokens` includes the cached ones and is not needed.
 *
 * @param metrics see {@linkcode metricsUsage}
 */
export function converseUsage(value: unknown, metrics?: unknown): Usage {
  const usage = isJsonObject(value) ? value : {};
  const told = {
    inputTokens: tokenCount(usage["inputTokens"]),
    outputTokens: tokenCount(usage["outputTokens"]),
    cacheReadTokens: tokenCount(
      usage["cacheReadInputTokens"] ?? usage["cacheReadInputTokenCount"],
    ),
    cacheWriteTokens: tokenCount(
      usage["cacheWriteInputTokens"] ?? usage["cacheWriteInputTokenCount"],
    ),
    cacheWrite1hTokens: writtenForAnHour(usage["cacheDetails"]),
    thinkingTokens: null,
  };
  return withUncached(completeUsage(told, metricsUsage(metrics)));
}

/**
 * The hour's part of `cacheDetails`, which lists what was written to the cache by how long it is
 * kept.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CacheDetail.html
 */
function writtenForAnHour(details: unknown): number | null {
  if (!Array.isArray(details)) return null;
  const hour = details.find((detail) => isJsonObject(detail) && detail["ttl"] === "1h");
  return hour === undefined ? 0 : tokenCount(hour.inputTokens);
}

/**
 * Reads `amazon-bedrock-invocationMetrics`, Bedrock's own count at the end of a stream. Of some
 * models it alone tells what was cached.
 */
function metricsUsage(value: unknown): Usage {
  const metrics = isJsonObject(value) ? value : {};
  return {
    ...unknownUsage,
    inputTokens: tokenCount(metrics["inputTokenCount"]),
    outputTokens: tokenCount(metrics["outputTokenCount"]),
    cacheReadTokens: tokenCount(metrics["cacheReadInputTokenCount"]),
    cacheWriteTokens: tokenCount(metrics["cacheWriteInputTokenCount"]),
  };
}

/** Takes each count from the first that knows it. */
export function completeUsage(usage: Usage, fallback: Usage): Usage {
  return {
    inputTokens: usage.inputTokens ?? fallback.inputTokens,
    outputTokens: usage.outputTokens ?? fallback.outputTokens,
    cacheReadTokens: usage.cacheReadTokens ?? fallback.cacheReadTokens,
    cacheWriteTokens: usage.cacheWriteTokens ?? fallback.cacheWriteTokens,
    cacheWrite1hTokens: usage.cacheWrite1hTokens ?? fallback.cacheWrite1hTokens,
    thinkingTokens: usage.thinkingTokens ?? fallback.thinkingTokens,
  };
}

/** Where the input is counted, a count that is missing beside it means that nothing was cached. */
function withUncached(usage: Usage): Usage {
  return usage.inputTokens === null ? usage : {
    ...usage,
    cacheReadTokens: usage.cacheReadTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    cacheWrite1hTokens: usage.cacheWrite1hTokens ?? 0,
  };
}

/** The most that Postgres's `integer` holds, which is what a count is stored in. */
const largestCount = 2 ** 31 - 1;

/** A count, or null for what is no count: an odd figure is no reason to lose an answer. */
export function tokenCount(value: unknown): number | null {
  const isCount = Number.isInteger(value) && (value as number) >= 0 &&
    (value as number) <= largestCount;
  return isCount ? value as number : null;
}
