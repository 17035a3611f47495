import { bytesOf, type ContentBlock, type MediaBlock, type Message } from "../core/content.ts";
import { mapMedia } from "../core/map_media.ts";
import type { LeftOut } from "../formats/model_format.ts";
import { tokensOf, tokensOfMedia } from "../formats/token_estimate.ts";

/** How much of the conversation a model is sent, without the question. */
export interface SentHistory {
  readonly messagesSent: number;
  readonly messagesLeftOut: number;
  /** Blocks of what was sent, the question included, that the model does not see. */
  readonly leftOut: LeftOut;
}

/** Tokens that a history may have, by estimate. */
export interface HistoryBudget {
  /** Without images and documents, so that one large file does not cost the conversation. */
  readonly text: number;
  /** With them. */
  readonly total: number;
}

/**
 * The newest turns that fit the budget. Cut at turn boundaries, so that the history begins with a
 * question and no answer stands without one, and never between a call of a tool and its result:
 * turns whose questions bring results stay with the turn before them. The turns whose calls
 * `question` goes on with are kept in any case. Media that do not fit become references, which
 * models get as words.
 *
 * @param history questions and answers in turn, oldest first
 * @param question what comes after it
 */
export function fitHistory(
  history: readonly Message[],
  question: Message,
  { text, total }: HistoryBudget,
): readonly Message[] {
  const most = Math.min(text, total);
  let first = history.length;
  let tokens = 0;
  let kept = 0;
  let isNeeded = bringsResults(question);
  for (let start = history.length - 2; start >= 0; start -= 2) {
    tokens += textTokensOf(history.slice(start, start + 2));
    if (tokens > most && !isNeeded) break;
    const goesOn = bringsResults(history[start]);
    // Of a chain of calls whose beginning is not here, what there is.
    if (!goesOn || isNeeded) {
      first = start;
      kept = tokens;
    }
    if (!goesOn) isNeeded = false;
  }
  return fitMedia(history.slice(first), total - kept);
}

/** The newest first; not older ones instead: which a model sees should not depend on sizes. */
function fitMedia(messages: readonly Message[], budget: number): readonly Message[] {
  let left = budget;
  const fit = (block: MediaBlock): MediaBlock => {
    if (block.source.kind === "storage") return block;
    left -= tokensOfMedia(block);
    return left >= 0 ? block : withoutBytes(block);
  };
  return messages.toReversed()
    .map((message) => ({ ...message, blocks: mapMedia(message.blocks, fit) }))
    .toReversed();
}

function withoutBytes(block: MediaBlock): MediaBlock {
  return {
    ...block,
    source: { kind: "storage", bucket: "", path: "", size: bytesOf(block.source) },
  };
}

/** Estimates the tokens of messages with the names of media in their place. */
export function textTokensOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { blocks }) => sum + tokensOf({ blocks: textual(blocks) }), 0);
}

function textual(blocks: readonly ContentBlock[]): readonly ContentBlock[] {
  return mapMedia(blocks, (block) => ({
    type: "text",
    text: block.type === "document" ? block.name : block.type,
  }));
}

/** The user's last words and the results that calls for them brought, as one message. */
export function exchangeOf(
  { history, question }: { readonly history: readonly Message[]; readonly question: Message },
): Message {
  const said = [...history, question].filter(({ role }) => role === "user");
  const first = said.findLastIndex((message) => !bringsResults(message));
  const blocks = said.slice(Math.max(0, first)).flatMap(({ blocks }) => blocks);
  return { role: "user", blocks, modelId: null };
}

function bringsResults(message: Message | undefined): boolean {
  return message?.blocks.some(({ type }) => type === "tool-result") ?? false;
}
