/** A JSON schema as `z.toJSONSchema()` writes it, as far as a table of fields shows it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A field of a request or an answer. */
export interface Field {
  /** With dots for objects and brackets for lists, such as `switches[].before.turns`. */
  readonly path: string;
  readonly type: string;
  /** Whether every alternative of a union has it. */
  readonly required: boolean;
}

/** Names what has a table of its own, with a link to it; in the plural, where it is in a list. */
export type Link = (name: string, many: boolean) => string;

/** An anonymous object, and the brackets of the lists that it lies in. */
interface ObjectWithin {
  readonly object: JsonSchema;
  readonly step: string;
}

/**
 * The fields of an object, or of a list's entries, those of anonymous objects within them included.
 * Where there are alternatives, the fields of all of them.
 */
export function fieldsOfSchema(schema: JsonSchema, link: Link): Field[] {
  return fieldsOfObjects(objectsWithin(schema).map(({ object }) => object), "", link);
}

function fieldsOfObjects(objects: readonly JsonSchema[], prefix: string, link: Link): Field[] {
  const names = new Set(objects.flatMap(({ properties = {} }) => Object.keys(properties)));
  return [...names].flatMap((name) => {
    const path = `${prefix}${name}`;
    const schemas = objects.flatMap(({ properties }) => properties?.[name] ?? []);
    const required = objects.every((object) => object.required?.includes(name));
    const within = Map.groupBy(schemas.flatMap(objectsWithin), ({ step }) => step);
    return [
      { path, type: typeOf({ anyOf: schemas }, link), required },
      ...[...within].flatMap(([step, found]) =>
        fieldsOfObjects(found.map(({ object }) => object), `${path}${step}.`, link)
      ),
    ];
  });
}

/** The anonymous objects that a field holds: alone, in lists, as alternatives. */
function objectsWithin(schema: JsonSchema): ObjectWithin[] {
  if (schema.items !== undefined) {
    return objectsWithin(schema.items).map(({ object, step }) => ({ object, step: `[]${step}` }));
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.flatMap(objectsWithin);
  return schema.properties === undefined ? [] : [{ object: schema, step: "" }];
}

/** @param many of a list's entries, and so in the plural */
function typeOf(schema: JsonSchema, link: Link, many = false): string {
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 1) {
    return [...new Set(alternatives.map((each) => typeOf(each, link, many)))].join(" or ");
  }
  const [only = schema] = alternatives;
  if (only.$ref !== undefined) return link(only.$ref.split("/").at(-1) ?? "", many);
  if (only.const !== undefined) return `\`${JSON.stringify(only.const)}\``;
  if (only.enum !== undefined) {
    return only.enum.length > 8
      ? nounOf("string", many)
      : only.enum.map((value) => `\`${value}\``).join(", ");
  }
  if (only.items !== undefined) {
    const most = only.maxItems === undefined ? "" : `at most ${only.maxItems} `;
    return `${nounOf("list", many)} of ${most}${typeOf(only.items, link, true)}`;
  }
  return simpleTypeOf(only, many);
}

/** What a schema may be, one by one; sets of names become one. */
function alternativesOf({ anyOf, oneOf, ...schema }: JsonSchema): JsonSchema[] {
  const { type } = schema;
  if (typeof type === "object") return type.map((each) => ({ ...schema, type: each }));
  const flat = (anyOf ?? oneOf)?.flatMap(alternativesOf);
  if (flat === undefined) return [schema];
  const named = flat.filter((each) => namesOf(each).length > 0);
  if (named.length < 2) return flat;
  const names = [...new Set(named.flatMap(namesOf))];
  return [{ enum: names }, ...flat.filter((each) => !named.includes(each))];
}

function namesOf({ const: value, enum: values = [value] }: JsonSchema): string[] {
  return values.filter((each) => typeof each === "string");
}

function simpleTypeOf({ type = "any", format, minimum, maximum }: JsonSchema, many: boolean) {
  const word = { "uuid": "uuid", "date-time": "time" }[format ?? ""] ?? String(type);
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const bounds = bounded && minimum !== undefined ? ` (${minimum} to ${maximum})` : "";
  return `${nounOf(word, many && word !== "any" && word !== "null")}${bounds}`;
}

/** @param many whether in the plural */
export function nounOf(words: string, many: boolean): string {
  if (!many || words.endsWith("s")) return words;
  if (/[^aeo]y$/.test(words)) return `${words.slice(0, -1)}ies`;
  return `${words}${words.endsWith("ch") ? "es" : "s"}`;
}
