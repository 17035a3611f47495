import { signal } from "@preact/signals";
import type { Bucket } from "../api/report_types.ts";
import { bucketOf } from "../format/buckets.ts";

/** A time up to now that reports are shown for. */
export interface ReportRange {
  readonly label: string;
  readonly days: number;
  /** How finely: hours as long as there are not too many of them to read. */
  readonly bucket: Bucket;
}

export const ranges: readonly ReportRange[] = [
  { label: "24 h", days: 1, bucket: "hour" },
  { label: "7 days", days: 7, bucket: "hour" },
  { label: "30 days", days: 30, bucket: "day" },
  { label: "90 days", days: 90, bucket: "day" },
];

/**
 * The report's arguments: whole buckets up to the running one, so that the first one is not cut and
 * the reports of the server can use what it has summed up for days that are over.
 */
export function rangeArgs(
  { days, bucket }: ReportRange,
  now: number,
): { from: string; to: string } {
  const from = bucket === "hour"
    ? bucketOf(new Date(now).toISOString(), "hour") - (days * 24 - 1) * 3_600
    : bucketOf(new Date(now).toISOString(), "day") - (days - 1) * 86_400;
  return {
    from: new Date(from * 1000).toISOString(),
    to: new Date(now).toISOString(),
  };
}

/** The range of all reports, so that it stays from view to view. */
export const chosenRange = signal<ReportRange>(ranges[2]!);
