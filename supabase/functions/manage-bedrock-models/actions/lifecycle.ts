import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { changeRegistry } from "../../_shared/switching/change_registry.ts";
import type { Retirement } from "../../_shared/switching/retirements.ts";
import { affectedBy, impactOf } from "../affected_by.ts";
import { readModel, requireModel } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `list-lifecycle`: the models that AWS ends, with the days left and a successor. */
export async function listLifecycle(
  _request: RequestOf<"list-lifecycle">,
  { retirements }: ManageDependencies,
): Promise<ResultOf<"list-lifecycle">> {
  const { models, registry_version } = await retirements.list();
  return { models, count: models.length, registry_version };
}

/** `retire`: puts a successor in the model's place; with `dry_run`, says what that would do. */
export async function retireModel(
  request: RequestOf<"retire">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"retire">> {
  const retirement = {
    modelId: request.model_id,
    successorModelId: request.successor_model_id ?? null,
  };
  if (request.dry_run === true) return await foreseeRetirement(retirement, dependencies);
  const { successor_model_id, uses, ...change } = await dependencies.retirements.retire(
    retirement,
    request.expected_version ?? null,
    author,
  );
  const [{ model, registry }, { affected, warnings }] = await Promise.all([
    readModel(request.model_id, dependencies),
    affectedBy(change, dependencies),
  ]);
  return {
    message: `${model.model_name} is retired${inItsPlace(successor_model_id, "is")}.`,
    dry_run: false,
    model,
    successor_model_id,
    refusal: null,
    uses,
    proposed: null,
    affected,
    warnings: [...warnings],
    registry_version: registry.version,
  };
}

async function foreseeRetirement(
  retirement: Retirement,
  dependencies: ManageDependencies,
): Promise<ResultOf<"retire">> {
  const [registry, { successor_model_id, refusal, uses, proposed }] = await Promise.all([
    dependencies.readRegistry(),
    dependencies.retirements.foresee(retirement),
  ]);
  const model = await requireModel(registry, retirement.modelId, dependencies);
  const isProposed = retirement.successorModelId === null && proposed?.is_recorded === false;
  await dependencies.reports.sumUp();
  const after = changeRegistry(registry, {
    action: "retire",
    model_id: model.model_id,
    ...successor_model_id !== null && { successor_model_id },
  });
  const { affected, warnings } = await impactOf(registry, after, dependencies);
  return {
    message: refusal === ""
      ? `${model.model_name} would be retired${inItsPlace(successor_model_id, "would be")}` +
        `${isProposed && successor_model_id !== null ? ", if it is named as the successor" : ""}.`
      : `${model.model_name} cannot be retired now. ${refusal}`,
    dry_run: true,
    model,
    successor_model_id,
    refusal: refusal === "" ? null : refusal,
    uses,
    proposed,
    affected,
    warnings: [...warnings],
    registry_version: registry.version,
  };
}

function inItsPlace(successorId: string | null, verb: string): string {
  return successorId === null ? "" : `; ${successorId} ${verb} in its place`;
}
