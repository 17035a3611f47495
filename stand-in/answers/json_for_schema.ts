/**
 * A value that fits a JSON schema: the same for the same schema, and with every property. It knows
 * what schemas of tools and of answers are made of, not all of JSON Schema: of `pattern`, for one,
 * it takes no notice.
 */
export function jsonForSchema(schema: unknown): unknown {
  return valueFor(schema, schema, 0);
}

type Node = Readonly<Record<string, unknown>>;

/** Deeper than any schema that is not recursive; what is below becomes null. */
const mostLevels = 12;

function valueFor(schema: unknown, root: unknown, level: number): unknown {
  if (typeof schema !== "object" || schema === null || level > mostLevels) return null;
  const node = schema as Node;
  if (typeof node["$ref"] === "string") {
    return valueFor(resolve(node["$ref"], root), root, level + 1);
  }
  if ("const" in node) return node["const"];
  if ("default" in node) return node["default"];
  if (Array.isArray(node["enum"])) return node["enum"][0];
  const [either] = listOf(node["anyOf"]).concat(listOf(node["oneOf"]));
  if (either !== undefined) return valueFor(either, root, level + 1);
  const all = listOf(node["allOf"]);
  if (all.length > 0) return valueFor(Object.assign({}, ...all), root, level + 1);
  switch (typeOf(node)) {
    case "object":
      return Object.fromEntries(
        Object.entries(node["properties"] ?? {})
          .map(([name, inner]) => [name, valueFor(inner, root, level + 1)]),
      );
    case "array":
      return Array.from(
        { length: Number(node["minItems"] ?? 1) },
        () => valueFor(node["items"], root, level + 1),
      );
    case "integer":
    case "number":
      return numberFor(node);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return textFor(node);
  }
}

function typeOf(node: Node): unknown {
  const types = [node["type"]].flat();
  const named = types.find((type) => type !== "null") ?? types[0];
  return named ?? ("properties" in node ? "object" : "items" in node ? "array" : "string");
}

function numberFor(node: Node): number {
  const least = typeof node["minimum"] === "number"
    ? node["minimum"]
    : typeof node["exclusiveMinimum"] === "number"
    ? Math.floor(node["exclusiveMinimum"]) + 1
    : 1;
  const most = node["maximum"];
  const step = typeof node["multipleOf"] === "number" ? node["multipleOf"] : null;
  const value = step === null ? least : Math.ceil(least / step) * step;
  return typeof most === "number" ? Math.min(value, most) : value;
}

function textFor(node: Node): string {
  const formats: Readonly<Record<string, string>> = {
    date: "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
    time: "03:04:05Z",
    email: "someone@example.com",
    uri: "https://example.com/",
    uuid: "00000000-0000-4000-8000-000000000000",
  };
  const text = formats[String(node["format"])] ?? "stand-in";
  const least = Number(node["minLength"] ?? 0);
  return text.padEnd(least, "x").slice(0, Number(node["maxLength"] ?? Infinity));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What a reference inside the schema points to. */
function resolve(ref: string, root: unknown): unknown {
  return ref.replace(/^#\/?/, "").split("/").filter((key) => key !== "").reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Node)[key.replaceAll("~1", "/").replaceAll("~0", "~")]
        : undefined,
    root,
  );
}
