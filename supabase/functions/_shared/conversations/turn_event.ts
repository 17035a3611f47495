import type { AppError } from "../core/app_error.ts";
import type { FinishedTurn } from "./finished_turn.ts";

/** What is kept of a turn that ended with an error. */
export interface KeptAnswer {
  readonly status: "partial" | "failed";
  /** The message that holds it; null where nothing is stored yet. */
  readonly messageId: string | null;
  /** Characters (UTF-16 code units) of text that are kept; 0 for a failed turn. */
  readonly characters: number;
}

/** A turn as it happens. Exactly one `done` or `error` comes, and it comes last. */
export type TurnEvent =
  | { readonly type: "turn-start"; readonly start: TurnStart }
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "done"; readonly turn: FinishedTurn }
  | {
    readonly type: "error";
    readonly error: AppError;
    readonly kept: KeptAnswer;
  };

/** Told when the answer begins: from then on no other model will answer. */
export interface TurnStart {
  readonly conversationId: string;
  /** The id that the answer is stored under. */
  readonly messageId: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly reason: string;
  readonly requestedModelId: string | null;
  readonly fallbackCode: string | null;
  readonly registryVersion: number | null;
}
