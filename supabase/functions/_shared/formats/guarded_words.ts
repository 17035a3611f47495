import type { ReplayableBlock, ReplayableMessage } from "./replayable.ts";

/**
 * Which message holds the newest that the user said: all that a guardrail is to look at. It would
 * otherwise find a question that it blocked in every later turn, and look at the whole history
 * where the last message has results of tools only; and at our words in place of the user's, where
 * an answer is repaired.
 *
 * @returns its index; -1 where there is none
 */
export function newestSaid(
  messages: readonly ReplayableMessage[],
  isSaid: (block: ReplayableBlock) => boolean,
): number {
  return messages.findLastIndex(({ role, blocks, isOurs }) =>
    role === "user" && isOurs !== true && blocks.some(isSaid)
  );
}
