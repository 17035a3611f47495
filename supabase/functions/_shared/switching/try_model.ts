import { z } from "zod";
import { AppError, codeOf } from "../core/app_error.ts";
import { type Message, textOf } from "../core/content.ts";
import type { Json } from "../database.types.ts";
import { callDatabase } from "../database/call_database.ts";
import { isPassing } from "../database/database_error.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import type { Model } from "../registry/model.ts";
import { obstacleOf } from "../registry/model_usability.ts";
import { useFor } from "../registry/model_use.ts";
import type { Registry } from "../registry/registry.ts";
import type { ModelCaller } from "../runs/call_models.ts";
import { CircuitBreaker } from "../runs/circuit_breaker.ts";
import type { AttemptPolicy } from "../runs/model_attempts.ts";
import { outcomeOf, run } from "../runs/run.ts";
import type { RunOutcome } from "../runs/run_event.ts";
import { type RunRecord, tokenFiguresOf } from "../runs/run_record.ts";
import type { RunDependencies } from "../runs/run_request.ts";
import { describeChoice } from "../selection/choices.ts";
import { lackOf, needsOf } from "../selection/content_needs.ts";
import type { Trial } from "./trial.ts";

/** What is asked of each model. */
export interface TrialRequest {
  /** With the models and the assistant. */
  readonly registry: Registry;
  readonly assistantType: string;
  readonly question: Message;
  /** Names the operator's request. */
  readonly requestId: string;
  /** Stops the call of the model when it is aborted. */
  readonly signal: AbortSignal;
}

/** What trials are made with. */
export interface TrialDependencies
  extends
    ModelCaller,
    Omit<AttemptPolicy, "breaker" | "modelEnded">,
    Pick<RunDependencies, "functionRegion"> {
  /** Milliseconds that a model has for its answer. */
  readonly timeoutMs: number;
  readonly randomId: () => string;
  /** The time of day. */
  readonly today: () => Date;
  /** Enters a trial in the ledger; returns its cost, null where it is not known. */
  readonly record: (trial: TrialEnd) => Promise<number | null>;
  /** Told of a trial that could not be entered. */
  readonly reportLoss: (id: string, error: unknown) => void;
}

/** A trial, and whether the ledger has it: one that was refused used nothing, and need not be. */
export interface EndedTrial {
  readonly trial: Trial;
  readonly isRecorded: boolean;
}

/** A trial that has ended, without its words. */
export interface TrialEnd {
  readonly id: string;
  readonly assistant_type: string;
  readonly run: RunRecord;
}

/**
 * Most milliseconds that a model has in a trial: the answer comes when all have ended and are in the
 * ledger, and the platform ends a request that has sent nothing for 150 s.
 *
 * @see https://supabase.com/docs/guides/functions/limits
 */
export const longestTrialMs = 100_000;

/**
 * Asks one model as an assistant, available or not, and no other in its place. Changes nothing, and
 * says nothing to the breaker of the turns. The ledger gets its figures; its words go to the caller
 * only. Never throws.
 */
export async function tryModel(
  model: Model,
  request: TrialRequest,
  dependencies: TrialDependencies,
): Promise<EndedTrial> {
  const { registry, assistantType, question } = request;
  const use = useFor(registry, assistantType);
  const needs = needsOf(question);
  const obstacle = obstacleOf("retired", model, use) ??
    obstacleOf("outside_geographies", model, use) ??
    obstacleOf("provider_retains", model, use) ??
    (lackOf(model, needs) === null
      ? null
      : describeChoice("content", model, { registry, needs, assistantType }));
  if (obstacle !== null) return { trial: refusedTrial(model, obstacle), isRecorded: true };
  const id = dependencies.randomId();
  const outcome = await askModel(id, model, request, dependencies);
  try {
    const end = { id, assistant_type: assistantType, run: outcome.record };
    const cost = await dependencies.record(end);
    return { trial: describeTrial(model, outcome, cost), isRecorded: true };
  } catch (error) {
    // The answer is there and paid for, and worth more than its figures.
    dependencies.reportLoss(id, error);
    return { trial: describeTrial(model, outcome, null), isRecorded: false };
  }
}

function askModel(
  id: string,
  model: Model,
  { registry, assistantType, question, requestId, signal }: TrialRequest,
  { timeoutMs, ...dependencies }: TrialDependencies,
): Promise<RunOutcome> {
  const { now } = dependencies;
  // As if it were available, for this run only.
  const models = registry.models.map((each) =>
    each.model_id === model.model_id ? { ...each, is_available: true } : each
  );
  return outcomeOf(run({
    identity: { purpose: "trial", requestId, questionId: id, attempt: 1 },
    history: [],
    historyLength: 0,
    question,
    assistantType,
    pinnedModelId: null,
    requestedModelId: model.model_id,
    useCase: null,
    fallback: false,
    // Limits are of those who ask, and count trials.
    budget: null,
    userId: "trial",
    registryVersion: registry.version,
    registryHash: registry.hash,
    startedAt: now(),
    timeoutMs: Math.min(timeoutMs, longestTrialMs),
    historyTokens: 0,
    streamed: true,
    signal,
  }, {
    ...dependencies,
    breaker: new CircuitBreaker({ now }),
    modelEnded: () => {},
    registry: { get: () => Promise.resolve({ registry: { ...registry, models }, stale: false }) },
  }));
}

function describeTrial(model: Model, outcome: RunOutcome, cost: number | null): Trial {
  const { record } = outcome;
  return {
    model_id: model.model_id,
    model_name: model.model_name,
    status: record.status,
    text: outcome.kind === "failed" ? "" : textOf(outcome.answer.blocks),
    error: outcome.kind === "complete" ? null : describeError(outcome.error),
    stop_reason: record.stop_reason,
    ...tokenFiguresOf(record),
    usage_estimated: record.usage_estimated ?? false,
    cost_usd: cost,
    time_to_first_token_ms: record.time_to_first_token_ms,
    response_time_ms: record.response_time_ms ?? 0,
  };
}

/** A model that is not called has used nothing. */
function refusedTrial(model: Model, { code, message }: Trial["error"] & object): Trial {
  return {
    model_id: model.model_id,
    model_name: model.model_name,
    status: "failed",
    text: "",
    error: { code, message },
    stop_reason: null,
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_write_tokens: null,
    cache_write_1h_tokens: null,
    thinking_tokens: null,
    usage_estimated: false,
    cost_usd: null,
    time_to_first_token_ms: null,
    response_time_ms: 0,
  };
}

function describeError(error: unknown): NonNullable<Trial["error"]> {
  const { code, message } = error instanceof AppError ? error : new AppError(codeOf(error));
  return { code, message };
}

/**
 * Enters a trial in the ledger, where the database is away with two more tries. May be repeated.
 *
 * @returns its cost at the prices of the moment; null where a price or a count is not known
 * @throws {AppError} `database_unavailable`, `database_error`
 */
export async function recordTrial(
  database: RpcClient,
  trial: TrialEnd,
  sleep: (ms: number) => Promise<void>,
): Promise<number | null> {
  // As JSON, which is what the argument is; the generated type asks for an index signature.
  const p_trial = trial as unknown as Json;
  for (let tries = 1;; tries++) {
    try {
      return await callDatabase(
        database.rpc("record_trial", { p_trial }),
        z.number().nullable(),
      );
    } catch (error) {
      if (tries === 3 || !isPassing(error)) throw error;
      await sleep(1000 * tries);
    }
  }
}
