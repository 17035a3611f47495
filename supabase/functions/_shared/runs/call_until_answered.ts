import type { Budget } from "../limits/budget.ts";
import { RunBudget } from "../limits/run_budget.ts";
import type { Selection } from "../selection/selection.ts";
import { assignRollout } from "./assign_rollout.ts";
import { ModelCalls } from "./call_models.ts";
import { attemptModels, type AttemptOutcome, type AttemptPolicy } from "./model_attempts.ts";
import type { Reply } from "./reply.ts";
import type { RunEvent } from "./run_event.ts";
import { planRun, type RunPlan } from "./run_plan.ts";
import type { CallFacts, RunFacts } from "./run_record.ts";
import type { RunDependencies, RunRequest } from "./run_request.ts";

/** A run that a model has begun to answer. */
export interface AnsweredRun {
  readonly kind: "answered";
  readonly facts: RunFacts;
  readonly selection: Selection;
  readonly reply: Reply;
}

/** A run that no model answers. */
export interface FailedRun {
  readonly kind: "failed";
  readonly facts: RunFacts;
  readonly error: unknown;
  readonly call: CallFacts | null;
}

/**
 * Plans the run and calls its models; never throws.
 *
 * @param tell told that a model thinks, and what
 */
export async function callUntilAnswered(
  request: RunRequest,
  dependencies: RunDependencies,
  elapsed: () => number,
  tell: (event: RunEvent) => void,
): Promise<AnsweredRun | FailedRun> {
  let facts = factsAtStart(request, dependencies);
  try {
    const cached = await dependencies.registry.get({
      version: request.registryVersion,
      hash: request.registryHash,
    });
    const { version, assistants } = cached.registry;
    const assistant = assistants.find((row) => row.assistant_type === request.assistantType);
    const promptHash = assistant?.prompt_hash ?? null;
    facts = { ...facts, registryVersion: version, registryStale: cached.stale, promptHash };
    const assignment = assignRollout(cached.registry, request);
    const plan = planRun(cached.registry, request, request.historyTokens, assignment);
    facts = { ...facts, selected: plan.selected, assignment };
    const budget = new RunBudget(request.budget, dependencies.raiseBudget ?? null);
    const calls = new ModelCalls(
      { plan, caller: dependencies, budget, identity: request.identity },
      elapsed,
      tell,
    );
    const attempted = await attempt(plan, calls, request, dependencies);
    const { selection, fallback } = attempted;
    const call = attempted.kind === "answered" ? attempted.result.call : calls.lastOf(selection);
    const unansweredCalls = calls.unansweredBeside(call);
    const attempts = calls.count;
    const grantedUsd = grantedUsdOf(budget.granted);
    facts = { ...facts, selection, attempts, fallback, unansweredCalls, grantedUsd };
    if (attempted.kind === "failed") return { kind: "failed", facts, error: attempted.error, call };
    const generatedAt = dependencies.today().toISOString();
    return {
      kind: "answered",
      facts: { ...facts, generatedAt },
      selection,
      reply: attempted.result,
    };
  } catch (error) {
    return { kind: "failed", facts, error, call: null };
  }
}

function factsAtStart(
  { registryVersion, streamed, budget }: RunRequest,
  { functionRegion }: RunDependencies,
): RunFacts {
  return {
    streamed,
    registryVersion,
    registryStale: false,
    selected: null,
    selection: null,
    fallback: null,
    attempts: 0,
    unansweredCalls: [],
    grantedUsd: grantedUsdOf(budget),
    functionRegion,
    assignment: null,
    promptHash: null,
    generatedAt: null,
  };
}

function grantedUsdOf(budget: Budget | null): number | null {
  return budget?.usd?.amount ?? null;
}

function attempt(
  plan: RunPlan,
  calls: ModelCalls,
  { streamed, signal, startedAt, timeoutMs, userId }: RunRequest,
  policy: AttemptPolicy,
): Promise<AttemptOutcome<Reply>> {
  return attemptModels<Reply>({
    candidates: plan.candidates,
    fallbackModels: plan.fallbackModels,
    permittedModelIds: plan.permittedModelIds,
    deadline: startedAt + timeoutMs,
    call: (selection, time) =>
      streamed ? calls.open(selection, time, signal) : calls.answer(selection, time, signal),
    userId,
    mayBreakOff: streamed,
    signal,
  }, policy);
}
