import { isPassing } from "../database/database_error.ts";
import type { StoredAnswer } from "./stored_answer.ts";
import type { TurnEnd, TurnStore } from "./turn_store.ts";
import { storeForMs } from "./turn_times.ts";

export interface CompleteSurelyOptions {
  readonly turns: Pick<TurnStore, "complete">;
  /** Waits for so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Lets work go on after the response; the work handles its own failures. */
  readonly continueInBackground: (work: Promise<void>) => void;
  /** Told when the end of a turn could not be stored at all. */
  readonly reportLoss: (questionId: string, error: unknown) => void;
}

/**
 * How the storing went: `stored` is null where the end of the turn was not this attempt's to tell.
 */
export type Completion =
  | { readonly persisted: true; readonly stored: StoredAnswer | null }
  | { readonly persisted: false };

/** Milliseconds before the second try; doubled before each further one, up to the longest. */
const firstWaitMs = 250;
const longestWaitMs = 16_000;

/**
 * Stores the end of a turn. The model has answered and the answer is paid for, so when it cannot be
 * stored the caller gets it all the same. Unless the database refuses what is in it, the write is
 * tried again in the background: the answer can be asked for later with the same request id. Never
 * throws.
 */
export async function completeSurely(
  end: TurnEnd,
  options: CompleteSurelyOptions,
): Promise<Completion> {
  const until = options.now() + storeForMs;
  try {
    return { persisted: true, stored: await options.turns.complete(end) };
  } catch (error) {
    options.continueInBackground(
      isPassing(error) ? completeLater(end, until, error, options) : giveUp(end, error, options),
    );
    return { persisted: false };
  }
}

/**
 * Tries again until `until`, by the clock; no try begins later, however long each of them hangs.
 */
async function completeLater(
  end: TurnEnd,
  until: number,
  firstError: unknown,
  options: CompleteSurelyOptions,
): Promise<void> {
  const { turns, sleep, now, reportLoss } = options;
  let lastError = firstError;
  for (
    let wait = firstWaitMs;
    now() + wait <= until;
    wait = Math.min(2 * wait, longestWaitMs)
  ) {
    await sleep(wait);
    try {
      await turns.complete(end);
      return;
    } catch (error) {
      lastError = error;
      if (!isPassing(error)) return await giveUp(end, error, options);
    }
  }
  reportLoss(end.question_id, lastError);
}

/** Reports an end that the database refuses, and lets the turn at least be seen as failed. */
async function giveUp(
  end: TurnEnd,
  error: unknown,
  { turns, reportLoss }: CompleteSurelyOptions,
): Promise<void> {
  reportLoss(end.question_id, error);
  try {
    // The refusal may be about the answer's words; its figures are paid for and stay on record.
    await turns.complete({
      ...end,
      content: "",
      blocks: null,
      run: {
        ...end.run,
        status: "failed",
        error_code: "database_error",
        stop_reason: null,
        provider_stop_reason: null,
      },
    });
  } catch {
    // Then the next turns find it abandoned.
  }
}
