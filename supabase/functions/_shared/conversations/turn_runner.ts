import { RepeatedTurn } from "./repeated_turn.ts";
import { RunningTurn } from "./running_turn.ts";
import type { Turn, TurnOptions, TurnRequest } from "./turn.ts";

/** Most turns of history that are read. */
const historyTurns = 50;

/**
 * Added to a turn's deadline before a pending one counts as abandoned: longer than its end is
 * tried to be stored, so that nobody takes up a turn whose answer is still being written down.
 */
const staleMarginMs = 75_000;

/** Characters that are read for each token of the history's budget; more would be cut anyway. */
const charactersPerToken = 4;

/** Takes turns: begins them in Postgres, chooses a model, asks it, and stores what came of it. */
export class TurnRunner {
  readonly #options: TurnOptions;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /**
   * Begins a turn, or finds the one that an earlier call with the same request id began.
   *
   * @param startedAt when the request came, by the clock
   * @throws {AppError} why the turn is refused; then it leaves no row
   */
  async begin(request: TurnRequest, startedAt: number): Promise<Turn> {
    const { turns, timeoutMs, historyTokens, report } = this.#options;
    const turn = await turns.begin({
      ...request,
      historyTurns,
      historyCharacters: historyTokens * charactersPerToken,
      staleAfterMs: timeoutMs + staleMarginMs,
    });
    return turn.kind === "answered"
      ? new RepeatedTurn(turn, request.requestId, report)
      : new RunningTurn(turn, request, startedAt, this.#options);
  }
}
