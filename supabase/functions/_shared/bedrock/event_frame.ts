import { AppError } from "../core/app_error.ts";
import { crc32 } from "./crc32.ts";

/** One message of an AWS event stream. */
export interface EventFrame {
  /** The headers whose value is a string; no other kind carries a meaning here. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

/** Bytes of total length, length of the headers, and the checksum of both. */
export const preludeLength = 12;
const checksumLength = 4;

/**
 * The largest frame that AWS sends: 16 MiB of payload, 128 KiB of headers, and what frames them.
 */
const maxFrameLength = 16 * 1024 * 1024 + 128 * 1024 + preludeLength + checksumLength;

/** Bytes of a header's value, by its type; the types 6 and 7 bring their length with them. */
const valueLengths: readonly (number | null)[] = [0, 0, 1, 2, 4, 8, null, null, 8, 16];
const stringType = 7;

/**
 * The length of the frame that begins with `prelude`. It is believed only with its checksum: a
 * damaged length would otherwise be waited for, or be reserved in memory.
 *
 * @throws {AppError} `bedrock_stream_corrupt`
 */
export function readFrameLength(prelude: Uint8Array): number {
  const view = viewOf(prelude);
  const total = view.getUint32(0);
  if (view.getUint32(8) !== crc32(prelude.subarray(0, 8))) throw corrupt("a wrong checksum");
  if (total > maxFrameLength || view.getUint32(4) > total - preludeLength - checksumLength) {
    throw corrupt("a length that cannot be");
  }
  return total;
}

/** Reads the frames of one stream. */
export class FrameReader {
  /** Those of the last frame: the frames of a stream have mostly the same, and many of them. */
  #headerBytes = new Uint8Array();
  #headers: ReadonlyMap<string, string> = new Map();

  /**
   * Reads a whole frame whose length is known to be right.
   *
   * @throws {AppError} `bedrock_stream_corrupt`
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
   */
  read(frame: Uint8Array): EventFrame {
    const view = viewOf(frame);
    const end = frame.length - checksumLength;
    if (view.getUint32(end) !== crc32(frame.subarray(0, end))) throw corrupt("a wrong checksum");
    const headersEnd = preludeLength + view.getUint32(4);
    const headerBytes = frame.subarray(preludeLength, headersEnd);
    if (!areEqual(headerBytes, this.#headerBytes)) {
      this.#headers = readHeaders(headerBytes);
      this.#headerBytes = headerBytes.slice();
    }
    return { headers: this.#headers, payload: frame.subarray(headersEnd, end) };
  }
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function readHeaders(bytes: Uint8Array): Map<string, string> {
  const view = viewOf(bytes);
  const decoder = new TextDecoder();
  const headers = new Map<string, string>();
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) throw corrupt("headers that end too early");
    at += length;
    return at - length;
  };
  while (at < bytes.length) {
    const nameLength = view.getUint8(take(1));
    const nameAt = take(nameLength);
    const name = decoder.decode(bytes.subarray(nameAt, at));
    const type = view.getUint8(take(1));
    const known = valueLengths[type];
    if (known === undefined) throw corrupt("a header of an unknown type");
    const valueLength = known ?? view.getUint16(take(2));
    const valueAt = take(valueLength);
    if (type === stringType) headers.set(name, decoder.decode(bytes.subarray(valueAt, at)));
  }
  return headers;
}

function corrupt(found: string): AppError {
  return new AppError("bedrock_stream_corrupt", `The model's answer arrived with ${found}.`, {
    hint: "Try again, and check the proxies between the functions and AWS.",
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
