import { z } from "zod";

/** What a step found or did, by name: figures and short sentences; null: nothing to tell. */
const resultSchema = z.record(z.string(), z.unknown()).nullable();

/** A step of the tick, as it last ran. */
export const tickStepSchema = z.object({
  /** Text, so that functions of an older version can read it. */
  step: z.string(),
  /** Null: it never ran, or never without an error. */
  last_ran_at: z.string().nullable(),
  last_ok_at: z.string().nullable(),
  /** Null: the last run had none. */
  last_error: z.string().nullable(),
  result: resultSchema,
  /** Whether it has not run without an error for much longer than it should. */
  is_late: z.boolean(),
  /** `not_ok`: it found something wrong. */
  state: z.enum(["ok", "not_ok", "running", "failed", "late", "not_set_up"]),
});

/** As `tick_status()` returns it. */
export const tickStatusSchema = z.object({
  /** Null: the tick never ran. */
  last_ran_at: z.string().nullable(),
  is_late: z.boolean(),
  steps: z.array(tickStepSchema),
  open_alerts: z.int().nonnegative(),
  /** Those of them that no operator has acknowledged. */
  unacknowledged_alerts: z.int().nonnegative(),
  /** The data retention mode of the AWS account, where `sync` has asked for it. */
  data_retention: z.array(z.object({
    region: z.string(),
    /** In AWS's words, such as `none`, `default` or `inherit`; null where AWS did not tell it. */
    mode: z.string().nullable(),
    read_at: z.string(),
  })),
  /** Regions outside `allowed_geographies` where functions ran in the last 7 days. */
  runs_outside: z.array(z.object({ region: z.string(), runs: z.int().positive() })),
  registry_version: z.int(),
});

export type TickStatus = Readonly<z.infer<typeof tickStatusSchema>>;

/** As `tick()` returns it. */
export const tickRunSchema = z.object({
  /** False where another tick runs. */
  ran: z.boolean(),
  /** The steps that were due, in order. */
  steps: z.array(z.object({
    step: z.string(),
    /** Null: none. */
    error: z.string().nullable(),
    result: resultSchema,
  })),
  /** Whether AWS is to be asked now. */
  sync_due: z.boolean(),
});

export type TickRun = Readonly<z.infer<typeof tickRunSchema>>;
