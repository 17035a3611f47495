import { tokensOfPrompt } from "../formats/token_estimate.ts";
import { type AnswerRoom, isWorthwhile, limitExceeded } from "../limits/run_budget.ts";
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
 *
 * @param planFor plans it for an answer of at most so many tokens; null: of as many as are asked for
 * @param roomFor the longest answer beside a prompt of so many tokens
 * @throws {AppError} `limit_exceeded` where less is left than an answer is worth, `price_unknown`
 */
export function planAffordable(
  planFor: (answerTokens: number | null) => PlannedRequest,
  roomFor: (promptTokens: number) => AnswerRoom,
): AffordableRequest {
  let answerTokensLeft: number | null = null;
  let planned = planFor(null);
  const wanted = answerTokens(planned);
  for (let plans = 1;; plans++) {
    const room = roomFor(tokensOfPrompt(planned.request));
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
