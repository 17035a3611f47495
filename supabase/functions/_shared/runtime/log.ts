import { z } from "zod";
import { AppError } from "../core/app_error.ts";

/** What a log line may hold: ids, names, figures. Never a user's words, a key or a token. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | readonly string[]>
>;

/** Writes one event as one line of JSON. */
export type Log = (event: string, fields: LogFields) => void;

/** Most characters of a field: a provider's text may be as long as an answer. */
const mostCharacters = 2_000;

export const logToConsole: Log = (event, fields) => {
  const line = JSON.stringify(
    { event, ...fields },
    (_, value) =>
      typeof value === "string" && value.length > mostCharacters
        ? `${value.slice(0, mostCharacters).toWellFormed()}…`
        : value,
  );
  console.log(line);
};

/**
 * Keys, tokens and signatures: by the name before them, as in the request that AWS repeats when a
 * signature does not match, or by their length.
 */
const secret =
  /(?<=(?:token|signature|credential|authorization|secret|apikey)["']?[:=]\s*)[^\s,;]+|(?=[\w+=~-]*\d)[\w+=~-]{40,}/gi;

/**
 * An error's names, messages and hints down its causes, for the log; no stack, nothing that a
 * caller wrote, and nothing that could be a key or a token.
 */
export function describeCauses(error: unknown): string {
  const parts: string[] = [];
  for (
    let cause = error;
    // The errors of zod that are returned, not thrown, are no errors of JavaScript.
    (cause instanceof Error || cause instanceof z.ZodError) && parts.length < 5;
    cause = cause.cause
  ) {
    const words = wordsOf(cause).replace(secret, "…");
    parts.push(words === "" ? cause.name : `${cause.name}: ${words}`);
  }
  return parts.length > 0 ? parts.join(" <- ") : typeof error;
}

function wordsOf(error: Error | z.ZodError): string {
  if (error instanceof AppError) return error.logged;
  // It quotes the text that it could not parse.
  if (error instanceof SyntaxError) return "";
  // Its message holds whole keys of what was read.
  if (error instanceof z.ZodError) {
    return error.issues.slice(0, 5).map(({ code, path }) => `${code} at ${placeOf(path)}`).join(
      "; ",
    );
  }
  return error.message;
}

/** Where a value was, without the keys that only a row has. */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => /^[a-z0-9_]{1,40}$/.test(String(key)) ? String(key) : "…");
  return place.join(".") || "the top";
}
