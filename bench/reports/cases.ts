/** What is measured: every view and every report, over the ranges that people ask for. */

export interface ReportCase {
  readonly name: string;
  /** What of the past it covers; null: what it covers is its own affair, or has no bounds. */
  readonly days: number | null;
  readonly sql: string;
}

/**
 * @param until where the ranges end
 * @param whole days in the history
 */
export function reportCases(until: Date, whole: number): ReportCase[] {
  const ranges = [1, 7, 30, whole].filter((days) => days <= whole);
  const range = (days: number) => {
    const from = new Date(until.getTime() - days * 86_400_000);
    return `'${from.toISOString()}', '${until.toISOString()}'`;
  };
  const report = (name: string, days: number, more: string): ReportCase => ({
    name: `${name}(${more.replace(/^, /, "").replaceAll("'", "")})`,
    days,
    sql: `select public.${name}(${range(days)}${more})`,
  });
  const buckets = (days: number) => [
    "total",
    "day",
    // As manage-bedrock-models allows it.
    ...(days <= 7 ? ["hour"] : []),
    ...(days > 30 ? ["month"] : []),
  ];
  const everyRange = (make: (days: number) => ReportCase[]) => ranges.flatMap(make);
  return [
    ...["daily_usage", "hourly_usage", "daily_latency", "month_costs"].map((view) => ({
      name: view,
      days: null,
      sql: `select * from public.${view}`,
    })),
    { name: "usage_figures()", days: 30, sql: "select * from public.usage_figures()" },
    { name: "latency_figures()", days: 30, sql: "select * from public.latency_figures()" },
    ...["usage_report", "cost_report", "performance_report"].flatMap((name) =>
      everyRange((days) => buckets(days).map((bucket) => report(name, days, `, '${bucket}'`)))
    ),
    ...everyRange((days) => [report("switch_effect_report", days, "")]),
    report("switch_effect_report", whole, ", 168"),
    ...everyRange((days) => [{
      ...report("what_if_report", days, ""),
      sql: `select public.what_if_report((
        select model_id from public.bedrock_models where input_cost_per_mtok is not null
        order by priority desc limit 1), ${range(days)})`,
    }]),
    { name: "metrics_report()", days: 1, sql: "select public.metrics_report()" },
  ];
}
