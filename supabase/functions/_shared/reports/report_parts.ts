/** Parts of several reports, as the database's functions return them. */
import { z } from "zod";
import { buckets } from "./time_range.ts";

/** ISO 8601. */
export const moment = z.string();

export const count = z.number().int().nonnegative();

/** US dollars; the digits of Postgres' numeric, up to the fifteen of a JSON number. */
export const dollars = z.number().nonnegative();

/** US dollars; null where no cost is known. */
export const knownDollars = dollars.nullable();

/**
 * A sum of costs. Postgres leaves out unknown costs; a sum of unknown costs only is null, not 0.
 *
 * @param unpriced Number of calls that the sum leaves out.
 */
export function knownCost(usd: number | null, unpriced: number): number | null {
  return usd === 0 && unpriced > 0 ? null : usd;
}

/** The row with a null cost where no cost is known. */
export function withKnownCost<Row extends { cost_usd: number | null; unpriced: number }>(
  row: Row,
): Row {
  return { ...row, cost_usd: knownCost(row.cost_usd, row.unpriced) };
}

/** Null where nothing was measured, which is not 0. */
export const milliseconds = z.number().nonnegative().nullable();

/** The range of a report, half open. */
export const range = { from: moment, to: moment };

export const bucketed = { ...range, bucket: z.enum(buckets) };

/** First moment of a row's bucket; of the whole range for `total`. */
export const bucketStart = { bucket_start: moment };
