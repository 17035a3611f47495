import type { AttemptPolicy } from "../runs/model_attempts.ts";
import type { ModelStream, StreamLimits } from "../bedrock/model_stream.ts";
import type { ModelAnswer } from "../core/answer.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { RegistryCache } from "../registry/registry_cache.ts";
import type { CompleteSurelyOptions } from "./complete_surely.ts";
import type { FinishedTurn } from "./finished_turn.ts";
import type { TurnEvent } from "./turn_event.ts";
import type { TurnReport } from "./turn_report.ts";
import type { Question, TurnStore } from "./turn_store.ts";

/** A model's whole answer. */
export interface ModelCall {
  readonly answer: ModelAnswer;
  /** Milliseconds from the call until the first byte. */
  readonly timeToFirstByteMs: number;
}

/** What ended a turn before its time. */
export interface EarlyEnd {
  readonly error: unknown;
  /** What the error may quote, and the log must not: the texts of the conversation. */
  readonly words: readonly string[];
}

/** What turns are taken with; the same for all turns of an instance. */
export interface TurnOptions extends AttemptPolicy {
  readonly turns: Pick<TurnStore, "begin" | "complete">;
  readonly registry: RegistryCache;
  /** Calls a model and waits for the whole answer; rejects with an `AppError` after `timeoutMs`. */
  readonly callModel: (
    request: ModelRequest,
    timeoutMs: number,
  ) => Promise<ModelCall>;
  /** Calls a model and reads its answer as it comes. */
  readonly streamModel: (
    request: ModelRequest,
    limits: StreamLimits,
    signal: AbortSignal,
  ) => Promise<ModelStream>;
  /** Deadline of a turn, in milliseconds. */
  readonly timeoutMs: number;
  /** Most tokens of history that are sent, by estimate. */
  readonly historyTokens: number;
  readonly continueInBackground: CompleteSurelyOptions["continueInBackground"];
  readonly reportLoss: CompleteSurelyOptions["reportLoss"];
  /** Told of every turn once, when it has ended, and of what ended it before its time. */
  readonly report: (turn: TurnReport, ended?: EarlyEnd) => void;
  readonly randomId: () => string;
  /** The time of day, for an answer that Postgres has not stamped yet. */
  readonly today: () => Date;
}

/** What a user asks of an assistant. */
export interface TurnRequest
  extends Omit<Question, "historyTurns" | "historyCharacters" | "staleAfterMs"> {
  /** Whether another model may answer when the chosen one cannot. */
  readonly fallback: boolean;
}

/** A turn that has begun. It is taken once, by one of the two. */
export interface Turn {
  /**
   * The whole answer.
   *
   * @throws {AppError} why there is none; the turn is then stored as failed, with the code
   */
  answer(): Promise<FinishedTurn>;
  /**
   * The answer as it comes. Never throws: what fails is told as the last event. When `signal` is
   * aborted, the model's call is stopped and what has come is stored as partial.
   */
  stream(signal: AbortSignal): AsyncGenerator<TurnEvent, void, void>;
}
