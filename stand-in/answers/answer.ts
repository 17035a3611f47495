/** An answer before it takes the shape of a format. */
export interface Answer {
  readonly blocks: readonly AnswerBlock[];
  /** In the words of the format that was asked. */
  readonly stopReason: string;
  readonly stopSequence: string | null;
  /** Null: the answer carries no usage. */
  readonly usage: AnswerUsage | null;
}

/** Tokens; the four do not overlap. */
export interface AnswerUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

export type AnswerBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly text: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; /** Base64. */ readonly data: string }
  | {
    readonly type: "tool_use";
    readonly id: string;
    readonly name: string;
    readonly input: Readonly<Record<string, unknown>>;
  }
  | {
    /** Sent as it is, in whichever format was asked. */
    readonly type: "native";
    readonly value: Readonly<Record<string, unknown>>;
  };

/** The text that counts towards a block's tokens. */
export function blockText(block: AnswerBlock): string {
  switch (block.type) {
    case "text":
    case "thinking":
      return block.text;
    case "redacted_thinking":
      return block.data;
    case "tool_use":
      return block.name + JSON.stringify(block.input);
    case "native":
      return JSON.stringify(block.value);
    default:
      return block satisfies never;
  }
}
