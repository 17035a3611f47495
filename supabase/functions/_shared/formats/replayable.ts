/** What is left of a conversation once it is fitted to a model: what a format may be given. */
import type {
  DocumentBlock,
  ImageBlock,
  InlineSource,
  RedactedThinkingBlock,
  Role,
  TextBlock,
  ThinkingBlock,
  ToolResultBlock,
  ToolUseBlock,
} from "../core/content.ts";

/** Reasoning that its model can recognise as its own. */
export interface SignedThinkingBlock extends ThinkingBlock {
  readonly signature: string;
}

/** An image whose bytes are here. */
export interface InlineImageBlock extends ImageBlock {
  readonly source: InlineSource;
}

/** A document whose bytes are here, under a name that every model accepts. */
export interface InlineDocumentBlock extends DocumentBlock {
  readonly source: InlineSource;
}

/** A call of a tool by the model's name for it. */
export interface ReplayableToolUse extends ToolUseBlock {
  readonly input: Readonly<Record<string, unknown>>;
}

/** What a tool gave; never empty. */
export interface ReplayableToolResult extends ToolResultBlock {
  readonly content: readonly (TextBlock | InlineImageBlock)[];
}

/** A block that may be sent to a model. */
export type ReplayableBlock =
  | TextBlock
  | InlineImageBlock
  | InlineDocumentBlock
  | SignedThinkingBlock
  | RedactedThinkingBlock
  | ReplayableToolUse
  | ReplayableToolResult;

/**
 * A message that every format accepts. It is not empty and no text in it is blank; every call of a
 * tool has its result in the message that follows, where results come first.
 */
export interface ReplayableMessage {
  readonly role: Role;
  readonly blocks: readonly ReplayableBlock[];
  readonly isOurs?: true;
}
