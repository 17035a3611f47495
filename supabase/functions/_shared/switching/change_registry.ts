import { AppError } from "../core/app_error.ts";
import type { Assistant } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import { obstacleOf, type ObstacleReason } from "../registry/model_usability.ts";
import { type ModelUse, useFor, useForAny } from "../registry/model_use.ts";
import type { Registry } from "../registry/registry.ts";
import { successorOf } from "../selection/available_models.ts";
import { usableForAny } from "../selection/ranking.ts";
import type { ProviderRetention } from "../registry/provider_retention.ts";
import { retireModel } from "./retire_model.ts";

/** A change that has not been made, by the name of its action. */
export type IntendedChange =
  | { readonly action: "set-default" | "enable"; readonly model_id: string }
  | {
    readonly action: "disable";
    readonly model_id: string;
    readonly now?: boolean | undefined;
  }
  | {
    readonly action: "retire";
    readonly model_id: string;
    /** Left out: the one on record; null: none, and what names the model stays. */
    readonly successor_model_id?: string | null | undefined;
  }
  | {
    readonly action: "set-assistant-model";
    readonly assistant_type: string;
    readonly model_id: string | null;
    readonly fallback_models?: readonly string[] | null | undefined;
  }
  | {
    readonly action: "update-settings";
    readonly allowed_geographies?: readonly string[] | undefined;
    readonly allow_provider_retention?: boolean | undefined;
  }
  | {
    readonly action: "set-provider-retention";
    readonly model_id: string;
    readonly provider_retention: ProviderRetention;
  };

/**
 * The registry as a change would leave it. The models and the assistant that it names must be there.
 *
 * @throws {AppError} what the change would be refused with: `model_retired`, `model_not_available`,
 * `model_outside_geographies`, `provider_retains_data`, `model_is_default`, `last_available_model`
 */
export function changeRegistry(registry: Registry, change: IntendedChange): Registry {
  switch (change.action) {
    case "set-default": {
      requireUsable(registry, change.model_id);
      return withModels(registry, (model) => ({ is_default: model.model_id === change.model_id }));
    }
    case "enable": {
      const model = modelOf(registry, change.model_id);
      refuse(model, useForAny(registry), "retired", "outside_geographies");
      return withModel(registry, model, { is_available: true, serves_pinned: true });
    }
    case "disable": {
      const model = modelOf(registry, change.model_id);
      requireDisposable(registry, model);
      const serves_pinned = model.serves_pinned && change.now !== true;
      return withModel(registry, model, { is_available: false, serves_pinned });
    }
    case "retire": {
      const model = modelOf(registry, change.model_id);
      const named = change.successor_model_id;
      const successor = named === undefined
        ? successorOf(model, registry, usableForAny(registry))
        : named === null
        ? null
        : modelOf(registry, named);
      if (typeof named === "string") requireUsable(registry, named);
      if (successor !== null) requireTaken(registry, model, successor);
      if (named !== null) return retireModel(registry, model, successor);
      const retired = retireModel(registry, model, null);
      return withModel(retired, modelOf(retired, change.model_id), { successor_model_id: null });
    }
    case "set-assistant-model": {
      if (change.model_id !== null) requireUsable(registry, change.model_id);
      for (const id of change.fallback_models ?? []) {
        refuse(modelOf(registry, id), useForAny(registry), "outside_geographies");
      }
      for (const id of [change.model_id, ...change.fallback_models ?? []]) {
        if (id === null) continue;
        refuse(modelOf(registry, id), useFor(registry, change.assistant_type), "provider_retains");
      }
      return withAssistant(registry, change.assistant_type, {
        model_version: change.model_id,
        ...(change.fallback_models !== undefined && {
          fallback_models: change.fallback_models && [...change.fallback_models],
        }),
      });
    }
    case "update-settings": {
      const { settings } = registry;
      const {
        allowed_geographies = settings.allowed_geographies,
        allow_provider_retention = settings.allow_provider_retention,
      } = change;
      const changed = { allowed_geographies: [...allowed_geographies], allow_provider_retention };
      return { ...registry, settings: { ...settings, ...changed } };
    }
    case "set-provider-retention": {
      const { provider_retention } = change;
      return withModel(registry, modelOf(registry, change.model_id), { provider_retention });
    }
    default:
      return change satisfies never;
  }
}

function modelOf({ models }: Registry, modelId: string): Model {
  const model = models.find((each) => each.model_id === modelId);
  if (model === undefined) throw new RangeError(`the registry must have ${modelId}`);
  return model;
}

function requireUsable(registry: Registry, modelId: string): void {
  const use = useForAny(registry);
  refuse(modelOf(registry, modelId), use, "retired", "disabled", "outside_geographies");
}

/** A successor takes the place of the model in the rows of these assistants. */
function requireTaken(registry: Registry, { model_id: id }: Model, successor: Model): void {
  for (const { assistant_type: type, model_version, fallback_models } of registry.assistants) {
    if (model_version !== id && fallback_models?.includes(id) !== true) continue;
    refuse(successor, useFor(registry, type), "provider_retains");
  }
}

function refuse(model: Model, use: ModelUse, ...reasons: ObstacleReason[]): void {
  for (const reason of reasons) {
    const obstacle = obstacleOf(reason, model, use);
    if (obstacle === null) continue;
    throw new AppError(obstacle.code, obstacle.message, { hint: obstacle.hint });
  }
}

/** As `disable_model()`, in the same words, which a test compares. */
function requireDisposable({ models }: Registry, { model_id: id, ...model }: Model): void {
  if (model.is_default) {
    throw new AppError("model_is_default", `${id} is the default and cannot be disabled.`, {
      hint: "Make another model the default first.",
    });
  }
  const others = models.filter((each) => each.is_available && each.model_id !== id);
  if (model.is_available && others.length === 0) {
    throw new AppError(
      "last_available_model",
      `${id} is the last available model and cannot be disabled.`,
      { hint: "Enable another model first." },
    );
  }
}

function withModels(registry: Registry, changed: (model: Model) => Partial<Model>): Registry {
  const models = registry.models.map((model) => ({ ...model, ...changed(model) }));
  return { ...registry, models };
}

function withModel(registry: Registry, changed: Model, values: Partial<Model>): Registry {
  return withModels(registry, (model) => model === changed ? values : {});
}

function withAssistant(registry: Registry, type: string, values: Partial<Assistant>): Registry {
  const assistants = registry.assistants.map((each) =>
    each.assistant_type === type ? { ...each, ...values } : each
  );
  return { ...registry, assistants };
}
