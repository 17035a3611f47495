import type { ContentBlock } from "../core/content.ts";
import type { ObjectStore } from "../media/object_store.ts";
import type { OnDisconnect } from "../registry/assistant.ts";
import type { Effort } from "../registry/capabilities.ts";
import type { RunQuestion } from "../runs/run_plan.ts";
import type { RunDependencies } from "../runs/run_request.ts";
import type { TraceContext } from "../runtime/trace_context.ts";
import type { StoreSurelyOptions } from "../runs/store_surely.ts";
import type { Upload } from "./stored_media.ts";
import type { ReportTurn } from "./turn_report.ts";
import type { Question, TurnStore } from "./turn_store.ts";

/** What a user asks of an assistant. */
export interface TurnRequest
  extends
    Omit<Question, "historyTurns" | "historyCharacters" | "staleAfterMs" | "demand">,
    Pick<RunQuestion, "tools" | "toolChoice" | "outputSchema"> {
  /** The message as models get it: media are inline. */
  readonly content: readonly ContentBlock[];
  /** Media of the message that are to be kept. */
  readonly uploads: readonly Upload[];
  /** Of the user, for media in buckets of the project's own. */
  readonly accessToken: string;
  /** How much the model is to think; null: as the assistant or the model has it. */
  readonly effort: Effort | null;
  /** Whether the words of the model's thinking are shown. */
  readonly showThinking: boolean;
  /** Whether another model may answer when the chosen one cannot. */
  readonly fallback: boolean;
  /** The caller's place in a trace, for the log. Default: none. */
  readonly trace?: TraceContext | null;
  /** What becomes of the turn when its caller leaves; null: as the assistant has it. */
  readonly onDisconnect: OnDisconnect | null;
}

/** What turns depend on; the same for all turns of an instance. */
export interface TurnOptions
  extends RunDependencies, Pick<StoreSurelyOptions, "continueInBackground" | "reportLoss"> {
  readonly turns: Pick<TurnStore, "begin" | "raise" | "complete">;
  /** Where the media of messages are kept. */
  readonly objects: Pick<ObjectStore, "read" | "write">;
  /** Told of media that could not be kept: how many of a question's, and why the first. */
  readonly reportMediaLoss: (questionId: string, count: number, error: unknown) => void;
  /** Deadline of a turn, in milliseconds. */
  readonly timeoutMs: number;
  /** Most tokens of history that are sent, by estimate. */
  readonly historyTokens: number;
  readonly report: ReportTurn;
  readonly randomId: () => string;
}
