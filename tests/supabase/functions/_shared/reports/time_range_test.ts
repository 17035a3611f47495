import { expect } from "@std/expect";
import {
  type AskedRange,
  type Bucket,
  resolveRange,
} from "../../../../../supabase/functions/_shared/reports/time_range.ts";

const now = Date.parse("2026-11-26T12:34:56.789Z");

Deno.test("resolveRange() takes the thirty days up to now, or what is asked for", () => {
  const table: [AskedRange, string, string][] = [
    [{}, "2026-10-27T12:34:56.789Z", "2026-11-26T12:34:56.789Z"],
    [{ days: 1 }, "2026-11-25T12:34:56.789Z", "2026-11-26T12:34:56.789Z"],
    [
      { from: "2026-11-01T00:00:00Z" },
      "2026-11-01T00:00:00.000Z",
      "2026-11-26T12:34:56.789Z",
    ],
    [
      { to: "2026-11-08T02:00:00+02:00", days: 7 },
      "2026-11-01T00:00:00.000Z",
      "2026-11-08T00:00:00.000Z",
    ],
    [{ to: "2026-03-31T00:00:00Z" }, "2026-03-01T00:00:00.000Z", "2026-03-31T00:00:00.000Z"],
    [
      { from: "2026-11-01T00:00:00Z", to: "2026-11-01T00:00:00.001Z" },
      "2026-11-01T00:00:00.000Z",
      "2026-11-01T00:00:00.001Z",
    ],
  ];
  for (const [asked, from, to] of table) {
    expect({ asked, range: resolveRange(asked, "day", now) }).toEqual({
      asked,
      range: { from, to },
    });
  }
});

Deno.test("resolveRange() takes the seven days up to now by the hour, where nothing is asked for", () => {
  expect(resolveRange({}, "hour", now))
    .toEqual({ from: "2026-11-19T12:34:56.789Z", to: "2026-11-26T12:34:56.789Z" });
});

Deno.test("resolveRange() refuses a range that contradicts itself, and says what is wanted", () => {
  const table: [AskedRange, Bucket, string][] = [
    [{ from: "2026-11-01T00:00:00Z", days: 3 }, "day", "days: cannot be combined with from"],
    [
      { from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z" },
      "day",
      "from: must be before the end of the range, which is 2026-11-01T00:00:00.000Z",
    ],
    [{ from: "2026-11-01T00:00:00Z", to: "2026-11-01T01:00:00+01:00" }, "total", "from: must be"],
    [{ from: "2026-11-27T00:00:00Z" }, "day", "which is 2026-11-26T12:34:56.789Z"],
    [{ days: 8 }, "hour", "hour allows at most 7 days"],
    [{ from: "2026-11-19T12:34:56.788Z" }, "hour", "hour allows at most 7 days"],
    [{ from: "2020-01-01T00:00:00Z" }, "day", "day allows at most 400 days"],
  ];
  for (const [asked, bucket, message] of table) {
    expect(() => resolveRange(asked, bucket, now)).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message: expect.stringContaining(message),
      }),
    );
  }
});

Deno.test("resolveRange() takes the longest range of each bucket", () => {
  const table: [AskedRange, Bucket][] = [
    [{ days: 7 }, "hour"],
    [{ from: "2026-11-19T12:34:56.789Z" }, "hour"],
    [{ days: 400 }, "day"],
    [{ from: "2000-01-01T00:00:00Z" }, "month"],
    [{ from: "2000-01-01T00:00:00Z" }, "total"],
  ];
  for (const [asked, bucket] of table) {
    expect(resolveRange(asked, bucket, now).to).toBe("2026-11-26T12:34:56.789Z");
  }
});
