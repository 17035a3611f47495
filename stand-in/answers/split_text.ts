import { characters } from "./tokens.ts";

/** A tool's input as a stream brings it: none at all comes as one empty piece. */
export function inputPieces(input: Readonly<Record<string, unknown>> | string): string[] {
  const json = typeof input === "string" ? input : JSON.stringify(input);
  return json === "{}" ? [""] : splitText(json);
}

/** Cuts a text into the pieces in which a stream brings it, never inside a character. */
export function splitText(text: string, length = 12): string[] {
  const all = characters(text);
  return Array.from(
    { length: Math.ceil(all.length / length) },
    (_, index) => all.slice(index * length, (index + 1) * length).join(""),
  );
}
