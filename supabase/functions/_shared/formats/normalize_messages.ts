import { AppError } from "../core/app_error.ts";
import type { ContentBlock, Message, ToolResultBlock, ToolUseBlock } from "../core/content.ts";
import { storableJson, storableText } from "../core/storable_text.ts";
import type { Model } from "../registry/model.ts";
import { fitMedia } from "./fit_media.ts";
import type { LeaveOut } from "./left_out.ts";
import { isJsonObject, type JsonObject } from "./model_format.ts";
import type { ReplayableBlock, ReplayableMessage } from "./replayable.ts";
import { fitToolIds } from "./tool_ids.ts";
import { renameTools, type ToolNames } from "./tool_names.ts";
import { flattenToolBlocks, noOutput, pairToolBlocks } from "./tool_turns.ts";

/**
 * Makes a history acceptable to `model`. It begins and ends with the user, and the roles alternate;
 * no text is blank; calls of tools are paired with their results; only what this model can take is
 * left. The steps depend on each other's order.
 *
 * @param names of the tools that are sent; null: none are, and calls and results become text
 * @param leaveOut is told every block that the model is not sent
 * @throws {AppError} `invalid_request` where nothing of the user's is left to answer
 * @throws {AppError} `modality_not_supported`, see {@linkcode fitMedia}
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 */
export function normalizeMessages(
  messages: readonly Message[],
  model: Model,
  names: ToolNames | null,
  leaveOut: LeaveOut,
): readonly ReplayableMessage[] {
  const own = messages.map((message) => keepOwnBlocks(message, model, leaveOut));
  const withIds = fitToolIds(own, model.capabilities.tools?.ids ?? "any");
  const named = names === null ? withIds : renameTools(withIds, names);
  const begun = beginWithUser(named.map(cleanText), leaveOut);
  const paired = pairToolBlocks(mergeNeighbours(begun, leaveOut), leaveOut);
  const merged = mergeNeighbours(paired, leaveOut);
  const asText = names === null ? flattenToolBlocks(merged, leaveOut) : merged;
  const ended = endWithUser(asText, model, leaveOut);
  if (ended.length === 0) {
    throw new AppError("invalid_request", "The conversation has nothing from the user to answer.", {
      hint: "Send a message that is not blank.",
    });
  }
  return fitMedia(ended, new Set(messages.at(-1)?.blocks), model, leaveOut)
    .map(({ role, blocks }) => ({ role, blocks: blocks.filter(isReplayable) }));
}

/** Without what the role cannot hold, and without reasoning that is not proven to be the model's. */
function keepOwnBlocks(message: Message, model: Model, leaveOut: LeaveOut): Message {
  const isOwn = message.role === "assistant" && message.modelId === model.model_id;
  const blocks = message.blocks.filter((block) => {
    const keeps = isKept(block, message.role, isOwn);
    if (!keeps) leaveOut(block);
    return keeps;
  });
  return { ...message, blocks };
}

function isKept(block: ContentBlock, role: Message["role"], isOwn: boolean): boolean {
  switch (block.type) {
    case "thinking":
      return isOwn && block.signature !== null && block.signature !== "";
    case "redacted-thinking":
      return isOwn;
    case "tool-use":
      return role === "assistant";
    case "tool-result":
      return role === "user";
    case "text":
    case "image":
    case "document":
      return true;
    case "opaque":
      return false;
    default:
      return block satisfies never;
  }
}

/** Without blank text, and with whole characters only. Reasoning stays as it is, byte for byte. */
function cleanText(message: Message): Message {
  return { ...message, blocks: message.blocks.flatMap(cleanBlock) };
}

function cleanBlock(block: ContentBlock): readonly ContentBlock[] {
  switch (block.type) {
    case "text": {
      const text = storableText(block.text);
      return text.trim() === "" ? [] : [text === block.text ? block : { ...block, text }];
    }
    case "tool-use":
      return [cleanCall(block)];
    case "tool-result":
      return [cleanResult(block)];
    default:
      return [block];
  }
}

function cleanCall(block: ToolUseBlock): ToolUseBlock {
  return { ...block, name: storableText(block.name), input: inputObject(storableJson(block.input)) };
}

/** Models accept objects only. */
function inputObject(input: unknown): JsonObject {
  if (isJsonObject(input)) return input;
  return input === undefined || input === null || input === "" ? {} : { input };
}

function cleanResult(block: ToolResultBlock): ToolResultBlock {
  const content = block.content.flatMap((part) =>
    cleanBlock(part).filter((clean) => clean.type === "text" || isMedia(clean))
  );
  return {
    ...block,
    content: content.length > 0 ? content : [{ type: "text", text: noOutput }],
  };
}

function isMedia(block: ContentBlock) {
  return block.type === "image" || block.type === "document";
}

/** From the first message of the user's on that is more than results, which have no calls before. */
function beginWithUser(messages: readonly Message[], leaveOut: LeaveOut): readonly Message[] {
  const first = messages.findIndex(({ role, blocks }) =>
    role === "user" && blocks.some((block) => block.type !== "tool-result")
  );
  const skipped = first === -1 ? messages : messages.slice(0, first);
  skipped.flatMap(({ blocks }) => blocks).forEach(leaveOut);
  return first === -1 ? [] : messages.slice(first);
}

/**
 * Without messages that say nothing, which is also reasoning alone, and with neighbours of one role
 * as one message. Reasoning belongs to one turn, so none of it survives when two become one.
 */
function mergeNeighbours(messages: readonly Message[], leaveOut: LeaveOut): readonly Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (message.blocks.every(isReasoning)) {
      message.blocks.forEach(leaveOut);
    } else if (last?.role === message.role) {
      const blocks = [...last.blocks, ...message.blocks];
      blocks.filter(isReasoning).forEach(leaveOut);
      merged[merged.length - 1] = { ...last, blocks: blocks.filter((block) => !isReasoning(block)) };
    } else {
      merged.push(message);
    }
  }
  return merged;
}

function isReasoning(block: ContentBlock): boolean {
  return block.type === "thinking" || block.type === "redacted-thinking";
}

/**
 * An assistant's message at the end would be continued, which is kept for models that do so. They
 * refuse white space at its end.
 */
function endWithUser(
  messages: readonly Message[],
  model: Model,
  leaveOut: LeaveOut,
): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return messages;
  const before = messages.slice(0, -1);
  const text = last.blocks.at(-1);
  if (!model.capabilities.prefill || text?.type !== "text" || hasCalls(last)) {
    last.blocks.forEach(leaveOut);
    return before;
  }
  const blocks = [...last.blocks.slice(0, -1), { ...text, text: text.text.trimEnd() }];
  return [...before, { ...last, blocks }];
}

function hasCalls({ blocks }: Message): boolean {
  return blocks.some((block) => block.type === "tool-use");
}

/** What the steps have left; the compiler cannot see it. */
function isReplayable(block: ContentBlock): block is ReplayableBlock {
  return block.type !== "opaque";
}
