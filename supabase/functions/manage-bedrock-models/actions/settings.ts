import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { assistantWarnings } from "../assistant_warnings.ts";
import { readAssistants } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `get-settings`: the settings of every model. */
export async function getSettings(
  _request: RequestOf<"get-settings">,
  { readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"get-settings">> {
  const { settings, version } = await readRegistryPart([]);
  return { settings, registry_version: version };
}

/** `update-settings`: sets where calls may be processed, and names the models that may leave. */
export async function updateSettings(
  request: RequestOf<"update-settings">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"update-settings">> {
  const wanted = [...new Set(request.allowed_geographies)];
  const outside = await dependencies.switcher.setAllowedGeographies(wanted, author);
  const registry = await readAssistants(dependencies);
  const { settings, version } = registry;
  return {
    message: `Calls may be processed in ${settings.allowed_geographies.join(", ")}.`,
    settings,
    models_outside: outside,
    warnings: outside.length === 0 ? [] : [
      `Available, but never selected, since their calls may leave these geographies: ${
        outside.join(", ")
      }.`,
      ...assistantWarnings(registry),
    ],
    registry_version: version,
  };
}
