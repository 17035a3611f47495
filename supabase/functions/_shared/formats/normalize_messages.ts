import { AppError } from "../core/app_error.ts";
import type { ContentBlock, Message, TextBlock } from "../core/content.ts";
import type { ReplayableBlock, ReplayableMessage } from "./replayable.ts";

/**
 * Makes a history acceptable to `modelId`: it begins and ends with the user, the roles alternate
 * (neighbours of one role become one message), no text is blank, and only blocks that this model
 * can take back are left.
 *
 * @throws {AppError} `invalid_request` when nothing of the user's is left to answer.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 */
export function normalizeMessages(
  messages: readonly Message[],
  modelId: string,
): ReplayableMessage[] {
  const normalized: ReplayableMessage[] = [];
  for (const message of messages) {
    const blocks = message.blocks.filter((block) => isReplayable(block, message, modelId));
    // A message of reasoning alone is refused, as is one without content.
    if (!blocks.some(isText)) continue;
    const last = normalized.at(-1);
    if (last === undefined) {
      if (message.role === "user") normalized.push({ role: "user", blocks });
    } else if (last.role === message.role) {
      normalized[normalized.length - 1] = merge(last, blocks);
    } else {
      normalized.push({ role: message.role, blocks });
    }
  }
  // An assistant's message at the end would be taken as a prefill, which newer models refuse.
  if (normalized.at(-1)?.role === "assistant") normalized.pop();
  if (normalized.length === 0) {
    throw new AppError("invalid_request", "The conversation has no text from the user.", {
      hint: "Send a message that is not blank.",
    });
  }
  return normalized;
}

/** Reasoning belongs to one turn, so none of it survives when two turns become one message. */
function merge(
  { role, blocks }: ReplayableMessage,
  more: readonly ReplayableBlock[],
): ReplayableMessage {
  return { role, blocks: [...blocks, ...more].filter(isText) };
}

function isText(block: ReplayableBlock): block is TextBlock {
  return block.type === "text";
}

function isReplayable(
  block: ContentBlock,
  message: Message,
  modelId: string,
): block is ReplayableBlock {
  switch (block.type) {
    case "text":
      return block.text.trim() !== "";
    case "thinking":
      return block.signature !== null && isOwn(message, modelId);
    case "redacted-thinking":
      return isOwn(message, modelId);
    case "image":
    case "document":
    case "tool-use": // A call without its result is refused, and there are no results yet.
    case "tool-result":
    case "opaque":
      return false;
    default:
      return block satisfies never;
  }
}

function isOwn(message: Message, modelId: string): boolean {
  return message.role === "assistant" && message.modelId === modelId;
}
