import type { RunIdentity } from "../formats/request_metadata.ts";
import type { Budget } from "../limits/budget.ts";
import type { RaiseBudget } from "../limits/run_budget.ts";
import type { RegistryCache } from "../registry/registry_cache.ts";
import type { ModelCaller } from "./call_models.ts";
import type { AttemptPolicy } from "./model_attempts.ts";
import type { RunQuestion } from "./run_plan.ts";

/** One question put to the models of the registry. */
export interface RunRequest extends RunQuestion {
  /** What its calls of models are known by, to AWS too. */
  readonly identity: RunIdentity;
  /** Who asks. */
  readonly userId: string;
  /** The registry's version as of which the model is chosen. */
  readonly registryVersion: number;
  /** The hash that names the history of that version. */
  readonly registryHash: string;
  /** When the request was received, by the clock. */
  readonly startedAt: number;
  /** Milliseconds from `startedAt` until the run must be over. */
  readonly timeoutMs: number;
  /**
   * Most tokens of history that are sent, by estimate. Null: all of it is, however long; what is too
   * long for a model is `input_too_long`.
   */
  readonly historyTokens: number | null;
  /** What its calls may use together; null: no hard limit of money or tokens holds. */
  readonly budget: Budget | null;
  /** Whether the answer comes as it arrives, or as a whole. */
  readonly streamed: boolean;
  /** Stops the call of a model when it is aborted; undefined: nothing does. */
  readonly signal: AbortSignal | undefined;
}

/** What runs are made with; but for `raiseBudget`, the same for all runs of an instance. */
export interface RunDependencies extends ModelCaller, AttemptPolicy {
  readonly registry: Pick<RegistryCache, "get">;
  /** The AWS region that the function runs in; null where the platform does not say. */
  readonly functionRegion: string | null;
  /** The time of day. */
  readonly today: () => Date;
  /** Raises what the run may use in total. Default: it uses no more than its budget. */
  readonly raiseBudget?: RaiseBudget;
}
