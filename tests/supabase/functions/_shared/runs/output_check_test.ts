import { expect } from "@std/expect";
import fc from "fast-check";
import type { JsonObject } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import {
  compileOutputSchema,
  maxSchemaDepth,
  maxSchemaLength,
} from "../../../../../supabase/functions/_shared/runs/output_check.ts";

const fits = (schema: JsonObject, value: unknown) =>
  compileOutputSchema(schema).faultOf(value) === null;

const refused = (schema: JsonObject, message: string | RegExp) =>
  expect(() => compileOutputSchema(schema)).toThrow(
    expect.objectContaining({
      code: "invalid_request",
      message: typeof message === "string" ? message : expect.stringMatching(message),
    }),
  );

Deno.test("compileOutputSchema() checks types, members, numbers, lengths, lists and alternatives", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: ["string", "null"], minLength: 2, maxLength: 5 },
      age: { type: "integer", minimum: 0, exclusiveMaximum: 150 },
      tags: { type: "array", items: { enum: ["a", "b"] }, uniqueItems: true, maxItems: 2 },
      contact: {
        oneOf: [
          { properties: { kind: { const: "mail" }, at: { type: "string" } }, required: ["kind"] },
          { properties: { kind: { const: "none" } }, required: ["kind"] },
        ],
      },
    },
    required: ["name"],
    additionalProperties: false,
  };
  for (
    const value of [{ name: null }, { name: "Ada", age: 36, tags: ["a", "b"] }, {
      name: "Ada",
      contact: { kind: "none" },
    }]
  ) expect(fits(schema, value)).toBe(true);
  for (
    const value of [
      null,
      [],
      {},
      { name: 1 },
      { name: "A" },
      { name: "Ada", age: 1.5 },
      {
        name: "Ada",
        tags: ["c"],
      },
      { name: "Ada", tags: ["a", "a"] },
      { name: "Ada", more: 1 },
      {
        name: "Ada",
        contact: { kind: "pigeon" },
      },
    ]
  ) expect(fits(schema, value)).toBe(false);
});

Deno.test("compileOutputSchema() tells the caller a place in the schema, and the model what is wrong", () => {
  const { faultOf } = compileOutputSchema({ properties: { age: { type: "number" } } });
  expect(faultOf({ age: "secret" })).toEqual({
    message: expect.stringContaining('#/age: Instance type "string" is invalid.'),
    hint: "It does not fit at #/properties/age/type.",
  });
});

Deno.test("compileOutputSchema() follows references inside the schema, and no others", () => {
  const tree = {
    $ref: "#/$defs/tree",
    $defs: {
      tree: {
        type: "object",
        properties: { leaves: { type: "array", items: { $ref: "#/$defs/tree" } } },
        required: ["leaves"],
      },
      "odd/name %": { type: "number" },
    },
  };
  expect(fits(tree, { leaves: [{ leaves: [] }, { leaves: [{ leaves: [] }] }] })).toBe(true);
  expect(fits(tree, { leaves: [{ leaves: [{}] }] })).toBe(false);
  const odd = { ...tree, $ref: "#/$defs/odd~1name%20%25" };
  expect([fits(odd, 1), fits(odd, "1")]).toEqual([true, false]);
  expect(fits({ items: { $ref: "#" }, type: "array" }, [[], [[]]])).toBe(true);

  refused({ $ref: "https://example.com/a.json" }, /^output_schema\.\$ref must begin with #/);
  refused({ properties: { a: { $ref: "other.json#/a" } } }, /^output_schema\.properties\.a\.\$ref/);
  refused({ $ref: "#/$defs/gone" }, "output_schema has no place #/$defs/gone, which it refers to.");
  refused({ $ref: "#" }, "output_schema refers to itself without end.");
  const circle = { $defs: { a: { $ref: "#/$defs/b" }, b: { anyOf: [{ $ref: "#/$defs/a" }] } } };
  refused({ ...circle, $ref: "#/$defs/a" }, "output_schema refers to itself without end.");
});

Deno.test("compileOutputSchema() takes members that are called like keywords", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/report",
    title: "Report",
    properties: {
      pattern: { type: "string" },
      $ref: { type: "string" },
      $id: { type: "number" },
      properties: { type: "object" },
    },
    examples: [{ pattern: "(a+)+$" }],
    default: { $ref: "nowhere" },
  };
  expect(fits(schema, { pattern: "x", $ref: "y", $id: 1, properties: {} })).toBe(true);
  expect(fits(schema, { $id: "1" })).toBe(false);
});

