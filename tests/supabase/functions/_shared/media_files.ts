/** Small files of each kind, and larger ones of any size, as base64. */
import { Buffer } from "node:buffer";

export function base64(bytes: string | Uint8Array): string {
  return Buffer.from(bytes as string, typeof bytes === "string" ? "latin1" : undefined)
    .toString("base64");
}

export function bytesOf(file: string): Uint8Array {
  return new Uint8Array(Buffer.from(file, "latin1"));
}

const be32 = (value: number) =>
  String.fromCharCode(...[24, 16, 8, 0].map((bits) => (value >>> bits) & 255));
const le32 = (value: number) => [...be32(value)].reverse().join("");

const pngHead = "\x89PNG\r\n\x1a\n";
const pngEnd = `${be32(0)}IEND\xaeB\x60\x82`;

/** A PNG of so many bytes, 69 at least: one pixel, and a comment. */
export function png(size = 69): string {
  const pixel = `${be32(13)}IHDR${be32(1)}${be32(1)}\x08\x02\0\0\0\x90wS\xde`;
  const rest = size - pngHead.length - pixel.length - pngEnd.length - 12;
  return pngHead + pixel + `${be32(rest)}tEXt${"x".repeat(rest)}0000` + pngEnd;
}

/** A PDF of so many bytes. */
export function pdfOf(size: number): string {
  const [head, end] = ["%PDF-1.4\n%", "\n%%EOF\n"];
  return head + "x".repeat(size - head.length - end.length) + end;
}

/** A JPEG of one pixel. What is in `metadata` stands before its frame, `appended` after its end. */
export function jpeg(metadata = "", appended = ""): string {
  const comment = `\xff\xfe${be32(metadata.length + 2).slice(2)}${metadata}`;
  const frame = "\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0";
  const scan = "\xff\xda\0\x08\x01\x01\0\0\x3f\0\x7f";
  return `\xff\xd8${comment}${frame}${scan}\xff\xd9${appended}`;
}

/** A file of each kind. */
export const files = {
  "image/png": png(),
  "image/jpeg": jpeg(),
  "image/gif":
    "GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
  "image/webp": `RIFF${le32(22)}WEBPVP8L${le32(10)}\x2f\0\0\0\0\0\0\0\0\0`,
  "application/pdf": "%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\nstartxref\n0\n%%EOF\n",
  "application/zip": `PK\x03\x04${"\0".repeat(40)}PK\x05\x06${"\0".repeat(18)}`,
  "application/x-ole-storage": `\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1${"\0".repeat(504)}`,
  "text/plain": "Haemoglobin 13.2 g/dl\n",
  "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
} as const;
