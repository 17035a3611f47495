import type { Message } from "../core/content.ts";
import type { LeftOut } from "../formats/model_format.ts";
import { tokensOf } from "../formats/token_estimate.ts";

/** How much of the conversation a model is sent, without the question. */
export interface SentHistory {
  readonly messagesSent: number;
  readonly messagesLeftOut: number;
  /** Blocks of what was sent, the question included, that the model does not see. */
  readonly leftOut: LeftOut;
}

/**
 * The newest turns that fit the budget. Cut at turn boundaries, so that the history begins with a
 * question and no answer stands without one, and never between a call of a tool and its result:
 * turns whose questions bring results stay with the turn before them. The turns whose calls
 * `question` goes on with are kept in any case.
 *
 * @param history questions and answers in turn, oldest first
 * @param question what comes after it
 * @param budgetTokens by `estimateTokens()`
 */
export function fitHistory(
  history: readonly Message[],
  question: Message,
  budgetTokens: number,
): readonly Message[] {
  let first = history.length;
  let tokens = 0;
  let isNeeded = bringsResults(question);
  for (let start = history.length - 2; start >= 0; start -= 2) {
    tokens += sumOf(history.slice(start, start + 2));
    if (tokens > budgetTokens && !isNeeded) break;
    const goesOn = bringsResults(history[start]);
    // Of a chain of calls whose beginning is not here, what there is.
    if (!goesOn || isNeeded) first = start;
    if (!goesOn) isNeeded = false;
  }
  return history.slice(first);
}

function sumOf(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + tokensOf(message), 0);
}

function bringsResults(message: Message | undefined): boolean {
  return message?.blocks.some(({ type }) => type === "tool-result") ?? false;
}
