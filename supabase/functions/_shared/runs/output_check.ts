import { dereference, type Schema, validate } from "@cfworker/json-schema";
import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { isJsonObject, type JsonObject } from "../formats/model_format.ts";
import { allSteps, boundedValue, TooCostly } from "./bounded_value.ts";

/** Most characters of a schema as JSON. */
export const maxSchemaLength = 65_536;

/** Most schemas within schemas. */
export const maxSchemaDepth = 32;

/** Most schemas that one value may have to be compared with, one in the other. */
const maxWeight = 1_000;

/** A schema that is checked, and can check the answers of one run. */
export interface OutputCheck {
  /** What is wrong with a value; null where it fits. */
  faultOf(value: unknown): SchemaFault | null;
}

export interface SchemaFault {
  /** For the model: it quotes the value. */
  readonly message: string;
  /** For the caller: a place in the schema. */
  readonly hint: string;
}

/** What is checked of a schema that holds no schema itself. */
const assertions = z.object({
  $ref: z.string().regex(/^#/, "must begin with #: a schema refers to itself only"),
  type: z.union([z.string(), z.array(z.string())]),
  enum: z.array(z.unknown()),
  const: z.unknown(),
  required: z.array(z.string()),
  dependentRequired: z.record(z.string(), z.array(z.string())),
  uniqueItems: z.boolean(),
  format: z.string(),
  ...Object.fromEntries(
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
      .concat(["minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"])
      .concat(["minProperties", "maxProperties"])
      .map((keyword) => [keyword, z.number()]),
  ),
}).partial();

const withSchema = ["additionalProperties", "contains", "items", "propertyNames"]
  .concat(["unevaluatedItems", "unevaluatedProperties"]);
const withSchemas = ["prefixItems"];
const withNamedSchemas = ["$defs", "definitions", "properties"];
/** Those that are about the same value as the schema that they stand in. */
const sameWithSchema = ["not", "if", "then", "else"];
const sameWithSchemas = ["allOf", "anyOf", "oneOf"];
const sameWithNamedSchemas = ["dependentSchemas"];

/** A regular expression can take longer than the turn has, and the others lead out of the schema. */
const refused = ["pattern", "patternProperties", "$anchor", "$dynamicAnchor", "$dynamicRef"]
  .concat(["$recursiveAnchor", "$recursiveRef"]);

/** Formats whose check takes no longer than reading the text; others are for the model to keep. */
const checkedFormats: unknown[] = ["date", "time", "date-time", "uuid", "ipv4"];

/**
 * Makes a JSON schema (2020-12) ready to check answers. It comes from a caller, so that it is bounded,
 * and no value can keep it busy, nor all values together.
 *
 * @throws {AppError} `invalid_request`
 */
export function compileOutputSchema(schema: JsonObject): OutputCheck {
  if (JSON.stringify(schema).length > maxSchemaLength) {
    throw refusal([], `is longer than ${maxSchemaLength} characters`);
  }
  const own = copySchema(schema, []) as Schema;
  const lookup = dereference(own);
  const weight = weightOf(own, lookup);
  const left = allSteps();
  return {
    faultOf(value) {
      try {
        const { errors } = validate(
          boundedValue(value, weight, left),
          own,
          "2020-12",
          lookup,
          true,
        );
        const last = errors.at(-1);
        if (last === undefined) return null;
        return {
          message: errors.slice(-5).map(({ instanceLocation, error }) =>
            `${instanceLocation}: ${error.slice(0, 200)}`
          ).join("\n"),
          hint: `It does not fit at ${last.keywordLocation}.`,
        };
      } catch (error) {
        // Of a value nested too deeply, or with too many faults to list.
        if (!(error instanceof TooCostly || error instanceof RangeError)) throw error;
        const message = "It is too large for its schema to be checked.";
        return { message, hint: message };
      }
    },
  };
}

/** A schema of checked keywords only. */
function copySchema(value: unknown, at: readonly string[]): Schema | boolean {
  if (typeof value === "boolean") return value;
  if (!isJsonObject(value)) throw refusal(at, "must be a schema");
  if (at.length > 2 * maxSchemaDepth) throw refusal([], "is nested too deeply");
  for (const keyword of refused) {
    if (keyword in value) throw refusal([...at, keyword], "is not supported");
  }
  const read = assertions.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw refusal([...at, ...(issue?.path ?? []).map(String)], issue?.message ?? "is not valid");
  }
  const copy: Record<string, unknown> = { ...read.data };
  if (!checkedFormats.includes(copy["format"])) delete copy["format"];
  for (const [keyword, inner] of Object.entries(value)) {
    const place = [...at, keyword];
    if (withSchema.includes(keyword) || sameWithSchema.includes(keyword)) {
      copy[keyword] = copySchema(inner, place);
    } else if (withSchemas.includes(keyword) || sameWithSchemas.includes(keyword)) {
      if (!Array.isArray(inner)) throw refusal(place, "must be a list of schemas");
      copy[keyword] = inner.map((each, n) => copySchema(each, [...place, String(n)]));
    } else if (withNamedSchemas.includes(keyword) || sameWithNamedSchemas.includes(keyword)) {
      if (!isJsonObject(inner)) throw refusal(place, "must be an object of schemas");
      copy[keyword] = Object.fromEntries(
        Object.entries(inner).map(([name, each]) => [name, copySchema(each, [...place, name])]),
      );
    }
  }
  return copy as Schema;
}

/**
 * How many schemas a value may have to be compared with at most: of all schemas within, the largest
 * number.
 */
function weightOf(schema: Schema, lookup: Readonly<Record<string, Schema | boolean>>): number {
  const weights = new Map<Schema | boolean, number>();
  const weigh = (each: Schema | boolean): number => {
    if (typeof each === "boolean") return 1;
    const known = weights.get(each);
    if (known === Infinity) throw refusal([], "refers to itself without end");
    if (known !== undefined) return known;
    weights.set(each, Infinity);
    const weight = sum(sameValueSchemas(each, lookup).map(weigh)) + ownWeight(each);
    if (weight > maxWeight) throw refusal([], "has too many alternatives for one value");
    weights.set(each, weight);
    return weight;
  };
  return Math.max(weigh(schema), ...Object.values(lookup).map(weigh));
}

/** Comparing with a long list takes longer. */
function ownWeight({ enum: values, const: value }: Schema): number {
  return 1 + JSON.stringify([values, value]).length / 500;
}

function sameValueSchemas(
  schema: Schema,
  lookup: Readonly<Record<string, Schema | boolean>>,
): (Schema | boolean)[] {
  const { $ref, allOf = [], anyOf = [], oneOf = [], dependentSchemas = {} } = schema;
  const referred = $ref === undefined ? [] : [lookup[schema.__absolute_ref__ ?? ""]];
  if (referred.includes(undefined)) throw refusal([], `has no place ${$ref}, which it refers to`);
  return [
    ...referred,
    ...allOf,
    ...anyOf,
    ...oneOf,
    ...Object.values(dependentSchemas),
    schema.not,
    schema.if,
    schema.then,
    schema.else,
  ].filter((each) => each !== undefined);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function refusal(at: readonly string[], problem: string): AppError {
  const place = ["output_schema", ...at].join(".");
  return new AppError("invalid_request", `${place} ${problem}.`, {
    hint: "Send a JSON schema (2020-12) of the keywords that the documentation lists.",
  });
}
