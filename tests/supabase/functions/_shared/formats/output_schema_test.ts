import { expect } from "@std/expect";
import { enforceableSchema } from "../../../../../supabase/functions/_shared/formats/output_schema.ts";

const object = (properties: Record<string, unknown>, more = {}) => ({
  type: "object",
  properties,
  ...more,
});

Deno.test("enforceableSchema() closes every object and puts constraints into words", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...object({
      age: { type: "integer", minimum: 0, maximum: 130, description: "In years" },
      beds: { type: "array", maxItems: 3, items: object({ ward: { enum: ["A", "B"] } }) },
      seen: { type: ["string", "null"], format: "date" },
      code: { type: "string", pattern: "^[A-Z]$", format: "barcode" },
      next: { $ref: "#/$defs/Next" },
    }, { required: ["age"] }),
    $defs: { Next: { oneOf: [{ type: "string" }, object({ at: { const: 1 } })] } },
  };
  expect(enforceableSchema(schema)).toEqual({
    type: "object",
    required: ["age"],
    additionalProperties: false,
    properties: {
      age: { type: "integer", description: "In years (minimum: 0, maximum: 130)" },
      beds: {
        type: "array",
        description: "(maxItems: 3)",
        items: object({ ward: { enum: ["A", "B"] } }, { additionalProperties: false }),
      },
      seen: { type: ["string", "null"], format: "date" },
      code: { type: "string", description: '(pattern: "^[A-Z]$")' },
      next: {
        anyOf: [
          { type: "string" },
          object({ at: { const: 1 } }, { additionalProperties: false }),
        ],
      },
    },
  });
});

Deno.test("enforceableSchema() is null where something may be anything", () => {
  const schemas = [
    {},
    { type: "string" },
    { type: "object" },
    object({}, { additionalProperties: { type: "string" } }),
    object({ a: {} }),
    object({ a: true }),
    object({ a: { type: "array" } }),
    object({ a: { type: "object" } }),
    // Of a schema within itself, the inner object is open.
    { ...object({ next: { $ref: "#" } }) },
    object({ a: { $ref: "#/nowhere" } }),
  ];
  for (const schema of schemas) expect(enforceableSchema(schema)).toBeNull();
});
