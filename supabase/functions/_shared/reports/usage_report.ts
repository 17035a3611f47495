import { z } from "zod";
import {
  bucketed,
  bucketStart,
  count,
  dollars,
  knownDollars,
  withKnownCost,
} from "./report_parts.ts";

/** Figures of usage. Each ended attempt counts as a turn, and so does a call: complete, partial or failed. */
const figures = {
  turns: count,
  complete: count,
  partial: count,
  failed: count,
  /** Turns answered in place of another model. */
  fallbacks: count,
  /** Whole answers of which a guardrail blocked or masked words. */
  interventions: count,
  /** Conversations that began with one of these turns. */
  conversations: count,
  /** Input tokens that were neither read from a cache nor written to one. */
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  /** How many of `cache_write_tokens` are kept for an hour, as far as models told it. */
  cache_write_1h_tokens: count,
  /** How many of `output_tokens` were thinking, as far as models told it. */
  thinking_tokens: count,
  cost_usd: knownDollars,
  /** Calls of models whose cost is not known. */
  unpriced: count,
  /** How much of the cost rests on tokens that were estimated, because the model did not tell them. */
  estimated_usd: dollars,
  /** Trials of models, which are no turns. Their tokens and cost are in the figures above. */
  trials: count,
  /** How much of the cost is of trials. */
  trial_usd: dollars,
};

/** By whom a report's row is; what it is not by is null. */
export const usageCallerSchema = z.object({
  /** Null where the user is deleted, and where keys and trials asked. */
  user_id: z.string().nullable(),
  /** What stands for the user in the ledger. */
  user_hash: z.string().nullable(),
  /** Null where no API key was used. */
  api_key_id: z.string().nullable(),
  api_key_name: z.string().nullable(),
});

/** Who the rows of a report may be by, in place of models and assistants. */
export const usageCallers = ["user", "api_key"] as const;

/** As `usage_report()` returns it, and `usage` answers it once unknown costs are null. */
export const usageReportSchema = z.object({
  ...bucketed,
  /** Users or keys that have no row, because others cost more. */
  left_out: count,
  rows: z.array(z.object({
    ...bucketStart,
    /** Null for turns that failed before a model was called, and in a report by user or key. */
    model_id: z.string().nullable(),
    /** Null for calls of `openai` and `anthropic` with no assistant, and in a report by user or key. */
    assistant_type: z.string().nullable(),
    /** Who asked, in a report by user or key; null in others. */
    caller: usageCallerSchema.nullable(),
    ...figures,
  })),
  totals: z.object(figures),
});

export type UsageReport = Readonly<z.infer<typeof usageReportSchema>>;

/** The report with null in place of costs that are not known. */
export function withKnownUsage(report: UsageReport): UsageReport {
  return {
    ...report,
    rows: report.rows.map(withKnownCost),
    totals: withKnownCost(report.totals),
  };
}
