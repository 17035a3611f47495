import type { PostgrestError } from "@supabase/supabase-js";
import { AppError, isErrorCode } from "../core/app_error.ts";
import { failureText } from "./failure_text.ts";

/**
 * SQLSTATE classes and PostgREST codes that say the database is away or busy, not that the
 * request is wrong: connection failures (08), resources (53), operator intervention (57), and
 * PostgREST's own connection errors.
 *
 * @see https://www.postgresql.org/docs/17/errcodes-appendix.html
 * @see https://docs.postgrest.org/en/v14/references/errors.html
 */
const unavailableCode = /^(08|53|57)|^PGRST00[0-3]$/;

/** The failed part of a supabase-js result. */
export interface FailedCall {
  readonly error: Pick<PostgrestError, "code" | "message" | "details" | "hint">;
  /** HTTP status; 0 when no response came. */
  readonly status: number;
}

/**
 * The error of a call to the database. The switchboard's own functions put their code in
 * `detail`; anything else is either the database being away or a fault of ours.
 */
export function toDatabaseError({ error, status }: FailedCall): AppError {
  if (isErrorCode(error.details)) {
    return new AppError(error.details, error.message, {
      hint: error.hint || undefined,
      retryAfterSeconds: error.details === "turn_in_progress" ? 2 : undefined,
    });
  }
  const cause = new Error(failureText({ error, status }));
  if (
    status === 0 || [502, 503, 504].includes(status) ||
    unavailableCode.test(error.code ?? "")
  ) {
    return new AppError("database_unavailable", undefined, {
      hint: "Try again in a few seconds. Nothing was changed, or the change can be repeated.",
      cause,
    });
  }
  return new AppError("database_error", undefined, { cause });
}
