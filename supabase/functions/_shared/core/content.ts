/**
 * The neutral message model between the conversation and the formats. A stored message is a list
 * of these blocks; each format encodes them for Bedrock and decodes them back.
 */

/** Text to show. */
export interface TextBlock {
  readonly type: "text";
  readonly text: string;
}

/**
 * The model's own reasoning. `signature` proves to the model that the text is its own, so the
 * block is replayed unmodified to the model that wrote it and to no other.
 */
export interface ThinkingBlock {
  readonly type: "thinking";
  readonly text: string;
  readonly signature: string | null;
}

/** Reasoning that the provider returns encrypted; replayed like {@linkcode ThinkingBlock}. */
export interface RedactedThinkingBlock {
  readonly type: "redacted-thinking";
  /** Base64. */
  readonly data: string;
}

/** A tool that the model asks to have run. */
export interface ToolUseBlock {
  readonly type: "tool-use";
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/**
 * A block of a kind that this version does not interpret. It is stored as it came, so that nothing
 * is lost, and is not sent back.
 */
export interface OpaqueBlock {
  readonly type: "opaque";
  /** The provider's name of the kind, such as `image`. */
  readonly kind: string;
  readonly value: unknown;
}

export type ContentBlock =
  | TextBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | OpaqueBlock;

export type Role = "user" | "assistant";

/** One message of a conversation. */
export interface Message {
  readonly role: Role;
  readonly blocks: readonly ContentBlock[];
  /** The model that wrote it; null for the user's. */
  readonly modelId: string | null;
}

/** The text that a person reads: all text blocks, in order, with nothing between them. */
export function textOf(blocks: readonly ContentBlock[]): string {
  return blocks.map((block) => block.type === "text" ? block.text : "").join("");
}

/** Whether the blocks say no more than their text does, so that the text alone can be stored. */
export function isPlainText(blocks: readonly ContentBlock[]): boolean {
  return blocks.every((block) => block.type === "text");
}
