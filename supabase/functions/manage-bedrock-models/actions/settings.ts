import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { AppError } from "../../_shared/core/app_error.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { assistantWarnings } from "../../_shared/switching/assistant_warnings.ts";
import { describeOutside } from "../../_shared/switching/impact_warnings.ts";
import { affectedBy } from "../affected_by.ts";
import { readAssistants } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `get-settings`: the settings of every model and user. */
export async function getSettings(
  _request: RequestOf<"get-settings">,
  { readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"get-settings">> {
  const { settings, version } = await readRegistryPart([]);
  return { settings, registry_version: version };
}

/** `update-settings`: sets what is named, and names the models that may leave the geographies. */
export async function updateSettings(
  request: RequestOf<"update-settings">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"update-settings">> {
  const { action: _, reason: __, ...wanted } = request;
  if (Object.keys(wanted).length === 0) {
    throw new AppError("invalid_request", "The request names no setting.");
  }
  const { allowed_geographies, function_geographies } = wanted;
  const { models_outside: outside, ...change } = await dependencies.switcher.setSettings({
    ...wanted,
    allowed_geographies: allowed_geographies && [...new Set(allowed_geographies)],
    function_geographies: function_geographies && [...new Set(function_geographies)],
  }, author);
  const [registry, { affected, warnings }] = await Promise.all([
    readAssistants(dependencies),
    affectedBy(change, dependencies),
  ]);
  const { settings, version } = registry;
  return {
    message: allowed_geographies === undefined
      ? "The settings are updated."
      : `Calls may be processed in ${settings.allowed_geographies.join(", ")}.`,
    settings,
    models_outside: outside,
    affected,
    warnings: [
      ...new Set([
        ...outside.length === 0 ? [] : [
          describeOutside(outside),
          ...assistantWarnings(registry),
        ],
        ...warnings,
      ]),
    ],
    registry_version: version,
  };
}
