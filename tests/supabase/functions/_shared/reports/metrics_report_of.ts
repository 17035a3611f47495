import type { MetricsReport } from "../../../../../supabase/functions/_shared/reports/metrics_report.ts";

/** A report in which nothing happened yet, with these changes. */
export function metricsReportOf(changes: Partial<MetricsReport> = {}): MetricsReport {
  return {
    day: "2026-11-26",
    registry_version: 12,
    turns: [],
    conversations: [],
    tokens: [],
    cost: [],
    fallbacks: [],
    interventions: [],
    latency: [],
    ttft: [],
    month_to_date_usd: 0,
    switches_total: 0,
    models: [],
    tick: [],
    ...changes,
  };
}
