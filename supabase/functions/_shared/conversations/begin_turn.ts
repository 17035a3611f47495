import { repeatedTurn } from "./repeated_turn.ts";
import { abandonedAfterMs } from "../runs/abandoned_after.ts";
import { demandOf } from "../runs/demand.ts";
import { askedIn, runningTurn } from "./running_turn.ts";
import type { Turn } from "./turn.ts";
import type { TurnOptions, TurnRequest } from "./turn_options.ts";

/** Most turns of history that are read. */
export const historyTurns = 50;

/** Characters that are read for each token of the history's budget; more would be cut anyway. */
const charactersPerToken = 4;

/**
 * Begins a turn, or finds the one that an earlier call with the same request id began.
 *
 * @param startedAt when the request came, by the clock
 * @throws {AppError} why the turn is refused; then it leaves no row
 */
export async function beginTurn(
  request: TurnRequest,
  startedAt: number,
  options: TurnOptions,
): Promise<Turn> {
  const { userId, sessionId, isAnonymous, requestId, text, blocks } = request;
  const { conversationId, modelId, useCase } = request;
  // Where its reply is lost, what it may have held expires: only the reply names the question.
  const turn = await options.turns.begin({
    userId,
    sessionId,
    isAnonymous,
    requestId,
    text,
    blocks,
    conversationId,
    modelId,
    useCase,
    historyTurns,
    historyCharacters: options.historyTokens * charactersPerToken,
    staleAfterMs: options.timeoutMs + abandonedAfterMs,
    demand: demandOf({ history: [], ...askedIn(request) }),
  });
  if (turn.kind === "answered") {
    return repeatedTurn(turn, request, options.report);
  }
  const answerId = options.randomId();
  return runningTurn({ turn, request, answerId }, startedAt, options);
}
