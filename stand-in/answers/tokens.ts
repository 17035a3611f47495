import type { ServedModel } from "../models/served_model.ts";

/** Characters of a text as a reader counts them: a pair of surrogates is one. */
export function characters(text: string): string[] {
  return [...text];
}

/** About four characters to a token, and 30 % more tokens where the tokenizer is the newer one. */
export function textTokens(text: string, model: ServedModel): number {
  return Math.ceil(characters(text).length * model.tokenizer / 40);
}

/** The longest beginning of `text` that has at most `tokens` tokens. */
export function truncate(text: string, tokens: number, model: ServedModel): string {
  return characters(text).slice(0, Math.floor(tokens * 40 / model.tokenizer)).join("");
}
