import { AppError } from "../core/app_error.ts";
import type { StoredAnswer, TurnEnd, TurnStore } from "./turn_store.ts";

export interface CompleteSurelyOptions {
  readonly turns: Pick<TurnStore, "complete">;
  /** Waits for so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Lets work go on after the response; the work handles its own failures. */
  readonly continueInBackground: (work: Promise<void>) => void;
  /** Told when the end of a turn could not be stored at all. */
  readonly reportLoss: (questionId: string, error: unknown) => void;
}

/** How the storing went: `stored` is null where the end of the turn was not this attempt's to tell. */
export type Completion =
  | { readonly persisted: true; readonly stored: StoredAnswer | null }
  | { readonly persisted: false };

/** Milliseconds before each further try, in the background; about a minute in all. */
const waits = [250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000];

/**
 * Stores the end of a turn. The model has answered and the answer is paid for, so when the
 * database is away the caller gets the answer all the same, and the write is tried again in the
 * background: the answer can be asked for later with the same request id. Never throws.
 */
export async function completeSurely(
  end: TurnEnd,
  options: CompleteSurelyOptions,
): Promise<Completion> {
  try {
    return { persisted: true, stored: await options.turns.complete(end) };
  } catch (error) {
    options.continueInBackground(
      isPassing(error) ? completeLater(end, options) : giveUp(end, error, options),
    );
    return { persisted: false };
  }
}

async function completeLater(
  end: TurnEnd,
  options: CompleteSurelyOptions,
): Promise<void> {
  const { turns, sleep, reportLoss } = options;
  let lastError: unknown;
  for (const wait of waits) {
    await sleep(wait);
    try {
      await turns.complete(end);
      return;
    } catch (error) {
      lastError = error;
      if (!isPassing(error)) break;
    }
  }
  reportLoss(end.questionId, lastError);
}

/** Reports an end that the database refuses, and lets the turn at least be seen as failed. */
async function giveUp(
  end: TurnEnd,
  error: unknown,
  { turns, reportLoss }: CompleteSurelyOptions,
): Promise<void> {
  reportLoss(end.questionId, error);
  const { outcome } = end;
  const usage = outcome.kind === "failed" ? outcome.usage : outcome.answer.usage;
  try {
    // What refused may be the answer's words; its tokens are paid for and stay on record.
    await turns.complete({
      ...end,
      outcome: { kind: "failed", errorCode: "database_error", usage },
    });
  } catch {
    // Then the next turns find it abandoned.
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof AppError && error.code === "database_unavailable";
}
