import type { Bucket } from "../api/report_types.ts";

/** Where the buckets of a range begin, in seconds since 1970; UTC, as the reports count. */
export function bucketStarts(
  from: string,
  to: string,
  bucket: Bucket,
): number[] {
  const end = Date.parse(to) / 1000;
  const starts: number[] = [];
  for (
    let start = bucketOf(from, bucket);
    start < end;
    start = nextBucket(start, bucket)
  ) {
    starts.push(start);
  }
  return starts;
}

/** The beginning of the bucket that a moment falls into. A total begins where its range does. */
export function bucketOf(iso: string, bucket: Bucket): number {
  const date = new Date(iso);
  switch (bucket) {
    case "hour":
      return date.setUTCMinutes(0, 0, 0) / 1000;
    case "day":
      return date.setUTCHours(0, 0, 0, 0) / 1000;
    case "month":
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / 1000;
    case "total":
      return date.getTime() / 1000;
    default:
      return bucket satisfies never;
  }
}

function nextBucket(start: number, bucket: Bucket): number {
  switch (bucket) {
    case "hour":
      return start + 3_600;
    case "day":
      return start + 86_400;
    case "month": {
      const date = new Date(start * 1000);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / 1000;
    }
    case "total":
      return Infinity;
    default:
      return bucket satisfies never;
  }
}
