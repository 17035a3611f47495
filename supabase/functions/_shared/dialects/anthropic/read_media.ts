/** Images and documents of a request. Their bytes have to be in it: nothing is fetched. */
import { z } from "zod";
import {
  type DocumentBlock,
  documentFormats,
  type DocumentType,
  type ImageBlock,
  imageTypes,
  type TextBlock,
} from "../../core/content.ts";
import { base64Head, encode } from "../../media/base64.ts";
import { checkMedia, refuseTooLarge } from "../../media/check_media.ts";
import { sniffedBytes, sniffMediaType } from "../../media/media_type.ts";
import { cacheMark } from "./cache_control.ts";
import { type Reading, refused } from "./reading.ts";

const base64Source = z.object({
  type: z.literal("base64"),
  media_type: z.string(),
  data: z.string().min(1),
});

const imageSchema = z.object({
  type: z.literal("image"),
  source: z.looseObject({ type: z.string() }),
  cache_control: z.unknown().optional(),
});

const documentSchema = z.object({
  type: z.literal("document"),
  source: z.looseObject({ type: z.string() }),
  title: z.string().max(500).nullish(),
  context: z.string().nullish(),
  cache_control: z.unknown().optional(),
});

const textSource = z.object({ type: z.literal("text"), media_type: z.string(), data: z.string() });

const contentSource = z.object({
  type: z.literal("content"),
  content: z.union([z.string(), z.array(z.unknown())], "must be a string or a list of blocks"),
});

type ReadBlocks = (
  values: readonly unknown[],
  place: string,
) => readonly (TextBlock | ImageBlock)[];

/** Reads the media of one request. */
export class MediaReader {
  readonly #reading: Reading;
  #bytes = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** @throws {AppError} `invalid_request`, `body_too_large` */
  readImage(value: unknown, place: string): ImageBlock {
    const { source, cache_control } = this.#reading.read(imageSchema, value, place);
    const { data, media_type: declared } = this.#inline(source, `${place}.source`);
    // Clients name types that the bytes do not have.
    const sniffed = sniffMediaType(base64Head(data, sniffedBytes));
    const named = declared === "image/jpg" ? "image/jpeg" : declared;
    const mediaType = imageTypes.find((type) => type === sniffed) ??
      imageTypes.find((type) => type === named);
    if (mediaType === undefined) {
      throw refused(`${place}.source.media_type`, `must be one of ${imageTypes.join(", ")}`);
    }
    this.#count(checkMedia(place, mediaType, data));
    return {
      type: "image",
      mediaType,
      source: { kind: "base64", data },
      ...cacheMark(cache_control, place, this.#reading),
    };
  }

  /**
   * A document, with its context as text before it.
   *
   * @param readBlocks reads the blocks of a document that is made of some
   * @throws {AppError} `invalid_request`, `body_too_large`
   */
  readDocument(
    value: unknown,
    place: string,
    readBlocks: ReadBlocks,
  ): readonly (TextBlock | ImageBlock | DocumentBlock)[] {
    const { source, title, context, cache_control } = this.#reading.read(
      documentSchema,
      value,
      place,
    );
    const before: TextBlock[] = context ? [{ type: "text", text: context }] : [];
    const mark = cacheMark(cache_control, place, this.#reading);
    if (source.type === "content") {
      const { content } = this.#reading.read(contentSource, source, `${place}.source`);
      if (typeof content !== "string") {
        const blocks = readBlocks(content, `${place}.source.content`);
        const last = blocks.at(-1);
        return last === undefined
          ? before
          : [...before, ...blocks.slice(0, -1), { ...last, ...mark }];
      }
      return [...before, { ...this.#textDocument(content, title), ...mark }];
    }
    if (source.type === "text") {
      const { data } = this.#reading.read(textSource, source, `${place}.source`);
      return [...before, { ...this.#textDocument(data, title), ...mark }];
    }
    return [...before, { ...this.#inlineDocument(source, place, title), ...mark }];
  }

  #inlineDocument(source: Source, place: string, title: string | null | undefined): DocumentBlock {
    const { data, media_type: declared } = this.#inline(source, `${place}.source`);
    const types = Object.keys(documentFormats) as DocumentType[];
    const mediaType = types.find((type) => type === declared);
    if (mediaType === undefined) {
      throw refused(`${place}.source.media_type`, `must be one of ${types.join(", ")}`);
    }
    this.#count(checkMedia(place, mediaType, data));
    return documentOf(mediaType, data, title);
  }

  #textDocument(text: string, title: string | null | undefined): DocumentBlock {
    const data = encode(new TextEncoder().encode(text));
    this.#count(data.length / 4 * 3);
    return documentOf("text/plain", data, title);
  }

  #inline(source: Source, place: string): z.infer<typeof base64Source> {
    if (source.type === "base64") return this.#reading.read(base64Source, source, place);
    throw refused(
      `${place}.type`,
      `sources of the type "${source.type}" are not fetched; send the bytes as base64`,
    );
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    refuseTooLarge(this.#bytes);
  }
}

type Source = z.infer<typeof imageSchema>["source"];

function documentOf(
  mediaType: DocumentType,
  data: string,
  title: string | null | undefined,
): DocumentBlock {
  const name = title?.trim() ? title : "document";
  return { type: "document", mediaType, name, source: { kind: "base64", data } };
}
