/** Files that go with a question. */
import type { DocumentType, ImageType } from "../../../supabase/functions/_shared/core/content.ts";
import {
  mediaTypeOfFile,
  sniffedBytes,
} from "../../../supabase/functions/_shared/media/media_type.ts";
import { formatBytes } from "../format/numbers.ts";

/** A file that was read and checked. */
export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly mediaType: ImageType | DocumentType;
  /** Bytes. */
  readonly size: number;
  /** Base64. */
  readonly data: string;
}

/** Most bytes of the files of one question together, as `chat` has it. */
export const maxAttachedBytes = 18_000_000;

/** What the choice of files offers; what is pasted or dropped is checked all the same. */
export const acceptedFiles =
  "image/png,image/jpeg,image/gif,image/webp,.pdf,.csv,.doc,.docx,.xls,.xlsx,.html,.txt,.md";

/**
 * Reads a file.
 *
 * @throws {RangeError} saying why it cannot be sent
 */
export async function readAttachment(file: File): Promise<Attachment> {
  const { name, size } = file;
  if (size === 0) throw new RangeError(`${name} is empty.`);
  if (size > maxAttachedBytes) {
    throw new RangeError(
      `${name} has ${formatBytes(size)}. The files of a question may have ` +
        `${formatBytes(maxAttachedBytes)} together.`,
    );
  }
  const head = new Uint8Array(await file.slice(0, sniffedBytes).arrayBuffer());
  const mediaType = mediaTypeOfFile(name, head);
  if (mediaType === null) {
    throw new RangeError(
      `${name} is neither a PNG, JPEG, GIF or WebP image nor a PDF, Word, Excel, CSV, HTML, text ` +
        "or Markdown document, by its name and its first bytes.",
    );
  }
  return { id: crypto.randomUUID(), name, mediaType, size, data: await toBase64(file) };
}

/** Whether it is shown as a picture. */
export function isImage(mediaType: string): boolean {
  return mediaType.startsWith("image/");
}

/** Encoded by the browser: bytes that JavaScript encodes keep the page from answering. */
function toBase64(file: Blob): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reader = new FileReader();
  reader.onloadend = () =>
    typeof reader.result === "string"
      ? resolve(reader.result.replace(/^[^,]*,/, ""))
      : reject(new RangeError("The file could not be read."));
  reader.readAsDataURL(file);
  return promise;
}
