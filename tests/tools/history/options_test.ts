import { expect } from "@std/expect";
import { UsageError } from "../../../local/client/client_error.ts";
import { completePlan, readOptions } from "../../../tools/history/options.ts";

const now = new Date("2026-11-26T01:00:00Z");

Deno.test("readOptions() and completePlan() give a million messages over 90 days by default", () => {
  expect(completePlan(readOptions([]), undefined, now))
    .toEqual({ messages: 1_000_000, days: 90, seed: 1, endsAt: now });
  expect(
    completePlan(
      readOptions([
        "--messages",
        "20",
        "--days=3",
        "--seed",
        "7",
        "--until",
        "2026-01-02T03:04:05Z",
      ]),
      undefined,
      now,
    ),
  ).toEqual({ messages: 20, days: 3, seed: 7, endsAt: new Date("2026-01-02T03:04:05Z") });
});

for (
  const args of [
    ["--messages", "3"],
    ["--messages", "many"],
    ["--days", "1"],
    ["--until", "2026-01-02"],
    ["--until", "2999-01-01T00:00:00Z"],
    ["--fast"],
    ["more"],
  ]
) {
  Deno.test(`readOptions() refuses ${args.join(" ")}`, () => {
    expect(() => readOptions(args)).toThrow(UsageError);
  });
}

Deno.test("completePlan() goes on with an unfinished history, and with no other", () => {
  const unfinished = { messages: 20, days: 3, seed: 7, endsAt: new Date("2026-01-02T03:04:05Z") };
  expect(completePlan(readOptions(["--days", "3"]), unfinished, now)).toEqual(unfinished);
  expect(() => completePlan(readOptions(["--days", "4"]), unfinished, now)).toThrow(UsageError);
});
