import { comparableLetters, placedLetters } from "./comparable_letters.ts";

/** As many letters and digits in a row are a user's words, and no coincidence. */
const telling = 10;

/** Words that are shorter than this mean nothing, unless a text puts them in quotation marks. */
const meaningless = 4;

/** Most characters of words that a text is compared with: more would take the time of a request. */
const mostCompared = 1_000_000;

/** What stands between quotation marks: not the apostrophe of a word. */
const quoted = /(?<![\p{L}\p{N}])(["'`“”‘’«»]).+?["'`“”‘’«»](?![\p{L}\p{N}])/gsu;

/** Letters of scripts that AWS does not write in. */
const foreign = /(?![\p{Script=Latin}\p{Script=Common}])\p{L}/u;

/**
 * A text for the log without what it quotes of a user's words: AWS's errors can repeat parts of a
 * request, in another case, with escapes, cut, or broken into lines. Letters and digits alone are
 * compared. What becomes `…`: runs of at least ten of them that are in `words`, each of the words
 * as a whole if it is shorter, what stands in quotation marks and is in `words`, and letters of
 * scripts that AWS does not write in. Of too many words any may be quoted: then nothing is left.
 */
export function maskWords(text: string, words: readonly string[]): string {
  if (words.reduce((sum, word) => sum + word.length, 0) > mostCompared) return "…";
  const masked = new Array<boolean>(text.length).fill(false);
  const { letters, starts, ends } = placedLetters(text);
  const mask = (from: number, to: number) => masked.fill(true, starts[from], ends[to - 1]);
  const comparable = words.map(comparableLetters);
  for (const word of comparable) maskRuns(letters, word, mask);
  for (const { 0: quotation, index } of text.matchAll(quoted)) {
    const inside = comparableLetters(quotation);
    if (inside !== "" && comparable.some((word) => word.includes(inside))) {
      masked.fill(true, index + 1, index + quotation.length - 1);
    }
  }
  for (let at = 0; at < letters.length; at++) {
    if (foreign.test(letters[at] ?? "")) mask(at, at + 1);
  }
  return withoutMasked(text, masked);
}

/** Masks every run of letters that is a part of a word, or a short word as a whole. */
function maskRuns(letters: string, word: string, mask: (from: number, to: number) => void): void {
  const length = Math.min(telling, word.length);
  if (length < meaningless) return;
  // By the text, which is short; the words may be a long conversation.
  const places = Map.groupBy(
    Array.from({ length: Math.max(0, letters.length - length + 1) }, (_, at) => at),
    (at) => letters.slice(at, at + length),
  );
  for (let at = 0; at + length <= word.length; at++) {
    for (const place of places.get(word.slice(at, at + length)) ?? []) mask(place, place + length);
  }
}

/** Each masked stretch as one `…`, with the spaces and marks within it. */
function withoutMasked(text: string, masked: readonly boolean[]): string {
  return Array.from(text.split(""), (character, at) => {
    if (!masked[at]) return character;
    return masked[at - 1] ? "" : "…";
  }).join("");
}
