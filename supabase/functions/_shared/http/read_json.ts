import type { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { freeBytes } from "../core/free_bytes.ts";
import { quoted } from "../core/quoted.ts";
import { parseJson } from "./parse_json.ts";
import { bodyTimeoutMs, type LargeBodies, readBody } from "./read_body.ts";

/**
 * Reads a request's body as JSON of a schema.
 *
 * @param timeoutMs {@linkcode bodyTimeoutMs}
 * @param large default: none are read
 * @throws {AppError} `invalid_request`, and what {@linkcode readBody} and {@linkcode parseJson}
 * throw
 */
export async function readJson<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  { timeoutMs = bodyTimeoutMs, large }: { timeoutMs?: number; large?: LargeBodies } = {},
): Promise<z.infer<Schema>> {
  const body = await readBody(request, timeoutMs, large);
  const parsed = schema.safeParse(parseJson(body));
  freeBytes(body);
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
  const listed = names.slice(0, 5).map((name) => quoted(name, 24));
  const more = names.length > listed.length ? ` and ${names.length - listed.length} more` : "";
  return `Unknown field${names.length === 1 ? "" : "s"}: ${listed.join(", ")}${more}`;
}
