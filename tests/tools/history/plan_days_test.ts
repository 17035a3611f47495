import { expect } from "@std/expect";
import fc from "fast-check";
import { planDays } from "../../../tools/history/plan_days.ts";

Deno.test("planDays() divides all turns among days that follow each other", () => {
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.nat(1_000_000),
      fc.integer({ min: 2, max: 400 }),
      fc.date({ min: new Date("2024-01-01"), max: new Date("2030-01-01"), noInvalidDate: true }),
      (seed, turns, days, endsAt) => {
        const planned = planDays({ seed, turns, days, endsAt });
        expect(planned).toHaveLength(days);
        expect(planned.at(-1)?.day).toBe(endsAt.toISOString().slice(0, 10));
        let before = 0;
        for (const { first_turn, turns } of planned) {
          expect(first_turn).toBe(before);
          expect(turns).toBeGreaterThanOrEqual(0);
          before += turns;
        }
        expect(before).toBe(turns);
      },
    ),
  );
});

Deno.test("planDays() has quiet weekends, growth, and of today what has come", () => {
  const planned = planDays({
    seed: 1,
    turns: 1_000_000,
    days: 70,
    endsAt: new Date("2026-11-20T12:00:00Z"),
  });
  const turnsOn = (day: string) => planned.find((one) => one.day === day)!.turns;
  expect(turnsOn("2026-11-14")).toBeLessThan(0.7 * turnsOn("2026-11-12"));
  expect(turnsOn("2026-11-12")).toBeGreaterThan(1.5 * turnsOn("2026-09-17"));
  expect(turnsOn("2026-11-20")).toBeLessThan(0.6 * turnsOn("2026-11-19"));
});
