import { AppError, codeOf } from "../_shared/core/app_error.ts";
import type { Registry } from "../_shared/registry/registry.ts";
import type { ReportStore } from "../_shared/reports/report_store.ts";
import { compareAnswers } from "../_shared/switching/compare_answers.ts";
import { describeImpact, figuresFor, noImpact } from "../_shared/switching/describe_impact.ts";
import type { Affected, Impact } from "../_shared/switching/impact.ts";
import type { RegistryChange } from "../_shared/switching/model_switcher.ts";
import type { ManageDependencies } from "./manage_dependencies.ts";

/** Most milliseconds that a change which has been made waits for what it affects. */
const longestWaitMs = 5_000;

interface Reads extends Pick<ManageDependencies, "readRegistryAsOf"> {
  readonly reports: Pick<ReportStore, "impact">;
}

/**
 * What a change that has been made affects; null where it could not be read in time. Never throws:
 * the change stands, whatever can be read of what it did.
 */
export async function affectedBy(
  { former_version: former, registry_version: present }: RegistryChange,
  { reports, readRegistryAsOf }: Reads,
  waitMs = longestWaitMs,
): Promise<Omit<Impact, "affected"> & { readonly affected: Affected | null }> {
  if (former === present) return { affected: noImpact, warnings: [] };
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const timer = setTimeout(() => late.reject(new AppError("database_unavailable")), waitMs);
  const inTime = <T>(work: Promise<T>) => Promise.race([work, late.promise]);
  try {
    const [before, after] = await inTime(Promise.all([
      readRegistryAsOf(former, null),
      readRegistryAsOf(present, null),
    ]));
    if (before === null || after === null) {
      throw new AppError("internal_error", "The audit log does not tell the registry before it.");
    }
    // Without the figures, who answers is still told.
    return await impactOf(before, after, {
      reports: { impact: (wanted) => inTime(reports.impact(wanted)) },
    });
  } catch (error) {
    return {
      affected: null,
      warnings: [`The change is made, but what it affects could not be read (${codeOf(error)}).`],
    };
  } finally {
    clearTimeout(timer);
  }
}

/** What differs between two registries, for assistants, conversations and cost. */
export async function impactOf(
  before: Registry,
  after: Registry,
  { reports }: Pick<Reads, "reports">,
): Promise<Impact> {
  const comparison = compareAnswers(before, after);
  try {
    return describeImpact(comparison, await reports.impact(figuresFor(comparison)));
  } catch (error) {
    const { affected, warnings } = describeImpact(comparison, null);
    const unread = `The figures of the last 30 days could not be read (${codeOf(error)}).`;
    return { affected, warnings: [...warnings, unread] };
  }
}
