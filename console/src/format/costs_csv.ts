import type { CostAnswer } from "../api/report_types.ts";
import { toCsv } from "./csv.ts";

/** The rows of the report of costs. */
export function costsCsv(costs: CostAnswer["costs"]): string {
  return toCsv(
    [
      "bucket_start",
      "model_id",
      "assistant_type",
      "turns",
      "cost_usd",
      "unpriced",
      "estimated_usd",
      "trial_usd",
    ],
    costs.map((row) => [
      row.bucket_start,
      row.model_id,
      row.assistant_type,
      row.turns,
      row.cost_usd,
      row.unpriced,
      row.estimated_usd,
      row.trial_usd,
    ]),
  );
}

/** The month so far, a line for each model and each assistant. */
export function monthCsv(
  { month_start: month, by_model, by_assistant }: CostAnswer["month"],
): string {
  const lines = [
    ...by_model.map(({ model_id, ...sums }) => ["model", model_id, sums] as const),
    ...by_assistant.map(({ assistant_type, ...sums }) =>
      ["assistant", assistant_type, sums] as const
    ),
  ];
  return toCsv(
    ["month", "by", "name", "to_date_usd", "projected_usd", "unpriced", "estimated_usd"],
    lines.map(([by, name, sums]) => [
      month.slice(0, 7),
      by,
      name,
      sums.to_date_usd,
      sums.projected_usd,
      sums.unpriced,
      sums.estimated_usd,
    ]),
  );
}
