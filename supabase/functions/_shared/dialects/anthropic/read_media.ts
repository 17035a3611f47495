/** Images and documents of a request. Their bytes have to be in it: nothing is fetched. */
import { z } from "zod";
import type { DocumentBlock, ImageBlock, MediaBlock, TextBlock } from "../../core/content.ts";
import { quoted } from "../../core/quoted.ts";
import { isJsonObject } from "../../formats/model_format.ts";
import { encode } from "../../media/base64.ts";
import { InlineMedia } from "../inline_media.ts";
import { cacheMark } from "./cache_control.ts";
import { type Reading, refused } from "../reading.ts";

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
  citations: z.unknown().optional(),
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
  readonly #media = new InlineMedia();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** @throws {AppError} `invalid_request`, `body_too_large` */
  readImage(value: unknown, place: string): ImageBlock {
    const { source, cache_control } = this.#reading.read(imageSchema, value, place);
    const block = this.#readInline(source, "", place);
    if (block.type !== "image") throw refused(`${place}.source`, "is no image");
    return { ...block, ...cacheMark(cache_control, place, this.#reading) };
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
    const { source, title, context, citations, cache_control } = this.#reading.read(
      documentSchema,
      value,
      place,
    );
    if (isJsonObject(citations) && citations["enabled"] === true) {
      throw refused(`${place}.citations`, "answers with citations are not supported");
    }
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
      return [...before, { ...this.#textDocument(content, title, place), ...mark }];
    }
    if (source.type === "text") {
      const { data } = this.#reading.read(textSource, source, `${place}.source`);
      return [...before, { ...this.#textDocument(data, title, place), ...mark }];
    }
    const block = this.#readInline(source, title ?? "", place);
    return [...before, { ...block, ...mark }];
  }

  #textDocument(
    text: string,
    title: string | null | undefined,
    place: string,
  ): TextBlock | MediaBlock {
    // Left out where blank text is.
    if (text.trim() === "") return { type: "text", text: "" };
    const data = encode(new TextEncoder().encode(text));
    const given = { declared: "text/plain", name: title ?? "", data };
    return this.#media.read(given, `${place}.source`);
  }

  #readInline(source: Source, name: string, place: string): MediaBlock {
    if (source.type !== "base64") {
      throw refused(
        `${place}.source.type`,
        `sources of the type ${quoted(source.type)} are not fetched; send the bytes as base64`,
      );
    }
    const { data, media_type: declared } = this.#reading.read(
      base64Source,
      source,
      `${place}.source`,
    );
    return this.#media.read({ declared, name, data }, `${place}.source`);
  }
}

type Source = z.infer<typeof imageSchema>["source"];
