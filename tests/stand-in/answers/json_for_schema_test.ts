import { expect } from "@std/expect";
import { jsonForSchema } from "../../../stand-in/answers/json_for_schema.ts";

Deno.test("jsonForSchema() gives a value that fits, the same for the same schema", () => {
  for (
    const [schema, value] of [
      [{ type: "string" }, "stand-in"],
      [{ type: "string", maxLength: 3 }, "sta"],
      [{ type: "string", minLength: 10 }, "stand-inxx"],
      [{ type: "string", format: "date" }, "2026-01-02"],
      [{ type: "integer", minimum: 5 }, 5],
      [{ type: "number", exclusiveMinimum: 2, maximum: 3 }, 3],
      [{ type: "integer", multipleOf: 7 }, 7],
      [{ type: "boolean" }, true],
      [{ type: "null" }, null],
      [{ type: ["null", "integer"] }, 1],
      [{ enum: ["b", "a"] }, "b"],
      [{ const: 4 }, 4],
      [{ anyOf: [{ type: "boolean" }, { type: "string" }] }, true],
      [{ allOf: [{ type: "integer" }, { minimum: 2 }] }, 2],
      [{ type: "array", items: { type: "integer" }, minItems: 2 }, [1, 1]],
      [{ properties: { a: { type: "integer" } } }, { a: 1 }],
      [
        {
          type: "object",
          properties: { at: { $ref: "#/$defs/point" } },
          $defs: { point: { type: "object", properties: { x: { type: "number" } } } },
        },
        { at: { x: 1 } },
      ],
      [{}, "stand-in"],
    ] as const
  ) {
    expect([schema, jsonForSchema(schema)]).toEqual([schema, value]);
  }
});

Deno.test("jsonForSchema() ends also where a schema refers to itself", () => {
  const schema = { type: "object", properties: { next: { $ref: "#" } } };
  expect(JSON.stringify(jsonForSchema(schema))).toMatch(/^(\{"next":)+null\}+$/);
});
