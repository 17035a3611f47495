import type {
  ContentBlock,
  Message,
  TextBlock,
  ToolResultBlock,
  ToolUseBlock,
} from "../core/content.ts";
import { storableJson, storableText } from "../core/storable_text.ts";
import { isJsonObject, type JsonObject } from "./model_format.ts";
import { noOutput } from "./tool_turns.ts";

/** Without blank text, and with whole characters only. Reasoning stays as it is, byte for byte. */
export function cleanText(message: Message): Message {
  return { ...message, blocks: message.blocks.flatMap(cleanBlock) };
}

/** None where the text is blank, which models refuse. */
export function cleanTextBlock(block: TextBlock): readonly TextBlock[] {
  const text = storableText(block.text);
  return text.trim() === "" ? [] : [text === block.text ? block : { ...block, text }];
}

function cleanBlock(block: ContentBlock): readonly ContentBlock[] {
  switch (block.type) {
    case "text":
      return cleanTextBlock(block);
    case "tool-use":
      return [cleanCall(block)];
    case "tool-result":
      return [cleanResult(block)];
    default:
      return [block];
  }
}

function cleanCall(block: ToolUseBlock): ToolUseBlock {
  return {
    ...block,
    name: storableText(block.name),
    input: inputObject(storableJson(block.input)),
  };
}

/** Models accept objects only. */
function inputObject(input: unknown): JsonObject {
  if (isJsonObject(input)) return input;
  return input === undefined || input === null || input === "" ? {} : { input };
}

function cleanResult(block: ToolResultBlock): ToolResultBlock {
  const content = block.content.flatMap((part): ToolResultBlock["content"] =>
    part.type === "text" ? cleanTextBlock(part) : [part]
  );
  return {
    ...block,
    content: content.length > 0 ? content : [{ type: "text", text: noOutput }],
  };
}
