import { expect } from "@std/expect";
import {
  describeAnswers,
  fewestOf,
  lonePlaces,
  splitFew,
} from "../../../console/src/charts/few_answers.ts";

Deno.test("fewestOf() is the number from which a percentile is not just the slowest answer", () => {
  expect([0.5, 0.95, 0.99].map(fewestOf)).toEqual([2, 20, 100]);
  for (const percentile of [0.5, 0.95, 0.99]) {
    const rank = (answers: number) => Math.ceil(percentile * answers - 1e-9);
    const fewest = fewestOf(percentile);
    expect([rank(fewest - 1), rank(fewest)]).toEqual([fewest - 1, fewest - 1]);
  }
});

Deno.test("splitFew() draws a p95 of two answers apart from one of 150", () => {
  expect(splitFew([900, 700, null], [150, 2, null], 20)).toEqual({
    enough: [900, null, null],
    few: [null, 700, null],
  });
  expect(splitFew([9, 7], null, 20)).toEqual({ enough: [9, 7], few: [null, null] });
});

Deno.test("lonePlaces() finds the values that no line reaches", () => {
  expect(lonePlaces([1, null, 2, 3, null, 0])).toEqual([0, 5]);
  expect(lonePlaces([null, null])).toEqual([]);
});

Deno.test("describeAnswers() names what rests on few answers differently", () => {
  expect(describeAnswers(1500, 20)).toBe("1,500 answers");
  expect(describeAnswers(2, 20)).toBe("only 2 answers");
  expect(describeAnswers(1, 2)).toBe("only 1 answer");
});
