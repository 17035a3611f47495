import type { ModelRequest } from "./model_format.ts";
import type { ReplayableBlock } from "./replayable.ts";

/** Whether a text is the user's, and not one of ours. */
export function isSaidText(block: ReplayableBlock): boolean {
  return block.type === "text" && block.isOurs !== true;
}

/**
 * Which messages hold what a guardrail is to look at. Where it saw the earlier ones when they came,
 * that is the newest that the user said: it would otherwise find a question that it blocked in every
 * later turn, and look at the whole history where the last message has results of tools only. Of a
 * history that it never saw, it is all that the user said.
 *
 * @returns their indexes; none without a guardrail
 */
export function guardedMessages(
  { guardrail, unguarded, messages }: ModelRequest,
  isSaid: (block: ReplayableBlock) => boolean,
): ReadonlySet<number> {
  if (guardrail === null) return new Set();
  const said = messages.flatMap(({ role, blocks }, index) =>
    role === "user" && blocks.some(isSaid) ? [index] : []
  );
  return new Set(unguarded ? said : said.slice(-1));
}
