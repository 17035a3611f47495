import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { modelWarnings } from "../../_shared/registry/check_model.ts";
import { describeRetention } from "../../_shared/registry/provider_retention.ts";
import { keptFromWarnings } from "../../_shared/switching/kept_from_warnings.ts";
import { affectedBy } from "../affected_by.ts";
import { readModel } from "../find_rows.ts";
import { type ManageDependencies, todayOf } from "../manage_dependencies.ts";

/** `set-provider-retention`: what a model's provider keeps; the next request of each user follows. */
export async function setProviderRetention(
  request: RequestOf<"set-provider-retention">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-provider-retention">> {
  const { model_id, provider_retention: retention, source, expected_version } = request;
  const today = todayOf(dependencies);
  const { former_provider_retention, ...change } = await dependencies.switcher.setProviderRetention(
    model_id,
    { retention, source, checkedOn: request.checked_on ?? today },
    expected_version ?? (await dependencies.readRegistryPart([])).version,
    author,
  );
  const [{ model, registry }, { affected, warnings }] = await Promise.all([
    readModel(model_id, dependencies),
    affectedBy(change, dependencies),
  ]);
  return {
    message: `${describeRetention(model_id, retention)}.`,
    model,
    former_provider_retention,
    affected,
    warnings: [
      ...new Set([
        ...keptFromWarnings(model, registry),
        ...modelWarnings(model, today, registry),
        ...warnings,
      ]),
    ],
    registry_version: registry.version,
  };
}
