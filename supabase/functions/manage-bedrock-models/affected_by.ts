import { AppError, codeOf } from "../_shared/core/app_error.ts";
import type { Registry } from "../_shared/registry/registry.ts";
import { compareAnswers } from "../_shared/switching/compare_answers.ts";
import { describeImpact, figuresFor, noImpact } from "../_shared/switching/describe_impact.ts";
import type { Impact } from "../_shared/switching/impact.ts";
import type { RegistryChange } from "../_shared/switching/model_switcher.ts";
import type { ManageDependencies } from "./manage_dependencies.ts";

/**
 * What a change that has been made affects. Never throws: the change stands, whatever can be read of
 * what it did.
 */
export async function affectedBy(
  { former_version: former, registry_version: present }: RegistryChange,
  dependencies: Pick<ManageDependencies, "reports" | "readRegistryAsOf">,
): Promise<Impact> {
  if (former === present) return { affected: noImpact(true), warnings: [] };
  try {
    const { readRegistryAsOf } = dependencies;
    const [before, after] = await Promise.all([
      readRegistryAsOf(former, null),
      readRegistryAsOf(present, null),
    ]);
    if (before !== null && after !== null) return await impactOf(before, after, dependencies);
    throw new AppError("internal_error", "The audit log does not tell the registry before it.");
  } catch (error) {
    return {
      affected: noImpact(false),
      warnings: [`The change is made, but what it affects could not be read (${codeOf(error)}).`],
    };
  }
}

/** What differs between two registries, for assistants, conversations and cost. */
export async function impactOf(
  before: Registry,
  after: Registry,
  { reports }: Pick<ManageDependencies, "reports">,
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
