/** As many characters in a row are a user's words, and no coincidence. */
const telling = 12;

/** Words that are shorter than this mean nothing. */
const meaningless = 4;

/**
 * A text for the log without what it quotes of a user's words: AWS's errors can repeat parts of
 * a request. Runs of at least twelve characters that are in `words` become `…`, and so does each
 * of the words as a whole if it is shorter.
 */
export function maskWords(text: string, words: readonly string[]): string {
  const masked = new Array<boolean>(text.length).fill(false);
  for (const word of words) {
    const length = Math.min(telling, word.length);
    if (length < meaningless) continue;
    // By the text, which is short; the words may be a long conversation.
    const places = Map.groupBy(
      Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => at),
      (at) => text.slice(at, at + length),
    );
    for (let at = 0; at + length <= word.length; at++) {
      for (const place of places.get(word.slice(at, at + length)) ?? []) {
        masked.fill(true, place, place + length);
      }
    }
  }
  return Array.from(text.split(""), (character, at) => {
    if (!masked[at]) return character;
    return masked[at - 1] ? "" : "…";
  }).join("");
}
