import type { AskedPart } from "../answers/asked_part.ts";
import { invalid } from "../wire/aws_error.ts";
import type { ClaudeBlock } from "./claude_content.ts";
import type { GuardTags } from "./guard_tags.ts";

/** One block of a Claude body. */
export function claudePart(block: ClaudeBlock, at: string, tags: GuardTags): AskedPart {
  const marked = "cache_control" in block && block.cache_control !== undefined
    ? { cache: block.cache_control.ttl ?? "5m" as const, at }
    : { at };
  switch (block.type) {
    case "text":
      return { type: "text", ...tags.read(block.text), ...marked };
    case "image": {
      const format = block.source.media_type.slice("image/".length);
      return { type: "image", format, data: block.source.data, guarded: false, ...marked };
    }
    case "document": {
      const { source, title = null } = block;
      const named = { type: "document", name: title, ...marked } as const;
      return source.type === "base64"
        ? { ...named, format: "pdf", data: source.data }
        : source.type === "text"
        ? { ...named, format: "txt", data: "", text: source.data }
        : { ...named, format: "txt", data: "", text: JSON.stringify(source.content) };
    }
    case "tool_use":
      return { type: "tool_use", id: block.id, name: block.name, input: block.input, ...marked };
    case "tool_result":
      return {
        type: "tool_result",
        toolUseId: block.tool_use_id,
        parts: resultParts(block.content ?? [], at),
        isError: block.is_error ?? false,
        ...marked,
      };
    case "thinking":
      return { type: "thinking", text: block.thinking, signature: block.signature, at };
    case "redacted_thinking":
      return { type: "redacted_thinking", data: block.data, at };
    default:
      return block satisfies never;
  }
}

type ResultContent = NonNullable<Extract<ClaudeBlock, { type: "tool_result" }>["content"]>;

/** Results are not what the guardrail looks at, so no tags count in them. */
function resultParts(content: ResultContent, at: string): AskedPart[] {
  const inside = `${at}.tool_result.content`;
  if (typeof content === "string") {
    return content === "" ? [] : [{ type: "text", text: content, guarded: null, at: inside }];
  }
  return content.map((inner, index) => {
    if (inner.type === "text") checkText(inner.text);
    return claudePart(inner, `${inside}.${index}`, { read: (text) => ({ text, guarded: null }) });
  });
}

/** Refuses blank text, which no model of the family takes anywhere. */
export function checkText(text: string): void {
  if (text === "") throw invalid("messages: text content blocks must be non-empty");
  if (text.trim() === "") {
    throw invalid("messages: text content blocks must contain non-whitespace text");
  }
}
