/**
 * The content blocks of Converse, which Nova's own bodies share: an object with one key, the
 * block's kind.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
 */
import { z } from "zod";
import { type ContentBlock, documentFormats, type ImageBlock } from "../core/content.ts";
import { storableText } from "../core/storable_text.ts";
import type { JsonObject } from "./model_format.ts";
import type { ReplayableBlock } from "./replayable.ts";

const textSchema = z.object({ text: z.string() });

const toolUseSchema = z.object({
  toolUse: z.object({ toolUseId: z.string(), name: z.string(), input: z.unknown().optional() }),
});

/** Converse wraps the text in `reasoningText`; Nova's deltas and some of its answers do not. */
const reasoningSchema = z.object({
  reasoningContent: z.union([
    z.object({ reasoningText: z.object({ text: z.string(), signature: z.string().nullish() }) })
      .transform(({ reasoningText }) => ({ kind: "text" as const, ...reasoningText })),
    z.object({ text: z.string(), signature: z.string().nullish() })
      .transform((reasoning) => ({ kind: "text" as const, ...reasoning })),
    z.object({ redactedContent: z.string() })
      .transform(({ redactedContent }) => ({ kind: "redacted" as const, redactedContent })),
  ]),
});

const citationsSchema = z.object({
  citationsContent: z.looseObject({
    content: z.array(z.looseObject({ text: z.string().nullish() })).nullish(),
    citations: z.array(z.unknown()).nullish(),
  }),
});

/** A content block as it comes; what it holds is read by {@linkcode decodeConverseBlock}. */
export const converseBlockSchema = z.record(z.string(), z.unknown());

/**
 * Reads one content block. A block of a known kind in an unknown shape is kept like one of an
 * unknown kind; a cited text becomes a text block, followed by the block as it came.
 */
export function decodeConverseBlock(block: JsonObject): ContentBlock[] {
  const text = textSchema.safeParse(block);
  if (text.success) return [{ type: "text", text: storableText(text.data.text) }];

  const toolUse = toolUseSchema.safeParse(block);
  if (toolUse.success) {
    const { toolUseId, name, input } = toolUse.data.toolUse;
    return [{ type: "tool-use", id: toolUseId, name, input }];
  }

  const reasoning = reasoningSchema.safeParse(block);
  if (reasoning.success) {
    const content = reasoning.data.reasoningContent;
    return content.kind === "text"
      ? [{ type: "thinking", text: content.text, signature: content.signature ?? null }]
      : [{ type: "redacted-thinking", data: content.redactedContent }];
  }

  const opaque: ContentBlock = {
    type: "opaque",
    kind: Object.keys(block)[0] ?? "empty",
    value: block,
  };
  const cited = citationsSchema.safeParse(block);
  if (cited.success) {
    const { content, citations } = cited.data.citationsContent;
    const citedText = (content ?? []).map((part) => part.text ?? "").join("");
    const blocks: ContentBlock[] = [{ type: "text", text: storableText(citedText) }];
    return citations?.length ? [...blocks, opaque] : blocks;
  }
  return [opaque];
}

/** Writes one block of a request. */
export function encodeConverseBlock(block: ReplayableBlock): JsonObject {
  switch (block.type) {
    case "text":
      return { text: block.text };
    case "image":
      return { image: { format: imageFormat(block), source: { bytes: block.source.data } } };
    case "document": {
      const format = documentFormats[block.mediaType];
      return { document: { format, name: block.name, source: { bytes: block.source.data } } };
    }
    case "thinking":
      return {
        reasoningContent: { reasoningText: { text: block.text, signature: block.signature } },
      };
    case "redacted-thinking":
      return { reasoningContent: { redactedContent: block.data } };
    case "tool-use":
      return { toolUse: { toolUseId: block.id, name: block.name, input: block.input } };
    case "tool-result":
      return {
        toolResult: {
          toolUseId: block.toolUseId,
          content: block.content.map(encodeConverseBlock),
          // Not every model takes a status.
          ...(block.isError ? { status: "error" } : {}),
        },
      };
    default:
      return block satisfies never;
  }
}

/** Converse's name of an image's type. */
export function imageFormat({ mediaType }: ImageBlock): string {
  return mediaType.slice("image/".length);
}
