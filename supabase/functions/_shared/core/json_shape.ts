/** Deepest nesting of a request's JSON. */
export const maxJsonDepth = 64;

/** Most values of a request's JSON, about. */
export const maxJsonValues = 200_000;

/** Strings from here on, in bytes, are long. */
const longLength = 16_384;

/** JSON as it looks before it is parsed. */
export interface JsonShape {
  /**
   * Whether it is too deep or has too many values to be parsed: a few megabytes of brackets would
   * fill the memory. The rest of it was not looked at.
   */
  readonly isUnreasonable: boolean;
  /** Where the long strings after a colon stand, without their quotation marks. */
  readonly longStrings: readonly { readonly start: number; readonly end: number }[];
}

/**
 * Looks at what stands between strings only, which are passed over as they are, so that a long one
 * costs next to nothing. What is no JSON is left to the parser.
 *
 * @param json in UTF-8
 */
export function shapeOfJson(json: Uint8Array): JsonShape {
  const longStrings: { start: number; end: number }[] = [];
  let depth = 0;
  let values = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case 0x22: { // "
        const start = at + 1;
        at = endOfString(json, start);
        if (at - start >= longLength && followsColon(json, start)) {
          longStrings.push({ start, end: at });
        }
        break;
      }
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        values++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        values++;
        break;
    }
    if (depth > maxJsonDepth || values > maxJsonValues) {
      return { isUnreasonable: true, longStrings };
    }
  }
  return { isUnreasonable: false, longStrings };
}

/** Where the string that begins at `start` has its closing quotation mark. */
function endOfString(json: Uint8Array, start: number): number {
  let end = json.indexOf(0x22, start);
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf(0x22, end + 1);
  return end < 0 ? json.length : end;
}

function isEscaped(json: Uint8Array, at: number): boolean {
  let backslashes = 0;
  while (json[at - 1 - backslashes] === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

/** Whether a string is a member's value: after a colon, and a space at most. */
function followsColon(json: Uint8Array, start: number): boolean {
  return json[start - 2] === 0x3a || (json[start - 2] === 0x20 && json[start - 3] === 0x3a);
}

/** Whether JSON within a string of a request is too deep or has too many values to be parsed. */
export function isUnreasonableJson(text: string): boolean {
  return shapeOfJson(new TextEncoder().encode(text)).isUnreasonable;
}
