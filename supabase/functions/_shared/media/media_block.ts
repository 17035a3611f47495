import type { DocumentType, ImageType, MediaBlock } from "../core/content.ts";

/** An image or a document as it was sent; only a document has a name. */
type SentMedia =
  | { readonly type: "image" }
  | { readonly type: "document"; readonly name: string };

/** A block of the neutral message model, of media whose type has been checked. */
export function mediaBlock(
  sent: SentMedia,
  mediaType: ImageType | DocumentType,
  source: MediaBlock["source"],
): MediaBlock {
  return sent.type === "image"
    ? { type: "image", mediaType: mediaType as ImageType, source }
    : { type: "document", mediaType: mediaType as DocumentType, name: sent.name, source };
}
