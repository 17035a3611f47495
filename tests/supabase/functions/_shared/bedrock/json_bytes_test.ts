import { expect } from "@std/expect";
import fc from "fast-check";
import { jsonBytes } from "../../../../../supabase/functions/_shared/bedrock/json_bytes.ts";
import type { JsonObject } from "../../../../../supabase/functions/_shared/formats/model_format.ts";

function written(body: JsonObject): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(jsonBytes(body));
}

Deno.test("jsonBytes() writes what JSON.stringify would, with media of any length", () => {
  const lengths = fc.constantFrom(0, 4, 16_380, 16_384, 20_000);
  const media = fc.tuple(lengths, fc.constantFrom("", "=", "=="))
    .map(([length, end]) => "QUJD".repeat(length / 4) + end);
  // Long enough to be looked at, and not all of it base64.
  const longText = fc.string({ unit: "binary", maxLength: 5 })
    .map((text) => text + "QUJD".repeat(5_000) + text);
  const leaf = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    media,
    longText,
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: "binary" }), tie("value"), { maxKeys: 4 }),
    ),
  }));
  const body = fc.dictionary(fc.string({ unit: "binary" }), value, { maxKeys: 4 }) as fc.Arbitrary<
    JsonObject
  >;
  fc.assert(
    fc.property(body, (body) => {
      expect(written(body)).toBe(JSON.stringify(body));
    }),
    { numRuns: 40 },
  );
});

Deno.test("jsonBytes() leaves out members that are undefined", () => {
  expect(written({ a: undefined, b: [undefined], c: { d: undefined } }))
    .toBe('{"b":[null],"c":{}}');
});

Deno.test("jsonBytes() escapes a text that only resembles media", () => {
  const text = "QUJD".repeat(5_000);
  for (const end of ['"', "\n", "\\", "é", "=A", "==="]) {
    expect(JSON.parse(written({ text: text + end }))).toEqual({ text: text + end });
  }
});
