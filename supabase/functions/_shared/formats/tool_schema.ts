import { AppError } from "../core/app_error.ts";
import { storableJson } from "../core/storable_text.ts";
import type { FormatId, Model } from "../registry/model.ts";
import { isJsonObject, type JsonObject } from "./model_format.ts";
import { lookUp, resolveRefs, UnusableSchema } from "./schema_refs.ts";

/**
 * A tool's input schema as the models of a format accept it: an object's at the top, without
 * `oneOf`, `anyOf` and `allOf` there. It may come to allow more than the caller's does.
 *
 * @param toolName for the error
 * @throws {AppError} `invalid_request` where it cannot be made so
 */
export function fitToolSchema(schema: unknown, toolName: string, format: FormatId): JsonObject {
  try {
    return fitObjectSchema(schema, format);
  } catch (error) {
    if (!(error instanceof UnusableSchema)) throw error;
    throw new AppError(
      "invalid_request",
      `The input schema of the tool "${toolName}" ${error.message}.`,
      { hint: 'Send a JSON schema whose top level has "type": "object".', cause: error },
    );
  }
}

/**
 * See {@linkcode fitToolSchema}.
 *
 * @throws {UnusableSchema}
 */
export function fitObjectSchema(schema: unknown, format: FormatId): JsonObject {
  const top = flattenTop(asObject(schema));
  const { $schema: _schema, $id: _id, ...rest } = top;
  const object = storableJson({ ...rest, type: "object", properties: rest["properties"] ?? {} });
  if (!isJsonObject(object)) throw new UnusableSchema("is not a JSON object");
  switch (format) {
    case "claude":
      return object;
    case "converse":
      // Its models differ in which references they follow.
      return resolveRefs(object);
    case "nova":
      return novaSchema(resolveRefs(object));
    default:
      return format satisfies never;
  }
}

/**
 * The format whose rules a model's schemas follow. Nova has its own through Converse too, where its
 * rule for the names of tools tells it from the other models.
 */
export function schemaFormat({ format, capabilities }: Model): FormatId {
  return capabilities.tools?.names === "underscore" ? "nova" : format;
}

/**
 * Nova takes three keywords at the top and refuses all others.
 *
 * @see https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html
 */
function novaSchema({ type, properties, required }: JsonObject): JsonObject {
  return { type, properties, ...(Array.isArray(required) && { required }) };
}

function asObject(schema: unknown): JsonObject {
  // No schema, and the one that allows everything.
  if (schema === undefined || schema === null || schema === true) return {};
  if (!isJsonObject(schema)) throw new UnusableSchema("is not a JSON object");
  return schema;
}

/** Without a reference and without alternatives at the top. */
function flattenTop(schema: JsonObject, root = schema, depth = 0): JsonObject {
  if (depth > 20) throw new UnusableSchema("has a reference into itself at its top level");
  const { $ref: ref, ...described } = schema;
  if (typeof ref === "string") {
    return flattenTop({ ...lookUp(root, ref), ...described }, root, depth + 1);
  }
  const { oneOf, anyOf, allOf, ...rest } = described;
  requireObject(rest);
  const branches = (value: unknown) =>
    Array.isArray(value) ? value.filter(isJsonObject).filter(describesObject(root)) : [];
  const flat = (branch: JsonObject) => flattenTop(branch, root, depth + 1);
  const all = [rest, ...branches(allOf).map(flat)];
  const choices = [oneOf, anyOf].map((value) => branches(value).map(flat))
    .filter((options) => options.length > 0);
  if (all.length === 1 && choices.length === 0) return rest;
  const required = new Set([...all.flatMap(requiredOf), ...choices.flatMap(requiredByEach)]);
  return {
    ...rest,
    properties: [...all, ...choices.flat()].map(propertiesOf).reduce(mergeProperties, {}),
    ...(required.size > 0 && { required: [...required] }),
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

function propertiesOf(schema: JsonObject): JsonObject {
  return isJsonObject(schema["properties"]) ? schema["properties"] : {};
}

function requiredOf(schema: JsonObject): unknown[] {
  return Array.isArray(schema["required"]) ? schema["required"] : [];
}

function requiredByEach(options: readonly JsonObject[]): unknown[] {
  const [first, ...others] = options;
  return first === undefined
    ? []
    : requiredOf(first).filter((name) =>
      others.every((option) => requiredOf(option).includes(name))
    );
}

/** A property that two alternatives describe differently may be either. */
function mergeProperties(merged: JsonObject, properties: JsonObject): JsonObject {
  const both = { ...merged };
  for (const [name, schema] of Object.entries(properties)) {
    const known = Object.hasOwn(both, name) ? both[name] : schema;
    both[name] = JSON.stringify(known) === JSON.stringify(schema)
      ? schema
      : { anyOf: [known, schema] };
  }
  return both;
}
