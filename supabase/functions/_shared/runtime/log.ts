import { AppError } from "../core/app_error.ts";

/** What a log line may hold: ids, names, figures. Never a user's words, a key or a token. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null>
>;

/** Writes one event as one line of JSON. */
export type Log = (event: string, fields: LogFields) => void;

export const logToConsole: Log = (event, fields) => {
  console.log(JSON.stringify({ event, ...fields }));
};

/** An error's names, messages and hints down its causes, for the log; no stack. */
export function describeCauses(error: unknown): string {
  const parts: string[] = [];
  for (
    let cause = error;
    cause instanceof Error && parts.length < 5;
    cause = cause.cause
  ) {
    // A SyntaxError quotes the text that it could not parse, which may be a user's words.
    const words = cause instanceof SyntaxError ? cause.name : `${cause.name}: ${cause.message}`;
    const hint = cause instanceof AppError && cause.hint !== undefined ? ` (${cause.hint})` : "";
    parts.push(words + hint);
  }
  return parts.length > 0 ? parts.join(" <- ") : typeof error;
}
