import { isJsonObject, type JsonObject } from "../formats/model_format.ts";

/** Strings from here on are looked at for whether they are media. */
const shortestMedia = 16_384;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * A body as JSON in UTF-8. Media in it, which are base64 already, are copied to their place once:
 * `JSON.stringify` and an encoder would each make a copy of the whole.
 */
export function jsonBytes(body: JsonObject): Uint8Array {
  const parts: Part[] = [];
  write(body, parts);
  const encoder = new TextEncoder();
  const pieces = parts.map((part) => part.isMedia ? part.text : encoder.encode(part.text));
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") encoder.encodeInto(piece, bytes.subarray(at));
    else bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
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
  } else if (typeof value === "string" && value.length >= shortestMedia && base64.test(value)) {
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
