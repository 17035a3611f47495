import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { isAvailable } from "./available_models.ts";
import { choices } from "./choices.ts";
import { lackOf } from "./content_needs.ts";
import { rankingOf } from "./ranking.ts";
import type { SelectionRequest } from "./selection.ts";

/** A rollout under way, of an assistant or of the default. */
export interface Rollout {
  readonly id: number;
  /** The model that is new. */
  readonly model: Model;
  /** Percent of the units that it gets, 1 to 100. */
  readonly share: number;
  /** Null: of the default. */
  readonly assistantType: string | null;
  /** Whether it has all of it already, by a switch that is watched. */
  readonly isWatched: boolean;
}

/** The rollout that a request with an assistant may be part of: the assistant's own goes first. */
export function rolloutOf(registry: Registry, assistantType: string | null): Rollout | null {
  const { byId, default: present, canary } = rankingOf(registry);
  const own = registry.assistants.find((row) => row.assistant_type === assistantType);
  if (own && own.rollout_id !== null) {
    const model = byId.get(own.canary_model_id ?? own.model_version ?? present?.model_id ?? "");
    return model === undefined ? null : {
      id: own.rollout_id,
      model,
      share: own.canary_share ?? 100,
      assistantType,
      isWatched: own.canary_model_id === null,
    };
  }
  const model = canary ?? present;
  if (model === undefined || model.rollout_id === null) return null;
  return {
    id: model.rollout_id,
    model,
    share: model.canary_share ?? 100,
    assistantType: null,
    isWatched: canary === undefined,
  };
}

/** What the choice of a model depends on where neither a pin nor the request names one. */
export type OpenRequest = Omit<SelectionRequest, "pinnedModelId" | "requestedModelId">;

/**
 * The model that a rollout compares its own with: the one that would be due without it. Null where
 * the rollout does not compare such requests: another rule decides, or one of the two models cannot
 * take what is asked. Of a watched switch, its own model.
 */
export function comparedModel(request: OpenRequest, rollout: Rollout): Model | null {
  // Without a pin and a name, the first rules are those of the assistant.
  const [first] = choices({ ...request, pinnedModelId: null, requestedModelId: null });
  if (first === undefined || first.obstacle !== null) return null;
  const { model, reason } = first;
  if (rollout.assistantType === null && reason !== "default") return null;
  if ((model === rollout.model) !== rollout.isWatched) return null;
  return takes(rollout.model, request) ? model : null;
}

function takes(model: Model, { registry, needs, assistantType }: OpenRequest): boolean {
  return isAvailable(model, registry, assistantType) && lackOf(model, needs) === null;
}
