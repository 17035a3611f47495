import { expect } from "@std/expect";
import { readTestFailures } from "./test_failures.ts";

const printed = `
running 2 tests from ./tests/one_test.ts
it works ... FAILED (1ms)
it goes ... FAILED (due to 1 failed step) (1ms)

 ERRORS 

it works => ./tests/one_test.ts:3:6
error: Error: no

    at one_test.ts:3:6

it goes ... far => ./tests/one_test.ts:9:11
error: AssertionError: nothing is there
${"    at there\n".repeat(30)}
\x1b[0m\x1b[37m\x1b[41m FAILURES \x1b[0m

it works \x1b[38;5;245m=> ./tests/one_test.ts:3:6\x1b[0m
it goes ... far => ./tests/one_test.ts:9:11

FAILED | 0 passed | 2 failed (1 step) (20ms)
`;

Deno.test("readTestFailures() lists the tests and steps that failed, where they stand, and why", () => {
  expect(readTestFailures(printed)).toEqual([
    "it works => ./tests/one_test.ts:3:6\n  error: Error: no\n      at one_test.ts:3:6",
    "it goes ... far => ./tests/one_test.ts:9:11\n  error: AssertionError: nothing is there" +
    "\n      at there".repeat(19),
  ]);
  expect(readTestFailures("ok | 2 passed | 0 failed (20ms)\n")).toEqual([]);
});
