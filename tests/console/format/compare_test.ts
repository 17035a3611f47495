import { expect } from "@std/expect";
import { describeShare } from "../../../console/src/format/compare.ts";

const note = (actual_usd: number | null, difference_usd: number | null, unpriced = 0) =>
  describeShare({ actual_usd, difference_usd, unpriced }).note;

Deno.test("describeShare() says the share that is saved, not the one that is left", () => {
  expect(note(100, -78)).toBe("78 % saved");
  expect(note(100, -2.34)).toBe("2.3 % saved");
  expect(note(100, 250)).toBe("250 % more");
  expect(note(100, 0)).toBe("the same");
});

Deno.test("describeShare() says nothing where the actual cost is not wholly known", () => {
  expect([note(null, null), note(0, 3), note(100, -78, 1)]).toEqual([
    ...[undefined, undefined, undefined],
  ]);
});
