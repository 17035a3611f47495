import { z } from "zod";
import {
  bucketed,
  bucketStart,
  count,
  dollars,
  knownCost,
  moment,
  withKnownCost,
} from "./report_parts.ts";

/** What was spent since the month began, and what the month will come to if it goes on so. */
const forecast = {
  to_date_usd: dollars,
  projected_usd: dollars.nullable(),
  /** Turns that called a model and whose cost is not known. */
  unpriced: count,
};

interface Forecast {
  readonly to_date_usd: number;
  readonly projected_usd: number | null;
  readonly unpriced: number;
}

/** A forecast of nothing but unknown costs is unknown. */
function withKnownForecast<Row extends Forecast>(row: Row) {
  const to_date_usd = knownCost(row.to_date_usd, row.unpriced);
  return { ...row, to_date_usd, projected_usd: to_date_usd === null ? null : row.projected_usd };
}

/** As `cost_report()` returns it. */
export const costReportSchema = z.object({
  ...bucketed,
  rows: z.array(
    z.object({
      ...bucketStart,
      model_id: z.string().nullable(),
      assistant_type: z.string(),
      turns: count,
      cost_usd: dollars,
      unpriced: count,
    }).transform(withKnownCost),
  ),
  total_usd: dollars,
  /** Turns that called a model and whose cost is not known. */
  unpriced: count,
  /** The month in which the range ends, in UTC, up to that end. */
  month: z.object({
    month_start: moment,
    as_of: moment,
    /** How much of the month has passed, from 0 to 1. */
    elapsed_fraction: z.number(),
    ...forecast,
    by_model: z.array(
      z.object({ model_id: z.string().nullable(), ...forecast }).transform(withKnownForecast),
    ),
    by_assistant: z.array(
      z.object({ assistant_type: z.string(), ...forecast }).transform(withKnownForecast),
    ),
  }).transform(withKnownForecast),
}).transform((report) => ({
  ...report,
  total_usd: knownCost(report.total_usd, report.unpriced),
}));

export type CostReport = Readonly<z.infer<typeof costReportSchema>>;
