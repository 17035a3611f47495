import { z } from "zod";
import { count, dollars, knownCost, range } from "./report_parts.ts";

/** As `what_if_report()` returns it: the same tokens at another model's present prices. */
export const whatIfReportSchema = z.object({
  ...range,
  model_id: z.string(),
  model_name: z.string(),
  turns: count,
  /** Turns whose actual cost is not known: their tokens are in `what_if_usd` only. */
  unpriced: count,
  actual_usd: dollars,
  what_if_usd: dollars,
  /** What-if minus actual: below 0 is cheaper. */
  difference_usd: z.number(),
  /** Whether cached tokens are priced as input, since the model has no price for them; false without any such. */
  cache_as_input: z.boolean(),
  by_model: z.array(
    z.object({
      model_id: z.string().nullable(),
      turns: count,
      unpriced: count,
      actual_usd: dollars,
      what_if_usd: dollars,
    }).transform((row) => ({ ...row, actual_usd: knownCost(row.actual_usd, row.unpriced) })),
  ),
});

export type WhatIfReport = Readonly<z.infer<typeof whatIfReportSchema>>;
