import { expect } from "@std/expect";
import { growthInterval, seededRandom, type Values } from "../../../bench/comparison/interval.ts";
import { growsAtMost } from "../../../bench/comparison/target.ts";

const width = ({ low, high }: { low: number; high: number }) => high - low;

/** Values around a mean, evenly spread; starts differ by a factor of their own. */
function drawn(mean: number, spread: number, seed: number): Values {
  const random = seededRandom(seed);
  return [0.8, 1, 1.3].map((factor) =>
    Array.from({ length: 12 }, () => factor * (mean + spread * (2 * random() - 1)))
  );
}

Deno.test("growthInterval() divides medians of one start, whatever other starts have", () => {
  const { estimate, low, high } = growthInterval([[2, 2], [20, 20], [6]], [[1], [10], [3, 3]]);
  expect([estimate, low, high]).toEqual([2, 2, 2]);
});

Deno.test("growthInterval() pairs no rounds: their order does not matter", () => {
  expect(growthInterval([[1, 2, 3]], [[3, 1, 2]]).estimate).toBe(1);
});

Deno.test("growthInterval() is as uncertain as its base", () => {
  const values = drawn(1, 0.01, 1);
  const wide = growthInterval(values, drawn(1, 0.3, 2));
  expect(width(wide)).toBeGreaterThan(5 * width(growthInterval(values, drawn(1, 0.01, 2))));
});

Deno.test("growthInterval() holds what is there, nearly always", () => {
  const held = Array.from({ length: 200 }, (_, run) => {
    const { low, high } = growthInterval(drawn(1.2, 0.2, 2 * run + 1), drawn(1, 0.2, 2 * run + 2));
    return low <= 1.2 && 1.2 <= high;
  }).filter(Boolean).length;
  expect(held).toBeGreaterThanOrEqual(190);
});

Deno.test("growthInterval() leaves out starts that lack a point", () => {
  expect(growthInterval([[2], [NaN], [9]], [[1], [1], []]).estimate).toBe(2);
  expect(growthInterval([[2]], [[NaN]])).toEqual({ estimate: NaN, low: NaN, high: NaN });
});

Deno.test("growsAtMost() judges the growth, and needs rounds of both", () => {
  const [values, base] = [drawn(1.2, 0.02, 1), drawn(1, 0.02, 2)];
  expect(growsAtMost("a", 1.3, values, base).verdict).toBe("met");
  expect(growsAtMost("a", 1.1, values, base).verdict).toBe("missed");
  expect(growsAtMost("a", 1.2, values, base).verdict).toBe("undecided");
  expect(growsAtMost("a", 1.1, values, [[1], [1], [1]])).toMatchObject({
    measured: growthInterval(values, [[1], [1], [1]]),
    verdict: "undecided",
    toDecide: "3 rounds were measured, and at least 8 are needed",
  });
});
