/** A conversation as it is shown. */
import type { AnsweringModel, Provenance, TurnUsage } from "./chat_types.ts";
import type { Question, ToolResult } from "./question.ts";

export type TurnState =
  | "waiting"
  | "streaming"
  | "complete"
  | "partial"
  | "failed"
  | "stopped";

/** A file of a question. */
export interface ShownMedia {
  /** Null: an image that was read from the store, which keeps no name. */
  readonly name: string | null;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** Base64, where the question was asked on this page. */
  readonly data?: string;
}

export interface ShownToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface ShownThinking {
  /** Null: the model that answered. */
  readonly modelId: string | null;
  /** Empty where the words were not asked for. */
  readonly text: string;
  /** Whether it goes on. */
  readonly goesOn: boolean;
}

/** What an answer says of its making. */
export type Making = Pick<
  Provenance,
  "generated_at" | "function_region" | "model_geographies" | "prompt_hash" | "disclosure"
>;

export interface ShownTurn {
  readonly requestId: string;
  readonly question: string;
  readonly attached: readonly ShownMedia[];
  /** What tools gave, which the question brought. */
  readonly results: readonly ToolResult[];
  /** What to send to ask it again; null where not all of it is here any more. */
  readonly asked: Question | null;
  readonly thinking: ShownThinking | null;
  readonly answer: string;
  readonly toolUses: readonly ShownToolUse[];
  readonly state: TurnState;
  readonly model: AnsweringModel | null;
  readonly usage: TurnUsage | null;
  readonly registryVersion: number | null;
  /** Null until the answer is there, and where none came. */
  readonly made: Making | null;
  readonly responseTimeMs: number | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    /** When the same question may be answered, where that is within a minute. */
    readonly retryAfterSeconds: number | null;
  } | null;
  /** Remarks about how it was answered or stored. */
  readonly notes: readonly string[];
}

export interface Transcript {
  /** Null: the next question begins a conversation. */
  readonly conversationId: string | null;
  readonly turns: readonly ShownTurn[];
}

export const emptyTranscript: Transcript = { conversationId: null, turns: [] };
