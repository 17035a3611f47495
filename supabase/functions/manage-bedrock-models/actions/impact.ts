import type { Change } from "../../_shared/contract/impact.ts";
import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { Registry } from "../../_shared/registry/registry.ts";
import { changeRegistry } from "../../_shared/switching/change_registry.ts";
import { impactOf } from "../affected_by.ts";
import { requireAssistant, requireModel } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `impact`: what a change would do, which is refused as the change would be. */
export async function foreseeImpact(
  { change }: RequestOf<"impact">,
  dependencies: ManageDependencies,
): Promise<ResultOf<"impact">> {
  const before = await dependencies.readRegistry();
  const after = await registryAfter(before, change, dependencies);
  return { ...await impactOf(before, after, dependencies), registry_version: before.version };
}

async function registryAfter(
  before: Registry,
  change: Change,
  dependencies: ManageDependencies,
): Promise<Registry> {
  if (change.action === "rollback") {
    return await dependencies.readRegistryAfterRollback(change.to ?? null);
  }
  if (change.action === "set-assistant-model") requireAssistant(before, change.assistant_type);
  for (const id of modelsOf(change)) await requireModel(before, id, dependencies);
  return changeRegistry(before, change);
}

/** The models that a change names. */
function modelsOf(change: Exclude<Change, { action: "rollback" }>): readonly string[] {
  switch (change.action) {
    case "set-default":
    case "enable":
    case "disable":
      return [change.model_id];
    case "retire":
      return [change.model_id, change.successor_model_id].filter((id) => typeof id === "string");
    case "set-assistant-model":
      return [change.model_id, ...change.fallback_models ?? []].filter((id) => id !== null);
    case "update-settings":
      return [];
    default:
      return change satisfies never;
  }
}
