import { expect } from "@std/expect";
import { toDatabaseError } from "../../../../../supabase/functions/_shared/database/database_error.ts";

function convert(status: number, code: string, details = "", message = "m", hint = "") {
  return toDatabaseError({ status, error: { code, message, details, hint } });
}

Deno.test("toDatabaseError() passes on the switchboard's own codes with message and hint", () => {
  const error = convert(409, "PT409", "conversation_pinned", "Pinned.", "Begin a new one.");
  expect([error.code, error.message, error.hint, error.status])
    .toEqual(["conversation_pinned", "Pinned.", "Begin a new one.", 409]);
});

Deno.test("toDatabaseError() tells a database that is away from one that refuses", () => {
  const table: [number, string, string][] = [
    [0, "", "database_unavailable"],
    [503, "PGRST001", "database_unavailable"],
    [500, "57P01", "database_unavailable"],
    [500, "08006", "database_unavailable"],
    [503, "53300", "database_unavailable"],
    [502, "", "database_unavailable"],
    [400, "23514", "database_error"],
    [403, "42501", "database_error"],
    [404, "PGRST202", "database_error"],
    [409, "23505", "database_error"],
  ];
  for (const [status, code, expected] of table) {
    expect([status, code, convert(status, code).code]).toEqual([status, code, expected]);
  }
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
