/**
 * The neutral message model between the conversation and the formats. A stored message is a list
 * of these blocks; each format encodes them for Bedrock and decodes them back.
 */

/**
 * Asks a model that caches prompts to cache everything up to and including the block. `ttl`: how
 * long; null for the shortest that the model has.
 */
export interface CacheMark {
  readonly ttl: CacheTtl | null;
}

export const cacheTtls = ["5m", "1h"] as const;
export type CacheTtl = typeof cacheTtls[number];

/** What a block of a request may carry besides its content. */
interface Markable {
  readonly cache?: CacheMark;
}

/** Text to show. */
export interface TextBlock extends Markable {
  readonly type: "text";
  readonly text: string;
  /** Words of ours among the user's, which no guardrail is to look at. Never stored. */
  readonly isOurs?: true;
}

export const imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;
export type ImageType = typeof imageTypes[number];

/** Media types of documents, and the name that Converse has for each. */
export const documentFormats = {
  "application/pdf": "pdf",
  "text/csv": "csv",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/html": "html",
  "text/plain": "txt",
  "text/markdown": "md",
} as const;
export type DocumentType = keyof typeof documentFormats;

/** Whether a document is text, which every model reads. */
export function isTextType(type: string): boolean {
  return type.startsWith("text/");
}

/** Bytes that are here. */
export interface InlineSource {
  readonly kind: "base64";
  /** Base64, as it came and as it is sent on: it is never decoded for a model. */
  readonly data: string;
}

/** Bytes that lie in Supabase Storage. They are fetched before a model is called. */
export interface StoredSource {
  readonly kind: "storage";
  readonly bucket: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export type MediaSource = InlineSource | StoredSource;

/** A picture. */
export interface ImageBlock extends Markable {
  readonly type: "image";
  readonly mediaType: ImageType;
  readonly source: MediaSource;
}

/** A file to read. Those of text types are UTF-8. */
export interface DocumentBlock extends Markable {
  readonly type: "document";
  readonly mediaType: DocumentType;
  /** As its owner called it; a model is sent a name that it accepts. */
  readonly name: string;
  readonly source: MediaSource;
}

/**
 * The model's own reasoning. `signature` proves to the model that the text is its own, so the
 * block is replayed unmodified to the model that wrote it and to no other. The text may be empty
 * where the signature is not.
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
export interface ToolUseBlock extends Markable {
  readonly type: "tool-use";
  readonly id: string;
  /** The caller's name of the tool, whatever the model was told to call it. */
  readonly name: string;
  readonly input: unknown;
}

/** What a tool gave. */
export interface ToolResultBlock extends Markable {
  readonly type: "tool-result";
  readonly toolUseId: string;
  /** May be empty. */
  readonly content: readonly (TextBlock | ImageBlock | DocumentBlock)[];
  readonly isError: boolean;
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

export type MediaBlock = ImageBlock | DocumentBlock;

export type ContentBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | ToolResultBlock
  | OpaqueBlock;

export type Role = "user" | "assistant";

/** One message of a conversation. */
export interface Message {
  readonly role: Role;
  readonly blocks: readonly ContentBlock[];
  /** The model that wrote it; null for the user's. */
  readonly modelId: string | null;
  /** Written by us in the user's place; a guardrail looks at the user's words instead. */
  readonly isOurs?: true;
}

/** The text that a person reads: all text blocks, in order, with nothing between them. */
export function textOf(blocks: readonly ContentBlock[]): string {
  return blocks.map((block) => block.type === "text" ? block.text : "").join("");
}

/** All media of blocks, those in results of tools too. */
export function mediaOf(blocks: readonly ContentBlock[]): readonly MediaBlock[] {
  return blocks.flatMap((block) => {
    if (block.type === "tool-result") return mediaOf(block.content);
    return isMedia(block) ? [block] : [];
  });
}

export function isMedia(block: ContentBlock): block is MediaBlock {
  return block.type === "image" || block.type === "document";
}

/** Bytes of media; of base64 by its length, without decoding it. */
export function bytesOf(source: MediaSource): number {
  if (source.kind === "storage") return source.size;
  const { data } = source;
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  return Math.floor(data.length * 3 / 4) - padding;
}

/** Whether the blocks say no more than their text does, so that the text alone can be stored. */
export function isPlainText(blocks: readonly ContentBlock[]): boolean {
  return blocks.every((block) => block.type === "text");
}
