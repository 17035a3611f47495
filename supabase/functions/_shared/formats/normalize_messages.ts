import { AppError } from "../core/app_error.ts";
import type { ContentBlock, Message } from "../core/content.ts";
import { cleanText } from "./clean_text.ts";
import type { Fit } from "./fit.ts";
import { fitMedia } from "./fit_media.ts";
import { beginWithUser, endAsAsked, mergeNeighbours } from "./message_turns.ts";
import { keepOwnBlocks } from "./own_blocks.ts";
import type { ReplayableBlock, ReplayableMessage } from "./replayable.ts";
import { fitToolIds } from "./tool_ids.ts";
import { renameTools } from "./tool_names.ts";
import { flattenToolBlocks, pairToolBlocks } from "./tool_turns.ts";

/**
 * Makes a history acceptable to a model. It begins with the user, and ends so unless the model is to
 * continue an answer; the roles alternate; no text is blank; calls of tools are paired with their results; only what this model can take is
 * left. The steps depend on each other's order.
 *
 * @throws {AppError} `invalid_request` where nothing of the user's is left to answer, or the model
 * does not continue the answer at the end
 * @throws {AppError} `modality_not_supported`, see {@linkcode fitMedia}
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 */
export function normalizeMessages(
  messages: readonly Message[],
  fit: Fit,
): readonly ReplayableMessage[] {
  const { model, names, mayPrefill, leaveOut } = fit;
  const own = messages.map((message) => keepOwnBlocks(message, fit));
  const withIds = fitToolIds(own, model.capabilities.tools?.ids ?? "any");
  const named = names === null ? withIds : renameTools(withIds, names);
  const begun = beginWithUser(named.map(cleanText), leaveOut);
  const paired = pairToolBlocks(mergeNeighbours(begun, leaveOut), leaveOut);
  const merged = mergeNeighbours(paired, leaveOut);
  const asText = names === null ? flattenToolBlocks(merged, leaveOut) : merged;
  requireQuestion(messages, asText);
  const ended = endAsAsked(asText, model, mayPrefill);
  const question = messages.findLast(({ role }) => role === "user")?.blocks ?? [];
  return fitMedia(ended, question, model, leaveOut, fit)
    .map(({ role, blocks }) => ({ role, blocks: blocks.filter(isReplayable) }));
}

/** A question of which nothing is left would have the one before it answered again. */
function requireQuestion(messages: readonly Message[], fitted: readonly Message[]): void {
  const isAsked = messages.at(-1)?.role === "user";
  if (fitted.length > 0 && !(isAsked && fitted.at(-1)?.role === "assistant")) return;
  throw new AppError("invalid_request", "The message has nothing to answer.", {
    hint: "Send text that is not blank, or results of tools that the last answer called.",
  });
}

/** What the steps have left; the compiler cannot see it. */
function isReplayable(block: ContentBlock): block is ReplayableBlock {
  return block.type !== "opaque";
}
