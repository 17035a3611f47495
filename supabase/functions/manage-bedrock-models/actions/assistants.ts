import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { guardrailOf } from "../../_shared/registry/assistant.ts";
import { modelWarnings } from "../../_shared/registry/check_model.ts";
import { type NamedProbe, proveModel } from "../../_shared/switching/prove_model.ts";
import { watchWarnings } from "../../_shared/switching/rollout_warnings.ts";
import { assistantWarnings } from "../../_shared/switching/assistant_warnings.ts";
import { affectedBy } from "../affected_by.ts";
import { readAssistants, requireAssistant, requireModel } from "../find_rows.ts";
import { type ManageDependencies, todayOf } from "../manage_dependencies.ts";

/** `list-assistants`: every assistant with its system prompt and its model. */
export async function listAssistants(
  _request: RequestOf<"list-assistants">,
  dependencies: ManageDependencies,
): Promise<ResultOf<"list-assistants">> {
  const registry = await readAssistants(dependencies);
  const standard = registry.models.find((model) => model.is_default)?.model_id ?? null;
  return {
    assistants: registry.assistants.map((assistant) => ({
      ...assistant,
      follows_default: assistant.model_version === null,
    })),
    count: registry.assistants.length,
    default_model_id: standard,
    warnings: assistantWarnings(registry),
    registry_version: registry.version,
  };
}

/** `set-assistant-model`: probes the model with the assistant's settings, then assigns it. */
export async function setAssistantModel(
  request: RequestOf<"set-assistant-model">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-assistant-model">> {
  const { readRegistryPart, switcher } = dependencies;
  const { assistant_type: assistantType, model_id: modelId } = request;
  const modelIds = modelId === null ? [] : [modelId];
  const decidedOn = await readRegistryPart(modelIds);
  const former = requireAssistant(decidedOn, assistantType);
  let proof: NamedProbe | null = null;
  if (modelId !== null) {
    proof = await proveModel({
      model: await requireModel(decidedOn, modelId, dependencies),
      registry: decidedOn,
      assistantType,
      config: former.model_config,
      guardrail: guardrailOf(former),
      author,
      probes: request.probe ?? true,
      force: request.force ?? false,
    }, dependencies);
  }
  const { former_model_id, rollout_id, ...change } = await switcher.assign(
    { assistantType, modelId, fallbackModels: request.fallback_models },
    author,
    {
      expectedVersion: request.expected_version ?? decidedOn.version,
      probeId: proof?.id ?? null,
      watchMinutes: request.watch_minutes,
    },
  );
  const [registry, { affected, warnings }] = await Promise.all([
    readRegistryPart(modelIds),
    affectedBy(change, dependencies),
  ]);
  const assistant = requireAssistant(registry, assistantType);
  const model = modelId === null ? null : await requireModel(registry, modelId, dependencies);
  return {
    message: model === null
      ? `${assistant.name} follows the default.`
      : `${assistant.name} answers with ${model.model_name}.`,
    assistant: { ...assistant, follows_default: model === null },
    model,
    former_model_id,
    rollout_id,
    probe: proof?.probe ?? null,
    affected,
    warnings: [
      ...new Set([
        ...watchWarnings(modelId, request.watch_minutes, rollout_id),
        ...model === null ? [] : modelWarnings(model, todayOf(dependencies), registry),
        ...warnings,
      ]),
    ],
    registry_version: registry.version,
  };
}
