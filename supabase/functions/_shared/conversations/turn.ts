import type { AppError } from "../core/app_error.ts";
import type { ToolUseBlock } from "../core/content.ts";
import type { RunStart } from "../runs/run_event.ts";
import type { SentHistory } from "../runs/history_window.ts";
import type { StoredAnswer } from "./stored_answer.ts";

/** A turn that has begun. It is run once, by one of the two. */
export interface Turn {
  /**
   * The whole answer.
   *
   * @param gone gives the signal that is aborted when the caller has left; asked for only where
   * that stops the turn, because a server's own signal takes time to make
   * @throws {AppError} why there is none; the turn is then stored as failed, with the code
   */
  answer(gone: () => AbortSignal): Promise<FinishedTurn>;
  /**
   * The answer as it arrives: what came together is given together. Never throws: what fails is
   * told as the last event.
   *
   * @param gone aborted when the caller has left; where that stops the turn, what has come is stored
   * as partial
   */
  stream(gone: AbortSignal): AsyncGenerator<readonly TurnEvent[], void, void>;
}

/** A turn that has its answer. */
export interface FinishedTurn {
  readonly conversationId: string;
  readonly answer: StoredAnswer;
  /** Whether the answer is stored; if not yet, it is being tried. */
  readonly persisted: boolean;
  /** Whether the model was chosen from a registry that may be out of date. */
  readonly registryStale: boolean;
  /** How much of the conversation the model saw; null for a repeated answer. */
  readonly history: SentHistory | null;
}

/** A turn as it happens. Exactly one `done` or `error` comes, and it comes last. */
export type TurnEvent =
  | { readonly type: "turn-start"; readonly start: TurnStart }
  /**
   * The model thinks; before `turn-start` too, after which another model may still answer. `text`:
   * words of it, only where they are asked for.
   */
  | {
    readonly type: "thinking";
    readonly modelId: string;
    readonly text: string | null;
  }
  | { readonly type: "text-delta"; readonly text: string }
  /** A call of a tool, whole. */
  | { readonly type: "tool-use"; readonly call: ToolUseBlock }
  | { readonly type: "done"; readonly turn: FinishedTurn }
  | { readonly type: "error"; readonly error: AppError; readonly kept: KeptAnswer };

/** Told when the answer begins: from then on no other model will answer. */
export interface TurnStart extends
  Omit<
    RunStart,
    "registryVersion" | "answerTokensLeft" | "generatedAt" | "promptHash" | "functionRegion"
  > {
  readonly conversationId: string;
  /** The id that the answer is stored under. */
  readonly messageId: string;
  readonly registryVersion: number | null;
}

/** What is kept of a turn that ended with an error. */
export interface KeptAnswer {
  readonly status: "partial" | "failed";
  /** The message that holds it; null where nothing is stored yet. */
  readonly messageId: string | null;
  /** Characters (UTF-16 code units) of text that are kept; 0 for a failed turn. */
  readonly characters: number;
}
