import { z } from "zod";
import {
  type ContentBlock,
  documentFormats,
  type DocumentType,
  imageTypes,
} from "../core/content.ts";

const text = z.object({ type: z.literal("text"), text: z.string() });

const source = z.object({
  kind: z.literal("storage"),
  bucket: z.string(),
  path: z.string(),
  size: z.number(),
});
const image = z.object({
  type: z.literal("image"),
  mediaType: z.enum(imageTypes),
  source,
});
const document = z.object({
  type: z.literal("document"),
  mediaType: z.enum(Object.keys(documentFormats) as [DocumentType, ...DocumentType[]]),
  name: z.string(),
  source,
});

/** The neutral message model as it is stored in `ai_messages.blocks`. */
export const contentBlocksSchema: z.ZodType<readonly ContentBlock[]> = z.array(
  z.discriminatedUnion("type", [
    text,
    image,
    document,
    z.object({
      type: z.literal("thinking"),
      text: z.string(),
      signature: z.string().nullable(),
    }),
    z.object({ type: z.literal("redacted-thinking"), data: z.string() }),
    z.object({
      type: z.literal("tool-use"),
      id: z.string(),
      name: z.string(),
      input: z.unknown(),
    }),
    z.object({
      type: z.literal("tool-result"),
      toolUseId: z.string(),
      content: z.array(z.discriminatedUnion("type", [text, image, document])),
      isError: z.boolean(),
    }),
    z.object({
      type: z.literal("opaque"),
      kind: z.string(),
      value: z.unknown(),
    }),
  ]),
);
