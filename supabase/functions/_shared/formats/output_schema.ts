import { isJsonObject, type JsonObject } from "./model_format.ts";
import { resolveRefs } from "./schema_refs.ts";
import { fitSchema, SchemaSize, UnusableSchema } from "./schema_size.ts";

/** Keywords that models are held to, besides those that hold schemas. */
const kept = ["type", "enum", "const", "title", "description", "required"];

/** Values of `format` that models are held to. */
const formats = [
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
];

/** Keywords that models refuse, and whose meaning they can follow in words. */
const inWords = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "not",
];

/**
 * The part of a JSON schema that a model can be held to: every object closed, no references, and
 * constraints in the descriptions. It may come to allow more than the schema, so the answer is still
 * validated.
 *
 * @param size of the schemas before it, to which it is added
 * @returns null where the model cannot be held to it: something in it may be anything
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
export function enforceableSchema(
  schema: JsonObject,
  size: SchemaSize = new SchemaSize(),
): JsonObject | null {
  try {
    const enforceable = fitSchema(() => fit(resolveRefs(schema, size)));
    return enforceable["type"] === "object" ? enforceable : null;
  } catch (error) {
    if (error instanceof UnusableSchema) return null;
    throw error;
  }
}

function fit(node: unknown): JsonObject {
  if (!isJsonObject(node)) throw new UnusableSchema("allows anything");
  const own = Object.fromEntries(Object.entries(node).filter(([key]) => kept.includes(key)));
  const described = withConstraints(own, node);
  const options = node["anyOf"] ?? node["oneOf"];
  if (Array.isArray(options)) return { ...described, anyOf: options.map(fit) };
  if (node["enum"] !== undefined || node["const"] !== undefined) return described;
  const types = [node["type"]].flat();
  if (types.some((type) => typeof type !== "string")) throw new UnusableSchema("allows anything");
  return {
    ...described,
    ...(types.includes("object") && objectMembers(node)),
    ...(types.includes("array") && { items: fit(node["items"]) }),
    ...(formats.includes(String(node["format"])) && { format: node["format"] }),
  };
}

/** Of an open object a model cannot be told what else it may hold. */
function objectMembers({ properties, additionalProperties = false }: JsonObject): JsonObject {
  if (!isJsonObject(properties) || additionalProperties !== false) {
    throw new UnusableSchema("has an open object");
  }
  return {
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name, fit(schema)]),
    ),
    additionalProperties: false,
  };
}

function withConstraints(own: JsonObject, node: JsonObject): JsonObject {
  const words = inWords.flatMap((key) =>
    node[key] === undefined ? [] : [`${key}: ${JSON.stringify(node[key])}`]
  );
  if (words.length === 0) return own;
  const { description } = own;
  const before = typeof description === "string" ? [description] : [];
  return { ...own, description: [...before, `(${words.join(", ")})`].join(" ") };
}
