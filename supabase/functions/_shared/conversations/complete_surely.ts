import { AppError } from "../core/app_error.ts";
import type { StoredAnswer, TurnEnd, TurnStore } from "./turn_store.ts";

export interface CompleteSurelyOptions {
  readonly turns: TurnStore;
  /** Waits for so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Lets work go on after the response; the work handles its own failures. */
  readonly continueInBackground: (work: Promise<void>) => void;
  /** Told when the end of a turn could not be stored at all. */
  readonly reportLoss: (questionId: string, error: unknown) => void;
}

/** Milliseconds before each further try while the caller waits. */
const waits = [200, 800];

/** Milliseconds before each further try after the caller has been told; about a minute in all. */
const backgroundWaits = [1000, 2000, 4000, 8000, 16_000, 32_000];

/**
 * Stores the end of a turn. The model has answered and the answer is paid for, so a database that
 * is away is asked again, first while the caller waits and then in the background: the caller can
 * fetch the answer later with the same request id.
 *
 * @throws {AppError} what the last try threw while the caller waited
 */
export async function completeSurely(
  end: TurnEnd,
  options: CompleteSurelyOptions,
): Promise<StoredAnswer> {
  try {
    return await tryRepeatedly(end, waits, options);
  } catch (error) {
    if (isPassing(error)) options.continueInBackground(storeLater(end, options));
    else options.reportLoss(end.questionId, error);
    throw error;
  }
}

async function storeLater(end: TurnEnd, options: CompleteSurelyOptions): Promise<void> {
  try {
    await options.sleep(backgroundWaits[0] ?? 0);
    await tryRepeatedly(end, backgroundWaits.slice(1), options);
  } catch (error) {
    options.reportLoss(end.questionId, error);
  }
}

async function tryRepeatedly(
  end: TurnEnd,
  waitsBetween: readonly number[],
  { turns, sleep }: CompleteSurelyOptions,
): Promise<StoredAnswer> {
  for (const wait of waitsBetween) {
    try {
      return await turns.complete(end);
    } catch (error) {
      if (!isPassing(error)) throw error;
      await sleep(wait);
    }
  }
  return await turns.complete(end);
}

function isPassing(error: unknown): boolean {
  return error instanceof AppError && error.code === "database_unavailable";
}
