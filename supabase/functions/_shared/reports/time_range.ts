import { AppError } from "../core/app_error.ts";

/** What the rows of a report are of: an hour, a day or a month in UTC, or the whole range. */
export const buckets = ["hour", "day", "month", "total"] as const;
export type Bucket = typeof buckets[number];

/** From the first moment to just before the last one; both ISO 8601 in UTC. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** A range as a caller names it. */
export interface AskedRange {
  /** ISO 8601 with an offset; `days` before the end without it. */
  readonly from?: string | undefined;
  /** ISO 8601 with an offset; now without it. */
  readonly to?: string | undefined;
  /** Days of 24 hours up to the end; 30, by the hour 7. */
  readonly days?: number | undefined;
}

const dayMs = 24 * 60 * 60 * 1000;
const defaultDays = 30;

/**
 * Most days of a range by bucket, so that an answer stays one that can be read, and by the hour one
 * as quick as bench/REPORTS.md shows it: 7 days are what was measured.
 */
const mostDays: Readonly<Partial<Record<Bucket, number>>> = { hour: 7, day: 400 };

/**
 * The range that is asked for.
 *
 * @param now The clock, in milliseconds.
 * @throws {AppError} `invalid_request` for a range that contradicts itself, or has more buckets
 * than are answered
 */
export function resolveRange(asked: AskedRange, bucket: Bucket, now: number): TimeRange {
  if (asked.from !== undefined && asked.days !== undefined) {
    throw refuse("days: does not go with from; send one of the two");
  }
  const most = mostDays[bucket] ?? Infinity;
  const to = asked.to === undefined ? now : Date.parse(asked.to);
  const from = asked.from === undefined
    ? to - (asked.days ?? Math.min(defaultDays, most)) * dayMs
    : Date.parse(asked.from);
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  if (from >= to) {
    throw refuse(`from: must be before the end of the range, which is ${range.to}`);
  }
  if (to - from > most * dayMs) {
    throw refuse(
      `bucket: by ${bucket}, at most ${most} days are answered; ask for a shorter range, or for ` +
        "larger buckets",
    );
  }
  return range;
}

function refuse(problem: string): AppError {
  return new AppError("invalid_request", `The request is not valid. ${problem}`);
}
