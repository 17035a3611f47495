import type { Bucket } from "../api/report_types.ts";

const locale = "en-GB";

/** A moment in UTC, as the reports count, so that all times of a page can be compared. */
export function formatMoment(iso: string): string {
  const moment = new Date(iso).toLocaleString(locale, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return `${moment} UTC`;
}

/** How long ago a moment was, roughly. */
export function formatAge(iso: string, now: number): string {
  const minutes = Math.round((now - Date.parse(iso)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.round(hours / 24)} days ago`;
}

/** A date without a time, such as the end of a model. */
export function formatDate(isoDate: string): string {
  return new Date(`${isoDate.slice(0, 10)}T00:00:00Z`)
    .toLocaleDateString(locale, { dateStyle: "medium", timeZone: "UTC" });
}

/** The beginning of a bucket, in UTC as the buckets are. */
export function formatBucket(seconds: number, bucket: Bucket): string {
  const date = new Date(seconds * 1000);
  const day = { day: "numeric", month: "short", timeZone: "UTC" } as const;
  switch (bucket) {
    case "hour":
      return date.toLocaleString(locale, {
        ...day,
        hour: "2-digit",
        minute: "2-digit",
      });
    case "day":
      return date.toLocaleDateString(locale, day);
    case "month":
      return date.toLocaleDateString(locale, {
        month: "short",
        year: "numeric",
        timeZone: "UTC",
      });
    case "total":
      return "Total";
    default:
      return bucket satisfies never;
  }
}
