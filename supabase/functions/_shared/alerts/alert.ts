import { z } from "zod";

/** What rules look for. The database has the same list. */
export const alertKinds = [
  "limit_near",
  "error_rate",
  "model_suspended",
  "lifecycle_near",
  "tick_late",
  "delivery_failing",
  "audit_chain_broken",
  "limits_differ",
  "price_unknown",
  "unapproved_change",
  "rollout_judged",
] as const;

export type AlertKind = typeof alertKinds[number];

/** Figures and names that an alert rests on: no user, no words. */
const factsSchema = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

/** A row of `ai_alerts`. */
export const alertSchema = z.object({
  id: z.string(),
  /** The rule that opened it; text, so that functions of an older version can list it. */
  kind: z.string(),
  /** What it is about: the id of a limit, a model, a verdict or an entry of the audit log, or nothing more than its kind. */
  subject: z.string(),
  /**
   * Of `limit_near`, the share of the limit in percent that was reached: 50, 80 or 100. Of
   * `lifecycle_near`, the days before the end at which it was last told: 60, 30, 14, 7, 1 or 0.
   */
  level: z.number().nullable(),
  /** One sentence; of a closed alert, as it last was. */
  summary: z.string(),
  facts: factsSchema,
  opened_at: z.string(),
  /** Null: it is open. */
  closed_at: z.string().nullable(),
  acknowledged_at: z.string().nullable(),
  /** A user's id, the name of a secret key, or a database role. */
  acknowledged_by: z.string().nullable(),
  /** Why, in that operator's words; null where none were given. */
  acknowledgement: z.string().nullable(),
});

export type Alert = Readonly<z.infer<typeof alertSchema>>;

/**
 * A row of `ai_alert_rules`. Thresholds are percent of `limit_near` and `error_rate`, days of
 * `lifecycle_near`, minutes of `tick_late`, attempts of `delivery_failing`, and answers of
 * `model_suspended` and `price_unknown`. What a kind does not have is null.
 */
export const alertRuleSchema = z.object({
  kind: z.string(),
  is_active: z.boolean(),
  /** An alert opens at this value or above it; of `lifecycle_near`, at or below. */
  open_at: z.number().nullable(),
  /** It closes below this value; of `lifecycle_near`, above it. */
  close_at: z.number().nullable(),
  /** Fewest requests that an `error_rate` is computed of. */
  least_count: z.int().nullable(),
  /** Minutes of the ledger that are looked through. */
  window_minutes: z.int().nullable(),
});

export type AlertRule = Readonly<z.infer<typeof alertRuleSchema>>;
