import type { ServedModel } from "../models/served_model.ts";
import type { Question } from "./question.ts";

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

/** Tokens of the whole input: texts, a few per message for its frame, and media by size. */
export function inputTokens(question: Question, model: ServedModel): number {
  const messages = question.messages.flatMap((message) => message.parts).reduce(
    (sum, { content, mediaBytes }) =>
      sum + (mediaBytes > 0 ? Math.ceil(mediaBytes / 750) : textTokens(content, model)),
    4 * question.messages.length,
  );
  return textTokens(question.system, model) + messages;
}
