import { characters } from "./tokens.ts";

/** Cuts a text into the pieces in which a stream brings it, never inside a character. */
export function splitText(text: string, length = 12): string[] {
  const all = characters(text);
  return Array.from(
    { length: Math.ceil(all.length / length) },
    (_, index) => all.slice(index * length, (index + 1) * length).join(""),
  );
}
