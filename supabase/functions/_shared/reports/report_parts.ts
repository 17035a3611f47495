/** What several reports are made of, as the database's functions return it. */
import { z } from "zod";
import { buckets } from "./time_range.ts";

/** ISO 8601. */
export const moment = z.string();

export const count = z.number().int().nonnegative();

/** US dollars; the digits of Postgres' numeric, as far as a JSON number has them (fifteen). */
export const dollars = z.number().nonnegative();

/**
 * A sum of costs, of which Postgres leaves out those that are not known: a sum of nothing but
 * unknown costs is unknown, and not 0.
 *
 * @param unpriced How many turns it leaves out.
 */
export function knownCost(usd: number, unpriced: number): number | null {
  return usd === 0 && unpriced > 0 ? null : usd;
}

/** A row that gives no cost where none is known. */
export function withKnownCost<Row extends { cost_usd: number; unpriced: number }>(row: Row) {
  return { ...row, cost_usd: knownCost(row.cost_usd, row.unpriced) };
}

/** Null where nothing was measured, which is not 0. */
export const milliseconds = z.number().nonnegative().nullable();

/** The range of a report, half open. */
export const range = { from: moment, to: moment };

export const bucketed = { ...range, bucket: z.enum(buckets) };

/** First moment of a row's bucket; of the whole range for `total`. */
export const bucketStart = { bucket_start: moment };
