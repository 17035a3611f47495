import { AppError } from "../core/app_error.ts";

/** The time that a row of a report covers: an hour, a day or a month in UTC, or the whole range. */
export const buckets = ["hour", "day", "month", "total"] as const;
export type Bucket = typeof buckets[number];

/** From the first moment to just before the last one; both ISO 8601 in UTC. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** A range as it is requested. */
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
 * Maximum days of a range by bucket, so that answers stay readable and, by the hour, as fast as
 * measured in bench/REPORTS.md.
 */
const mostDays: Readonly<Partial<Record<Bucket, number>>> = { hour: 7, day: 400 };

/**
 * Resolves a requested range.
 *
 * @param now The clock, in milliseconds.
 * @throws {AppError} `invalid_request` for a range that contradicts itself or has too many
 * buckets
 */
export function resolveRange(asked: AskedRange, bucket: Bucket, now: number): TimeRange {
  if (asked.from !== undefined && asked.days !== undefined) {
    throw refuse("days: cannot be combined with from");
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
      `bucket: ${bucket} allows at most ${most} days; use a shorter range or larger buckets`,
    );
  }
  return range;
}

function refuse(problem: string): AppError {
  const message = `The request is not valid. ${problem}`;
  return new AppError("invalid_request", message, { logged: message });
}
