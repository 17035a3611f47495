import { AppError } from "../core/app_error.ts";
import { listModels } from "../registry/list_models.ts";
import type { Model } from "../registry/model.ts";
import { modelNotFound, obstaclesOf } from "../registry/model_usability.ts";
import type { Registry } from "../registry/registry.ts";
import { rankingOf } from "./ranking.ts";

/**
 * Whether the model may take new conversations. A model that is retired, or may leave the allowed
 * geographies, may not, even if its row says that it is available.
 */
export function isAvailable(model: Model, registry: Registry): boolean {
  return rankingOf(registry).takesConversations.has(model);
}

/** Whether every call of the model stays within the allowed geographies. */
export function isAllowed(model: Model, registry: Registry): boolean {
  return rankingOf(registry).allowed.has(model);
}

/**
 * The model that a caller asks for by its id.
 *
 * @throws {AppError} `model_not_found`, `model_retired`, `model_not_available` or
 * `model_outside_geographies`. An unknown or disabled one names the models that can be asked for,
 * a retired one its successor.
 */
export function requireAvailable(registry: Registry, modelId: string): Model {
  const ranking = rankingOf(registry);
  const model = ranking.byId.get(modelId);
  if (model !== undefined && isAvailable(model, registry)) return model;
  const available = `Available: ${listModels(ranking.available.map((each) => each.model_id))}`;
  if (model === undefined) throw modelNotFound(modelId, available);
  const [obstacle] = obstaclesOf(model, registry.settings.allowed_geographies);
  if (obstacle === undefined) throw new TypeError(`${modelId} is available`);
  const hint = obstacle.reason === "disabled" ? available : obstacle.hint;
  throw new AppError(obstacle.code, obstacle.message, { hint });
}

/**
 * The model that stands in for `model`: the first in its chain of successors that is not retired,
 * if that one is available. Null where the chain ends, leads in a circle or leads to a model that
 * is disabled or not allowed.
 */
export function successorOf(model: Model, registry: Registry): Model | null {
  const seen = new Set([model.model_id]);
  let next = model.successor_model_id;
  while (next !== null && !seen.has(next)) {
    seen.add(next);
    const successor = rankingOf(registry).byId.get(next);
    if (successor === undefined) return null;
    if (successor.lifecycle !== "retired") {
      return isAvailable(successor, registry) ? successor : null;
    }
    next = successor.successor_model_id;
  }
  return null;
}
