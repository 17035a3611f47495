import { createHash } from "node:crypto";
import type { AskedContent } from "../_shared/contract/content.ts";
import type { Upload } from "../_shared/conversations/stored_media.ts";
import type { TurnRequest } from "../_shared/conversations/turn_options.ts";
import { atMost } from "../_shared/core/at_most.ts";
import {
  type ContentBlock,
  type DocumentBlock,
  documentFormats,
  type DocumentType,
  type ImageBlock,
  type ImageType,
  imageTypes,
  isPlainText,
  type MediaBlock,
  type StoredSource,
  type TextBlock,
  textOf,
} from "../_shared/core/content.ts";
import { base64Size, encode } from "../_shared/media/base64.ts";
import { checkMedia, refuseTooLarge, unusable } from "../_shared/media/check_media.ts";
import { contentBucket } from "../_shared/media/content_bucket.ts";
import {
  documentTypeOfName,
  extensionOf,
  fitsMediaType,
  sniffedBytes,
  sniffMediaType,
} from "../_shared/media/media_type.ts";
import { mediaBlock } from "../_shared/media/media_block.ts";
import type { ObjectPlace, ObjectStore } from "../_shared/media/object_store.ts";

/** Who sends a message. */
export interface Sender {
  readonly userId: string;
  readonly accessToken: string;
}

/** A message as a turn takes it. */
export type ReadContent = Pick<TurnRequest, "text" | "content" | "blocks" | "uploads">;

type WireBlock = AskedContent[number];
type WireMedia = Extract<WireBlock, { type: "image" | "document" }>;

/** A block for the models, and the same block as it is stored. */
interface ReadBlock<Block extends ContentBlock = ContentBlock> {
  readonly given: Block;
  readonly stored: Block;
  readonly uploads: readonly Upload[];
}

/** The message that is no more than a text. */
export function textContent(text: string): ReadContent {
  return { text, content: [{ type: "text", text }], blocks: null, uploads: [] };
}

/**
 * Reads a message's blocks: checks media that are inline, and fetches those that lie in Storage with
 * the caller's rights, each once and a few at a time.
 *
 * @throws {AppError} `invalid_request` naming the block; `body_too_large`; `storage_unavailable`
 */
export async function readContent(
  blocks: AskedContent,
  sender: Sender,
  objects: Pick<ObjectStore, "read">,
): Promise<ReadContent> {
  const reading = new ContentReader(sender, objects);
  const read = await Promise.all(
    blocks.map((block, index) => reading.read(block, `content.${index}`)),
  );
  const stored = read.map((block) => block.stored);
  return {
    text: textOf(stored),
    content: read.map((block) => block.given),
    blocks: isPlainText(stored) ? null : stored,
    uploads: read.flatMap((block) => block.uploads),
  };
}

/** An object, as far as it is needed once its bytes are base64. */
interface FetchedObject {
  readonly head: Uint8Array;
  readonly contentType: string;
  /** Base64. */
  readonly data: string;
}

/** Objects that are read at a time. */
const readAtATime = 4;

class ContentReader {
  readonly #sender: Sender;
  readonly #objects: Pick<ObjectStore, "read">;
  readonly #inTurn = atMost(readAtATime);
  readonly #fetched = new Map<string, Promise<FetchedObject | null>>();
  /** Of all media of the message so far. */
  #bytes = 0;

  constructor(sender: Sender, objects: Pick<ObjectStore, "read">) {
    this.#sender = sender;
    this.#objects = objects;
  }

  async read(block: WireBlock, place: string): Promise<ReadBlock> {
    if (block.type !== "tool_result") return await this.#readPart(block, place);
    const { content, tool_use_id: toolUseId, is_error } = block;
    const parts = typeof content === "string"
      ? [plain({ type: "text", text: content })]
      : await Promise.all(
        content.map((part, index) => this.#readPart(part, `${place}.content.${index}`)),
      );
    const result = {
      type: "tool-result",
      toolUseId,
      isError: is_error ?? false,
    } as const;
    return {
      given: { ...result, content: parts.map((part) => part.given) },
      stored: { ...result, content: parts.map((part) => part.stored) },
      uploads: parts.flatMap((part) => part.uploads),
    };
  }

  async #readPart(
    block: Exclude<WireBlock, { type: "tool_result" }>,
    place: string,
  ): Promise<ReadBlock<TextBlock | ImageBlock | DocumentBlock>> {
    if (block.type === "text") return plain({ type: "text", text: block.text });
    return block.source.type === "base64"
      ? this.#readInline(block, block.source, place)
      : await this.#fetch(block, block.source, place);
  }

