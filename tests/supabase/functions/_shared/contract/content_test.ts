import { expect } from "@std/expect";
import {
  askedContentSchema,
  isShort,
  maxMedia,
  maxMessageLength,
  maxResultsLength,
  maxToolsLength,
  toolsSchema,
} from "../../../../../supabase/functions/_shared/contract/content.ts";

const image = { type: "image", source: { type: "storage", bucket: "scans", path: "a.png" } };
const result = (content: unknown) => ({ type: "tool_result", tool_use_id: "t", content });

/** What is wrong with a value, in words; empty where nothing is. */
function problemsOf(schema: typeof askedContentSchema | typeof toolsSchema, value: unknown) {
  return (schema.safeParse(value).error?.issues ?? []).map(({ message }) => message);
}

Deno.test("isShort() counts code points, and none of a text that is too long by far", () => {
  expect(isShort("😀".repeat(maxMessageLength))).toBe(true);
  expect(isShort("😀".repeat(maxMessageLength) + "a")).toBe(false);
  expect(isShort("a".repeat(maxMessageLength + 1))).toBe(false);
  const long = "漢".repeat(8_000_000);
  const startedAt = performance.now();
  expect(isShort(long)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(50);
});

Deno.test("askedContentSchema counts the text of all blocks together", () => {
  const half = { type: "text", text: "😀".repeat(maxMessageLength / 2) };
  expect(problemsOf(askedContentSchema, [half, half])).toEqual([]);
  expect(problemsOf(askedContentSchema, [half, half, { type: "text", text: "a" }]))
    .toEqual([`must not have more than ${maxMessageLength} characters of text`]);
});

Deno.test("askedContentSchema counts media, those in results of tools included", () => {
  const most = [result(Array(20).fill(image)), ...Array(maxMedia - 20).fill(image)];
  expect(problemsOf(askedContentSchema, most)).toEqual([]);
  for (const more of [image, result([image])]) {
    expect(problemsOf(askedContentSchema, [...most, more]))
      .toEqual([`must not have more than ${maxMedia} images and documents`]);
  }
});

Deno.test("askedContentSchema takes no more than the database stores of a message", () => {
  const document = {
    type: "document",
    name: "漢".repeat(200),
    source: { type: "storage", bucket: "漢".repeat(100), path: "漢".repeat(1024) },
  };
  const long = "漢".repeat(maxResultsLength / 100);
  const largest = Array.from({ length: 100 }, (_, nth) => ({
    ...result([
      { type: "text", text: long },
      ...Array(19).fill(nth === 0 ? document : { type: "text", text: "" }),
    ]),
    tool_use_id: "漢".repeat(256),
  }));
  expect(problemsOf(askedContentSchema, largest)).toEqual([]);
  const bytes = new TextEncoder().encode(JSON.stringify(largest)).length;
  // The text of the message is not in it, nor 6 documents.
  expect(bytes + 4 * maxMessageLength + 6 * 4_500).toBeLessThan(1_000_000);
});

Deno.test("toolsSchema bounds the tools together", () => {
  const tool = (name: string, length: number) => ({
    name,
    input_schema: { description: "x".repeat(length) },
  });
  expect(problemsOf(toolsSchema, [tool("a", 130_000), tool("b", 130_000)])).toEqual([]);
  expect(problemsOf(toolsSchema, [tool("a", 130_000), tool("b", 140_000)]))
    .toEqual([`must not be longer than ${maxToolsLength} characters as JSON`]);
});
