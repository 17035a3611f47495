import { createHash } from "node:crypto";
import { freeBytes } from "../core/free_bytes.ts";
import { isJsonObject, type JsonObject } from "../formats/model_format.ts";
import { isBase64 } from "../media/base64.ts";

/** Strings from here on are looked at for whether they are media. */
const shortestMedia = 16_384;

/** A request's body, as it is sent. */
export type JsonBody =
  | { readonly kind: "bytes"; readonly body: Uint8Array; readonly size: number }
  /** `sha256` in hexadecimal: a signature has it, and the SDK does not read a Blob for it. */
  | { readonly kind: "blob"; readonly body: Blob; readonly size: number; readonly sha256: string };

/**
 * A body as JSON in UTF-8. Media, which are base64 already, are copied once, into a Blob, which
 * `fetch` sends as it is. `JSON.stringify` and an encoder would each make a copy of the whole, and
 * `fetch` two of bytes.
 */
export function jsonBody(value: JsonObject): JsonBody {
  const parts: Part[] = [];
  write(value, parts);
  const encoder = new TextEncoder();
  const [only, ...others] = parts;
  if (others.length === 0) {
    const body = encoder.encode(only?.text);
    return { kind: "bytes", body, size: body.length };
  }
  const hash = createHash("sha256");
  const blobs = parts.map(({ text }) => {
    const bytes = encoder.encode(text);
    hash.update(bytes);
    const blob = new Blob([bytes]);
    freeBytes(bytes);
    return blob;
  });
  const body = new Blob(blobs);
  return { kind: "blob", body, size: body.size, sha256: hash.digest("hex") };
}

/** JSON as it stands, or media, which is ASCII and has nothing to be escaped. */
interface Part {
  text: string;
  readonly isMedia: boolean;
}

function write(value: unknown, parts: Part[]): void {
  if (Array.isArray(value)) writeList("[", value.map((item) => ["", item] as const), "]", parts);
  else if (isJsonObject(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
      .map(([name, member]) => [`${JSON.stringify(name)}:`, member] as const);
    writeList("{", members, "}", parts);
  } else if (typeof value === "string" && value.length >= shortestMedia && isBase64(value)) {
    add('"', parts);
    parts.push({ text: value, isMedia: true });
    add('"', parts);
  } else add(JSON.stringify(value ?? null), parts);
}

function writeList(
  open: string,
  items: readonly (readonly [name: string, value: unknown])[],
  close: string,
  parts: Part[],
): void {
  add(open, parts);
  items.forEach(([name, value], index) => {
    add((index === 0 ? "" : ",") + name, parts);
    write(value, parts);
  });
  add(close, parts);
}

function add(text: string, parts: Part[]): void {
  const last = parts.at(-1);
  if (last === undefined || last.isMedia) parts.push({ text, isMedia: false });
  else last.text += text;
}
