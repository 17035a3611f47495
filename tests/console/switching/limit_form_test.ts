import { expect } from "@std/expect";
import {
  limitArgs,
  limitValues,
  newLimit,
  problemOfLimit,
} from "../../../console/src/switching/limit_form.ts";
import { limitStatus } from "../limits.ts";

const entered = { ...newLimit, amount: "5" };
const user = "3d1f9d1e-2f5b-4c1e-9d0a-7a1f6f0f6f01";

Deno.test("limitArgs() names the scope, and leaves out what has no meaning", () => {
  expect(limitArgs(entered)).toEqual({
    scope: { kind: "each_user" },
    unit: "usd",
    amount: 5,
    period: "day",
    time_zone: "UTC",
    enforcement: "hard",
  });
  expect(limitArgs({ ...entered, kind: "user", id: ` ${user} `, unit: "turns", period: "minute" }))
    .toEqual({
      scope: { kind: "user", id: user },
      unit: "turns",
      amount: 5,
      period: "minute",
      enforcement: "hard",
    });
  expect(limitArgs({ ...entered, kind: "project", id: "left over" })?.scope)
    .toEqual({ kind: "project" });
});

Deno.test("limitArgs() has turns at once without a period, and always hard", () => {
  expect(limitArgs({ ...entered, id: "health", unit: "concurrent", enforcement: "soft" })).toEqual({
    scope: { kind: "each_user", id: "health" },
    unit: "concurrent",
    amount: 5,
    enforcement: "hard",
  });
});

Deno.test("limitArgs() sends a limit as it is, where nothing was edited", () => {
  const { scope, unit, amount, period, enforcement } = limitStatus();
  expect(limitArgs(limitValues(limitStatus()))).toEqual({
    scope,
    unit,
    amount,
    period,
    enforcement,
  });
});

Deno.test("problemOfLimit() says what cannot be sent", () => {
  expect(problemOfLimit(entered)).toBeNull();
  for (
    const [changes, word] of [
      [{ amount: "" }, "amount"],
      [{ amount: "-1" }, "amount"],
      [{ amount: "1e3" }, "amount"],
      [{ amount: "1000000000001" }, "at most"],
      [{ kind: "assistant" }, "assistant"],
      [{ kind: "api_key" }, "key"],
      [{ kind: "user", id: "admin@example.com" }, "id"],
      [{ time_zone: "Mars/Olympus" }, "time zone"],
    ] as const
  ) {
    expect(problemOfLimit({ ...entered, ...changes })).toContain(word);
    expect(limitArgs({ ...entered, ...changes })).toBeNull();
  }
  for (const amount of ["0", "0.5", ".5", " 60 ", "1000000000000"]) {
    expect(problemOfLimit({ ...entered, amount })).toBeNull();
  }
  // What is not asked for cannot be wrong.
  expect(problemOfLimit({ ...entered, period: "total", time_zone: "" })).toBeNull();
  expect(problemOfLimit({ ...entered, time_zone: "Europe/Berlin" })).toBeNull();
});
