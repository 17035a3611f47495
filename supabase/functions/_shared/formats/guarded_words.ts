import type { ReplayableBlock, ReplayableMessage } from "./replayable.ts";

/** Whether a text is the user's, and not one of ours. */
export function isSaidText(block: ReplayableBlock): boolean {
  return block.type === "text" && block.isOurs !== true;
}

/**
 * Which message holds the newest that the user said: all that a guardrail is to look at. It would
 * otherwise find a question that it blocked in every later turn, and look at the whole history
 * where the last message has results of tools only.
 *
 * @returns its index; -1 where there is none
 */
export function newestSaid(
  messages: readonly ReplayableMessage[],
  isSaid: (block: ReplayableBlock) => boolean,
): number {
  return messages.findLastIndex(({ role, blocks }) => role === "user" && blocks.some(isSaid));
}
