/** An answer before it takes the shape of a format. */
export interface Answer {
  readonly blocks: readonly AnswerBlock[];
  /** In the words of the format that was asked. */
  readonly stopReason: string;
  readonly stopSequence: string | null;
  /** Null: the answer carries no usage. */
  readonly usage: AnswerUsage | null;
  /** What a guardrail did; null: there was none. */
  readonly guarded?: Guarded | null;
}

/** What a guardrail did with a call. */
export interface Guarded {
  readonly id: string;
  readonly intervened: boolean;
  /** Whether the question or the answer was replaced, and not only masked. */
  readonly blocked: boolean;
  /** Null: the caller did not ask for it. */
  readonly trace: { readonly input: Assessment | null; readonly output: Assessment | null } | null;
}

/** A guardrail's finding, as AWS writes it. */
export type Assessment = Readonly<Record<string, unknown>>;

/** Tokens; the first four do not overlap. */
export interface AnswerUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  /** All that was written, for however long. */
  readonly cacheWriteTokens: number;
  /** The part of `cacheWriteTokens` that is kept for an hour. */
  readonly cacheWrite1hTokens: number;
  /** The part of `outputTokens` that was thinking. */
  readonly thinkingTokens: number;
}

export type AnswerBlock =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "thinking";
    readonly text: string;
    /** Null: the model does not sign. */
    readonly signature: string | null;
  }
  | { readonly type: "redacted_thinking"; /** Base64. */ readonly data: string }
  | {
    readonly type: "tool_use";
    readonly id: string;
    readonly name: string;
    /** An object; a text is broken JSON, which only a stream shows as it is. */
    readonly input: Readonly<Record<string, unknown>> | string;
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
      return block.name +
        (typeof block.input === "string" ? block.input : JSON.stringify(block.input));
    case "native":
      return JSON.stringify(block.value);
    default:
      return block satisfies never;
  }
}
