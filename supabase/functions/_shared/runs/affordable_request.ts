import { tokensOfPrompt } from "../formats/token_estimate.ts";
import {
  isWorthwhile,
  limitExceeded,
  roomForAnswer,
  type RunBudget,
  totalWith,
} from "../limits/run_budget.ts";
import type { CallFacts } from "./run_record.ts";
import type { PlannedRequest } from "./run_plan.ts";

/** A request that the run's budget pays for. */
export interface AffordableRequest extends PlannedRequest {
  /** Most tokens that a limit left for the answer; null: none cut it. */
  readonly answerTokensLeft: number | null;
}

/** A shorter answer may take other words in the prompt, as where thinking is given up for it. */
const mostPlans = 4;

/**
 * Plans a call, with a shorter answer where the budget does not pay for the one that is asked for.
 * What is granted pays for one call of any model, so for a further call more is asked for first.
 *
 * Calls that came to nothing count as in the ledger, also where that is an estimate: as the most
 * that they may have cost, one silent model would leave nothing to those that stand in for it.
 *
 * @param planFor plans it for an answer of at most so many tokens; null: of as many as are asked for
 * @param budget where no hard limit of money or tokens holds, no token is counted
 * @param calls the run's calls so far
 * @throws {AppError} `limit_exceeded` where less is left than an answer is worth, `price_unknown`
 */
export async function planAffordable(
  planFor: (answerTokens: number | null) => PlannedRequest,
  budget: RunBudget,
  calls: readonly CallFacts[],
): Promise<AffordableRequest> {
  let answerTokensLeft: number | null = null;
  let planned = planFor(null);
  if (budget.granted === null) return { ...planned, answerTokensLeft };
  const { model } = planned.request;
  const wanted = answerTokens(planned);
  const spent = calls.map(({ request, counted: { usage } }) => ({ model: request.model, usage }));
  const inputTokens = tokensOfPrompt(planned.request);
  if (
    calls.length > 0 && budget.canRise &&
    wanted > roomForAnswer(budget.granted, spent, model, inputTokens).tokens
  ) await budget.raise(totalWith(spent, model, inputTokens, wanted));
  for (let plans = 1;; plans++) {
    const room = roomForAnswer(budget.granted, spent, model, tokensOfPrompt(planned.request));
    if (answerTokens(planned) <= room.tokens) return { ...planned, answerTokensLeft };
    const isLast = plans === mostPlans;
    if (room.limit !== null && (isLast || !isWorthwhile(room, wanted))) {
      throw limitExceeded(room.limit);
    }
    answerTokensLeft = room.tokens;
    planned = planFor(answerTokensLeft);
  }
}

function answerTokens({ request: { inference, model } }: PlannedRequest): number {
  return inference.maxTokens ?? model.max_tokens;
}
