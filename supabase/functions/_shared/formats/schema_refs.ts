import { isJsonObject, type JsonObject } from "./model_format.ts";
import { type SchemaSize, UnusableSchema } from "./schema_size.ts";

/** Keywords that say where a schema is, not what it allows. */
const placeKeywords = ["$schema", "$id", "$comment", "$anchor"];
const definitionKeywords = ["definitions", "$defs"];

/** Most references one within the other. */
const mostRefs = 100;

/** What a node counts for besides its text, in characters: reading it takes time. */
const nodeSize = 8;

/**
 * A schema without references: each is replaced by what it stands for, one into itself by no more
 * than its type. Definitions and keywords without a meaning of their own are left out.
 *
 * @throws {UnusableSchema} where a reference leads out of the schema, or to too much
 */
export function resolveRefs(schema: JsonObject, size: SchemaSize): JsonObject {
  function resolve(node: unknown, within: readonly string[]): unknown {
    size.add(typeof node === "string" ? node.length : nodeSize);
    if (Array.isArray(node)) return node.map((item) => resolve(item, within));
    if (!isJsonObject(node)) return node;
    const { $ref: ref, ...rest } = node;
    if (typeof ref !== "string") return members(rest, within);
    size.add(ref.length);
    if (within.length > mostRefs) throw new UnusableSchema("has too many references in a row");
    const target = lookUp(schema, ref);
    if (within.includes(ref)) return typeof target["type"] === "string" ? pick(target) : {};
    return members({ ...target, ...rest }, [...within, ref]);
  }

  function members(node: JsonObject, within: readonly string[]): unknown {
    if (typeof node["$ref"] === "string") return resolve(node, within);
    return Object.fromEntries(
      Object.entries(node)
        .filter(([key, value]) => !isLeftOut(key, value))
        .map(([key, value]) => [
          counted(key),
          // Names of properties are not keywords, whatever they are.
          key === "properties" && isJsonObject(value)
            ? Object.fromEntries(
              Object.entries(value).map(([name, member]) => [
                counted(name),
                resolve(member, within),
              ]),
            )
            : isData(key)
            ? data(value)
            : resolve(value, within),
        ]),
    );
  }

  function counted(name: string): string {
    size.add(name.length);
    return name;
  }

  function data(value: unknown): unknown {
    size.add(JSON.stringify(value).length);
    return value;
  }

  const resolved = resolve(schema, []);
  return isJsonObject(resolved) ? resolved : {};
}

/** What a local reference (`#`, or `#/` and a JSON pointer) stands for. */
export function lookUp(schema: JsonObject, ref: string): JsonObject {
  const target = ref === "#" ? schema : pointed(schema, ref);
  if (!isJsonObject(target)) throw new UnusableSchema("holds a reference that leads nowhere");
  return target;
}

function pointed(schema: JsonObject, ref: string): unknown {
  if (!ref.startsWith("#/")) throw new UnusableSchema("refers to another schema");
  const steps = ref.slice(2).split("/").map((step) =>
    decodeStep(step).replaceAll("~1", "/").replaceAll("~0", "~")
  );
  return steps.reduce<unknown>(
    (node, step) =>
      typeof node === "object" && node !== null && Object.hasOwn(node, step)
        ? (node as Record<string, unknown>)[step]
        : undefined,
    schema,
  );
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

const pick = ({ type }: JsonObject): JsonObject => ({ type });

function isLeftOut(key: string, value: unknown): boolean {
  return placeKeywords.includes(key) || (definitionKeywords.includes(key) && isJsonObject(value));
}

/** Keywords whose values are data, in which `$ref` means nothing. */
function isData(key: string): boolean {
  return ["const", "default", "enum", "examples"].includes(key);
}
