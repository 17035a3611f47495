import { RelationNotFoundError } from "@supabase/lite";

/**
 * PostgREST's HTTP status for an SQLSTATE, by its longest listed prefix.
 * @see https://docs.postgrest.org/en/stable/references/errors.html#http-status-codes
 */
const statusBySqlstate: Readonly<Record<string, number>> = {
  "08": 503,
  "09": 500,
  "0L": 403,
  "0P": 403,
  "23503": 409,
  "23505": 409,
  "25": 500,
  "25006": 405,
  "28": 403,
  "2D": 500,
  "38": 500,
  "39": 500,
  "3B": 500,
  "40": 500,
  "42883": 404,
  "42P01": 404,
  "42P17": 500,
  "53": 503,
  "53400": 500,
  "54": 500,
  "55": 500,
  "57": 500,
  "57P01": 503,
  "57P02": 503,
  "57P03": 503,
  "58": 500,
  "F0": 500,
  "HV": 500,
  "P0001": 400,
  "P0": 500,
  "XX": 500,
};

/** Codes that the driver gives a connection that cannot be made or is lost. */
const connectionLost = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "CONNECT_TIMEOUT",
]);

interface DatabaseError {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/**
 * The error that makes the embedded API answer what PostgREST would. It keeps few SQLSTATEs and
 * answers the rest with 500 and no code; but what `raise sqlstate 'PGRST'` says of status and
 * body, it passes on as it is, so every other error is rewritten to that form here.
 *
 * Anything that is not a database error is returned as it came.
 */
export function asPostgrestError(error: unknown): unknown {
  if (error instanceof RelationNotFoundError) return printable(error);
  if (!isDatabaseError(error)) return error;
  const { code, message, detail, hint } = error;
  if (connectionLost.has(code)) {
    return raised(503, {
      code: "PGRST001",
      message: "Database client error. Retrying the connection.",
      details: message,
      hint: null,
    });
  }
  // 42501 depends on who asks, which the API knows; PTxyz and PGRST name their own status.
  if (!/^[0-9A-Z]{5}$/.test(code) || code === "42501" || /^(PT|PGRST)/.test(code)) {
    return printable({ code, message, detail, hint }, printed(code, message, detail));
  }
  return raised(statusOf(code), { code, message, details: detail ?? null, hint: hint ?? null });
}

function statusOf(sqlstate: string): number {
  return statusBySqlstate[sqlstate] ?? statusBySqlstate[sqlstate.slice(0, 2)] ?? 400;
}

function raised(
  status: number,
  body: { code: string; message: string; details: string | null; hint: string | null },
): object {
  return printable({
    code: "PGRST",
    message: JSON.stringify(body),
    detail: JSON.stringify({ status, headers: {} }),
  }, printed(body.code, body.message, body.details));
}

/**
 * An error as it is printed: with the switchboard's own code, or with a message that names objects
 * and not the values of a call.
 */
function printed(code: string, message: string, detail?: string | null): string {
  if (/^[a-z_]{1,40}$/.test(detail ?? "")) return `${code} ${detail}`;
  return /^(08|23|25|40|42|5|XX|PGRST)/.test(code) ? `${code} ${message}` : code;
}

/** The API prints each error that it answers: one line, and no stack. */
function printable<E extends { message: string }>(error: E, text = error.message): E {
  const inspect = { value: () => `api: ${text}` };
  return Object.defineProperty(error, Symbol.for("Deno.customInspect"), inspect);
}

function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
