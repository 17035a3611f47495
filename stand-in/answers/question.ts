import { mediaSize } from "./media_size.ts";

/** What is asked of a model, whichever body it came in. */
export interface Question {
  /** All system blocks, one per line; empty when there are none. */
  readonly system: string;
  readonly messages: readonly AskedMessage[];
  readonly settings: AskedSettings;
  /** Whether the answer begins with a thinking block. */
  readonly thinks: boolean;
}

export interface AskedMessage {
  readonly role: "user" | "assistant";
  readonly parts: readonly AskedPart[];
  /** The text blocks only, joined. */
  readonly text: string;
}

/** One block of a message. */
export interface AskedPart {
  /** A text block's text; of every other block, its JSON. */
  readonly content: string;
  /** Bytes of an image, video or document in it. */
  readonly mediaBytes: number;
}

export interface AskedSettings {
  /** Null: the model's maximum. */
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stopSequences: readonly string[];
}

/** Turns the blocks of one message into an {@linkcode AskedMessage}. */
export function askedMessage(
  role: "user" | "assistant",
  blocks: readonly Readonly<Record<string, unknown>>[],
): AskedMessage {
  const textOf = (block: Readonly<Record<string, unknown>>) =>
    typeof block["text"] === "string" ? block["text"] : null;
  return {
    role,
    parts: blocks.map((block) => ({
      content: textOf(block) ?? JSON.stringify(block),
      mediaBytes: mediaSize(block),
    })),
    text: blocks.map(textOf).filter((text) => text !== null).join("\n"),
  };
}
