/**
 * How often and how soon rollouts are found worse or proven, over thousands that are drawn at random
 * and judged by the functions of Postgres. `deno task bench:rollouts` does the same with more. The
 * bounds here are such that a correct function fails less than once in a million seeds.
 */
import { expect } from "@std/expect";
import {
  type Conclusion,
  countOf,
  medianUnits,
  simulateErrors,
  simulateMeans,
} from "../../../bench/rollouts/simulate.ts";
import { withDatabase } from "../../support/test_database.ts";

Deno.test("weigh_error() finds a canary that fails as the former model worse in at most 1 of 100 rollouts, looked at after every error", async () => {
  await withDatabase(async ({ sql }) => {
    for (const share of [10, 25, 50]) {
      const alike = await simulateErrors(sql, {
        rollouts: 1000,
        share,
        canaryRate: 0.02,
        formerRate: 0.02,
        units: 4000,
      });
      // 10 are allowed; 30 or more of a probability of 0.01 each come up once in 2 million times.
      expect(countOf("worse", alike)).toBeLessThan(30);
    }
  });
});

Deno.test("weigh_error() takes nothing back while all of Bedrock fails", async () => {
  await withDatabase(async ({ sql }) => {
    const outage = await simulateErrors(sql, {
      rollouts: 200,
      share: 10,
      canaryRate: 1,
      formerRate: 1,
      units: 500,
    });
    expect(countOf("worse", outage)).toBeLessThan(13);
  });
});

Deno.test("weigh_error() finds harm as soon as it is known to", async () => {
  await withDatabase(async ({ sql }) => {
    const known: readonly [rate: number, share: number, median: number][] = [
      [1, 10, 34],
      [1, 25, 23],
      [1, 50, 22],
      [0.2, 10, 289],
      [0.2, 25, 169],
      [0.2, 50, 136],
      [0.08, 10, 1346],
      [0.08, 25, 714],
      [0.08, 50, 580],
    ];
    for (const [canaryRate, share, median] of known) {
      const harmed = await simulateErrors(sql, {
        rollouts: 400,
        share,
        canaryRate,
        formerRate: 0.02,
        units: 100_000,
      });
      expect(countOf("worse", harmed)).toBe(400);
      const ratio = medianUnits("worse", harmed) / median;
      expect({ canaryRate, share, isNear: ratio > 0.7 && ratio < 1.3, ratio })
        .toMatchObject({ isNear: true });
    }
  });
});

Deno.test("weigh_means() finds 1.5 times the time and twice the cost, and proves what is alike", async () => {
  await withDatabase(async ({ sql }) => {
    const drawn = (share: number, ratio: number, tolerated: number): Promise<Conclusion[]> =>
      simulateMeans(sql, { rollouts: 200, share, ratio, tolerated, units: 6000, every: 20 });
    const slower = await drawn(10, 1.5, 1.25);
    expect(countOf("not_worse", slower)).toBe(0);
    expect(medianUnits("worse", slower)).toBeLessThan(1500);
    const dearer = await drawn(10, 2, 1.5);
    expect(countOf("not_worse", dearer)).toBe(0);
    expect(medianUnits("worse", dearer)).toBeLessThan(1300);
    const alike = await drawn(10, 1, 1.25);
    expect(countOf("worse", alike)).toBe(0);
    expect(Math.abs(medianUnits("not_worse", alike) / 1040 - 1)).toBeLessThan(0.25);
    // Exactly at what is tolerated each side is left out in 1 of 40 at most; 20 of 200 come up once
    // in ten million times.
    const atTheGuard = await drawn(25, 1.25, 1.25);
    expect(countOf("worse", atTheGuard)).toBeLessThan(20);
    expect(countOf("not_worse", atTheGuard)).toBeLessThan(20);
  });
});

Deno.test("half_width() is as wide as it is known to be", async () => {
  await withDatabase(async ({ sql }) => {
    const widths = await sql`
      select round(exp(switchboard.half_width(
        row((n * 0.1)::bigint, 0::float8, 0.36::float8), row((n * 0.9)::bigint, 0::float8, 0.36::float8)))::numeric, 2)::float8 as ratio
      from unnest(array[300, 1000, 2000, 4000]) with ordinality as u (n, place) order by place`;
    expect(widths.map(({ ratio }) => ratio)).toEqual([1.49, 1.21, 1.15, 1.1]);
  });
});
