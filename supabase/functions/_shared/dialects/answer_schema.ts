import { AppError } from "../core/app_error.ts";
import { isJsonObject, type JsonObject } from "../formats/model_format.ts";
import { compileOutputSchema } from "../runs/output_check.ts";

/** Keywords whose values are no schemas. */
const values = ["enum", "const", "default", "examples"];

/** Keywords whose values are schemas by names of the caller's. */
const named = ["properties", "$defs", "definitions", "dependentSchemas"];

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
 * it busy. Clients' libraries write them for dates, addresses and records, and check what they get.
 */
function describedPatterns(schema: JsonObject): JsonObject {
  const { pattern, patternProperties, ...others } = schema;
  const words = [
    ...typeof pattern === "string" ? [`(pattern: ${pattern})`] : [],
    ...isJsonObject(patternProperties)
      ? Object.entries(patternProperties).map(([name, inner]) =>
        `(members named ${name}: ${JSON.stringify(inner)})`
      )
      : [],
  ];
  const fitted = Object.fromEntries(
    Object.entries(others).filter(([key]) => !isJsonObject(patternProperties) || !closes(key))
      .map(([key, inner]) => [key, fitKeyword(key, inner)]),
  );
  if (words.length === 0) return fitted;
  const { description } = schema;
  const before = typeof description === "string" ? [description] : [];
  return { ...fitted, description: [...before, ...words].join(" ") };
}

/** Whether a keyword would refuse members that only a regular expression allows. */
function closes(keyword: string): boolean {
  return keyword === "additionalProperties" || keyword === "unevaluatedProperties";
}

function fitKeyword(keyword: string, value: unknown): unknown {
  if (values.includes(keyword)) return value;
  if (!named.includes(keyword) || !isJsonObject(value)) return fit(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fit(inner)]));
}

function fit(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fit);
  return isJsonObject(value) ? describedPatterns(value) : value;
}
