import { z } from "zod";
import { count, dollars, range } from "./report_parts.ts";

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
  /** Whether cached tokens are priced as input, since the model has no price for them; false without any. */
  cache_as_input: z.boolean(),
  by_model: z.array(z.object({
    model_id: z.string().nullable(),
    turns: count,
    actual_usd: dollars,
    what_if_usd: dollars,
  })),
});

export type WhatIfReport = Readonly<z.infer<typeof whatIfReportSchema>>;
