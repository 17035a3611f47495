import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { type Bucket, resolveRange } from "../../_shared/reports/time_range.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

type Reporting = Pick<ManageDependencies, "reports" | "readRegistryPart" | "now">;

/** `usage`: turns, tokens and cost by model and assistant, user or key, and their totals. */
export async function reportUsage(
  request: RequestOf<"usage">,
  { reports, readRegistryPart, now }: Reporting,
): Promise<ResultOf<"usage">> {
  const bucket: Bucket = request.bucket ?? "day";
  const range = resolveRange(request, bucket, now());
  const [{ rows, ...report }, { version }] = await Promise.all([
    reports.usage(range, bucket, {
      modelId: request.model_id ?? null,
      assistantType: request.assistant_type ?? null,
      by: request.by,
    }),
    readRegistryPart([]),
  ]);
  return { ...report, usage: rows, registry_version: version };
}

/** `costs`: cost by model and assistant, and the projection of the month. */
export async function reportCosts(
  request: RequestOf<"costs">,
  { reports, readRegistryPart, now }: Reporting,
): Promise<ResultOf<"costs">> {
  const bucket: Bucket = request.bucket ?? "day";
  const range = resolveRange(request, bucket, now());
  const [{ rows, ...report }, { version }] = await Promise.all([
    reports.costs(range, bucket),
    readRegistryPart([]),
  ]);
  return { ...report, costs: rows, registry_version: version };
}

/** `performance`: response times and errors by model. */
export async function reportPerformance(
  request: RequestOf<"performance">,
  { reports, readRegistryPart, now }: Reporting,
): Promise<ResultOf<"performance">> {
  const bucket: Bucket = request.bucket ?? "total";
  const range = resolveRange(request, bucket, now());
  const [{ rows, ...report }, { version }] = await Promise.all([
    reports.performance(range, bucket),
    readRegistryPart([]),
  ]);
  return { ...report, performance: rows, registry_version: version };
}

/** `switch-effect`: each switch of the range, with the turns before and after it. */
export async function reportSwitchEffect(
  request: RequestOf<"switch-effect">,
  { reports, readRegistryPart, now }: Reporting,
): Promise<ResultOf<"switch-effect">> {
  const range = resolveRange(request, "total", now());
  const [report, { version }] = await Promise.all([
    reports.switchEffect(range, request.window_hours ?? 24),
    readRegistryPart([]),
  ]);
  return { ...report, count: report.switches.length, registry_version: version };
}

/** `what-if`: the cost of the range's turns on another model. */
export async function reportWhatIf(
  request: RequestOf<"what-if">,
  { reports, readRegistryPart, now }: Reporting,
): Promise<ResultOf<"what-if">> {
  const range = resolveRange(request, "total", now());
  const [report, { version }] = await Promise.all([
    reports.whatIf(request.model_id, range),
    readRegistryPart([]),
  ]);
  return { ...report, registry_version: version };
}
