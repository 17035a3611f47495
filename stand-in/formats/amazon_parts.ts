import type { AskedPart } from "../answers/asked_part.ts";
import type { AskedMessage } from "../answers/question.ts";
import { invalid } from "../wire/aws_error.ts";
import type { AmazonBlock } from "./amazon_content.ts";

/** The messages of Nova's body or of Converse, with each cache point at the block before it. */
export function amazonMessages(
  messages: readonly {
    readonly role: "user" | "assistant";
    readonly content: readonly AmazonBlock[];
  }[],
  refusePoint: (message: string) => never,
): AskedMessage[] {
  return messages.map(({ role, content }, index) => ({
    role,
    parts: content.reduce<AskedPart[]>((parts, block, position) => {
      const at = `messages.${index}.content.${position}`;
      if (block.cachePoint === undefined) return [...parts, partOf(block, at)];
      const marked = parts.at(-1);
      const ttl = block.cachePoint.ttl ?? "5m";
      checkPoint(marked, at, refusePoint);
      return marked === undefined ? parts : [...parts.slice(0, -1), { ...marked, cache: ttl }];
    }, []),
  }));
}

/** A cache point has something before it, which is neither thinking nor a document of text. */
function checkPoint(
  marked: AskedPart | undefined,
  at: string,
  refuse: (message: string) => never,
): void {
  if (marked === undefined || marked.cache !== undefined) {
    // Reported without the rest of its words.
    refuse("There is nothing available to cache.");
  }
  if (marked.type === "thinking" || marked.type === "redacted_thinking") {
    throw invalid(
      "Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.",
    );
  }
  if (marked.type === "document" && marked.format !== "pdf") refuse(`${at}.type: Field required`);
}

function partOf(block: AmazonBlock, at: string): AskedPart {
  const { image, video, document, toolUse, toolResult, reasoningContent, guardContent } = block;
  if (block.text !== undefined) return { type: "text", text: block.text, guarded: null, at };
  if (image !== undefined) {
    const data = image.source.bytes ?? "";
    return { type: "image", format: image.format, data, guarded: false, at };
  }
  if (video !== undefined) {
    return { type: "video", format: video.format, data: video.source.bytes ?? "", at };
  }
  if (document !== undefined) {
    const { bytes = "", text, content } = document.source;
    const words = text ?? content?.map((part) => part.text).join("\n");
    return {
      type: "document",
      name: document.name,
      format: document.format ?? "txt",
      data: bytes,
      ...words !== undefined && { text: words },
      at,
    };
  }
  if (toolUse !== undefined) {
    if (!isObject(toolUse.input)) throw notAnObject(`${at}.toolUse.input`);
    return {
      type: "tool_use",
      id: toolUse.toolUseId,
      name: toolUse.name,
      input: toolUse.input,
      at,
    };
  }
  if (toolResult !== undefined) return resultOf(toolResult, at);
  if (reasoningContent?.reasoningText !== undefined) {
    const { text, signature = null } = reasoningContent.reasoningText;
    return { type: "thinking", text, signature, at };
  }
  if (reasoningContent?.redactedContent !== undefined) {
    return { type: "redacted_thinking", data: reasoningContent.redactedContent, at };
  }
  if (guardContent?.text !== undefined) {
    const { text } = guardContent.text;
    return { type: "text", text, guarded: text, at };
  }
  if (guardContent?.image !== undefined) {
    const { format, source } = guardContent.image;
    return { type: "image", format, data: source.bytes ?? "", guarded: true, at };
  }
  return { type: "other", value: block, at };
}

function resultOf(result: NonNullable<AmazonBlock["toolResult"]>, at: string): AskedPart {
  if (result.content.length === 0) {
    // The words for this are not known.
    throw invalid(
      `The content field in the ToolResultBlock object at ${at}.toolResult is empty. Add a ToolResultContentBlock object to the content field and try again.`,
    );
  }
  return {
    type: "tool_result",
    toolUseId: result.toolUseId,
    isError: result.status === "error",
    parts: result.content.map((inner, index): AskedPart => {
      const inside = `${at}.toolResult.content.${index}`;
      if (inner.json === undefined) return partOf(inner as AmazonBlock, inside);
      if (!isObject(inner.json)) throw notAnObject(`${inside}.json`);
      return { type: "text", text: JSON.stringify(inner.json), guarded: null, at: inside };
    }),
    at,
  };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notAnObject(at: string) {
  return invalid(
    `The format of the value at ${at} is invalid. Provide a json object for the field and try again.`,
  );
}
