import { AppError } from "../core/app_error.ts";
import { listModels } from "../registry/list_models.ts";
import type { Model } from "../registry/model.ts";
import { modelNotFound, obstaclesOf } from "../registry/model_usability.ts";
import { useFor } from "../registry/model_use.ts";
import type { Registry } from "../registry/registry.ts";
import { rankingOf, usableFor, usableForAny, type UsableModels } from "./ranking.ts";

/**
 * Whether the model may take new conversations of an assistant or, with null, calls that are with
 * none. A model that is retired, may leave the allowed geographies, or is kept from the assistant,
 * as its provider keeps traffic, may not, even if its row says that it is available.
 */
export function isAvailable(
  model: Model,
  registry: Registry,
  assistantType: string | null,
): boolean {
  return usableFor(registry, assistantType).takesConversations.has(model);
}

/** As {@linkcode isAvailable}, for any assistant that allows what its provider keeps. */
export function isAvailableToAny(model: Model, registry: Registry): boolean {
  return usableForAny(registry).takesConversations.has(model);
}

/** Whether every call of the model stays within the allowed geographies. */
export function staysInside(model: Model, registry: Registry): boolean {
  return usableForAny(registry).allowed.has(model);
}

/**
 * The model that a caller asks for by its id.
 *
 * @throws {AppError} `model_not_found`, `model_retired`, `model_not_available`,
 * `model_outside_geographies` or `provider_retains_data`. An unknown or disabled one names the models that can be asked for,
 * a retired one its successor.
 */
export function requireAvailable(
  registry: Registry,
  modelId: string,
  assistantType: string | null,
): Model {
  const usable = usableFor(registry, assistantType);
  const model = rankingOf(registry).byId.get(modelId);
  if (model !== undefined && usable.takesConversations.has(model)) return model;
  const available = `Available: ${listModels(usable.available.map((each) => each.model_id))}`;
  if (model === undefined) throw modelNotFound(modelId, available);
  const [obstacle] = obstaclesOf(model, useFor(registry, assistantType));
  if (obstacle === undefined) throw new TypeError(`${modelId} is available`);
  const hint = obstacle.reason === "disabled" ? available : obstacle.hint;
  throw new AppError(obstacle.code, obstacle.message, { hint });
}

/**
 * The model that stands in for `model`: the first in its chain of successors that is not retired,
 * if that one is available. Null where the chain ends, leads in a circle or leads to a model that
 * is disabled or not allowed.
 *
 * @param usable The models that may be used for whom it stands in.
 */
export function successorOf(
  model: Model,
  registry: Registry,
  usable: UsableModels,
): Model | null {
  const seen = new Set([model.model_id]);
  let next = model.successor_model_id;
  while (next !== null && !seen.has(next)) {
    seen.add(next);
    const successor = rankingOf(registry).byId.get(next);
    if (successor === undefined) return null;
    if (successor.lifecycle !== "retired") {
      return usable.takesConversations.has(successor) ? successor : null;
    }
    next = successor.successor_model_id;
  }
  return null;
}
