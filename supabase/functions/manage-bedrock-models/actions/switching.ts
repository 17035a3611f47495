import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { modelWarnings } from "../../_shared/registry/check_model.ts";
import type { Registry } from "../../_shared/registry/registry.ts";
import { describeAssistants, requireModel } from "../find_rows.ts";
import { type ManageDependencies, todayOf } from "../manage_dependencies.ts";
import type { RequestOf } from "../manage_request.ts";
import { proveModel } from "../prove_model.ts";

/** `set-default`: proves the model, then makes it the default, on the version it was proved on. */
export async function setDefaultModel(
  request: RequestOf<"set-default">,
  author: ChangeAuthor,
  dependencies: ManageDependencies,
) {
  const { readRegistry, switcher } = dependencies;
  const decidedOn = await readRegistry();
  const probe = await proveModel({
    model: requireModel(decidedOn, request.model_id),
    config: {},
    registry: decidedOn,
    probes: request.probe ?? true,
    force: request.force ?? false,
  }, dependencies);
  const formerModelId = await switcher.setDefault(request.model_id, author, {
    expectedVersion: request.expected_version ?? decidedOn.version,
    probe: probe === null ? "skipped" : "passed",
  });
  const registry = await readRegistry();
  const { model, warnings } = describe(
    request.model_id,
    registry,
    dependencies,
  );
  return {
    message: formerModelId === model.model_id
      ? `${model.model_name} was the default already.`
      : `${model.model_name} is now the default.`,
    model,
    former_model_id: formerModelId,
    probe,
    assistants: describeAssistants(registry),
    warnings,
    registry_version: registry.version,
  };
}

/** `enable`: lets new conversations use the model. */
export async function enableModel(
  request: RequestOf<"enable">,
  author: ChangeAuthor,
  dependencies: ManageDependencies,
) {
  await dependencies.switcher.enable(request.model_id, author);
  const registry = await dependencies.readRegistry();
  const { model, warnings } = describe(
    request.model_id,
    registry,
    dependencies,
  );
  return {
    message: `${model.model_name} is available.`,
    model,
    warnings,
    registry_version: registry.version,
  };
}

/** `disable`: keeps new conversations from the model, with `now` the pinned ones too. */
export async function disableModel(
  request: RequestOf<"disable">,
  author: ChangeAuthor,
  { switcher, readRegistry }: ManageDependencies,
) {
  await switcher.disable(request.model_id, request.now ?? false, author);
  const registry = await readRegistry();
  const model = requireModel(registry, request.model_id);
  return {
    message: model.serves_pinned
      ? `${model.model_name} takes no new conversations; those pinned to it go on.`
      : `${model.model_name} answers no longer, pinned conversations included.`,
    model,
    registry_version: registry.version,
  };
}

function describe(
  modelId: string,
  registry: Registry,
  clock: Pick<ManageDependencies, "now">,
) {
  const model = requireModel(registry, modelId);
  const allowed = registry.settings.allowed_geographies;
  return { model, warnings: modelWarnings(model, todayOf(clock), allowed) };
}
