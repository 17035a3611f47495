/** Blocks of content on our own wire. */
import { z } from "zod";
import { documentFormats, type DocumentType, imageTypes } from "../core/content.ts";
import type { Immutable } from "./immutable.ts";
import { isBlank, plainText } from "./plain_text.ts";

/** Most characters (Unicode code points) of a message's text, its blocks together. */
export const maxMessageLength = 32_000;

/** Most characters (UTF-16 code units) of the results of tools in a message, together. */
export const maxResultsLength = 100_000;

/** Most blocks of one message. */
export const maxBlocks = 100;

/** Most images and documents of one message, those in results of tools included. */
export const maxMedia = 25;

const documentTypes = Object.keys(documentFormats) as [DocumentType, ...DocumentType[]];

/** Bytes as base64, without line breaks; checked against their type before a model is called. */
const base64 = z.string().min(1);

const storedSource = z.strictObject({
  type: z.literal("storage"),
  /** A bucket of the project's that the caller may read. */
  bucket: plainText.refine((name) => name !== "" && name.length <= 100, "is not a bucket"),
  path: plainText.refine((path) => path !== "" && path.length <= 1024, "is not a path"),
});

const textBlock = z.strictObject({ type: z.literal("text"), text: plainText });

const imageBlock = z.strictObject({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("base64"),
      media_type: z.enum(imageTypes),
      data: base64,
    }),
    storedSource,
  ]),
});

const documentBlock = z.strictObject({
  type: z.literal("document"),
  name: plainText.refine((name) => !isBlank(name) && name.length <= 200, "is not a file's name"),
  source: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("base64"),
      media_type: z.enum(documentTypes),
      data: base64,
    }),
    storedSource,
  ]),
});

const toolUseId = plainText.refine((id) => id !== "" && id.length <= 256, "is not an id");

const toolResultBlock = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: toolUseId,
  /** What the tool gave: text, or blocks. */
  content: z.union([
    plainText,
    z.array(z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock])).max(20),
  ]),
  /** Whether the tool failed. Default: false. */
  is_error: z.boolean().nullish(),
});

const askedBlock = z.discriminatedUnion("type", [
  textBlock,
  imageBlock,
  documentBlock,
  toolResultBlock,
]);

/** What a user's message may hold. */
export const askedContentSchema = z.array(askedBlock).min(1).max(maxBlocks)
  .refine(
    (blocks) => blocks.some((block) => block.type !== "text" || !isBlank(block.text)),
    "must not be empty",
  )
  .refine(
    (blocks) => areShort(blocks.flatMap((block) => block.type === "text" ? [block.text] : [])),
    `must not have more than ${maxMessageLength} characters of text`,
  )
  .refine(
    (blocks) =>
      blocks.reduce((sum, block) => sum + resultLength(block), 0) <=
        maxResultsLength,
    `must not have more than ${maxResultsLength} characters of results`,
  )
  .refine(
    (blocks) => blocks.reduce((sum, block) => sum + mediaCount(block), 0) <= maxMedia,
    `must not have more than ${maxMedia} images and documents`,
  );

/** Whether a message's text is not longer than {@linkcode maxMessageLength}. */
export function isShort(text: string): boolean {
  return areShort([text]);
}

/** Whether texts together are; a text of megabytes is told by its length alone. */
function areShort(texts: readonly string[]): boolean {
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  if (units <= maxMessageLength) return true;
  if (units > 2 * maxMessageLength) return false;
  return texts.reduce((sum, text) => sum + [...text].length, 0) <= maxMessageLength;
}

function mediaCount(block: z.infer<typeof askedBlock>): number {
  if (block.type === "text") return 0;
  if (block.type !== "tool_result") return 1;
  const { content } = block;
  return typeof content === "string" ? 0 : content.filter(({ type }) => type !== "text").length;
}

function resultLength(block: z.infer<typeof askedBlock>): number {
  if (block.type !== "tool_result") return 0;
  const { content } = block;
  if (typeof content === "string") return content.length;
  return content.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
}

/** A call of a tool, as an answer and the event `tool-use` have it. */
export const toolUseBlockSchema = z.object({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
});

/** What an answer holds, in order. */
export const answeredContentSchema = z.array(z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  toolUseBlockSchema,
  /** Only where the request asks for it. */
  z.object({ type: z.literal("thinking"), text: z.string() }),
]));

/** Media by what they are, without their bytes. */
const shownMedia = [
  z.object({
    type: z.literal("image"),
    media_type: z.enum(imageTypes),
    /** Bytes. */
    size: z.int().nonnegative(),
    /** Only of what lies in a bucket of the project's own, where its user can read it. */
    source: storedSource.optional(),
  }),
  z.object({
    type: z.literal("document"),
    name: z.string(),
    media_type: z.enum(documentTypes),
    /** Bytes. */
    size: z.int().nonnegative(),
    source: storedSource.optional(),
  }),
] as const;

const shownText = z.object({ type: z.literal("text"), text: z.string() });

/** What a stored message holds, for its reader: all but thinking, in order. */
export const shownContentSchema = z.array(z.discriminatedUnion("type", [
  shownText,
  ...shownMedia,
  toolUseBlockSchema,
  z.object({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    content: z.array(z.discriminatedUnion("type", [shownText, ...shownMedia])),
    is_error: z.boolean(),
  }),
]));

/** A tool of the caller's, which the caller runs. */
export const toolSchema = z.strictObject({
  name: plainText.refine((name) => !isBlank(name) && name.length <= 256, "is not a tool's name"),
  description: plainText.refine((text) => text.length <= 20_000, "is too long").nullish(),
  /** A JSON schema of the input, an object's. */
  input_schema: z.record(z.string(), z.unknown()),
});

/** Most tools of one request. */
export const maxTools = 128;

/** Most characters (UTF-16 code units) of the tools of a request as JSON, together. */
export const maxToolsLength = 262_144;

export const toolsSchema = z.array(toolSchema).max(maxTools).refine(
  (tools) => JSON.stringify(tools).length <= maxToolsLength,
  `must not be longer than ${maxToolsLength} characters as JSON`,
);

export const toolChoiceSchema = z.union([
  z.strictObject({ type: z.enum(["auto", "any", "none"]) }),
  z.strictObject({ type: z.literal("tool"), name: plainText }),
]);

export type AskedContent = Immutable<z.infer<typeof askedContentSchema>>;
export type AnsweredContent = Immutable<z.infer<typeof answeredContentSchema>>;
export type ShownContent = Immutable<z.infer<typeof shownContentSchema>>;
export type WireTool = Immutable<z.infer<typeof toolSchema>>;
