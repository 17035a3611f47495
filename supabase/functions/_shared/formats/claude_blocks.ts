/**
 * Claude's content blocks: objects told apart by `type`.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
import { z } from "zod";
import type { CacheMark, ContentBlock } from "../core/content.ts";
import { base64Text } from "../core/base64_text.ts";
import { storableText } from "../core/storable_text.ts";
import type { JsonObject } from "./model_format.ts";
import type { InlineDocumentBlock, ReplayableBlock } from "./replayable.ts";

/** A content block as it comes; what it holds is read by {@linkcode decodeClaudeBlock}. */
export const claudeBlockSchema = z.looseObject({ type: z.string() });
export type ClaudeBlock = z.infer<typeof claudeBlockSchema>;

const knownBlockSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("text"),
    text: z.string(),
    citations: z.array(z.unknown()).nullish(),
  }),
  z.object({
    type: z.literal("thinking"),
    thinking: z.string(),
    signature: z.string().nullish(),
  }),
  z.object({ type: z.literal("redacted_thinking"), data: z.string() }),
  z.object({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string(),
    input: z.unknown().optional(),
  }),
]);

/**
 * Reads one content block. A block of a known kind in an unknown shape is kept like one of an
 * unknown kind; a cited text becomes a text block, followed by its citations as they came.
 */
export function decodeClaudeBlock(value: ClaudeBlock): ContentBlock[] {
  const parsed = knownBlockSchema.safeParse(value);
  if (!parsed.success) return [{ type: "opaque", kind: value.type, value }];
  const block = parsed.data;
  switch (block.type) {
    case "text": {
      const text: ContentBlock = { type: "text", text: storableText(block.text) };
      if (!block.citations?.length) return [text];
      return [text, { type: "opaque", kind: "citations", value: block.citations }];
    }
    case "thinking":
      // An empty signature, which a stream begins with, proves nothing.
      return [{ type: "thinking", text: block.thinking, signature: block.signature || null }];
    case "redacted_thinking":
      return [{ type: "redacted-thinking", data: block.data }];
    case "tool_use":
      return [{ type: "tool-use", id: block.id, name: block.name, input: block.input }];
    default:
      return block satisfies never;
  }
}

/** Writes one block of a request. */
export function encodeClaudeBlock(block: ReplayableBlock): JsonObject {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text, ...encodeCacheMark(block.cache) };
    case "image": {
      const source = { type: "base64", media_type: block.mediaType, data: block.source.data };
      return { type: "image", source, ...encodeCacheMark(block.cache) };
    }
    case "document":
      return {
        type: "document",
        source: encodeDocument(block),
        title: block.name,
        ...encodeCacheMark(block.cache),
      };
    case "thinking":
      return { type: "thinking", thinking: block.text, signature: block.signature };
    case "redacted-thinking":
      return { type: "redacted_thinking", data: block.data };
    case "tool-use":
      return {
        type: "tool_use",
        id: block.id,
        name: block.name,
        input: block.input,
        ...encodeCacheMark(block.cache),
      };
    case "tool-result":
      return {
        type: "tool_result",
        tool_use_id: block.toolUseId,
        content: block.content.map(encodeClaudeBlock),
        ...(block.isError ? { is_error: true } : {}),
        ...encodeCacheMark(block.cache),
      };
    default:
      return block satisfies never;
  }
}

/** Claude takes the bytes of a PDF and the words of every other document. */
function encodeDocument({ mediaType, source }: InlineDocumentBlock): JsonObject {
  return mediaType === "application/pdf"
    ? { type: "base64", media_type: mediaType, data: source.data }
    : { type: "text", media_type: "text/plain", data: base64Text(source.data) };
}

/** Five minutes are what Claude takes a mark without a time for. */
export function encodeCacheMark(mark: CacheMark | undefined): JsonObject {
  if (mark === undefined) return {};
  return { cache_control: { type: "ephemeral", ...(mark.ttl === "1h" ? { ttl: "1h" } : {}) } };
}
