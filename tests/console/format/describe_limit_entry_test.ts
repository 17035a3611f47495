import { expect } from "@std/expect";
import {
  describeLimitEntry,
  isLimitEntry,
} from "../../../console/src/format/describe_limit_entry.ts";

const row = {
  id: 1,
  scope: "each_user",
  assistant_type: "health",
  user_id: null,
  api_key_id: null,
  unit: "turns",
  amount: 60,
  period: "minute",
  time_zone: "UTC",
  enforcement: "hard",
};
const describe = (action: string, from: unknown, to: unknown) =>
  describeLimitEntry({ action, from, to });

Deno.test("describeLimitEntry() tells a new limit, of which user or key, and in which zone", () => {
  expect(describe("set-limit", null, row)).toEqual({
    what: "Limit of turns per minute for each user of health set to 60",
    details: ["hard"],
  });
  const others = [
    [{ scope: "project", assistant_type: null, unit: "usd", period: "month", amount: 1000 }, [
      "Limit of USD per month for the project set to $1,000.00",
      ["hard"],
    ]],
    [{ scope: "user", user_id: "u", unit: "tokens", period: "day", time_zone: "Asia/Kolkata" }, [
      "Limit of tokens per day for a user set to 60",
      ["user: u", "hard", "in Asia/Kolkata"],
    ]],
    [{ scope: "api_key", api_key_id: "k", unit: "usd", period: "total", enforcement: "soft" }, [
      "Limit of USD in total for an API key set to $60.00",
      ["API key: k", "soft"],
    ]],
    [{ assistant_type: null, unit: "concurrent", period: null }, [
      "Limit of turns at once for each user set to 60",
      ["hard"],
    ]],
    [{ scope: "assistant" }, ["Limit of turns per minute for the assistant health set to 60", [
      "hard",
    ]]],
  ] as const;
  for (const [changes, [what, details]] of others) {
    expect(describe("set-limit", null, { ...row, ...changes })).toEqual({ what, details });
  }
});

Deno.test("describeLimitEntry() tells what a change changed, and what is removed", () => {
  expect(describe("set-limit", row, { ...row, amount: 30, enforcement: "soft" })).toEqual({
    what: "Limit of turns per minute for each user of health set to 30",
    details: ["before: 60", "enforcement: soft (before: hard)"],
  });
  expect(describe("set-limit", row, { ...row, period: "hour", time_zone: "Asia/Kolkata" })).toEqual(
    {
      what: "Limit of turns per hour for each user of health set to 60",
      details: [
        "before: turns per minute for each user of health",
        "time zone: Asia/Kolkata (before: UTC)",
      ],
    },
  );
  expect(describe("remove-limit", row, null)).toEqual({
    what: "Limit of turns per minute for each user of health removed",
    details: ["before: 60"],
  });
});

Deno.test("isLimitEntry() knows a limit by its columns, whatever was done with it", () => {
  expect(isLimitEntry({ from: row, to: null })).toBe(true);
  expect(isLimitEntry({ from: null, to: row })).toBe(true);
  for (const other of [null, "lite", { amount: 1 }, ["scope", "unit", "amount"]]) {
    expect(isLimitEntry({ from: other, to: other })).toBe(false);
  }
});
