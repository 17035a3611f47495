/** The reports over the ledger, computed here once more from its rows, one by one. */
import fc from "fast-check";
import { fromNumeric } from "./decimals.ts";

/** An entry of the ledger, as far as reports read it. */
export interface Entry {
  readonly ended_at: Date;
  readonly model_id: string | null;
  readonly assistant_type: string;
  readonly user_hash: string | null;
  readonly purpose: "turn" | "trial";
  readonly status: "complete" | "partial" | "failed" | "unanswered";
  /** Of a call without an answer only. */
  readonly unanswered_call: number | null;
  readonly reason: string | null;
  readonly stop_reason: string | null;
  readonly provider_stop_reason: string | null;
  readonly begins_conversation: boolean;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_tokens: number | null;
  /** Parts of the writes and of the output. */
  readonly cache_write_1h_tokens: number | null;
  readonly thinking_tokens: number | null;
  readonly usage_estimated: boolean | null;
  /** A decimal; null where not known. */
  readonly cost_usd: string | null;
  readonly response_time_ms: number | null;
  readonly time_to_first_token_ms: number | null;
}

export type Bucket = "hour" | "day" | "month" | "total";

export interface Range {
  readonly from: Date;
  readonly to: Date;
}

const count = fc.option(fc.oneof(fc.constant(0), fc.nat(5000)), { freq: 10 });
const time = fc.option(fc.integer({ min: 1, max: 60_000 }), { freq: 10 });

/** Random entries between two moments. */
export function entries({ from, to }: Range, most: number): fc.Arbitrary<Entry[]> {
  return fc.array(
    fc.record({
      ended_at: fc.date({ min: from, max: to, noInvalidDate: true }),
      model_id: fc.option(fc.constantFrom("one", "Two", "three"), { freq: 12 }),
      assistant_type: fc.constantFrom("health", "clinical"),
      user_hash: fc.constantFrom("a".repeat(32), "b".repeat(32), null),
      purpose: fc.constantFrom<Entry["purpose"][]>("turn", "turn", "turn", "trial"),
      status: fc.constantFrom<Entry["status"][]>(
        "complete",
        "complete",
        "complete",
        "partial",
        "failed",
        "unanswered",
      ),
      reason: fc.constantFrom("pinned", "assistant", "fallback", null),
      stop_reason: fc.constantFrom("end_turn", "guardrail_intervened", null),
      provider_stop_reason: fc.constantFrom("end_turn", "guardrail_intervened", null),
      begins_conversation: fc.boolean(),
      input_tokens: count,
      output_tokens: count,
      cache_read_tokens: count,
      cache_write_tokens: count,
      cache_write_1h_tokens: count,
      thinking_tokens: count,
      usage_estimated: fc.constantFrom(true, false, null),
      cost_usd: fc.option(
        fc.bigInt({ min: 0n, max: 5_000_000_000n }).map((value) =>
          `0.${value.toString().padStart(12, "0")}`
        ),
        { freq: 6 },
      ),
      response_time_ms: time,
      time_to_first_token_ms: time,
    }).map((entry) => ({
      ...entry,
      cache_write_1h_tokens: part(entry.cache_write_1h_tokens, entry.cache_write_tokens),
      thinking_tokens: part(entry.thinking_tokens, entry.output_tokens),
    })).map((entry) =>
      entry.purpose === "trial"
        ? { ...entry, reason: "requested", begins_conversation: false }
        : entry
    ).map((entry) =>
      entry.status === "unanswered"
        ? { ...entry, unanswered_call: 1, reason: null, begins_conversation: false }
        : { ...entry, unanswered_call: null }
    ),
    { minLength: 1, maxLength: most },
  );
}

/** A count that is a part of another one; null where either is not known. */
function part(count: number | null, whole: number | null): number | null {
  return count === null || whole === null ? null : Math.min(count, whole);
}

/** Where the bucket begins that holds a moment. */
export function bucketStart(moment: Date, bucket: Bucket, { from }: Range): string {
  const text = moment.toISOString();
  switch (bucket) {
    case "hour":
      return `${text.slice(0, 13)}:00:00.000Z`;
    case "day":
      return `${text.slice(0, 10)}T00:00:00.000Z`;
    case "month":
      return `${text.slice(0, 7)}-01T00:00:00.000Z`;
    case "total":
      return from.toISOString();
    default:
      return bucket satisfies never;
  }
}

export function within(entries: readonly Entry[], { from, to }: Range): Entry[] {
  return entries.filter(({ ended_at }) => ended_at >= from && ended_at < to);
}

/** Groups what is equal by a key that sorts as text. */
export function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}

/** The figures of usage_figures(), of entries that belong together; costs in 10⁻¹² dollars. */
export function usageOf(entries: readonly Entry[]) {
  const number = (matches: (entry: Entry) => boolean) => entries.filter(matches).length;
  const ofTurns = (matches: (entry: Entry) => boolean) => turnsOf(entries).filter(matches).length;
  const sum = (of: (entry: Entry) => number | null) =>
    entries.reduce((total, entry) => total + (of(entry) ?? 0), 0);
  return {
    turns: ofTurns(({ status }) => status !== "unanswered"),
    trials: number(({ purpose, status }) => purpose === "trial" && status !== "unanswered"),
    complete: ofTurns(({ status }) => status === "complete"),
    partial: ofTurns(({ status }) => status === "partial"),
    failed: ofTurns(({ status }) => status === "failed"),
    fallbacks: number(({ reason }) => reason === "fallback"),
    interventions: ofTurns((entry) =>
      [entry.stop_reason, entry.provider_stop_reason].includes("guardrail_intervened")
    ),
    conversations: number((entry) => entry.begins_conversation),
    input_tokens: sum((entry) => entry.input_tokens),
    output_tokens: sum((entry) => entry.output_tokens),
    cache_read_tokens: sum((entry) => entry.cache_read_tokens),
    cache_write_tokens: sum((entry) => entry.cache_write_tokens),
    cache_write_1h_tokens: sum((entry) => entry.cache_write_1h_tokens),
    thinking_tokens: sum((entry) => entry.thinking_tokens),
    cost: costOfAll(entries),
    unpriced: number((entry) => entry.cost_usd === null && entry.input_tokens !== null),
    estimated: costOfAll(entries.filter((entry) => entry.usage_estimated)),
    ofTrials: costOfAll(entries.filter(({ purpose }) => purpose === "trial")),
  };
}

/** Without trials, which say nothing of what users were answered. */
export function turnsOf(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ purpose }) => purpose === "turn");
}

export function costOfAll(entries: readonly Entry[]): bigint {
  return entries.reduce(
    (total, { cost_usd }) => cost_usd === null ? total : total + fromNumeric(cost_usd),
    0n,
  );
}

/** Mean, deviation and percentiles of times, as numbers; null where there are none. */
export function timesOf(times: readonly number[]) {
  if (times.length === 0) return { mean: null, stddev: null, p50: null, p95: null, p99: null };
  const sorted = [...times].sort((one, other) => one - other);
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const squares = times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0);
  // The first by which that share of all had come.
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length - 1e-9) - 1]!;
  return {
    mean,
    stddev: times.length > 1 ? Math.sqrt(squares / (times.length - 1)) : null,
    p50: rank(0.5),
    p95: rank(0.95),
    p99: rank(0.99),
  };
}
