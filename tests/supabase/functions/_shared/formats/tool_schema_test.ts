import { expect } from "@std/expect";
import { claudeRow, novaRow } from "./capable_models.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import {
  fitToolSchema,
  schemaFormat,
} from "../../../../../supabase/functions/_shared/formats/tool_schema.ts";
import { enforceableSchema } from "../../../../../supabase/functions/_shared/formats/output_schema.ts";
import { SchemaSize } from "../../../../../supabase/functions/_shared/formats/schema_size.ts";
import { formatIds } from "../../../../../supabase/functions/_shared/registry/model.ts";

const ward = { type: "string", description: "Its letter" };
const open = { type: "object", properties: {} };

Deno.test("fitToolSchema() leaves an object's schema as it is", () => {
  const schema = { type: "object", properties: { ward }, required: ["ward"] };
  for (const format of formatIds) expect(fitToolSchema(schema, "t", format)).toEqual(schema);
});

Deno.test("fitToolSchema() makes an open object's of a schema that says nothing", () => {
  for (const schema of [undefined, null, true, {}, { type: null }, { type: ["object", "null"] }]) {
    for (const format of formatIds) expect(fitToolSchema(schema, "t", format)).toEqual(open);
  }
});

Deno.test("fitToolSchema() names the tool whose schema is not an object's", () => {
  for (const schema of [false, "object", [], { type: "string" }, { type: ["array", "null"] }]) {
    for (const format of formatIds) {
      expect(() => fitToolSchema(schema, "find bed", format)).toThrow(
        expect.objectContaining({
          code: "invalid_request",
          message: expect.stringContaining('The input schema of the tool "find bed"'),
        }),
      );
    }
  }
});

Deno.test("fitToolSchema() turns alternatives at the top into one object that allows each", () => {
  const schema = {
    description: "A bed",
    anyOf: [
      { properties: { ward, bed: { type: "integer" } }, required: ["ward", "bed"] },
      { properties: { ward, bed: { type: "string" } }, required: ["ward"] },
      { type: "null" },
    ],
    allOf: [{ properties: { urgent: { type: "boolean" } }, required: ["urgent"] }],
  };
  expect(fitToolSchema(schema, "t", "claude")).toEqual({
    description: "A bed",
    type: "object",
    properties: {
      urgent: { type: "boolean" },
      ward,
      bed: { anyOf: [{ type: "integer" }, { type: "string" }] },
    },
    required: ["urgent", "ward"],
  });
});

Deno.test("fitToolSchema() resolves a reference at the top, and keeps others for Claude alone", () => {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    $ref: "#/definitions/Bed",
    definitions: {
      Bed: { type: "object", properties: { ward: { $ref: "#/definitions/Ward" } } },
      Ward: ward,
    },
  };
  expect(fitToolSchema(schema, "t", "claude")).toEqual({
    type: "object",
    properties: { ward: { $ref: "#/definitions/Ward" } },
    definitions: schema.definitions,
  });
  const resolved = { type: "object", properties: { ward } };
  expect(fitToolSchema(schema, "t", "converse")).toEqual(resolved);
  expect(fitToolSchema(schema, "t", "nova")).toEqual(resolved);
});

Deno.test("fitToolSchema() sends Nova no keyword at the top but type, properties and required", () => {
  const schema = {
    $id: "bed",
    type: "object",
    title: "Bed",
    additionalProperties: false,
    properties: { ward: { ...ward, minLength: 1 }, definitions: { type: "string" } },
    required: ["ward"],
    $defs: { unused: {} },
  };
  expect(fitToolSchema(schema, "t", "nova")).toEqual({
    type: "object",
    properties: { ward: { ...ward, minLength: 1 }, definitions: { type: "string" } },
    required: ["ward"],
  });
});

