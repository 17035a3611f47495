import { AppError } from "../core/app_error.ts";
import { type DocumentType, type ImageType, imageTypes, isTextType } from "../core/content.ts";
import { imageSize, jpegFrameAt } from "../core/image_size.ts";
import {
  base64Head,
  base64Includes,
  base64Size,
  base64Tail,
  isBase64,
  isBase64OfText,
} from "./base64.ts";
import { endingBytes, fitsMediaType, isWhole, sniffedBytes, sniffMediaType } from "./media_type.ts";

/** Most bytes of the media of a request together: as base64, what Bedrock takes in one request. */
export const maxMediaBytes = 18_000_000;

/**
 * Checks media before a model is called, without decoding more than their ends.
 *
 * @param place where they stand in the request, such as `content.0`
 * @param data base64
 * @returns their bytes, counted
 * @throws {AppError} `invalid_request`; its words have the place and types, and none of the data
 */
export function checkMedia(place: string, type: ImageType | DocumentType, data: string): number {
  if (!isBase64(data)) {
    throw unusable(
      place,
      "the data is not base64, or was cut off",
      "Send standard base64 without line breaks.",
    );
  }
  const size = base64Size(data);
  const head = base64Head(data, sniffedBytes);
  const sniffed = sniffMediaType(head);
  if (!fitsMediaType(type, sniffed)) {
    throw unusable(
      place,
      `declared as ${type}, but the bytes are ${sniffed ?? "of an unknown type"}`,
      "Name the type that the file has, or convert it to one that is accepted.",
    );
  }
  if (isTextType(type) && !isBase64OfText(data)) {
    throw unusable(
      place,
      `declared as ${type}, but the bytes are not UTF-8`,
      "Send text as UTF-8.",
    );
  }
  const ends = { head, tail: base64Tail(data, endingBytes), size };
  if (!isWhole(sniffed, ends) || !isWholeImage(type, data)) {
    throw unusable(place, `the ${type} file was cut off`, "Send the whole file.");
  }
  return size;
}

/** The end of a JPEG's image. What cameras append follows it; a thumbnail's is before the frame. */
const jpegEnd = new Uint8Array([0xff, 0xd9]);

/** Whether an image has a size and, as a JPEG, an end; true of what is no image. */
function isWholeImage(type: ImageType | DocumentType, data: string): boolean {
  const image = imageTypes.find((known) => known === type);
  if (image === undefined) return true;
  const size = imageSize(image, data);
  if (size === null || size.width === 0 || size.height === 0) return false;
  return image !== "image/jpeg" || base64Includes(data, jpegEnd, jpegFrameAt(data) ?? 0);
}

/** Media that cannot be used, and why. */
export function unusable(place: string, why: string, hint?: string): AppError {
  return new AppError("invalid_request", `The request is not valid. ${place}: ${why}.`, {
    hint,
    logged: `Media of a request cannot be used: ${place}.`,
  });
}

/** @throws {AppError} `body_too_large` where media are too large together. */
export function refuseTooLarge(bytes: number): void {
  if (bytes <= maxMediaBytes) return;
  throw new AppError(
    "body_too_large",
    `Images and documents are larger than ${maxMediaBytes} bytes together.`,
  );
}
