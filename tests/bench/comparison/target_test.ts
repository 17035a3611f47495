import { expect } from "@std/expect";
import type { Values } from "../../../bench/comparison/interval.ts";
import { intervalOf, ratios, seededRandom } from "../../../bench/comparison/interval.ts";
import { atLeast, atMost, exactly } from "../../../bench/comparison/target.ts";

/** Normal by the sum of twelve, around a mean that differs from start to start. */
function drawn(
  options: { mean: number; ofStarts: number; ofRounds: number; seed: number },
): Values {
  const random = seededRandom(options.seed);
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, part) => sum + part, -6);
  return Array.from({ length: 5 }, () => {
    const mean = options.mean + options.ofStarts * normal();
    return Array.from({ length: 8 }, () => mean + options.ofRounds * normal());
  });
}

Deno.test("a target whose interval lies on one side of its limit is met or missed", () => {
  const values = [[0.9, 0.92, 0.91, 0.9], [0.93, 0.9, 0.9, 0.91]];
  expect(atMost("a", 1, values)).toMatchObject({ verdict: "met", toDecide: null });
  expect(atLeast("a", 1, values)).toMatchObject({ verdict: "missed", toDecide: null });
  expect(atLeast("a", 0.8, values)).toMatchObject({ verdict: "met", toDecide: null });
  expect(atMost("a", 0.8, values)).toMatchObject({ verdict: "missed", toDecide: null });
});

Deno.test("a target whose limit lies within its interval is undecided, and says what it takes", () => {
  const spread = [[0.8, 0.9, 1.1, 0.9], [0.85, 0.95, 1.2, 0.9]];
  const target = atMost("a", 1, spread);
  expect(target.verdict).toBe("undecided");
  expect(target.toDecide).toMatch(/^about \d+ times as many rounds and starts$/);
  expect(atMost("a", target.measured.estimate, spread).toDecide).toMatch(/at the limit/);
});

Deno.test("a target of too few rounds is undecided, whatever they say", () => {
  for (const values of [[], [[], [NaN]], [[0.5, 0.5, 0.5], [0.5]]]) {
    const count = values.flat().filter(Number.isFinite).length;
    expect(atMost("a", 1, values)).toMatchObject({
      verdict: "undecided",
      toDecide: `${count} rounds were measured, and at least 8 are needed`,
    });
  }
});

Deno.test("a count is met only exactly", () => {
  expect(exactly("a", 0, 0).verdict).toBe("met");
  expect(exactly("a", 0, 1).verdict).toBe("missed");
});

Deno.test("starts that differ widen the interval, however much their own rounds agree", () => {
  const width = (values: Values) => {
    const { low, high } = intervalOf(values);
    return high - low;
  };
  const same = [[1, 1.01, 0.99], [1, 1.01, 0.99], [1, 1.01, 0.99]];
  const differing = [[0.8, 0.81, 0.79], [1, 1.01, 0.99], [1.2, 1.21, 1.19]];
  expect(width(differing)).toBeGreaterThan(10 * width(same));
});

Deno.test("two runs of the same seldom decide differently", () => {
  let contrary = 0;
  for (let pair = 0; pair < 40; pair++) {
    // From well below the limit to well above it.
    const mean = 0.9 + 0.005 * pair;
    const [one, other] = [2 * pair + 1, 2 * pair + 2].map((seed) =>
      atMost("a", 1, drawn({ mean, ofStarts: 0.05, ofRounds: 0.1, seed })).verdict
    );
    if (one !== other && one !== "undecided" && other !== "undecided") contrary++;
  }
  expect(contrary).toBe(0);
});

Deno.test("ratios are those of the same start and round", () => {
  expect(ratios([[2, 9], [8]], [[1, 3], [2]])).toEqual([[2, 3], [4]]);
  expect(ratios([[2, 9]], [[1]])).toEqual([[2, NaN]]);
});
