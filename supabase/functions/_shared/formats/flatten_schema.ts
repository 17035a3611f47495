import { isJsonObject, type JsonObject } from "./model_format.ts";
import { lookUp } from "./schema_refs.ts";
import { type SchemaSize, UnusableSchema } from "./schema_size.ts";

/** An object's schema without alternatives. */
interface Flat {
  readonly rest: JsonObject;
  /** By name, all that the alternatives say of it. */
  readonly properties: ReadonlyMap<string, ReadonlySet<unknown>>;
  readonly required: ReadonlySet<unknown>;
}

/**
 * A schema without a reference and without `oneOf`, `anyOf` and `allOf` at the top. It may come to
 * allow more: a property that two alternatives describe differently may be either.
 *
 * @throws {UnusableSchema}
 */
export function flattenTop(schema: JsonObject, size: SchemaSize): JsonObject {
  const { rest, properties, required } = flatten(schema, schema, size, 0);
  return {
    ...rest,
    ...(properties.size > 0 && {
      properties: Object.fromEntries([...properties].map(([name, all]) => [name, anyOf(all)])),
    }),
    ...(required.size > 0 && { required: [...required] }),
  };
}

function flatten(schema: JsonObject, root: JsonObject, size: SchemaSize, depth: number): Flat {
  if (depth > 20) throw new UnusableSchema("has a reference into itself at its top level");
  const { $ref: ref, ...described } = schema;
  size.add(1 + Object.keys(described).length);
  if (typeof ref === "string") {
    return flatten({ ...lookUp(root, ref), ...described }, root, size, depth + 1);
  }
  const { oneOf, anyOf, allOf, ...rest } = described;
  requireObject(rest);
  const branches = (value: unknown) =>
    Array.isArray(value) ? value.filter(isJsonObject).filter(describesObject(root)) : [];
  const flat = (branch: JsonObject) => flatten(branch, root, size, depth + 1);
  const own: Flat = { rest, properties: propertiesOf(rest), required: requiredOf(rest) };
  size.add(own.required.size);
  const all = [own, ...branches(allOf).map(flat)];
  const choices = [oneOf, anyOf].map((value) => branches(value).map(flat));
  const properties = unite([...all, ...choices.flat()]);
  for (const schemas of properties.values()) size.add(1 + schemas.size);
  return {
    rest,
    properties,
    required: new Set([
      ...all.flatMap(({ required }) => [...required]),
      ...choices.flatMap(requiredByEach),
    ]),
  };
}

function requireObject({ type, properties = {} }: JsonObject): void {
  const types = Array.isArray(type) ? type : [type ?? "object"];
  if (!types.includes("object")) throw new UnusableSchema("is not an object's");
  if (!isJsonObject(properties)) throw new UnusableSchema("has properties that are not an object");
}

/** An alternative such as `{"type": "null"}` adds nothing to an object. */
function describesObject(root: JsonObject): (branch: JsonObject) => boolean {
  return (branch) => {
    const type = typeof branch["$ref"] === "string"
      ? lookUp(root, branch["$ref"])["type"]
      : branch["type"];
    return type === undefined || type === null || [type].flat().includes("object");
  };
}

function propertiesOf({ properties }: JsonObject): Flat["properties"] {
  const own = isJsonObject(properties) ? Object.entries(properties) : [];
  return new Map(own.map(([name, schema]) => [name, new Set([schema])]));
}

function requiredOf({ required }: JsonObject): Flat["required"] {
  return new Set(Array.isArray(required) ? required : []);
}

function requiredByEach([first, ...others]: readonly Flat[]): unknown[] {
  return [...first?.required ?? []]
    .filter((name) => others.every(({ required }) => required.has(name)));
}

function unite(all: readonly Flat[]): Map<string, Set<unknown>> {
  const united = new Map<string, Set<unknown>>();
  for (const { properties } of all) {
    for (const [name, schemas] of properties) {
      const known = united.get(name) ?? new Set();
      for (const schema of schemas) known.add(schema);
      united.set(name, known);
    }
  }
  return united;
}

function anyOf(schemas: ReadonlySet<unknown>): unknown {
  if (schemas.size === 1) return [...schemas][0];
  const distinct = new Map([...schemas].map((schema) => [JSON.stringify(schema), schema]));
  const [first, ...others] = distinct.values();
  return others.length === 0 ? first : { anyOf: [first, ...others] };
}
