import { expect } from "@std/expect";
import { z } from "zod";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import {
  callDatabase,
  type DatabaseResult,
} from "../../../../../supabase/functions/_shared/database/call_database.ts";

const schema = z.object({ version: z.number() });
const failed = {
  data: null,
  error: { code: "57P01", message: "terminating connection", details: "", hint: "" },
  status: 500,
};

function call(result: DatabaseResult): Promise<DatabaseResult> {
  return Promise.resolve(result);
}

Deno.test("callDatabase() returns the answer in its schema's type", async () => {
  const answer = await callDatabase(
    call({ data: { version: 7 }, error: null, status: 200 }),
    schema,
  );
  expect(answer.version).toBe(7);
});

Deno.test("callDatabase() throws the database's error", async () => {
  await expect(callDatabase(call(failed), schema)).rejects
    .toMatchObject({ code: "database_unavailable" });
});

Deno.test("callDatabase() throws the error that the caller makes of a failed call", async () => {
  const toError = ({ status }: { readonly status: number }) =>
    new AppError("internal_error", `status ${status}`);
  await expect(callDatabase(call(failed), schema, toError)).rejects
    .toMatchObject({ code: "internal_error", message: "status 500" });
});

Deno.test("callDatabase() refuses an answer in another shape, and says what to apply", async () => {
  const result = call({ data: { version: "my knee hurts" }, error: null, status: 200 });
  const error = await callDatabase(result, schema).catch((error) => error);
  expect(error).toMatchObject({
    code: "database_error",
    hint: expect.stringContaining("apply the migrations"),
    cause: { name: "ZodError" },
  });
  expect(`${error.message} ${error.hint} ${error.cause.message}`).not.toContain("knee");
});
