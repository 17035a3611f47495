import { z } from "zod";
import { count, dollars, knownCost, knownDollars, range } from "./report_parts.ts";

/**
 * The same tokens at another model's present prices: as `what_if_report()` returns it, and `what-if`
 * answers it once unknown costs are null.
 */
export const whatIfReportSchema = z.object({
  ...range,
  model_id: z.string(),
  model_name: z.string(),
  turns: count,
  /** Calls of models whose actual cost is not known: their tokens are in `what_if_usd` only. */
  unpriced: count,
  actual_usd: knownDollars,
  what_if_usd: dollars,
  /** What-if minus actual: below 0 is cheaper; null where the actual cost is. */
  difference_usd: z.number().nullable(),
  /**
   * Whether cached tokens are priced as input, since the model has no price for them; false without
   * any such.
   */
  cache_as_input: z.boolean(),
  by_model: z.array(z.object({
    model_id: z.string().nullable(),
    turns: count,
    unpriced: count,
    actual_usd: knownDollars,
    what_if_usd: dollars,
  })),
});

export type WhatIfReport = Readonly<z.infer<typeof whatIfReportSchema>>;

/** The report with null in place of costs that are not known. */
export function withKnownActualCosts(report: WhatIfReport): WhatIfReport {
  const by_model = report.by_model.map((row) => ({
    ...row,
    actual_usd: knownCost(row.actual_usd, row.unpriced),
  }));
  return { ...report, by_model };
}
