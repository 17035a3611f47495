import type { RunDependencies } from "../runs/run_request.ts";
import type { CompleteSurelyOptions } from "./complete_surely.ts";
import type { OnDisconnect } from "../registry/assistant.ts";
import type { ReportTurn } from "./turn_report.ts";
import type { Question, TurnStore } from "./turn_store.ts";

/** What a user asks of an assistant. */
export interface TurnRequest
  extends Omit<Question, "historyTurns" | "historyCharacters" | "staleAfterMs"> {
  /** Whether another model may answer when the chosen one cannot. */
  readonly fallback: boolean;
  /** What becomes of the turn when its caller leaves; null: as the assistant has it. */
  readonly onDisconnect: OnDisconnect | null;
}

/** What turns depend on; the same for all turns of an instance. */
export interface TurnOptions
  extends RunDependencies, Pick<CompleteSurelyOptions, "continueInBackground" | "reportLoss"> {
  readonly turns: Pick<TurnStore, "begin" | "complete">;
  /** Deadline of a turn, in milliseconds. */
  readonly timeoutMs: number;
  /** Most tokens of history that are sent, by estimate. */
  readonly historyTokens: number;
  readonly report: ReportTurn;
  readonly randomId: () => string;
  /** The time of day, for an answer that Postgres has not stamped yet. */
  readonly today: () => Date;
}