  #readInline(
    block: WireMedia,
    { media_type: type, data }: Extract<WireMedia["source"], { type: "base64" }>,
    place: string,
  ): ReadBlock<MediaBlock> {
    const size = checkMedia(place, type, data);
    this.#count(size);
    const hash = createHash("sha256").update(data).digest("hex").slice(0, 32);
    const path = `${this.#sender.userId}/${hash}.${extensionOf(type)}`;
    const source: StoredSource = {
      kind: "storage",
      bucket: contentBucket,
      path,
      size,
    };
    return {
      given: mediaBlock(block, type, { kind: "base64", data }),
      stored: mediaBlock(block, type, source),
      uploads: [{ path, mediaType: type, data }],
    };
  }

  async #fetch(
    block: WireMedia,
    { bucket, path }: Extract<WireMedia["source"], { type: "storage" }>,
    place: string,
  ): Promise<ReadBlock<MediaBlock>> {
    const object = await this.#fetchOnce({ bucket, path });
    if (object === null) {
      throw unusable(
        place,
        "there is no such object in Storage, or its user may not read it",
        "Name a bucket and a path that the user of the access token may read.",
      );
    }
    const type = typeOf(block, object, path, place);
    const { data } = object;
    checkMedia(place, type, data);
    const source: StoredSource = {
      kind: "storage",
      bucket,
      path,
      size: base64Size(data),
    };
    return {
      given: mediaBlock(block, type, { kind: "base64", data }),
      stored: mediaBlock(block, type, source),
      uploads: [],
    };
  }

  async #fetchOnce(place: ObjectPlace): Promise<FetchedObject | null> {
    // Ours is read by the functions only, whatever a project's policies say.
    if (place.bucket === contentBucket) return null;
    const key = JSON.stringify([place.bucket, place.path]);
    const known = this.#fetched.get(key);
    const fetching = known ?? this.#inTurn(() => this.#read(place));
    this.#fetched.set(key, fetching);
    const object = await fetching;
    // It is sent as often as it is named.
    if (known !== undefined && object !== null) this.#count(base64Size(object.data));
    return object;
  }

  async #read(place: ObjectPlace): Promise<FetchedObject | null> {
    const object = await this.#objects.read(
      place,
      this.#sender.accessToken,
      (bytes) => this.#count(bytes),
    );
    return object && {
      head: object.bytes.slice(0, sniffedBytes),
      contentType: object.contentType,
      data: encode(object.bytes),
    };
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    refuseTooLarge(this.#bytes);
  }
}

function plain(block: TextBlock): ReadBlock<TextBlock> {
  return { given: block, stored: block, uploads: [] };
}

/** The type of an object: as its bytes show, as it was uploaded, or as its name says. */
function typeOf(
  block: WireMedia,
  { head, contentType }: FetchedObject,
  path: string,
  place: string,
): ImageType | DocumentType {
  const sniffed = sniffMediaType(head);
  const types: readonly (ImageType | DocumentType)[] = block.type === "image"
    ? imageTypes
    : Object.keys(documentFormats) as DocumentType[];
  // Bytes that are text do not say of what kind.
  const shown = sniffed === "text/plain" ? null : sniffed;
  const type = [shown, contentType, documentTypeOfName(path), sniffed]
    .map((named) => types.find((type) => type === named))
    .find((type) => type !== undefined && fitsMediaType(type, sniffed));
  if (type !== undefined) return type;
  throw unusable(
    place,
    `the bytes are ${sniffed ?? "of an unknown type"}, which is no ${block.type} that is accepted`,
    `Accepted: ${types.join(", ")}.`,
  );
}
