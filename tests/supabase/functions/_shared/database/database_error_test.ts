import { expect } from "@std/expect";
import {
  isPassing,
  toDatabaseError,
} from "../../../../../supabase/functions/_shared/database/database_error.ts";

function convert(status: number, code: string, details = "", message = "m", hint = "") {
  return toDatabaseError({ status, error: { code, message, details, hint } });
}

Deno.test("toDatabaseError() passes on the switchboard's own codes with message and hint", () => {
  const error = convert(409, "PT409", "conversation_pinned", "Pinned.", "Begin a new one.");
  expect([error.code, error.message, error.hint, error.status])
    .toEqual(["conversation_pinned", "Pinned.", "Begin a new one.", 409]);
});

Deno.test("toDatabaseError() says when to come back where the database does", () => {
  const soon = convert(429, "PT429", "limit_exceeded retry_after=23", "The limit is reached: x.");
  expect([soon.code, soon.message, soon.retryAfterSeconds, soon.retryable])
    .toEqual(["limit_exceeded", "The limit is reached: x.", 23, true]);
  const late = convert(429, "PT429", "limit_exceeded");
  expect([late.code, late.retryAfterSeconds, late.retryable])
    .toEqual(["limit_exceeded", undefined, false]);
  expect(convert(409, "PT409", "turn_in_progress").retryAfterSeconds).toBe(2);
  expect(convert(429, "PT429", "limit_exceeded retry_after=soon").retryAfterSeconds)
    .toBeUndefined();
});

Deno.test("toDatabaseError() takes what refuses no row for passing", () => {
  const table: [number, string, string, "passing" | "final"][] = [
    [0, "", "database_unavailable", "passing"],
    [503, "PGRST001", "database_unavailable", "passing"],
    [500, "57P01", "database_unavailable", "passing"],
    [500, "08006", "database_unavailable", "passing"],
    [503, "53300", "database_unavailable", "passing"],
    [502, "", "database_unavailable", "passing"],
    [500, "", "database_unavailable", "passing"],
    [429, "", "database_unavailable", "passing"],
    [408, "", "database_unavailable", "passing"],
    [405, "25006", "database_unavailable", "passing"],
    [500, "40P01", "database_unavailable", "passing"],
    [500, "40001", "database_unavailable", "passing"],
    [500, "55P03", "database_unavailable", "passing"],
    [500, "58030", "database_unavailable", "passing"],
    [500, "XX000", "database_unavailable", "passing"],
    [401, "PGRST303", "database_error", "passing"],
    [401, "", "database_error", "passing"],
    [403, "42501", "database_error", "passing"],
    [404, "PGRST202", "database_error", "passing"],
    [404, "", "database_error", "passing"],
    [400, "P0001", "database_error", "passing"],
    [400, "23514", "database_error", "final"],
    [409, "23505", "database_error", "final"],
    [400, "22P02", "database_error", "final"],
    [500, "54000", "database_error", "final"],
    [413, "", "database_error", "final"],
  ];
  for (const [status, code, expected, kind] of table) {
    const error = convert(status, code);
    expect([status, code, error.code, isPassing(error) ? "passing" : "final"])
      .toEqual([status, code, expected, kind]);
  }
});

Deno.test("isPassing() takes our own functions' no, and a fault of ours, for final", () => {
  expect(isPassing(convert(404, "PT404", "conversation_not_found"))).toBe(false);
  expect(isPassing(new TypeError("x is not a function"))).toBe(false);
});

Deno.test("toDatabaseError() shows nothing of an unexpected error but keeps it for the log", () => {
  const error = convert(400, "22P02", "", 'invalid input: "private words"');
  expect(`${error.message} ${error.hint}`).not.toContain("private");
  expect((error.cause as Error).message).toBe("400 22P02: 30 characters");
});

Deno.test("toDatabaseError() keeps for the log only messages that quote no value", () => {
  const table: [number, string, string, string][] = [
    [500, "42883", "function public.x() does not exist", "function public.x() does not exist"],
    [409, "23505", 'duplicate key value of "x_key"', 'duplicate key value of "x_key"'],
    [404, "PGRST202", "Could not find the function", "Could not find the function"],
    [400, "P0001", "private words", "13 characters"],
    [400, "PGRST100", "private words", "13 characters"],
    [413, "", "<html>private words</html>", "26 characters"],
    [0, "", "TypeError: connection refused", "TypeError: connection refused"],
  ];
  for (const [status, code, message, expected] of table) {
    const { cause } = convert(status, code, "", message);
    expect((cause as Error).message).toBe(`${status} ${code || "without a code"}: ${expected}`);
  }
});
