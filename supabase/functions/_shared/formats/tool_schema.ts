import { AppError } from "../core/app_error.ts";
import { storableJson } from "../core/storable_text.ts";
import type { FormatId, Model } from "../registry/model.ts";
import { flattenTop } from "./flatten_schema.ts";
import { isJsonObject, type JsonObject } from "./model_format.ts";
import { resolveRefs } from "./schema_refs.ts";
import { fitSchema, SchemaSize, UnusableSchema } from "./schema_size.ts";

/**
 * A tool's input schema as the models of a format accept it: an object's at the top, without
 * `oneOf`, `anyOf` and `allOf` there. It may come to allow more than the caller's does.
 *
 * @param toolName for the error
 * @param size of the tools before it, to which it is added
 * @throws {AppError} `invalid_request` where it cannot be made so
 */
export function fitToolSchema(
  schema: unknown,
  toolName: string,
  format: FormatId,
  size: SchemaSize = new SchemaSize(),
): JsonObject {
  try {
    return fitObjectSchema(schema, format, size);
  } catch (error) {
    if (!(error instanceof UnusableSchema)) throw error;
    throw new AppError(
      "invalid_request",
      `The input schema of the tool "${toolName}" ${error.message}.`,
      { hint: 'Send a short JSON schema whose top level has "type": "object".', cause: error },
    );
  }
}

/**
 * See {@linkcode fitToolSchema}.
 *
 * @throws {UnusableSchema}
 */
export function fitObjectSchema(
  schema: unknown,
  format: FormatId,
  size: SchemaSize = new SchemaSize(),
): JsonObject {
  return fitSchema(() => fitObject(asObject(schema), format, size));
}

function fitObject(schema: JsonObject, format: FormatId, size: SchemaSize): JsonObject {
  const top = flattenTop(schema, size);
  const { $schema: _schema, $id: _id, ...rest } = top;
  const object = storableJson({ ...rest, type: "object", properties: rest["properties"] ?? {} });
  if (!isJsonObject(object)) throw new UnusableSchema("is not a JSON object");
  switch (format) {
    case "claude":
      return object;
    case "converse":
      // Its models differ in which references they follow.
      return resolveRefs(object, size);
    case "nova":
      return novaSchema(resolveRefs(object, size));
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
