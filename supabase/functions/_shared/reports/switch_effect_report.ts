import { z } from "zod";
import { count, dollars, milliseconds, moment, range } from "./report_parts.ts";

/**
 * Turns that a model was to answer, or an assistant, on one side of a switch: within the window,
 * and not beyond the switch before it or after.
 */
const side = z.object({
  ...range,
  turns: count,
  /** Turns that failed or broke off. */
  errors: count,
  /** From 0 to 1; null without a turn. */
  error_rate: z.number().nullable(),
  fallbacks: count,
  mean_ms: milliseconds,
  p95_ms: milliseconds,
  cost_per_turn_usd: dollars.nullable(),
});

/** As `switch_effect_report()` returns it. */
export const switchEffectReportSchema = z.object({
  ...range,
  window_hours: count,
  /** The newest first. */
  switches: z.array(z.object({
    switch_id: z.number().int(),
    created_at: moment,
    source: z.string(),
    action: z.enum(["set-default", "assign", "unassign"]),
    /** Null for a switch of the default. */
    assistant_type: z.string().nullable(),
    from_model_id: z.string().nullable(),
    to_model_id: z.string().nullable(),
    actor_user_id: z.string().nullable(),
    /** The name of the secret key that made it; null where none did, or its name is unknown. */
    actor_key_name: z.string().nullable(),
    probe: z.string().nullable(),
    rollback_of: z.number().int().nullable(),
    registry_version: z.number().int(),
    before: side,
    after: side,
    /** Whether the switch reached everyone at once. */
    convergence: z.object({
      /** Answers begun after the switch was committed, within the window. */
      answers: count,
      /**
       * Of all that were begun since, until now, what an older registry chose: none, or something
       * is broken.
       */
      older: count,
      /** From the switch to the request for the first answer on its version; 0 if it was under way. */
      first_asked_ms: milliseconds,
      /** From the switch to the end of that answer. */
      first_answer_ms: milliseconds,
    }),
  })),
});

export type SwitchEffectReport = Readonly<z.infer<typeof switchEffectReportSchema>>;
