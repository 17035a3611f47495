import { z } from "zod";

/** The media type of an export: one JSON object a line. */
export const exportContentType = "application/jsonl";

/** An image or document of a message, whose bytes lie in Storage. */
export const attachmentSchema = z.object({
  type: z.enum(["image", "document"]),
  /** Where the bytes lie in Storage. */
  bucket: z.string(),
  path: z.string(),
  media_type: z.string(),
  /** As its owner called it; none of an image. */
  name: z.string().optional(),
  /** Bytes. */
  size: z.int().nonnegative(),
});

export type Attachment = Readonly<z.infer<typeof attachmentSchema>>;

/** A line of the database's: `user`, `conversation` or `message`. */
export const storedLineSchema = z.looseObject({
  type: z.string(),
  attachments: z.array(attachmentSchema).optional(),
});

/** A page of an export, and where the next one begins; null: there is none. */
export const exportPageSchema = z.object({
  lines: z.array(storedLineSchema),
  next: z.string().nullable(),
});

export type ExportPage = z.infer<typeof exportPageSchema>;

/** A line of an export, one JSON object. */
export type ExportLine = { readonly type: string } & Readonly<Record<string, unknown>>;
