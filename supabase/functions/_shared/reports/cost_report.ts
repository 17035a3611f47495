import { z } from "zod";
import {
  bucketed,
  bucketStart,
  count,
  dollars,
  knownCost,
  knownDollars,
  moment,
  withKnownCost,
} from "./report_parts.ts";

/** Cost since the month began, and of the whole month at the same rate. */
const forecast = {
  to_date_usd: knownDollars,
  projected_usd: knownDollars,
  /** Calls of models whose cost is not known. */
  unpriced: count,
  /** How much of `to_date_usd` rests on estimated tokens. */
  estimated_usd: dollars,
};

/** As `cost_report()` returns it, and `costs` answers it once unknown costs are null. */
export const costReportSchema = z.object({
  ...bucketed,
  rows: z.array(z.object({
    ...bucketStart,
    model_id: z.string().nullable(),
    /** Null for calls of `openai` and `anthropic` with no assistant. */
    assistant_type: z.string().nullable(),
    turns: count,
    cost_usd: knownDollars,
    unpriced: count,
    estimated_usd: dollars,
    /** How much of the cost is of trials. */
    trial_usd: dollars,
  })),
  total_usd: knownDollars,
  /** Calls of models whose cost is not known. */
  unpriced: count,
  /** How much of the total rests on tokens that were estimated, because the model did not tell them. */
  estimated_usd: dollars,
  /** How much of the total is of trials. */
  trial_usd: dollars,
  /** The month in which the range ends, in UTC, up to that end. */
  month: z.object({
    month_start: moment,
    as_of: moment,
    /** How much of the month has passed, from 0 to 1. */
    elapsed_fraction: z.number(),
    ...forecast,
    by_model: z.array(z.object({ model_id: z.string().nullable(), ...forecast })),
    by_assistant: z.array(z.object({ assistant_type: z.string().nullable(), ...forecast })),
  }),
});

export type CostReport = Readonly<z.infer<typeof costReportSchema>>;

/** The report with null in place of costs that are not known. */
export function withKnownCosts(report: CostReport): CostReport {
  const { rows, month } = report;
  return {
    ...report,
    rows: rows.map(withKnownCost),
    total_usd: knownCost(report.total_usd, report.unpriced),
    month: {
      ...withKnownForecast(month),
      by_model: month.by_model.map(withKnownForecast),
      by_assistant: month.by_assistant.map(withKnownForecast),
    },
  };
}

type Forecast = z.infer<z.ZodObject<typeof forecast>>;

/** A forecast of unknown costs only is unknown. */
function withKnownForecast<Row extends Forecast>(row: Row): Row {
  const to_date_usd = knownCost(row.to_date_usd, row.unpriced);
  return { ...row, to_date_usd, projected_usd: to_date_usd === null ? null : row.projected_usd };
}
