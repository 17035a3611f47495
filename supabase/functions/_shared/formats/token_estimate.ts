/**
 * Tokens by estimate, from above: for the room that a history has, and for what a call is billed whose
 * model did not tell.
 */
import {
  bytesOf,
  type ContentBlock,
  isTextType,
  type MediaBlock,
  type Message,
} from "../core/content.ts";
import type { Asked, ModelRequest, Tool } from "./model_format.ts";

/** Tokens that a message costs beside its content: its role and its frame. */
const tokensPerMessage = 8;

/**
 * Tokens of an image. Models scale larger ones down, so that none costs more; a small one costs less.
 *
 * @see https://docs.claude.com/en/docs/build-with-claude/vision
 */
export const tokensPerImage = 1_600;

/** Bytes for a token of a document that is not text: a page of it takes some 50 KB. */
const bytesPerToken = 30;

/**
 * Estimates tokens from above: a byte in UTF-8 is a third of a token. That is generous for Latin
 * scripts (about four bytes) and right for those where a character is a token of three bytes.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / 3);
}

type Blocks = Pick<Message, "blocks">;

/** Estimates the tokens of a message. */
export function tokensOf({ blocks }: Blocks): number {
  return tokensPerMessage + sum(blocks, tokensOfBlock);
}

/** Estimates the tokens of all that is asked. */
export function tokensAsked(
  asked: Pick<Asked, "system" | "tools"> & { readonly messages: readonly Blocks[] },
): number {
  return sum(asked.system, tokensOfBlock) + sum(asked.messages, tokensOf) +
    sum(asked.tools, tokensOfTool);
}

/** Estimates the tokens of a tool's definition. */
export function tokensOfTool(tool: Tool): number {
  return tokensUnmarked(tool);
}

/** Estimates the tokens of all that a model is sent. */
export function tokensSent({ system, messages, tools, output }: ModelRequest): number {
  return tokensAsked({ system, messages, tools: tools?.tools ?? [] }) +
    (output?.by === "model" ? estimateTokens(JSON.stringify(output.schema.schema)) : 0);
}

/**
 * Tokens that a model's own instructions on tools come to, about.
 *
 * @see https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview
 */
export const tokensOfToolPrompt = 400;

/** Estimates the tokens of the whole prompt: all that is sent, and what the model's maker adds. */
export function tokensOfPrompt(request: ModelRequest): number {
  return tokensSent(request) + (request.tools === null ? 0 : tokensOfToolPrompt);
}

/** Estimates the tokens of a block. */
export function tokensOfBlock(block: ContentBlock): number {
  switch (block.type) {
    case "text":
      return estimateTokens(block.text);
    case "image":
    case "document":
      return tokensOfMedia(block);
    case "tool-result":
      return estimateTokens(block.toolUseId) + sum(block.content, tokensOfBlock);
    case "thinking":
    case "redacted-thinking":
    case "tool-use":
    case "opaque":
      return tokensUnmarked(block);
    default:
      return block satisfies never;
  }
}

/** Estimates the tokens of an image or a document. */
export function tokensOfMedia(block: MediaBlock): number {
  if (block.type === "image") return tokensPerImage;
  const bytes = bytesOf(block.source);
  return Math.ceil(bytes / (isTextType(block.mediaType) ? 3 : bytesPerToken));
}

/** The caller's cache mark is no part of what a model reads. */
function tokensUnmarked(part: Tool | ContentBlock): number {
  return estimateTokens(JSON.stringify({ ...part, cache: undefined }));
}

function sum<T>(items: readonly T[], tokens: (item: T) => number): number {
  return items.reduce((total, item) => total + tokens(item), 0);
}
