import { Buffer } from "node:buffer";

/** What the bytes of an image say about themselves. */
export interface ImageFacts {
  /** Null: of none of the four formats. */
  readonly format: "png" | "jpeg" | "gif" | "webp" | null;
  /** Pixels; null where the header does not tell. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

/** Characters of base64 that hold the headers of any image; a multiple of four. */
const headerLength = 1_000_000;

/** Reads an image's format and size from its first bytes, whatever type it was sent as. */
export function inspectImage(data: string): ImageFacts {
  const bytes = Buffer.from(data.slice(0, headerLength), "base64");
  if (bytes.subarray(0, 8).toString("latin1") === "\x89PNG\r\n\x1a\n") {
    const isHeader = bytes.length >= 24 && bytes.toString("latin1", 12, 16) === "IHDR";
    const size = isHeader
      ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
      : null;
    return { format: "png", size };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) {
    return { format: "jpeg", size: jpegSize(bytes) };
  }
  if (/^GIF8[79]a/.test(bytes.toString("latin1", 0, 6))) {
    const size = bytes.length >= 10
      ? { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
      : null;
    return { format: "gif", size };
  }
  const isWebp = bytes.toString("latin1", 0, 4) === "RIFF" &&
    bytes.toString("latin1", 8, 12) === "WEBP";
  return isWebp ? { format: "webp", size: webpSize(bytes) } : { format: null, size: null };
}

/** The size in a JPEG's frame header, which follows any number of other segments. */
function jpegSize(bytes: Buffer): ImageFacts["size"] {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}

function webpSize(bytes: Buffer): ImageFacts["size"] {
  // Padding fills a lossless header up, so that all three can be read alike.
  const header = Buffer.concat([bytes.subarray(0, 30), Buffer.alloc(30)]);
  if (bytes.length < 25) return null;
  switch (header.toString("latin1", 12, 16)) {
    case "VP8X":
      return { width: 1 + header.readUIntLE(24, 3), height: 1 + header.readUIntLE(27, 3) };
    case "VP8L": {
      const bits = header.readUInt32LE(21);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
    }
    case "VP8 ":
      return { width: header.readUInt16LE(26) & 0x3fff, height: header.readUInt16LE(28) & 0x3fff };
    default:
      return null;
  }
}

/** Whether a document's bytes begin as its format does; text is UTF-8 without NUL. */
export function isDocument(format: string, data: string): boolean {
  const bytes = Buffer.from(data, "base64");
  const start = bytes.subarray(0, 1024).toString("latin1");
  switch (format) {
    case "pdf":
      return start.includes("%PDF-");
    case "docx":
    case "xlsx":
      return start.startsWith("PK\x03\x04");
    case "doc":
    case "xls":
      return start.startsWith("\xd0\xcf\x11\xe0");
    default:
      return isText(bytes);
  }
}

function isText(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true }).decode(bytes).includes("\0");
  } catch {
    return false;
  }
}
