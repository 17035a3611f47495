import { AppError, codeOf, type ErrorCode } from "../core/app_error.ts";
import { isOverBudget } from "../limits/run_budget.ts";
import type { Selection } from "../selection/selection.ts";
import type { CircuitBreaker } from "./circuit_breaker.ts";
import { firstPermitted, ofAnotherMaker, type PermittedModels } from "./permitted_models.ts";
import { retryDelay, type RetryRule, retryRule } from "./retry_policy.ts";

/** What attempts depend on; the same for all runs of an instance. */
export interface AttemptPolicy {
  readonly breaker: CircuitBreaker;
  /** Told that AWS has ended a model, so that every instance can learn it. */
  readonly modelEnded: (modelId: string) => void;
  /** Base of the waits between tries, in milliseconds. */
  readonly retryBaseMs: number;
  /** Waits, but no longer than until the signal is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

export interface AttemptRequest<Result> extends PermittedModels {
  /** When the turn must be over, by the clock. */
  readonly deadline: number;
  /** Calls a model; rejects with an `AppError` after the time that it has. */
  readonly call: (selection: Selection, time: CallTime) => Promise<Result>;
  /** Who asks. */
  readonly userId: string;
  /**
   * Whether an answer that has begun may still break off. Then the breaker is not told of a success
   * here: the reader of the answer tells it how it ended. False.
   */
  readonly mayBreakOff?: boolean;
  /** Aborted when the caller has gone away. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a call may take, in milliseconds. */
export interface CallTime {
  /** Until the model must have begun to answer: some is left for the next model, if there is one. */
  readonly toBeginMs: number;
  /** Until the turn must be over. */
  readonly leftMs: number;
}

/** How much of the time that is left a model may use up while another could still answer. */
const shareOfTime = 2 / 3;

/** Which model should have answered, and why it did not. */
export interface Fallback {
  readonly requestedModelId: string;
  readonly code: ErrorCode;
}

export type AttemptOutcome<Result> =
  & {
    /** The model that answered or, where none did, whose error it is. */
    readonly selection: Selection;
    /** Calls made, of all models together. */
    readonly attempts: number;
    /** Where `selection` is not the model that should have answered. */
    readonly fallback: Fallback | null;
  }
  & (
    | { readonly kind: "answered"; readonly result: Result }
    | { readonly kind: "failed"; readonly error: unknown }
  );

/**
 * Calls the first model that can answer: each as often as the error allows, with a wait between,
 * then the next. A model that keeps failing here is skipped, unless there is no other.
 *
 * When none answers, the error is that of the first, which should have.
 */
export async function attemptModels<Result>(
  request: AttemptRequest<Result>,
  policy: AttemptPolicy,
): Promise<AttemptOutcome<Result>> {
  const { breaker } = policy;
  const models = firstPermitted(request);
  const [first] = models;
  if (first === undefined) throw new RangeError("there must be a candidate");
  const admitted = models.filter(({ model }) => breaker.admits(model.model_id));
  /** Why the first model does not answer. */
  let reason: ErrorCode | undefined = admitted.includes(first) ? undefined : "model_suspended";
  const queue = admitted.length > 0 ? admitted : [first];
  let failure: Failure | undefined;
  let attempts = 0;
  let last = first;
  let isLastTry = false;
  while (queue.length > 0 && (failure === undefined || timeLeft(request, policy) > 0)) {
    last = queue.shift() ?? first;
    const share = queue.length === 0 ? 1 : shareOfTime;
    const outcome = await callRepeatedly(last, share, request, policy);
    attempts += outcome.attempts;
    if (outcome.kind === "answered") {
      release(queue, breaker);
      const fallback = fallbackOf(first, last, reason);
      return { kind: "answered", result: outcome.result, selection: last, attempts, fallback };
    }
    reason ??= outcome.code;
    if (failure === undefined || request.signal?.aborted) failure = { ...outcome, selection: last };
    const rule = retryRule(outcome.code);
    if (endsRun(rule, last) || isLastTry) break;
    if (rule.fallback === "another_maker") {
      // If that one fails too, it is the request's fault, not the models'.
      isLastTry = true;
      release(queue.splice(0), breaker);
      queue.push(...ofAnotherMaker(last, request, ({ model }) => breaker.admits(model.model_id)));
    }
  }
  release(queue, breaker);
  const selection = failure?.selection ?? last;
  const fallback = fallbackOf(first, selection, reason);
  return { kind: "failed", error: failure?.error, selection, attempts, fallback };
}

/** What the due model costs is no reason for another one to answer. */
function endsRun({ fallback }: RetryRule, { isDue }: Selection): boolean {
  return fallback === "none" || (fallback === "unless_due" && isDue);
}

interface Failure {
  readonly error: unknown;
  readonly code: ErrorCode;
  readonly selection: Selection;
}

function fallbackOf(
  first: Selection,
  answering: Selection,
  failed: ErrorCode | undefined,
): Fallback | null {
  const { replaced } = first;
  if (replaced !== null) return { requestedModelId: replaced.modelId, code: replaced.code };
  if (answering === first || failed === undefined) return null;
  return { requestedModelId: first.model.model_id, code: failed };
}

/** Models that were admitted and then not needed. */
function release(models: readonly Selection[], breaker: CircuitBreaker): void {
  for (const { model } of models) breaker.released(model.model_id);
}

function timeLeft<Result>({ deadline }: AttemptRequest<Result>, { now }: AttemptPolicy): number {
  return deadline - now();
}

type ModelOutcome<Result> =
  | { readonly kind: "answered"; readonly result: Result; readonly attempts: number }
  | {
    readonly kind: "failed";
    readonly error: unknown;
    readonly code: ErrorCode;
    readonly attempts: number;
  };

async function callRepeatedly<Result>(
  selection: Selection,
  share: number,
  request: AttemptRequest<Result>,
  policy: AttemptPolicy,
): Promise<ModelOutcome<Result>> {
  const { breaker, retryBaseMs, sleep, random } = policy;
  const { model_id } = selection.model;
  let failed: unknown = null;
  for (let attempts = 1;; attempts++) {
    if (request.signal?.aborted) {
      breaker.released(model_id);
      const { reason } = request.signal;
      return { kind: "failed", error: reason, code: codeOf(reason), attempts: attempts - 1 };
    }
    try {
      const leftMs = Math.max(1, timeLeft(request, policy));
      const result = await request.call(selection, {
        leftMs,
        toBeginMs: Math.round(share * leftMs),
      });
      if (!request.mayBreakOff) breaker.succeeded(model_id);
      return { kind: "answered", result, attempts };
    } catch (thrown) {
      // A further try that cannot be paid for leaves the error of the one before.
      const isUnpaid = attempts > 1 && isOverBudget(thrown);
      const error = isUnpaid ? failed : thrown;
      const code = codeOf(error);
      const rule = retryRule(code);
      const retryAfter = error instanceof AppError ? error.retryAfterSeconds : undefined;
      const wait = retryDelay(attempts, retryBaseMs, retryAfter, random());
      if (isUnpaid || attempts >= rule.tries || wait >= timeLeft(request, policy)) {
        if (rule.verdict === "none") breaker.released(model_id);
        else breaker.failed(model_id, rule.verdict, request.userId);
        if (code === "bedrock_model_end_of_life") policy.modelEnded(model_id);
        return { kind: "failed", error, code, attempts };
      }
      failed = error;
      await sleep(wait, request.signal);
    }
  }
}
