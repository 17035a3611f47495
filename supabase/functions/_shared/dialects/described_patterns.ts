import { isJsonObject, type JsonObject } from "../formats/model_format.ts";

/** Keywords whose values are no schemas. */
const values = ["enum", "const", "default", "examples"];

/**
 * A schema with its regular expressions as words, which the run refuses to check, as one could keep
 * it busy. Clients' libraries write them for dates and addresses, and check what they get.
 */
export function describedPatterns(schema: JsonObject): JsonObject {
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
