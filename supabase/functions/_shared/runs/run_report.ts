import type { RunRecord } from "./run_record.ts";

/** What the log says of a run: names and figures, no words. */
export interface RunReport
  extends Omit<RunRecord, "status" | "unanswered_calls" | "rollout_unit" | "blocks_left_out"> {
  readonly outcome: RunRecord["status"];
  /** Blocks that the model did not see, of all kinds; null where none was called. */
  readonly blocks_left_out: number | null;
}

/** What ended a run before its time. */
export interface EarlyEnd {
  readonly error: unknown;
  /** What the error may quote, and the log must not: the texts that models were given. */
  readonly words: readonly string[];
}

/** The report of a run that has ended. */
export function reportRun(
  {
    status,
    unanswered_calls: _,
    rollout_unit: _unit,
    blocks_left_out: leftOut,
    ...record
  }: RunRecord,
): RunReport {
  return {
    outcome: status,
    ...record,
    blocks_left_out: leftOut &&
      Object.values(leftOut).reduce((sum, count) => sum + count, 0),
  };
}
