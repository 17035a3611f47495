import { Buffer } from "node:buffer";

/** Any character that base64 does not have, its padding apart. */
const foreign = /[^A-Za-z0-9+/]/;

/** Characters that are decoded at a time. */
const slice = 65_536;

/** Whether a text is base64 with its padding and nothing else. Searches only, so it decodes nothing. */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const end = text.search(foreign);
  return end < 0 || (end >= text.length - 2 && /^={1,2}$/.test(text.slice(end)));
}

/** How many bytes base64 stands for. */
export function base64Size(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return text.length / 4 * 3 - padding;
}

/** The first bytes of base64, `count` at most and a multiple of three. */
export function base64Head(text: string, count: number): Uint8Array {
  return decode(text.slice(0, count / 3 * 4));
}

/** The last bytes of base64, about `count`. */
export function base64Tail(text: string, count: number): Uint8Array {
  return decode(text.slice(Math.max(0, text.length - Math.ceil(count / 3) * 4)));
}

/** Whether base64 holds these bytes from a place on. Decodes it piece by piece, the last first. */
export function base64Includes(text: string, bytes: Uint8Array, from: number): boolean {
  const first = Math.floor(from / 3) * 4;
  for (let end = text.length; end > first; end -= slice) {
    // Four characters more, for bytes that stand in both pieces.
    const start = Math.max(first, end - slice - 4);
    if (Buffer.from(text.slice(start, end), "base64").includes(bytes)) return true;
  }
  return false;
}

/** Whether base64 stands for UTF-8 without NUL. Decodes it piece by piece, and keeps nothing. */
export function isBase64OfText(text: string): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let at = 0; at < text.length; at += slice) {
      const piece = decoder.decode(decode(text.slice(at, at + slice)), { stream: true });
      if (piece.includes("\0")) return false;
    }
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}

/** The bytes. */
export function decode(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}

export function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
