import { respondText } from "../_shared/http/respond.ts";
import type { Handler } from "../_shared/http/serve.ts";
import { metricFamilies } from "../_shared/reports/metric_families.ts";
import { metricsContentType, writeMetrics } from "../_shared/reports/prometheus_text.ts";
import { watchFamilies } from "../_shared/reports/watch_metrics.ts";
import type { ManageDependencies } from "./manage_dependencies.ts";
import { requireOperator } from "./require_operator.ts";

/**
 * Answers Prometheus, with the credentials of an operator. Scrapes are not logged: they come every
 * few seconds and change nothing.
 */
export function createMetricsHandler(
  dependencies: Pick<ManageDependencies, "authenticate" | "isPlatformUser" | "reports">,
): Handler {
  return async (request, context) => {
    await requireOperator(request, context, dependencies);
    const { reports } = dependencies;
    const [report, watched] = await Promise.all([reports.metrics(), reports.watchMetrics()]);
    const families = [...metricFamilies(report), ...watchFamilies(watched)];
    return respondText(writeMetrics(families), metricsContentType);
  };
}
