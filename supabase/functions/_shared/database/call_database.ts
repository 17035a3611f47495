import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { type FailedCall, toDatabaseError } from "./database_error.ts";
import { readLeniently, type ReportUnreadable } from "./read_leniently.ts";

/** The result of a call, as the RPC client and supabase-js give it. */
export type DatabaseResult =
  | { readonly data: unknown; readonly error: null; readonly status: number }
  | { readonly data: unknown; readonly error: FailedCall["error"]; readonly status: number };

/**
 * Makes a call of the database and reads its answer: a function, or a query of a table.
 *
 * @param schema The answer's shape; `z.unknown()` where the answer is not used.
 * @param toError The error of a failed call; that of {@linkcode toDatabaseError}.
 * @throws {AppError} `database_error` for an answer in another shape, and what `toError` gives
 */
export async function callDatabase<Schema extends z.ZodType>(
  call: PromiseLike<DatabaseResult>,
  schema: Schema,
  toError: (failed: FailedCall) => AppError = toDatabaseError,
): Promise<z.infer<Schema>> {
  const { data, error, status } = await call;
  if (error) throw toError({ error, status });
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw unknownShape(parsed.error);
}

/**
 * As {@linkcode callDatabase}, of an answer with many rows: what cannot be read of it is left out,
 * and reported.
 *
 * @see readLeniently
 */
export async function callDatabaseLeniently<Schema extends z.ZodType>(
  call: PromiseLike<DatabaseResult>,
  schema: Schema,
  report: ReportUnreadable,
  toError?: (failed: FailedCall) => AppError,
): Promise<z.infer<Schema>> {
  const answer = await callDatabase(call, z.unknown(), toError);
  const read = readLeniently(answer, schema);
  if (read === null) throw unknownShape(schema.safeParse(answer).error);
  if (read.unreadable.length > 0) report(read.unreadable);
  return read.data;
}

/** No refusal: it may be a proxy's answer, in place of the database's. */
function unknownShape(cause: unknown): AppError {
  return new AppError("database_error", "The database's answer has an unknown shape.", {
    hint: "Operator: apply the migrations that belong to this version of the functions.",
    cause,
  });
}
