/** Deepest nesting of a request's JSON. */
export const maxJsonDepth = 64;

/** Most values of a request's JSON, about. */
export const maxJsonValues = 200_000;

/**
 * Whether JSON is too deep or has too many values to be parsed: a few megabytes of brackets would
 * fill the memory. Looks at what stands between strings only, which are passed over as they are, so
 * that a long one costs next to nothing. What is no JSON is left to the parser.
 */
export function isUnreasonableJson(text: string): boolean {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
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
    if (depth > maxJsonDepth || values > maxJsonValues) return true;
  }
  return false;
}

/** Where the string that begins at `start` has its closing quotation mark. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}
