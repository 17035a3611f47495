/**
 * Claude's content blocks: objects told apart by `type`.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
import { z } from "zod";
import type { ContentBlock } from "../core/content.ts";
import { storableText } from "../core/storable_text.ts";
import type { JsonObject } from "./model_format.ts";
import type { ReplayableBlock } from "./replayable.ts";

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

/** Writes one block of the history. */
export function encodeClaudeBlock(block: ReplayableBlock): JsonObject {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "thinking":
      return { type: "thinking", thinking: block.text, signature: block.signature };
    case "redacted-thinking":
      return { type: "redacted_thinking", data: block.data };
    default:
      return block satisfies never;
  }
}
