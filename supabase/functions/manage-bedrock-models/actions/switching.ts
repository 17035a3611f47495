import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import type { Model } from "../../_shared/registry/model.ts";
import { modelWarnings } from "../../_shared/registry/check_model.ts";
import type { Affected } from "../../_shared/switching/impact.ts";
import type { RegistryChange } from "../../_shared/switching/model_switcher.ts";
import { proveModel } from "../../_shared/switching/prove_model.ts";
import { watchWarnings } from "../../_shared/switching/rollout_warnings.ts";
import { assistantWarnings } from "../../_shared/switching/assistant_warnings.ts";
import { affectedBy } from "../affected_by.ts";
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
    assistantType: null,
    config: {},
    guardrail: null,
    author,
    probes: request.probe ?? true,
    force: request.force ?? false,
  }, dependencies);
  const { former_model_id: formerModelId, rollout_id, ...change } = await switcher.setDefault(
    request.model_id,
    author,
    {
      expectedVersion: request.expected_version ?? decidedOn.registry.version,
      probeId: proof?.id ?? null,
      watchMinutes: request.watch_minutes,
    },
  );
  const { model, registry, affected, warnings } = await describe(
    request.model_id,
    change,
    dependencies,
  );
  return {
    message: formerModelId === model.model_id
      ? `${model.model_name} is already the default.`
      : `${model.model_name} is now the default.`,
    model,
    former_model_id: formerModelId,
    rollout_id,
    probe: proof?.probe ?? null,
    assistants: describeAssistants(registry),
    affected,
    warnings: [...watchWarnings(request.model_id, request.watch_minutes, rollout_id), ...warnings],
    registry_version: registry.version,
  };
}

/** `enable`: lets new conversations use the model. */
export async function enableModel(
  request: RequestOf<"enable">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"enable">> {
  const change = await dependencies.switcher.enable(request.model_id, author);
  const { model, registry, affected, warnings } = await describe(
    request.model_id,
    change,
    dependencies,
  );
  return {
    message: `${model.model_name} is available.`,
    model,
    affected,
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
  const { assistants, ...change } = await switcher.disable(
    request.model_id,
    request.now ?? false,
    author,
  );
  const [{ model, registry }, { affected, warnings }] = await Promise.all([
    readModel(request.model_id, dependencies),
    affectedBy(change, dependencies),
  ]);
  return {
    message: describeDisabled(model, affected),
    model,
    affected,
    assistants: [...assistants],
    warnings: [...new Set([...assistantWarnings(registry, assistants), ...warnings])],
    registry_version: registry.version,
  };
}

function describeDisabled(model: Model, affected: Affected | null): string {
  return [
    model.serves_pinned
      ? `${model.model_name} takes no new conversations; pinned conversations continue.`
      : `${model.model_name} no longer answers, not even pinned conversations.`,
    ...(affected?.assistants ?? []).map(({ assistant_type, to_model_id }) =>
      `${to_model_id ?? "No model"} answers ${assistant_type}.`
    ),
  ].join(" ");
}

/** The model after a change, what it affects, and the warnings about both. */
async function describe(
  modelId: string,
  change: RegistryChange,
  dependencies: ManageDependencies,
) {
  const [{ model, registry }, impact] = await Promise.all([
    readModel(modelId, dependencies),
    affectedBy(change, dependencies),
  ]);
  const ofModel = modelWarnings(model, todayOf(dependencies), registry);
  const warnings = [...new Set([...ofModel, ...impact.warnings])];
  return { model, registry, affected: impact.affected, warnings };
}
