import type { PostgrestError } from "@supabase/supabase-js";
import { AppError, type AppErrorOptions, isErrorCode } from "../core/app_error.ts";
import { failureText } from "./failure_text.ts";

/**
 * SQLSTATE classes that refuse what was sent, whenever it is sent: a value that is none (22), a rule
 * of the table (23), a size (54).
 *
 * @see https://www.postgresql.org/docs/17/errcodes-appendix.html
 */
const refusal = /^(22|23|54)...$/;

/**
 * What an operator has to mend, though it may be mended a moment later: no permission (28, 42), a
 * function that is not there or not seen yet (42, PGRST2), a key or its time (PGRST3), a request
 * that PostgREST does not understand (PGRST1), a rule of the project's own (P0).
 *
 * @see https://docs.postgrest.org/en/v14/references/errors.html
 */
const forOperators = /^(28|42|P0)...$|^PGRST[123]/;

/** A request that the database refuses for what is in it: sent again, it fares the same. */
export class DatabaseRefusal extends AppError {
  constructor(message?: string, options?: AppErrorOptions) {
    super("database_error", message, options);
  }
}

/** The failed part of a supabase-js result. */
export interface FailedCall {
  readonly error: Pick<PostgrestError, "code" | "message" | "details" | "hint">;
  /** HTTP status; 0 when no response came. */
  readonly status: number;
}

/**
 * The error of a call to the database. The switchboard's own functions put their code in
 * `detail`. Anything else that does not refuse the request itself may pass: a proxy's answer, a
 * deadlock, a database that takes no writes for a while.
 */
export function toDatabaseError({ error, status }: FailedCall): AppError {
  const [refused = "", wait] = (error.details ?? "").split(" retry_after=");
  if (isErrorCode(refused)) {
    return new AppError(refused, error.message, {
      hint: error.hint || undefined,
      retryAfterSeconds: refused === "turn_in_progress" ? 2 : secondsIn(wait),
    });
  }
  const code = error.code ?? "";
  const cause = new Error(failureText({ error, status }));
  if (refusal.test(code) || status === 413) return new DatabaseRefusal(undefined, { cause });
  const isRefusedRequest = status >= 400 && status < 500 && ![408, 425, 429].includes(status);
  if (forOperators.test(code) || (code === "" && isRefusedRequest)) {
    return new AppError("database_error", undefined, { cause });
  }
  return new AppError("database_unavailable", undefined, {
    hint: "Try again in a few seconds. Nothing was changed, or the change can be repeated.",
    cause,
  });
}

/** Seconds after which a retry may succeed, as our functions write them behind their code. */
function secondsIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Whether the same request may succeed later. A refusal, and our own functions' no, are final. */
export function isPassing(error: unknown): boolean {
  return error instanceof AppError && !(error instanceof DatabaseRefusal) &&
    (error.code === "database_unavailable" || error.code === "database_error");
}
