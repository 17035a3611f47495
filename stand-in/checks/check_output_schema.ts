import { invalid } from "../wire/aws_error.ts";
import { type Dialect, modelWords } from "./dialect.ts";

/** Keywords of JSON Schema that constrained decoding does not know. */
const unsupported = [
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  ...["minLength", "maxLength", "pattern", "maxItems", "uniqueItems", "contains", "prefixItems"],
  ...["minProperties", "maxProperties", "patternProperties", "propertyNames"],
  ...["not", "if", "then", "else", "dependentRequired", "dependentSchemas"],
];

/** Refuses an output schema outside the supported subset of JSON Schema. */
export function checkOutputSchema(schema: unknown, dialect: Dialect): void {
  const problem = problemOf(schema);
  if (problem === null) return;
  throw invalid(modelWords(dialect, `output_config.format.schema: ${problem}`));
}

function problemOf(schema: unknown): string | null {
  if (typeof schema !== "object" || schema === null) return null;
  if (Array.isArray(schema)) return firstProblem(schema);
  const node = schema as Readonly<Record<string, unknown>>;
  const type = String(node["type"] ?? "object");
  const keyword = unsupported.find((key) => key in node);
  if (keyword !== undefined) return `For '${type}' type, property '${keyword}' is not supported`;
  const minItems = node["minItems"];
  if (minItems !== undefined && minItems !== 0 && minItems !== 1) {
    return `For 'array' type, 'minItems' values other than 0 or 1 are not supported`;
  }
  const isObject = [node["type"]].flat().includes("object") || node["properties"] !== undefined;
  if (isObject && node["additionalProperties"] !== false) {
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  }
  return firstProblem([
    ...["items", "anyOf", "oneOf", "allOf"].map((key) => node[key]),
    ...["properties", "$defs", "definitions"].flatMap((key) => Object.values(node[key] ?? {})),
  ]);
}

function firstProblem(schemas: readonly unknown[]): string | null {
  for (const schema of schemas) {
    const problem = problemOf(schema);
    if (problem !== null) return problem;
  }
  return null;
}
