import type { UsageRow } from "../api/report_types.ts";

/** All that was read, from a cache or not. */
export function tokensIn(
  row: Pick<
    UsageRow,
    "input_tokens" | "cache_read_tokens" | "cache_write_tokens"
  >,
): number {
  return row.input_tokens + row.cache_read_tokens + row.cache_write_tokens;
}
