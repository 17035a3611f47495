import { z } from "zod";
import { count, dollars, moment } from "./report_parts.ts";

/** `none` for turns that called no model. */
const model = { model_id: z.string() };
/** The assistant is `none` of calls without one. */
const modelAndAssistant = { ...model, assistant_type: z.string() };

/** How many answers took at most so long. */
const histogram = z.object({
  ...model,
  /** Upper bounds in milliseconds, rising. */
  le: z.array(z.number().positive()),
  /** Answers within each bound, those of the smaller bounds included. */
  counts: z.array(count),
  count,
  sum_ms: z.number().nonnegative(),
}).refine(({ le, counts }) => le.length === counts.length, "needs a count for each bound");

export type Histogram = Readonly<z.infer<typeof histogram>>;

/**
 * As `metrics_report()` returns it: the present day in UTC, and what is now. At most 50 models;
 * the turns of the rest are summed under the model id `other`.
 */
export const metricsReportSchema = z.object({
  /** ISO date. */
  day: z.string(),
  registry_version: z.number().int(),
  turns: z.array(z.object({ ...modelAndAssistant, status: z.string(), count })),
  /** Conversations that began. */
  conversations: z.array(z.object({ ...modelAndAssistant, count })),
  /** Answers of which a guardrail blocked or masked words. */
  interventions: z.array(z.object({ ...modelAndAssistant, count })),
  tokens: z.array(z.object({
    ...modelAndAssistant,
    input: count,
    output: count,
    cache_read: count,
    cache_write: count,
  })),
  /** `unpriced`: calls of models whose cost is not known. `estimated_usd`, `trial_usd`: parts of `usd`. */
  cost: z.array(z.object({
    ...modelAndAssistant,
    usd: dollars,
    unpriced: count,
    estimated_usd: dollars,
    trials: count,
    trial_usd: dollars,
  })),
  fallbacks: z.array(z.object({ ...model, count })),
  latency: z.array(histogram),
  /** Time to the first piece of an answer; of one that is not streamed, to its first byte. */
  ttft: z.array(histogram),
  /** Null where it cannot be told. */
  month_to_date_usd: dollars.nullable(),
  switches_total: count,
  models: z.array(z.object({
    model_id: z.string(),
    is_available: z.boolean(),
    is_default: z.boolean(),
    lifecycle: z.string(),
    /** Null where the model was never probed. */
    last_probe_passed: z.boolean().nullable(),
    last_probe_at: moment.nullable(),
  })),
  /** Steps of the tick that ever ran. */
  tick: z.array(z.object({
    step: z.string(),
    last_ran_at: moment.nullable(),
    last_ok_at: moment.nullable(),
  })),
});

export type MetricsReport = Readonly<z.infer<typeof metricsReportSchema>>;
