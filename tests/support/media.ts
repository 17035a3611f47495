/** Small files of each kind, made here: as real as what reads them looks. */
import { Buffer } from "node:buffer";

/** A PNG of a size in pixels, followed by as many bytes as make `bytes` altogether. */
export function png(
  { width = 1, height = 1, bytes = 0 }: { width?: number; height?: number; bytes?: number } = {},
): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(33);
  head.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(head.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  head.set([8, 6, 0, 0, 0], 24);
  view.setUint32(29, crc32(head.subarray(12, 29)));
  const end = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];
  const whole = new Uint8Array(Math.max(bytes, head.length + end.length));
  whole.set(head);
  whole.set(end, whole.length - end.length);
  return whole;
}

/** A JPEG with a frame header, after a segment of comments that may be long. */
export function jpeg(
  { width = 1, height = 1, comment = 4 }: { width?: number; height?: number; comment?: number } =
    {},
): Uint8Array<ArrayBuffer> {
  const segment = [0xff, 0xfe, (comment + 2) >> 8, (comment + 2) & 0xff];
  const frame = [0xff, 0xc0, 0, 11, 8, height >> 8, height & 0xff, width >> 8, width & 0xff];
  const frameRest = [1, 1, 0x11, 0];
  return new Uint8Array([
    ...[0xff, 0xd8, ...segment],
    ...new Array(comment).fill(0x20),
    ...[...frame, ...frameRest, 0xff, 0xd9],
  ]);
}

/** A GIF. */
export function gif(width = 1, height = 1): Uint8Array<ArrayBuffer> {
  const size = [width & 0xff, width >> 8, height & 0xff, height >> 8];
  return new Uint8Array([...ascii("GIF89a"), ...size, 0, 0, 0, 0x3b]);
}

/** A lossless WebP. */
export function webp(width = 1, height = 1): Uint8Array<ArrayBuffer> {
  const bits = (width - 1) | ((height - 1) << 14);
  const size = [bits & 0xff, (bits >> 8) & 0xff, (bits >> 16) & 0xff, (bits >> 24) & 0xff];
  const body = [...ascii("WEBPVP8L"), 5, 0, 0, 0, 0x2f, ...size, 0, 0, 0, 0];
  return new Uint8Array([...ascii("RIFF"), body.length, 0, 0, 0, ...body]);
}

/** What begins as a PDF does, and ends as one. */
export function pdf(text = "A page"): Uint8Array<ArrayBuffer> {
  return new Uint8Array(ascii(`%PDF-1.7\n% ${text}\n%%EOF\n`));
}

/** Bytes as a request carries them. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