Deno.test("compileOutputSchema() refuses what it could not check or not bound", () => {
  refused(
    { properties: { a: { pattern: "(a+)+$" } } },
    "output_schema.properties.a.pattern is not supported.",
  );
  refused({ patternProperties: { "(a+)+$": {} } }, /patternProperties is not supported/);
  refused({ $dynamicRef: "#a" }, /\$dynamicRef is not supported/);
  refused({ anyOf: { type: "string" } }, "output_schema.anyOf must be a list of schemas.");
  refused({ properties: [] }, "output_schema.properties must be an object of schemas.");
  refused({ items: [{ type: "string" }] }, "output_schema.items must be a schema.");
  refused({ required: "name" }, /^output_schema\.required /);
  refused({ minLength: "1" }, /^output_schema\.minLength /);
  refused({ enum: ["x".repeat(maxSchemaLength)] }, /is longer than 65536 characters/);

  let deep: JsonObject = {};
  for (let n = 0; n <= maxSchemaDepth; n++) deep = { properties: { a: deep } };
  refused(deep, "output_schema is nested too deeply.");
  // A few definitions, each of which doubles the next.
  const $defs = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => {
      const next = { $ref: `#/$defs/d${n + 1}` };
      return [`d${n}`, n === 29 ? {} : { anyOf: [next, next] }];
    }),
  );
  refused({ $defs, $ref: "#/$defs/d0" }, "output_schema has too many alternatives for one value.");
});

Deno.test("compileOutputSchema() is not kept busy by any answer", () => {
  const node = { $ref: "#/$defs/node" };
  const children = { properties: { next: node }, required: ["next"] };
  const doubling = { $defs: { node: { anyOf: [children, children] } }, ...node };
  let deep: unknown = 1;
  for (let n = 0; n < 60; n++) deep = { next: deep };
  let deeper = deep;
  for (let n = 0; n < 10_000; n++) deeper = [deeper];
  const numbers = Array.from({ length: 20_000 }, (_, n) => n);
  const objects = numbers.map((n) => ({ n }));
  const tooLarge: [JsonObject, unknown][] = [
    [doubling, deep],
    [{ items: { $ref: "#" } }, deeper],
    [{ uniqueItems: true }, objects],
    [{ items: { enum: objects.slice(0, 5_000) } }, objects],
  ];
  for (const [schema, value] of tooLarge) {
    const { faultOf } = compileOutputSchema(schema);
    const startedAt = performance.now();
    expect(faultOf(value)?.message).toBe("It is too large for its schema to be checked.");
    // Two seconds are all that a request of the hosted functions has; this machine may be busy.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  }
  // What is long and no trouble is checked.
  expect(fits({ items: { type: "integer" } }, numbers)).toBe(true);
  expect(fits({ type: "string", format: "date-time" }, "1".repeat(500_000))).toBe(false);
});

Deno.test("compileOutputSchema() bounds the work of all answers together", () => {
  const { faultOf } = compileOutputSchema({ uniqueItems: true });
  const objects = Array.from({ length: 100 }, (_, n) => ({ n }));
  const told = Array.from({ length: 10 }, () => faultOf(objects)?.message ?? "");
  expect(told[0]).toBe("");
  expect(told.at(-1)).toBe("It is too large for its schema to be checked.");
});

Deno.test("compileOutputSchema() never throws at an answer, whatever the schema", () => {
  const schema: fc.Memo<JsonObject> = fc.memo((n) =>
    fc.oneof(
      fc.record({ type: fc.constantFrom("string", "number", "object", "array", "null") }),
      fc.record({ enum: fc.array(fc.jsonValue()) }),
      fc.record({ const: fc.jsonValue() }),
      fc.record({ format: fc.constantFrom("date", "email", "uuid", "nonsense") }),
      fc.record({ required: fc.array(fc.string()) }),
      n <= 1 ? fc.constant({}) : fc.oneof(
        fc.record({ properties: fc.dictionary(fc.string(), schema()) }),
        fc.record({ items: schema(), prefixItems: fc.array(schema()) }),
        fc.record({ anyOf: fc.array(schema()), not: schema() }),
        fc.record({ oneOf: fc.array(schema()), unevaluatedProperties: fc.boolean() }),
        fc.record({ if: schema(), then: schema(), else: schema() }),
        fc.record({ propertyNames: schema(), additionalProperties: schema() }),
      ),
    )
  );
  fc.assert(fc.property(schema(3), fc.jsonValue(), (schema, value) => {
    const before = JSON.stringify(schema);
    const { faultOf } = compileOutputSchema(schema);
    expect(faultOf(value)).toEqual(faultOf(value));
    expect(JSON.stringify(schema)).toBe(before);
  }));
});
