import type { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { isUnreasonableJson, maxJsonDepth, maxJsonValues } from "./json_shape.ts";
import { bodyTimeoutMs, type LargeBodies, readBody } from "./read_body.ts";

/**
 * Reads a request's body as JSON of a schema.
 *
 * @param timeoutMs {@linkcode bodyTimeoutMs}
 * @param large default: none are read
 * @throws {AppError} `invalid_json`, `invalid_request`, and what {@linkcode readBody} throws
 */
export async function readJson<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  { timeoutMs = bodyTimeoutMs, large }: { timeoutMs?: number; large?: LargeBodies } = {},
): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(parseJson(await readText(request, timeoutMs, large)));
  if (parsed.success) return parsed.data;
  const describe = (describeUnknown: (names: readonly string[]) => string) => {
    const problems = parsed.error.issues.slice(0, mostProblems).map((issue) => {
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

/** Problems that are told of a request. */
const mostProblems = 10;

/** Names the first few fields, by their beginnings: they may be as long as the body. */
function unknownFields(names: readonly string[]): string {
  const listed = names.slice(0, 5).map((name) =>
    `"${name.length > 24 ? `${name.slice(0, 24).toWellFormed()}…` : name}"`
  );
  const more = names.length > listed.length ? ` and ${names.length - listed.length} more` : "";
  return `Unknown field${names.length === 1 ? "" : "s"}: ${listed.join(", ")}${more}`;
}

async function readText(
  request: Request,
  timeoutMs: number,
  large: LargeBodies | undefined,
): Promise<string> {
  // The bytes are let go before the text is parsed: of a large body each copy counts.
  const bytes = await readBody(request, timeoutMs, large);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalidJson();
  }
}

function parseJson(text: string): unknown {
  if (isUnreasonableJson(text)) {
    throw new AppError(
      "invalid_request",
      `The request is nested deeper than ${maxJsonDepth} levels, or has more than ` +
        `${maxJsonValues} values.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    throw invalidJson();
  }
}

/** The parser's own message quotes the body, which may hold a patient's words. */
function invalidJson(): AppError {
  return new AppError("invalid_json", "The request body is not valid JSON in UTF-8.");
}