Deno.test("fitToolSchema() replaces a reference into itself by its type", () => {
  const schema = {
    type: "object",
    properties: { root: { $ref: "#/$defs/Node" } },
    $defs: {
      Node: { type: "object", properties: { next: { $ref: "#/$defs/Node" } } },
    },
  };
  expect(fitToolSchema(schema, "t", "nova")).toEqual({
    type: "object",
    properties: { root: { type: "object", properties: { next: { type: "object" } } } },
  });
});

Deno.test("fitToolSchema() refuses references that lead nowhere, out of the schema, or to too much", () => {
  const properties = (ref: string) => ({ type: "object", properties: { a: { $ref: ref } } });
  // Each doubles the one before it.
  const doubling = Object.fromEntries(
    Array.from({ length: 20 }, (_, nth) => [
      `d${nth}`,
      { properties: { a: { $ref: `#/$defs/d${nth + 1}` }, b: { $ref: `#/$defs/d${nth + 1}` } } },
    ]),
  );
  const schemas = [
    properties("#/$defs/None"),
    properties("https://example.com/bed.json"),
    { ...properties("#/$defs/d0"), $defs: { ...doubling, d20: {} } },
    { $ref: "#" },
  ];
  for (const schema of schemas) {
    expect(() => fitToolSchema(schema, "t", "nova")).toThrow(AppError);
  }
});

Deno.test("fitToolSchema() puts any number of alternatives side by side", () => {
  const oneOf = Array.from({ length: 3_000 }, (_, nth) => ({ properties: { a: { const: nth } } }));
  for (const format of formatIds) {
    const { properties } = fitToolSchema({ oneOf }, "t", format);
    expect(properties).toEqual({
      a: { anyOf: oneOf.map(({ properties }) => properties.a) },
    });
  }
});

Deno.test("fitToolSchema() counts the characters that references repeat, in all tools together", () => {
  const repeating = (def: object, times: number) => ({
    $defs: { d: def },
    properties: Object.fromEntries(
      Array.from({ length: times }, (_, nth) => [`p${nth}`, { $ref: "#/$defs/d" }]),
    ),
  });
  const long = "x".repeat(10_000);
  for (const def of [{ description: long }, { enum: [long] }, { const: { [long]: 1 } }]) {
    const small = repeating(def, 20);
    const size = new SchemaSize();
    fitToolSchema(small, "t", "nova", size);
    fitToolSchema(small, "t", "nova", size);
    expect(() => fitToolSchema(small, "t", "nova", size)).toThrow("is too large once");
    expect(enforceableSchema(repeating({ ...def, type: "string" }, 100))).toBeNull();
  }
});

Deno.test("fitToolSchema() refuses alternatives that double, whatever the format", () => {
  const $defs = Object.fromEntries(
    Array.from({ length: 30 }, (_, nth) => [
      `d${nth}`,
      { anyOf: [{ $ref: `#/$defs/d${nth + 1}` }, { $ref: `#/$defs/d${nth + 1}` }] },
    ]),
  );
  const schema = { anyOf: [{ $ref: "#/$defs/d12" }], $defs: { ...$defs, d30: {} } };
  for (const format of formatIds) {
    expect(() => fitToolSchema(schema, "t", format)).toThrow(AppError);
  }
});

Deno.test("fitToolSchema() refuses a chain of references that is too long to follow", () => {
  const $defs = Object.fromEntries(
    Array.from(
      { length: 200 },
      (_, nth) => [`d${nth}`, { items: { $ref: `#/$defs/d${nth + 1}` } }],
    ),
  );
  const schema = { properties: { a: { $ref: "#/$defs/d0" } }, $defs: { ...$defs, d200: {} } };
  for (const format of ["converse", "nova"] as const) {
    expect(() => fitToolSchema(schema, "t", format)).toThrow(AppError);
  }
});

Deno.test("schemaFormat() knows Nova behind Converse by its rule for names", () => {
  const converse = { format: "converse" as const };
  expect(schemaFormat(novaRow({}, converse))).toBe("nova");
  expect(schemaFormat(claudeRow({}, converse))).toBe("converse");
  expect(schemaFormat(claudeRow())).toBe("claude");
});
