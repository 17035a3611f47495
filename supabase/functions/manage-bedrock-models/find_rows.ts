import { AppError } from "../_shared/core/app_error.ts";
import type { Assistant } from "../_shared/registry/assistant.ts";
import type { Model } from "../_shared/registry/model.ts";
import type { Registry } from "../_shared/registry/registry.ts";

/** @throws {AppError} `model_not_found`, naming the models that there are. */
export function requireModel(registry: Registry, modelId: string): Model {
  const model = registry.models.find((model) => model.model_id === modelId);
  if (model !== undefined) return model;
  throw new AppError(
    "model_not_found",
    `There is no model ${modelId} in the registry.`,
    {
      hint: `Registered: ${registry.models.map((model) => model.model_id).join(", ") || "none"}`,
    },
  );
}

/** @throws {AppError} `assistant_not_found`, naming the assistants that there are. */
export function requireAssistant(
  registry: Registry,
  assistantType: string,
): Assistant {
  const assistant = registry.assistants.find((each) => each.assistant_type === assistantType);
  if (assistant !== undefined) return assistant;
  const types = registry.assistants.map((each) => each.assistant_type);
  throw new AppError(
    "assistant_not_found",
    `There is no assistant ${assistantType}.`,
    {
      hint: `There are: ${types.join(", ") || "none"}`,
    },
  );
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
