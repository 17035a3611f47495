import type { RunRecord } from "./run_record.ts";

/** What the log says of a run: names and figures, no words. */
export interface RunReport extends
  Omit<
    RunRecord,
    "status" | "unanswered_calls" | "rollout_unit" | "blocks_left_out" | "model_geographies"
  > {
  readonly outcome: RunRecord["status"];
  /** Blocks that the model did not see, of all kinds; null where none was called. */
  readonly blocks_left_out: number | null;
  /** As one text, with commas between; null where no model was called. */
  readonly model_geographies: string | null;
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
    model_geographies: geographies,
    ...record
  }: RunRecord,
): RunReport {
  return {
    outcome: status,
    ...record,
    blocks_left_out: leftOut &&
      Object.values(leftOut).reduce((sum, count) => sum + count, 0),
    model_geographies: asText(geographies),
  };
}

/** A list as the log has it, whose values are no lists. */
export function asText(names: readonly string[] | null): string | null {
  return names && names.join(",");
}
