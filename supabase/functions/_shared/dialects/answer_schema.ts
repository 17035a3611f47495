import { AppError } from "../core/app_error.ts";
import { isJsonObject, type JsonObject } from "../formats/model_format.ts";
import { compileOutputSchema } from "../runs/output_check.ts";

/** Keywords whose values are no schemas. */
const values = ["enum", "const", "default", "examples"];

/**
 * The schema that an answer has to fit, as a run takes it.
 *
 * @param place where it stands in the request
 * @throws {AppError} `invalid_request` for one that cannot be used
 */
export function answerSchema(asked: JsonObject, place: string): JsonObject {
  const schema = describedPatterns(asked);
  try {
    compileOutputSchema(schema);
    return schema;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint } = error;
    throw new AppError(code, message.replace("output_schema", place), { hint, param: place });
  }
}

/**
 * A schema with its regular expressions as words, which the run refuses to check, as one could keep
 * it busy. Clients' libraries write them for dates and addresses, and check what they get.
 */
function describedPatterns(schema: JsonObject): JsonObject {
  const { pattern, ...others } = schema;
  const fitted = Object.fromEntries(
    Object.entries(others).map(([key, inner]) => [key, values.includes(key) ? inner : fit(inner)]),
  );
  // Of a member that is called pattern, it is the schema.
  if (typeof pattern !== "string") {
    return pattern === undefined ? fitted : { ...fitted, pattern: fit(pattern) };
  }
  const { description } = schema;
  const before = typeof description === "string" ? `${description} ` : "";
  return { ...fitted, description: `${before}(pattern: ${pattern})` };
}

function fit(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fit);
  return isJsonObject(value) ? describedPatterns(value) : value;
}
