import { expect } from "@std/expect";
import {
  describeReset,
  describeUse,
  formatAmount,
  limitState,
  usedShare,
} from "../../../console/src/format/limit_figures.ts";

Deno.test("usedShare() counts what is held, and a limit of 0 as full", () => {
  expect(usedShare({ spent: 1, held: 0.5 }, 2)).toBe(0.75);
  expect(usedShare({ spent: 3, held: 0 }, 2)).toBe(1.5);
  expect(usedShare({ spent: 0, held: 0 }, 0)).toBe(1);
});

Deno.test("limitState() is near from 80 % on, and full from 100 % on", () => {
  const states = [0, 0.79, 0.8, 0.99, 1, 1.2].map(limitState);
  expect(states).toEqual(["free", "free", "near", "near", "full", "full"]);
});

Deno.test("describeUse() says what is spent and held; turns at once are only held", () => {
  expect(describeUse({ spent: 12, held: 0 }, { amount: 60, unit: "turns" })).toBe(
    "12 of 60 (20 %)",
  );
  expect(describeUse({ spent: 0.5, held: 0.25 }, { amount: 5, unit: "usd" }))
    .toBe("$0.50 of $5.00, $0.25 held (15 %)");
  expect(describeUse({ spent: 0, held: 3 }, { amount: 8, unit: "concurrent" }))
    .toBe("3 of 8 (38 %)");
  expect(formatAmount(1_500_000, "tokens")).toBe("1,500,000");
});

Deno.test("describeReset() says when a limit counts from 0 again, where it does", () => {
  const end = { window_end: "2026-12-01T00:00:00Z" };
  const none = { window_end: null };
  expect(describeReset({ period: "month" }, end)).toBe("1 Dec 2026, 00:00 UTC");
  expect(describeReset({ period: "month" }, none)).toBe("–");
  expect(describeReset({ period: "total" }, none)).toBe("never");
  expect(describeReset({ period: null }, none)).toBe("as turns end");
});
