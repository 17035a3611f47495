import type { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { joinBytes } from "../core/byte_reader.ts";

/**
 * Maximum bytes of a request body: 32,000 characters as two `\uXXXX` escapes each, and a margin.
 */
export const maxBodyBytes = 512 * 1024;

/** Milliseconds within which a body must have come: the largest at 280 kbit/s. */
export const bodyTimeoutMs = 15_000;

/**
 * Reads a request's body as JSON of a schema. Counts the bytes as they come, so that a body
 * without a `content-length`, or with a false one, cannot fill the memory, and limits the time, so
 * that a body that never ends cannot hold the request.
 *
 * @param timeoutMs {@linkcode bodyTimeoutMs}
 * @throws {AppError} `body_too_large`, `request_timeout`, `invalid_json`, `invalid_request`, and
 * `client_disconnected` when the body ends before its time
 */
export async function readJson<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  timeoutMs = bodyTimeoutMs,
): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(parseJson(await readBytes(request, timeoutMs)));
  if (parsed.success) return parsed.data;
  const describe = (describeUnknown: (names: readonly string[]) => string) => {
    const problems = parsed.error.issues.map((issue) => {
      const place = issue.path.join(".");
      const problem = issue.code === "unrecognized_keys"
        ? describeUnknown(issue.keys)
        : issue.message;
      return place === "" ? problem : `${place}: ${problem}`;
    });
    return `The request is not valid. ${problems.join("; ")}`;
  };
  throw new AppError("invalid_request", describe(unknownFields), {
    logged: describe((names) => `Unknown fields: ${names.length}`),
  });
}

/** Names the first few fields, by their beginnings: they may be as long as the body. */
function unknownFields(names: readonly string[]): string {
  const listed = names.slice(0, 5).map((name) =>
    `"${name.length > 24 ? `${name.slice(0, 24).toWellFormed()}…` : name}"`
  );
  const more = names.length > listed.length ? ` and ${names.length - listed.length} more` : "";
  return `Unknown field${names.length === 1 ? "" : "s"}: ${listed.join(", ")}${more}`;
}

/**
 * Bytes that are read of a body that is too large: a caller who is answered while still sending may
 * never see the answer.
 */
const mostBytesRead = 3 * maxBodyBytes;

async function readBytes(request: Request, timeoutMs: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > mostBytesRead) throw tooLarge();
  // Not with `for await`, which takes twice as long as all else here.
  const reader = request.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    // Ends a read that waits.
    reader?.cancel().catch(() => {});
  }, timeoutMs);
  try {
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
      length += next.value.length;
      if (length > mostBytesRead) throw tooLarge();
      if (length <= maxBodyBytes) parts.push(next.value);
    }
  } catch (error) {
    // The connection may be gone already.
    reader?.cancel().catch(() => {});
    throw error instanceof AppError
      ? error
      : new AppError("client_disconnected", undefined, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (isLate) {
    throw new AppError("request_timeout", undefined, {
      hint: `Send the body within ${timeoutMs / 1000} seconds.`,
    });
  }
  if (length > maxBodyBytes) throw tooLarge();
  return joinBytes(parts, length);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the body, which may hold a patient's words.
    throw new AppError(
      "invalid_json",
      "The request body is not valid JSON in UTF-8.",
    );
  }
}

function tooLarge(): AppError {
  return new AppError(
    "body_too_large",
    `The request body is larger than ${maxBodyBytes} bytes.`,
  );
}
