import { createHash } from "node:crypto";
import { expect } from "@std/expect";
import fc from "fast-check";
import { jsonBody } from "../../../../../supabase/functions/_shared/bedrock/json_body.ts";
import type { JsonObject } from "../../../../../supabase/functions/_shared/formats/model_format.ts";

async function written(value: JsonObject): Promise<string> {
  const { body, size } = jsonBody(value);
  const bytes = new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
  expect(size).toBe(bytes.length);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

Deno.test("jsonBody() writes what JSON.stringify would, with media of any length", async () => {
  const lengths = fc.constantFrom(0, 4, 16_380, 16_384, 20_000);
  const media = fc.tuple(lengths, fc.constantFrom("", "QUI=", "QQ==", "="))
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
  await fc.assert(
    fc.asyncProperty(body, async (body) => {
      expect(await written(body)).toBe(JSON.stringify(body));
    }),
    { numRuns: 40 },
  );
});

Deno.test("jsonBody() leaves out members that are undefined", async () => {
  expect(await written({ a: undefined, b: [undefined], c: { d: undefined } }))
    .toBe('{"b":[null],"c":{}}');
});

Deno.test("jsonBody() escapes a text that only resembles media", async () => {
  const text = "QUJD".repeat(5_000);
  for (const end of ['"', "\n", "\\", "é", "=A", "==="]) {
    expect(JSON.parse(await written({ text: text + end }))).toEqual({ text: text + end });
  }
});

Deno.test("jsonBody() writes media into a Blob, with the hash that a signature has", async () => {
  const text = "QUJD".repeat(5_000);
  const body = jsonBody({ text, other: [text, "é"] });
  if (body.kind !== "blob") throw new TypeError("a Blob was expected");
  const bytes = new Uint8Array(await body.body.arrayBuffer());
  expect(body.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(jsonBody({ text: "é" }).kind).toBe("bytes");
});
