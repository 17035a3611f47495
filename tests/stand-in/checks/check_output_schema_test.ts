import { expect } from "@std/expect";
import { claude, converse, modelError, served, user } from "./support.ts";

const closed = (properties: object, extra: object = {}) => ({
  type: "object",
  properties,
  additionalProperties: false,
  ...extra,
});
const asks = (schema: unknown) => ({
  messages: [user({ type: "text", text: "Hi" })],
  output_config: { format: { type: "json_schema", schema } },
});
const converseAsks = (schema: unknown) => ({
  messages: [user({ text: "Hi" })],
  outputConfig: {
    textFormat: { type: "json_schema", structure: { jsonSchema: { name: "answer", schema } } },
  },
});

Deno.test("an output schema keeps to the supported keywords, and closes every object", () => {
  const at = (problem: string) => `output_config.format.schema: ${problem}`;
  const open = at(
    "For 'object' type, 'additionalProperties' must be explicitly set to false",
  );
  const list = { type: "array", items: { type: "string" } };
  for (
    const [schema, text] of [
      [closed({ days: list }), null],
      [
        closed({ day: { enum: ["Monday"] }, at: { $ref: "#/$defs/t" } }, {
          $defs: { t: closed({}) },
        }),
        null,
      ],
      [{ type: "object", properties: {} }, open],
      [closed({ inner: { type: "object" } }), open],
      [closed({}, { $defs: { t: { type: "object" } } }), open],
      [
        closed({ days: { ...list, maxItems: 3 } }),
        at("For 'array' type, property 'maxItems' is not supported"),
      ],
      [
        closed({ n: { type: "integer", minimum: 1 } }),
        at("For 'integer' type, property 'minimum' is not supported"),
      ],
      [
        closed({ s: { anyOf: [{ type: "string", pattern: "a" }] } }),
        at("For 'string' type, property 'pattern' is not supported"),
      ],
      [
        closed({ days: { ...list, minItems: 2 } }),
        at("For 'array' type, 'minItems' values other than 0 or 1 are not supported"),
      ],
    ] as const
  ) {
    expect([schema, claude(asks(schema))]).toEqual([schema, text]);
    expect(converse(converseAsks(JSON.stringify(schema))))
      .toBe(text === null ? null : modelError + text);
  }
});

Deno.test("an output schema has the shape of its format, and is refused by models without it", () => {
  const schema = closed({});
  expect(converse(converseAsks("{"))).toContain("is not JSON");
  expect(converse(converseAsks(schema))).toContain("outputConfig.textFormat is invalid");
  expect(claude({ ...asks(schema), output_config: { format: { type: "json_object" } } }))
    .toContain("output_config.format");
  expect(claude(asks(schema), served("Opus 4.8")))
    .toBe("output_config.format: Extra inputs are not permitted");
  expect(converse(converseAsks(JSON.stringify(schema)), served("Nova Pro")))
    .toContain("doesn't support the outputConfig.textFormat field");
  expect(converse(converseAsks(JSON.stringify(schema)), served("gpt-oss-120b"))).toBeNull();
});
