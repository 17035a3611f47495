import {
  documentFormats,
  type DocumentType,
  type ImageType,
  imageTypes,
  isTextType,
  type MediaBlock,
} from "../core/content.ts";
import { AppError } from "../core/app_error.ts";
import { base64Head, isBase64 } from "../media/base64.ts";
import { checkMedia, refuseTooLarge } from "../media/check_media.ts";
import { mediaBlock } from "../media/media_block.ts";
import { mediaTypeOfFile, sniffedBytes } from "../media/media_type.ts";
import { refused } from "./reading.ts";

/** An image or a document as a client sends it. */
export interface SentMedia {
  /** What the client says it is; empty where it does not. */
  readonly declared: string;
  /** The file's name; empty: it has none. */
  readonly name: string;
  /** Base64. */
  readonly data: string;
}

/** Reads the images and documents of one request, whose bytes are in it: nothing is fetched. */
export class InlineMedia {
  #bytes = 0;

  /**
   * The type is that of the bytes, as clients declare others; of text, whose bytes do not tell its
   * kind, it is the declared one.
   *
   * @param place such as `messages.0.content.1`
   * @throws {AppError} `invalid_request`, `body_too_large`
   */
  read(media: SentMedia, place: string): MediaBlock {
    const type = typeOf(media, place);
    this.#bytes += naming(place, () => checkMedia(place, type, media.data));
    refuseTooLarge(this.#bytes);
    const sent = imageTypes.some((image) => image === type)
      ? { type: "image" } as const
      : { type: "document", name: media.name.trim() === "" ? "document" : media.name } as const;
    return mediaBlock(sent, type, { kind: "base64", data: media.data });
  }
}

/** Common names that are not those under which the types are registered. */
const otherNames = new Map([
  ["image/jpg", "image/jpeg"],
  ["application/csv", "text/csv"],
  ["text/x-markdown", "text/markdown"],
]);

const mediaTypes: readonly (ImageType | DocumentType)[] = [
  ...imageTypes,
  ...Object.keys(documentFormats) as DocumentType[],
];

function typeOf({ declared, name, data }: SentMedia, place: string): ImageType | DocumentType {
  const said = declared.toLowerCase();
  const meant = mediaTypes.find((type) => type === (otherNames.get(said) ?? said));
  const head = isBase64(data) ? base64Head(data, sniffedBytes) : new Uint8Array();
  const shown = mediaTypeOfFile(name, head);
  const type = shown === null || isTextType(shown) ? meant ?? shown : shown;
  if (type !== null) return type;
  // Of no kind that models know, but text.
  if (isTextType(said)) return "text/plain";
  throw refused(place, `must be one of ${mediaTypes.join(", ")}`);
}

/** Names the field in an error of the checks. */
function naming<Result>(param: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, logged } = error;
    throw new AppError(code, message, { hint, logged, param });
  }
}
