import { expect } from "@std/expect";
import { bucketStarts } from "../../../console/src/format/buckets.ts";
import { rangeArgs, ranges } from "../../../console/src/state/ranges.ts";
import { resolveRange } from "../../../supabase/functions/_shared/reports/time_range.ts";

const now = Date.parse("2026-11-26T09:30:15.500Z");

Deno.test("rangeArgs() begins with a whole bucket, and ends now", () => {
  const found = ranges.map((range) => [range.label, rangeArgs(range, now).from]);
  expect(found).toEqual([
    ["24 h", "2026-11-25T10:00:00.000Z"],
    ["7 days", "2026-11-19T10:00:00.000Z"],
    ["30 days", "2026-10-28T00:00:00.000Z"],
    ["90 days", "2026-08-29T00:00:00.000Z"],
  ]);
  expect(rangeArgs(ranges[0]!, now).to).toBe("2026-11-26T09:30:15.500Z");
});

Deno.test("each range has as many buckets as its name says", () => {
  const counts = ranges.map((range) => {
    const { from, to } = rangeArgs(range, now);
    return bucketStarts(from, to, range.bucket).length;
  });
  expect(counts).toEqual([24, 168, 30, 90]);
});

Deno.test("each range is one that the API answers, at any minute of the hour", () => {
  for (const at of ["09:00:00.000Z", "09:00:00.001Z", "09:59:59.999Z", "00:00:00.000Z"]) {
    const moment = Date.parse(`2026-11-26T${at}`);
    for (const range of ranges) {
      const args = rangeArgs(range, moment);
      expect(resolveRange(args, range.bucket, moment)).toEqual(args);
    }
  }
});

Deno.test("bucketStarts() follows the months and takes a total as it is", () => {
  const months = bucketStarts("2026-10-15T00:00:00Z", "2027-01-01T00:00:00Z", "month");
  expect(months.map((start) => new Date(start * 1000).toISOString().slice(0, 10)))
    .toEqual(["2026-10-01", "2026-11-01", "2026-12-01"]);
  expect(bucketStarts("2026-10-15T01:00:00Z", "2026-11-01T00:00:00Z", "total"))
    .toEqual([Date.parse("2026-10-15T01:00:00Z") / 1000]);
});
