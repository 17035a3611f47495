import type { Message } from "../core/content.ts";

/** Tokens that a message costs beside its text: its role and its frame. */
const tokensPerMessage = 8;

/**
 * Estimates tokens from above: a byte in UTF-8 is a third of a token. That is generous for Latin
 * scripts (about four bytes) and right for those where a character is a token of three bytes.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / 3);
}

/**
 * The newest turns that fit the budget. Cut at turn boundaries, so that the history begins with a
 * question and no answer stands without one.
 *
 * @param history questions and answers in turn, oldest first
 * @param budgetTokens by {@linkcode estimateTokens}
 */
export function fitHistory(
  history: readonly Message[],
  budgetTokens: number,
): readonly Message[] {
  let first = history.length;
  let tokens = 0;
  for (let end = history.length; end >= 2; end -= 2) {
    tokens += history.slice(end - 2, end).reduce(
      (sum, message) => sum + tokensOf(message),
      0,
    );
    if (tokens > budgetTokens) break;
    first = end - 2;
  }
  return history.slice(first);
}

/** Estimates the tokens of a message. */
export function tokensOf(message: Pick<Message, "blocks">): number {
  const texts = message.blocks.map((block) =>
    block.type === "text" ? block.text : JSON.stringify(block)
  );
  return tokensPerMessage +
    texts.reduce((sum, text) => sum + estimateTokens(text), 0);
}
