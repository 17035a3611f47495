import { expect } from "@std/expect";
import { addCounts, readTestCounts } from "./test_counts.ts";

const outputs: [string, string, boolean, { passed: number; failed: number }][] = [
  ["all passed", "ok | 3 passed | 0 failed (21ms)", true, {
    passed: 3,
    failed: 0,
  }],
  ["steps", "ok | 5 passed (34 steps) | 0 failed (1s)", true, {
    passed: 5,
    failed: 0,
  }],
  ["failures", "FAILED | 1 passed | 2 failed (1 step) (1s)", false, {
    passed: 1,
    failed: 2,
  }],
  ["ignored tests", "ok | 3 passed | 0 failed | 2 ignored (1s)", true, {
    passed: 3,
    failed: 2,
  }],
  ["colours", "\x1b[0m\x1b[32mok\x1b[0m | 3 passed | 0 failed", true, {
    passed: 3,
    failed: 0,
  }],
  ["a bad end", "ok | 3 passed | 0 failed (1s)", false, {
    passed: 3,
    failed: 1,
  }],
  ["no summary", "error: Type checking failed.", false, {
    passed: 0,
    failed: 1,
  }],
  ["nothing at all", "", true, { passed: 0, failed: 1 }],
  [
    "a test that prints a summary",
    "ok | 9 passed | 0 failed\nFAILED | 1 passed | 1 failed",
    false,
    { passed: 1, failed: 1 },
  ],
];

for (const [what, output, succeeded, expected] of outputs) {
  Deno.test(`readTestCounts() reads ${what}`, () => {
    expect(readTestCounts(output, succeeded)).toEqual(expected);
  });
}

Deno.test("addCounts() adds the counts of all runs", () => {
  expect(addCounts([])).toEqual({ passed: 0, failed: 0 });
  expect(addCounts([{ passed: 1, failed: 2 }, { passed: 3, failed: 0 }]))
    .toEqual({ passed: 4, failed: 2 });
});
