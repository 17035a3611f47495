/** Who speaks when: models take a conversation that begins with the user and goes in turn. */
import { AppError } from "../core/app_error.ts";
import type { ContentBlock, Message } from "../core/content.ts";
import type { Model } from "../registry/model.ts";
import type { LeaveOut } from "./left_out.ts";
import { flatResult } from "./tool_turns.ts";

/**
 * From the first message of the user's on that is more than results, which have no calls before. Of
 * a chain of calls that is too long to be read whole, the first results become text.
 */
export function beginWithUser(
  messages: readonly Message[],
  leaveOut: LeaveOut,
): readonly Message[] {
  const asked = messages.findIndex(({ role, blocks }) =>
    role === "user" && blocks.some((block) => block.type !== "tool-result")
  );
  const first = asked === -1 ? firstResults(messages) : asked;
  const skipped = first === -1 ? messages : messages.slice(0, first);
  skipped.flatMap(({ blocks }) => blocks).forEach(leaveOut);
  if (first === -1) return [];
  return asked === -1 ? flattenFirst(messages.slice(first)) : messages.slice(first);
}

/** Only such as were answered: for the last ones, their calls have to be there. */
function firstResults(messages: readonly Message[]): number {
  return messages.findIndex(({ role, blocks }, index) =>
    role === "user" && blocks.length > 0 && messages[index + 1]?.role === "assistant"
  );
}

function flattenFirst([first, ...rest]: readonly Message[]): readonly Message[] {
  if (first === undefined) return rest;
  const blocks = first.blocks.flatMap((block) =>
    block.type === "tool-result" ? flatResult(block, "") : [block]
  );
  return [{ ...first, blocks }, ...rest];
}

/**
 * Without messages that say nothing, which is also reasoning alone, and with neighbours of one role
 * as one message. Reasoning belongs to one turn, so none of it survives when two become one.
 */
export function mergeNeighbours(
  messages: readonly Message[],
  leaveOut: LeaveOut,
): readonly Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (message.blocks.every(isReasoning)) {
      message.blocks.forEach(leaveOut);
    } else if (last?.role === message.role) {
      const blocks = [...last.blocks, ...message.blocks];
      blocks.filter(isReasoning).forEach(leaveOut);
      merged[merged.length - 1] = {
        ...last,
        blocks: blocks.filter((block) => !isReasoning(block)),
      };
    } else {
      merged.push(withoutLastReasoning(message, leaveOut));
    }
  }
  return merged;
}

/** A message may not end with reasoning, as one does that was cut off. */
function withoutLastReasoning(message: Message, leaveOut: LeaveOut): Message {
  const last = message.blocks.findLastIndex((block) => !isReasoning(block));
  message.blocks.slice(last + 1).forEach(leaveOut);
  return { ...message, blocks: message.blocks.slice(0, last + 1) };
}

function isReasoning(block: ContentBlock): boolean {
  return block.type === "thinking" || block.type === "redacted-thinking";
}

/**
 * A message of the assistant's at the end is the beginning of the answer (a prefill), which the model
 * continues. White space at its own end is refused.
 *
 * @param mayPrefill whether the model does so
 * @throws {AppError} `invalid_request` where it does not, or the message cannot be continued
 */
export function endAsAsked(
  messages: readonly Message[],
  model: Model,
  mayPrefill: boolean,
): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return messages;
  if (last.blocks.some(({ type }) => type === "tool-use")) {
    throw new AppError("invalid_request", "The last message calls tools, and has no results.", {
      hint: "Send the results in a message of the user's.",
    });
  }
  const text = last.blocks.at(-1);
  if (!mayPrefill || text?.type !== "text") {
    throw new AppError(
      "invalid_request",
      `The model "${model.model_id}" does not support assistant message prefill here.`,
      { hint: "End the conversation with a message of the user's." },
    );
  }
  const blocks = [...last.blocks.slice(0, -1), { ...text, text: text.text.trimEnd() }];
  return [...messages.slice(0, -1), { ...last, blocks }];
}
