import { signal } from "@preact/signals";
import type { Bucket } from "../api/report_types.ts";

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

/** The range of all reports, so that it stays from view to view. */
export const chosenRange = signal<ReportRange>(ranges[2]!);
