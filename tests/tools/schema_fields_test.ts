import { expect } from "@std/expect";
import { z } from "zod";
import { fieldsOfSchema, type JsonSchema, nounOf } from "../../tools/schema_fields.ts";

/** The fields of a schema, each as one line. */
function linesOf(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema) as JsonSchema;
  return fieldsOfSchema(json, (name, many) => nounOf(name, many))
    .map(({ path, type, required }) => `${path}: ${type}${required ? "" : ", optional"}`);
}

Deno.test("fieldsOfSchema() has the fields of all alternatives, required where all require them", () => {
  const choice = z.union([
    z.object({ type: z.enum(["auto", "none"]) }),
    z.object({ type: z.literal("tool"), name: z.string() }),
  ]);
  expect(linesOf(z.object({ choice: choice.nullish() }))).toEqual([
    "choice: object or null, optional",
    "choice.type: `auto`, `none`, `tool`",
    "choice.name: string, optional",
  ]);
});

Deno.test("fieldsOfSchema() has the fields of every block of a list, also behind another alternative", () => {
  const source = z.discriminatedUnion("type", [
    z.object({ type: z.literal("base64"), data: z.string() }),
    z.object({ type: z.literal("storage"), path: z.string() }),
  ]);
  const blocks = z.array(z.discriminatedUnion("type", [
    z.object({ type: z.literal("text"), text: z.string() }),
    z.object({ type: z.literal("image"), source }),
  ])).max(20);
  const fields = [
    "type: `text`, `image`",
    "text: string, optional",
    "source: object, optional",
    "source.type: `base64`, `storage`",
    "source.data: string, optional",
    "source.path: string, optional",
  ];
  expect(linesOf(blocks)).toEqual(fields);
  expect(linesOf(z.object({ content: z.union([z.string(), blocks]) }))).toEqual([
    "content: string or list of at most 20 objects",
    ...fields.map((field) => `content[].${field}`),
  ]);
});

Deno.test("fieldsOfSchema() says a type once, and that of a list's entries in the plural", () => {
  const schema = z.object({
    a: z.union([z.string(), z.string().nullable()]),
    b: z.array(z.int().min(1).max(9)),
    c: z.array(z.string().nullable()),
    d: z.array(z.array(z.boolean())),
    e: z.array(z.unknown()),
  });
  expect(linesOf(schema)).toEqual([
    "a: string or null",
    "b: list of integers (1 to 9)",
    "c: list of strings or null",
    "d: list of lists of booleans",
    "e: list of any",
  ]);
  expect(["switch", "assistant summary", "asked blocks"].map((words) => nounOf(words, true)))
    .toEqual(["switches", "assistant summaries", "asked blocks"]);
});
