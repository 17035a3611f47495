/**
 * The AWS SDK takes and gives blobs of Converse as bytes, and wraps members of a union that it
 * does not know. The converse format speaks the JSON of the wire, where blobs are base64.
 */
import { isJsonObject } from "../formats/model_format.ts";

/** Turns the format's JSON into the SDK's input: encrypted reasoning is the only blob sent. */
export function toSdkInput(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSdkInput);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === "redactedContent" && typeof member === "string"
        ? fromBase64(member)
        : toSdkInput(member),
    ]),
  );
}

/** Turns the SDK's output back into the JSON of the wire. */
export function fromSdkOutput(value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64(value);
  if (Array.isArray(value)) return value.map(fromSdkOutput);
  if (!isJsonObject(value)) return value;
  const unknownMember = value["$unknown"];
  if (Array.isArray(unknownMember)) {
    return { [String(unknownMember[0])]: fromSdkOutput(unknownMember[1]) };
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, fromSdkOutput(member)]),
  );
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Byte by byte, because images are too large to be spread into the arguments of one call. */
function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
