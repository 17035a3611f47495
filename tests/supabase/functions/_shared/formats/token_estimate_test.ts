import { expect } from "@std/expect";
import type { ContentBlock } from "../../../../../supabase/functions/_shared/core/content.ts";
import {
  estimateTokens,
  tokensOf,
  tokensOfBlock,
  tokensOfTool,
  tokensPerImage,
} from "../../../../../supabase/functions/_shared/formats/token_estimate.ts";

Deno.test("estimateTokens() takes three bytes of UTF-8 for a token", () => {
  expect([estimateTokens(""), estimateTokens("four"), estimateTokens("世界")]).toEqual([0, 2, 2]);
});

Deno.test("tokensOfBlock() takes media by kind and size, not by the length of their base64", () => {
  const data = "A".repeat(4_000_000);
  const source = { kind: "base64", data } as const;
  const image: ContentBlock = { type: "image", mediaType: "image/png", source };
  const pdf: ContentBlock = { type: "document", mediaType: "application/pdf", name: "a", source };
  const csv: ContentBlock = { ...pdf, mediaType: "text/csv" };
  expect(tokensOfBlock(image)).toBe(tokensPerImage);
  expect(tokensOfBlock(pdf)).toBe(100_000);
  expect(tokensOfBlock(csv)).toBe(1_000_000);
  const stored = { kind: "storage", bucket: "b", path: "p", size: 300 } as const;
  expect(tokensOfBlock({ ...csv, source: stored })).toBe(100);
  // Also in what a tool gave.
  const result: ContentBlock = {
    type: "tool-result",
    toolUseId: "",
    content: [{ type: "text", text: "four" }, image],
    isError: false,
  };
  expect(tokensOfBlock(result)).toBe(2 + tokensPerImage);
  expect(tokensOf({ blocks: [result, image] })).toBe(8 + 2 + 2 * tokensPerImage);
});

Deno.test("tokensOfTool() and tokensOfBlock() count no cache mark, which a model does not read", () => {
  const cache = { ttl: "1h" } as const;
  const tool = { name: "find_bed", description: null, inputSchema: { type: "object" } };
  expect(tokensOfTool({ ...tool, cache })).toBe(tokensOfTool(tool));
  const call: ContentBlock = { type: "tool-use", id: "a", name: "find_bed", input: {} };
  expect(tokensOfBlock({ ...call, cache })).toBe(tokensOfBlock(call));
});
