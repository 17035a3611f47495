import { z } from "zod";
import { bucketed, bucketStart, count, dollars } from "./report_parts.ts";

/** What was used. A turn is an attempt at one that ended, in whatever way. */
const figures = {
  turns: count,
  complete: count,
  partial: count,
  failed: count,
  /** Answered by another model than was chosen first. */
  fallbacks: count,
  conversations: count,
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  /** Null where no cost is known; the sum of those that are, otherwise. */
  cost_usd: dollars.nullable(),
  /** Turns that used tokens whose cost is not known. */
  unpriced: count,
};

/** As `usage_report()` returns it. */
export const usageReportSchema = z.object({
  ...bucketed,
  rows: z.array(z.object({
    ...bucketStart,
    /** Null for turns that failed before a model was asked. */
    model_id: z.string().nullable(),
    assistant_type: z.string(),
    ...figures,
  })),
  totals: z.object(figures),
});

export type UsageReport = Readonly<z.infer<typeof usageReportSchema>>;
