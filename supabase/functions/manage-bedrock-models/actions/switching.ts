import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { modelWarnings } from "../../_shared/registry/check_model.ts";
import { proveModel } from "../../_shared/switching/prove_model.ts";
import { assistantWarnings } from "../assistant_warnings.ts";
import { describeAssistants, readModel } from "../find_rows.ts";
import { type ManageDependencies, todayOf } from "../manage_dependencies.ts";

/** `set-default`: probes the model, then makes it the default, on the version of the probe. */
export async function setDefaultModel(
  request: RequestOf<"set-default">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-default">> {
  const { switcher } = dependencies;
  const decidedOn = await readModel(request.model_id, dependencies);
  const proof = await proveModel({
    ...decidedOn,
    config: {},
    probes: request.probe ?? true,
    force: request.force ?? false,
  }, dependencies);
  const formerModelId = await switcher.setDefault(request.model_id, author, {
    expectedVersion: request.expected_version ?? decidedOn.registry.version,
    probeId: proof?.id ?? null,
  });
  const { model, registry, warnings } = await describe(request.model_id, dependencies);
  return {
    message: formerModelId === model.model_id
      ? `${model.model_name} is already the default.`
      : `${model.model_name} is now the default.`,
    model,
    former_model_id: formerModelId,
    probe: proof?.probe ?? null,
    assistants: describeAssistants(registry),
    warnings,
    registry_version: registry.version,
  };
}

/** `enable`: lets new conversations use the model. */
export async function enableModel(
  request: RequestOf<"enable">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"enable">> {
  await dependencies.switcher.enable(request.model_id, author);
  const { model, registry, warnings } = await describe(request.model_id, dependencies);
  return {
    message: `${model.model_name} is available.`,
    model,
    warnings,
    registry_version: registry.version,
  };
}

/** `disable`: keeps the model from new conversations, with `now` from pinned ones too. */
export async function disableModel(
  request: RequestOf<"disable">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"disable">> {
  const { switcher } = dependencies;
  const assistants = await switcher.disable(request.model_id, request.now ?? false, author);
  const { model, registry } = await readModel(request.model_id, dependencies);
  return {
    message: model.serves_pinned
      ? `${model.model_name} takes no new conversations; pinned conversations continue.`
      : `${model.model_name} no longer answers, not even pinned conversations.`,
    model,
    assistants: [...assistants],
    warnings: assistantWarnings(registry, assistants),
    registry_version: registry.version,
  };
}

/** The model after a switch, with its warnings. */
async function describe(modelId: string, dependencies: ManageDependencies) {
  const { model, registry } = await readModel(modelId, dependencies);
  const allowed = registry.settings.allowed_geographies;
  return { model, registry, warnings: modelWarnings(model, todayOf(dependencies), allowed) };
}
