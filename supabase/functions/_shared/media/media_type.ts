import {
  documentFormats,
  type DocumentType,
  type ImageType,
  imageTypes,
  isTextType,
} from "../core/content.ts";

/** Bytes from the beginning of a file that {@linkcode sniffMediaType} looks at. */
export const sniffedBytes = 48;

/**
 * How files of a kind begin; null stands for any byte.
 *
 * @see https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
 */
const signatures: readonly (readonly [type: string, bytes: readonly (number | null)[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", ascii("GIF87a")],
  ["image/gif", ascii("GIF89a")],
  ["image/webp", [...ascii("RIFF"), null, null, null, null, ...ascii("WEBPVP")]],
  ["application/pdf", ascii("%PDF-")],
  ["application/zip", ascii("PK\x03\x04")],
  ["application/x-ole-storage", [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
];

/** Types of documents that are files of another kind inside. */
const containers: Readonly<Partial<Record<DocumentType, string>>> = {
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "application/zip",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "application/zip",
  "application/msword": "application/x-ole-storage",
  "application/vnd.ms-excel": "application/x-ole-storage",
};

/** The type that bytes show, from their beginning; null where they show none that is known. */
export function sniffMediaType(head: Uint8Array): string | null {
  const known = signatures.find(([, bytes]) =>
    bytes.every((byte, at) => byte === null || byte === head[at])
  );
  if (known !== undefined) return known[0];
  if (head.includes(0)) return null;
  const text = new TextDecoder().decode(head).trimStart().toLowerCase();
  return /^(<\?xml[^>]*\?>\s*)?(<!doctype svg|<svg)/.test(text) ? "image/svg+xml" : "text/plain";
}

/** Whether bytes of the sniffed type can be of the declared one. */
export function fitsMediaType(declared: ImageType | DocumentType, sniffed: string | null): boolean {
  if (isTextType(declared)) return sniffed === "text/plain" || sniffed === "image/svg+xml";
  return sniffed === (containers[declared as DocumentType] ?? declared);
}

/** The name after the dot for a file of the type. */
export function extensionOf(type: ImageType | DocumentType): string {
  return type in documentFormats
    ? documentFormats[type as DocumentType]
    : type.slice("image/".length);
}

/** The type of a document whose file has this name; null for other names. */
export function documentTypeOfName(name: string): DocumentType | null {
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase();
  const known = Object.entries(documentFormats).find(([, format]) => format === extension);
  return known === undefined ? null : known[0] as DocumentType;
}

/**
 * The type of a file, by its beginning and, where that does not tell documents apart, by its name;
 * null where it is of no type that models take.
 */
export function mediaTypeOfFile(name: string, head: Uint8Array): ImageType | DocumentType | null {
  const sniffed = sniffMediaType(head);
  const image = imageTypes.find((type) => type === sniffed);
  if (image !== undefined) return image;
  if (sniffed === "application/pdf") return sniffed;
  const named = documentTypeOfName(name);
  return named !== null && fitsMediaType(named, sniffed) ? named : null;
}

/** The ends of files that show whether they are whole, where a kind has one. */
const endings: Readonly<Record<string, (tail: string, head: Uint8Array, size: number) => boolean>> =
  {
    "image/png": (tail, head) =>
      tail.includes("IEND") && String.fromCharCode(...head.subarray(12, 16)) === "IHDR",
    "image/gif": (tail) => /;\0*$/.test(tail),
    "image/webp": (_, head, size) =>
      new DataView(head.buffer, head.byteOffset).getUint32(4, true) + 8 <= size,
    "application/pdf": (tail) => tail.includes("%%EOF"),
    // The central directory of an archive.
    "application/zip": (tail) => tail.includes("PK\x05\x06"),
  };

/** Bytes from the end of a file that {@linkcode isWhole} looks at: as readers of PDF do. */
export const endingBytes = 1_026;

/**
 * Whether a file was not cut off. Of kinds that do not show it at their end, such as JPEG with
 * what cameras append, always true.
 *
 * @param sniffed its type, by {@linkcode sniffMediaType}
 */
export function isWhole(
  sniffed: string | null,
  { head, tail, size }: { head: Uint8Array; tail: Uint8Array; size: number },
): boolean {
  return endings[sniffed ?? ""]?.(String.fromCharCode(...tail), head, size) ?? true;
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
