import type { ImageType } from "./content.ts";

/** Pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The size of an image by its header; of the base64 no more is decoded than that.
 *
 * @returns null where the header does not tell
 */
export function imageSize(mediaType: ImageType, data: string): ImageSize | null {
  const bytes: Bytes = (offset, length) => bytesAt(data, offset, length);
  switch (mediaType) {
    case "image/png":
      return pngSize(bytes(16, 8));
    case "image/gif":
      return gifSize(bytes(6, 4));
    case "image/webp":
      return webpSize(bytes(12, 18));
    case "image/jpeg":
      return jpegSize(bytes);
    default:
      return mediaType satisfies never;
  }
}

/** Where the frame header of a JPEG stands, in bytes; null where it has none. */
export function jpegFrameAt(data: string): number | null {
  return frameAt((offset, length) => bytesAt(data, offset, length));
}

type Bytes = (offset: number, length: number) => DataView | null;

/** Null where the data end before. */
function bytesAt(data: string, offset: number, length: number): DataView | null {
  // Four characters are three bytes.
  const first = Math.floor(offset / 3);
  const text = data.slice(first * 4, Math.ceil((offset + length) / 3) * 4);
  try {
    const binary = atob(text).slice(offset - first * 3, offset - first * 3 + length);
    if (binary.length < length) return null;
    return new DataView(Uint8Array.from(binary, (char) => char.charCodeAt(0)).buffer);
  } catch {
    return null;
  }
}

/** @see https://www.w3.org/TR/png-3/#11IHDR */
function pngSize(header: DataView | null): ImageSize | null {
  return header && { width: header.getUint32(0), height: header.getUint32(4) };
}

/** @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
function gifSize(screen: DataView | null): ImageSize | null {
  return screen && { width: screen.getUint16(0, true), height: screen.getUint16(2, true) };
}

/** @see https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(chunk: DataView | null): ImageSize | null {
  if (chunk === null) return null;
  switch (chunk.getUint32(0)) {
    // "VP8X": 24 bits each, less one.
    case 0x56503858:
      return {
        width: 1 + (chunk.getUint32(12, true) & 0xffffff),
        height: 1 + (chunk.getUint32(14, true) >>> 8),
      };
    // "VP8L": 14 bits each, less one.
    case 0x5650384c: {
      const bits = chunk.getUint32(9, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    // "VP8 ": 14 bits each, after the start code.
    case 0x56503820:
      return {
        width: chunk.getUint16(14, true) & 0x3fff,
        height: chunk.getUint16(16, true) & 0x3fff,
      };
    default:
      return null;
  }
}

function jpegSize(bytes: Bytes): ImageSize | null {
  const at = frameAt(bytes);
  const header = at === null ? null : bytes(at, 9);
  return header && { height: header.getUint16(5), width: header.getUint16(7) };
}

/**
 * Other segments may precede the frame header.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.1.1, B.2.2)
 */
function frameAt(bytes: Bytes): number | null {
  let at = 2;
  for (let segment = 0; segment < mostSegments; segment += 1) {
    const header = bytes(at, 9);
    if (header === null || header.getUint8(0) !== 0xff) return null;
    const marker = header.getUint8(1);
    if (isFrame(marker)) return at;
    // A filler byte stands before the marker; the scan begins where no frame was.
    if (marker === 0xff) at += 1;
    else if (marker === 0xda) return null;
    else at += 2 + header.getUint16(2);
  }
  return null;
}

/** Metadata and a large thumbnail take some hundred. */
const mostSegments = 1_000;

/** SOF0 to SOF15, among which are three markers of other meaning. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
