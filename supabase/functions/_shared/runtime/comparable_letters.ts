/**
 * An escape that stands for a character: of JSON (also escaped twice), of a URL, or of XML. A line
 * break, a quotation mark and the like stand for nothing here.
 */
const escape =
  /\\+(?:u([\da-f]{4})(?:\\+u(d[c-f][\da-f]{2}))?|x([\da-f]{2})|[nrtbfv])|((?:%[\da-f]{2})+)|&(?:#x([\da-f]{1,6})|#(\d{1,7})|[a-z]{2,6});/gi;

/** What two spellings of the same words have in common: letters and digits, without case and accents. */
export function comparableLetters(text: string): string {
  return lettersOf(/[\\%&]/.test(text) ? text.replace(escape, characterOf) : text);
}

/** The same, each with the place of the text that it stands for: an escape is longer than its letter. */
export function placedLetters(text: string): {
  readonly letters: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
} {
  let letters = "";
  const starts: number[] = [];
  const ends: number[] = [];
  const parts = new RegExp(`${escape.source}|[^]`, "giu");
  for (const { 0: part, index } of text.matchAll(parts)) {
    const found = comparableLetters(part);
    letters += found;
    for (let unit = 0; unit < found.length; unit++) {
      starts.push(index);
      ends.push(index + part.length);
    }
  }
  return { letters, starts, ends };
}

function lettersOf(text: string): string {
  // deno-lint-ignore no-control-regex -- most texts have no other characters, and this is faster
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase().replace(/[^a-z0-9]+/g, "");
  return text.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

function characterOf(
  _escape: string,
  unicode?: string,
  low?: string,
  hex?: string,
  url?: string,
  xmlHex?: string,
  xml?: string,
): string {
  if (url !== undefined) return decodeUrl(url);
  const digits = unicode ?? hex ?? xmlHex;
  const code = digits === undefined ? Number(xml ?? 0) : parseInt(digits, 16);
  if (low !== undefined) return String.fromCharCode(code, parseInt(low, 16));
  return code > 0x10ffff ? "" : String.fromCodePoint(code);
}

function decodeUrl(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return "";
  }
}
