import { AppError } from "../_shared/core/app_error.ts";
import type { Assistant } from "../_shared/registry/assistant.ts";
import { listModels } from "../_shared/registry/list_models.ts";
import type { Model } from "../_shared/registry/model.ts";
import { modelNotFound } from "../_shared/registry/model_usability.ts";
import { type Registry, requireReadable } from "../_shared/registry/registry.ts";
import type { ManageDependencies } from "./manage_dependencies.ts";

/**
 * Reads a model, and the registry as far as it takes to judge it.
 *
 * @throws {AppError} `model_not_found`, naming registered models; `registry_invalid`
 */
export async function readModel(
  modelId: string,
  dependencies: Pick<ManageDependencies, "readRegistry" | "readRegistryPart">,
): Promise<{ readonly model: Model; readonly registry: Registry }> {
  const registry = await dependencies.readRegistryPart([modelId]);
  return { model: await requireModel(registry, modelId, dependencies), registry };
}

/**
 * Finds a model in a registry that was read with it, if there is one.
 *
 * @throws {AppError} `model_not_found`, naming registered models; `registry_invalid`
 */
export async function requireModel(
  registry: Registry,
  modelId: string,
  { readRegistry }: Pick<ManageDependencies, "readRegistry">,
): Promise<Model> {
  const model = registry.models.find((model) => model.model_id === modelId);
  if (model !== undefined) return model;
  requireReadable(registry, modelId);
  const ids = (await readRegistry()).models.map((model) => model.model_id);
  throw modelNotFound(modelId, `Registered: ${listModels(ids)}`);
}

/** @throws {AppError} `assistant_not_found`, naming the assistants; `registry_invalid`. */
export function requireAssistant(
  registry: Registry,
  assistantType: string,
): Assistant {
  const assistant = registry.assistants.find((each) => each.assistant_type === assistantType);
  if (assistant !== undefined) return assistant;
  requireReadable(registry, assistantType);
  const types = registry.assistants.map((each) => each.assistant_type);
  throw new AppError(
    "assistant_not_found",
    `There is no assistant ${assistantType}.`,
    { hint: `Assistants: ${types.join(", ") || "none"}` },
  );
}

/** Reads the assistants with their models and the default. */
export async function readAssistants(
  { readRegistryPart }: Pick<ManageDependencies, "readRegistryPart">,
): Promise<Registry> {
  const registry = await readRegistryPart([]);
  const own = registry.assistants.flatMap(({ model_version: modelId }) => modelId ?? []);
  return own.length === 0 ? registry : await readRegistryPart(own);
}

/** Which assistants follow the default, and which keep a model of their own. */
export function describeAssistants(registry: Registry) {
  return registry.assistants.map((assistant) => ({
    assistant_type: assistant.assistant_type,
    name: assistant.name,
    model_version: assistant.model_version,
    is_active: assistant.is_active,
    follows_default: assistant.model_version === null,
  }));
}
