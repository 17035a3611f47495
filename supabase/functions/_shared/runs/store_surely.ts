import { isPassing } from "../database/database_error.ts";
import type { RunRecord } from "./run_record.ts";

/** Milliseconds for which the end of a run is tried to be stored; no later try begins. */
export const storeForMs = 60_000;

/** Milliseconds before the second try; doubled before each further one, up to the longest. */
const firstWaitMs = 250;
const longestWaitMs = 16_000;

/** What the storing of ends depends on; the same for all runs of an instance. */
export interface StoreSurelyOptions {
  /** Waits for so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Lets work go on after the response; the work handles its own failures. */
  readonly continueInBackground: (work: Promise<void>) => void;
  /** Told the id of a run whose end could not be stored at all. */
  readonly reportLoss: (id: string, error: unknown) => void;
}

/** The end of a run on its way to Postgres. */
export interface StoredEnd<End, Stored> {
  readonly id: string;
  readonly end: End;
  /** May be repeated: what was stored first stays. */
  readonly store: (end: End) => Promise<Stored>;
  /** What is stored where the database refuses the end: figures that are paid for, and no words. */
  readonly refused: (end: End) => End;
}

/** How the storing went. */
export type Storing<Stored> =
  | { readonly persisted: true; readonly stored: Stored }
  | { readonly persisted: false };

/**
 * Stores how a run ended. The model has answered and the answer is paid for, so when it cannot be
 * stored the caller gets it all the same. Unless the database refuses what is in it, the write is
 * tried again in the background. Never throws.
 */
export async function storeSurely<End, Stored>(
  ended: StoredEnd<End, Stored>,
  options: StoreSurelyOptions,
): Promise<Storing<Stored>> {
  const until = options.now() + storeForMs;
  try {
    return { persisted: true, stored: await ended.store(ended.end) };
  } catch (error) {
    options.continueInBackground(
      isPassing(error) ? storeLater(ended, until, error, options) : giveUp(ended, error, options),
    );
    return { persisted: false };
  }
}

/** The record of a run whose end the database refuses. */
export function refusedRecord(run: RunRecord): RunRecord {
  return {
    ...run,
    status: "failed",
    error_code: "database_error",
    stop_reason: null,
    provider_stop_reason: null,
    generated_at: null,
  };
}

/**
 * Tries again until `until`, by the clock; no try begins later, however long each of them hangs.
 */
async function storeLater<End, Stored>(
  ended: StoredEnd<End, Stored>,
  until: number,
  firstError: unknown,
  options: StoreSurelyOptions,
): Promise<void> {
  const { sleep, now, reportLoss } = options;
  let lastError = firstError;
  for (
    let wait = firstWaitMs;
    now() + wait <= until;
    wait = Math.min(2 * wait, longestWaitMs)
  ) {
    await sleep(wait);
    try {
      await ended.store(ended.end);
      return;
    } catch (error) {
      lastError = error;
      if (!isPassing(error)) return await giveUp(ended, error, options);
    }
  }
  reportLoss(ended.id, lastError);
}

/** Reports an end that the database refuses, and lets the run at least be seen as failed. */
async function giveUp<End, Stored>(
  { id, end, store, refused }: StoredEnd<End, Stored>,
  error: unknown,
  { reportLoss }: StoreSurelyOptions,
): Promise<void> {
  reportLoss(id, error);
  try {
    await store(refused(end));
  } catch {
    // Then it stays as it began.
  }
}
