import { z } from "zod";
import type { MediaBlock, TextBlock } from "../../core/content.ts";
import { readDataUrl } from "../../media/data_url.ts";
import { InlineMedia } from "../inline_media.ts";
import { anything, type Reading, refused } from "../reading.ts";
import { cacheMark } from "./cache_mark.ts";
import { UnsupportedField } from "./refusals.ts";

const marks = { cache_control: anything, prompt_cache_breakpoint: anything };

const typedSchema = z.looseObject({ type: z.string() });

const textSchema = z.object({ type: z.literal("text"), text: z.string(), ...marks });

const refusalSchema = z.object({ type: z.literal("refusal"), refusal: z.string() });

const imageSchema = z.object({
  type: z.literal("image_url"),
  image_url: z.union([z.string(), z.looseObject({ url: z.string() })]),
  ...marks,
});

const fileSchema = z.object({ type: z.literal("file"), file: anything, ...marks });

const fileDataSchema = z.object({
  file_data: z.string().nullish(),
  filename: z.string().nullish(),
  file_id: anything,
});

/** What a message's content may be. */
export const contentSchema = z.union(
  [z.string(), z.array(z.unknown())],
  "must be a string or a list of parts",
);
type Content = z.infer<typeof contentSchema>;

/** Reads the contents of one request's messages. */
export class PartReader {
  readonly #reading: Reading;
  readonly #media = new InlineMedia();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** @throws {AppError} `invalid_request` naming the part; `body_too_large` */
  read(content: Content, place: string): readonly (TextBlock | MediaBlock)[] {
    if (typeof content === "string") return [{ type: "text", text: content }];
    return content.map((part, index) => this.#readPart(part, `${place}.${index}`));
  }

  /** @throws {AppError} `invalid_request` where something is no text */
  readTexts(content: Content, place: string): readonly TextBlock[] {
    return this.read(content, place).map((block, index) => {
      if (block.type === "text") return block;
      throw refused(`${place}.${index}.type`, "must be text");
    });
  }

  #readPart(value: unknown, place: string): TextBlock | MediaBlock {
    const typed = typedSchema.safeParse(value);
    if (!typed.success) throw refused(place, "must be a part with a type");
    const { type } = typed.data;
    switch (type) {
      case "text": {
        const part = this.#reading.read(textSchema, value, place);
        return { type, text: part.text, ...cacheMark(part) };
      }
      case "refusal":
        return {
          type: "text",
          text: this.#reading.read(refusalSchema, value, place).refusal,
        };
      case "image_url":
        return this.#readImage(value, place);
      case "file":
        return this.#readFile(value, place);
      default:
        throw new UnsupportedField(
          "unsupported_value",
          `${place}.type`,
          "only text, image_url and file are supported",
        );
    }
  }

  #readImage(value: unknown, place: string): MediaBlock {
    const part = this.#reading.read(imageSchema, value, place);
    const image = part.image_url;
    const isPlain = typeof image === "string";
    const at = isPlain ? `${place}.image_url` : `${place}.image_url.url`;
    if (!isPlain && "detail" in image) this.#reading.ignore(`${place}.image_url`, "detail");
    const data = readDataUrl(isPlain ? image : image.url);
    if (data === null) {
      throw refused(at, "must be a data URL with base64; images are not fetched");
    }
    const block = this.#media.read({ ...data, name: "" }, at);
    if (block.type !== "image") throw refused(at, "is no image");
    return { ...block, ...cacheMark(part) };
  }

  #readFile(value: unknown, place: string): MediaBlock {
    const part = this.#reading.read(fileSchema, value, place);
    const file = this.#reading.read(fileDataSchema, part.file, `${place}.file`);
    if (!file.file_data) {
      throw new UnsupportedField(
        "unsupported_value",
        `${place}.file`,
        "files are not stored here; send the bytes in file_data",
      );
    }
    const data = readDataUrl(file.file_data) ?? { declared: "", data: file.file_data };
    const block = this.#media.read(
      { ...data, name: file.filename ?? "" },
      `${place}.file.file_data`,
    );
    return { ...block, ...cacheMark(part) };
  }
}
