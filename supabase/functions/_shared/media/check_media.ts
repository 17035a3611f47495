import { AppError } from "../core/app_error.ts";
import { type DocumentType, type ImageType, isTextType } from "../core/content.ts";
import { base64Head, base64Size, base64Tail, isBase64, isBase64OfText } from "./base64.ts";
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
  if (!isWhole(sniffed, { head, tail: base64Tail(data, endingBytes), size })) {
    throw unusable(place, `the ${type} file was cut off`, "Send the whole file.");
  }
  return size;
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
