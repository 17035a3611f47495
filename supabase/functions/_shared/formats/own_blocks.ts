import type { ContentBlock, Message } from "../core/content.ts";
import type { Model } from "../registry/model.ts";
import type { Fit } from "./fit.ts";

/** Without what the role cannot hold, and without reasoning that is not proven to be the model's. */
export function keepOwnBlocks(message: Message, { model, withheld, leaveOut }: Fit): Message {
  const isOwn = message.role === "assistant" && message.modelId === model.model_id &&
    takesReasoning(model) && withheld !== "thinking";
  const blocks = message.blocks.filter((block) => {
    const keeps = isKept(block, message.role, isOwn);
    if (!keeps) leaveOut(block);
    return keeps;
  });
  return { ...message, blocks };
}

/** Claude signs its reasoning and reads it again; other models do neither. */
function takesReasoning({ format, capabilities }: Model): boolean {
  const mode = capabilities.thinking?.mode;
  switch (format) {
    case "claude":
      return true;
    case "converse":
      return mode === "budget" || mode === "adaptive";
    case "nova":
      return false;
    default:
      return format satisfies never;
  }
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
