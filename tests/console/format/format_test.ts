import { expect } from "@std/expect";
import { describeEnd } from "../../../console/src/format/describe_end.ts";
import { formatPrice, formatUsd, formatUsdChange } from "../../../console/src/format/money.ts";
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatMs,
  formatPercent,
} from "../../../console/src/format/numbers.ts";
import {
  formatAge,
  formatBucket,
  formatDate,
  formatMoment,
} from "../../../console/src/format/time.ts";

Deno.test("formatUsd() shows small amounts with two digits, and never an unknown one as 0", () => {
  const cases: [number | null, string][] = [
    [null, "not known"],
    [0, "$0"],
    [0.0000243, "$0.000024"],
    [0.00112, "$0.0011"],
    [0.002, "$0.002"],
    [0.01, "$0.01"],
    [0.657, "$0.657"],
    [1.05, "$1.05"],
    [26.744, "$26.74"],
    [1234.5, "$1,234.50"],
    [-24.44, "−$24.44"],
    [-0.002, "−$0.002"],
  ];
  for (const [usd, text] of cases) expect([usd, formatUsd(usd)]).toEqual([usd, text]);
  expect(formatUsdChange(1)).toBe("+$1.00");
  expect(formatUsdChange(-1)).toBe("−$1.00");
  expect(formatUsdChange(null)).toBe("not known");
});

Deno.test("formatPrice() shows every digit that was entered, and cents at least", () => {
  expect([4.2, 0.078, 15, null].map(formatPrice)).toEqual([
    ...["$4.20", "$0.078", "$15.00", "not known"],
  ]);
});

Deno.test("formatBytes() tells a size as files are told, and a limit exactly", () => {
  expect([67, 12_300, 3_750_000, 18_000_000].map(formatBytes))
    .toEqual(["67 bytes", "12.3 kB", "3.75 MB", "18 MB"]);
});

Deno.test("numbers are short where space is short", () => {
  expect([999, 1_234, 45_678, 1_000_000, 2.5e9].map(formatCompact))
    .toEqual(["999", "1.2k", "46k", "1M", "2.5G"]);
  expect([0, 12_345, null].map(formatCount)).toEqual(["0", "12,345", "–"]);
  expect([0, 0.0123, 0.5, 1, null].map(formatPercent)).toEqual([
    ...["0 %", "1.2 %", "50 %", "100 %", "–"],
  ]);
  expect([0, 840.4, 9_999, 12_300, 840_000, null].map(formatMs)).toEqual([
    ...["0 ms", "840 ms", "9,999 ms", "12.3 s", "14 min", "–"],
  ]);
});

Deno.test("formatAge() counts in the unit that fits", () => {
  const now = Date.parse("2026-11-26T12:00:00Z");
  const ages = ["11:59:50", "11:48:00", "06:00:00"].map((time) =>
    formatAge(`2026-11-26T${time}Z`, now)
  );
  expect(ages).toEqual(["just now", "12 min ago", "6 h ago"]);
  expect(formatAge("2026-11-01T12:00:00Z", now)).toBe("25 days ago");
});

Deno.test("formatBucket() names buckets in UTC, whatever the reader's time zone", () => {
  const start = Date.parse("2026-11-26T00:00:00Z") / 1000;
  expect(formatBucket(start, "day")).toBe("26 Nov");
  expect(formatBucket(start + 3600, "hour")).toBe("26 Nov, 01:00");
  expect(formatBucket(start, "month")).toBe("Nov 2026");
  expect(formatBucket(start, "total")).toBe("Total");
  expect(formatDate("2026-07-30")).toBe("30 Jul 2026");
});

Deno.test("formatMoment() gives the time that the charts have, and says which it is", () => {
  expect(formatMoment("2026-11-26T09:30:00+05:00")).toBe("26 Nov 2026, 04:30 UTC");
});

Deno.test("describeEnd() tells an end that is past from one to come", () => {
  const now = Date.parse("2026-11-26T12:00:00Z");
  const end = (retires_on: string | null) => describeEnd({ retires_on }, now);
  expect(end("2027-01-31")).toBe("until 31 Jan 2027");
  expect(end("2026-11-27")).toBe("until 27 Nov 2026");
  expect(end("2026-11-26")).toBe("ended 26 Nov 2026");
  expect(end("2026-07-30")).toBe("ended 30 Jul 2026");
  expect(end(null)).toBeNull();
});
