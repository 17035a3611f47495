import { AppError } from "../core/app_error.ts";
import type { Model } from "../registry/model.ts";
import {
  describeObstacle,
  hasObstacle,
  type Obstacle,
  type ObstacleReason,
  obstaclesOf,
} from "../registry/model_usability.ts";
import { useFor } from "../registry/model_use.ts";
import type { Registry } from "../registry/registry.ts";
import { isAvailable, requireAvailable } from "./available_models.ts";
import { lackOf } from "./content_needs.ts";
import { rankingOf, usableFor } from "./ranking.ts";
import type { SelectionReason, SelectionRequest } from "./selection.ts";

/** A model that a rule names. */
export interface Choice {
  readonly model: Model;
  readonly reason: Exclude<SelectionReason, "fallback">;
  /** Why it cannot answer; null if it can. */
  readonly obstacle: ChoiceObstacle | null;
}

/**
 * `content`: it could answer another question, but cannot take what this one holds. `reverted`: the
 * rollout that had made the pin was taken back.
 */
export type ChoiceObstacle = ObstacleReason | "content" | "reverted";

/**
 * The models that the rules name, in their order, whether or not they can answer. A model may come
 * more than once.
 *
 * @throws {AppError} `conversation_pinned`, `model_not_found`, `model_retired`,
 * `model_not_available`, `model_outside_geographies` or `provider_retains_data` for a requested model that cannot be had
 */
export function* choices(request: SelectionRequest): Generator<Choice, void> {
  const { registry, assistantType } = request;
  const ranking = rankingOf(registry);
  const pin = ranking.byId.get(request.pinnedModelId ?? "");
  const ofPin = pin &&
    (request.pinIsReverted ? "reverted" : obstacleOfPin(pin, registry, assistantType));
  const assistant = registry.assistants.find((row) => row.assistant_type === assistantType);
  const own = ranking.byId.get(assistant?.model_version ?? "");
  const obstacleOfContent = (model: Model) =>
    lackOf(model, request.needs) === null ? null : "content";
  const choice = (model: Model, reason: Choice["reason"]): Choice => ({
    model,
    reason,
    obstacle: obstacleOfNew(model, registry, assistantType) ?? obstacleOfContent(model),
  });
  // Refuses an unavailable model before anything else is chosen.
  const requested = requestedModel(request, pin);

  if (pin && ofPin === null) {
    yield { model: pin, reason: "pinned", obstacle: obstacleOfContent(pin) };
  }
  if (requested) yield choice(requested, "requested");
  // A pin that has ended refuses no other model that is requested. One that takes new conversations
  // though no old ones is chosen, or not, as for a new one.
  if (pin && ofPin && (ofPin === "reverted" || !isAvailable(pin, registry, assistantType))) {
    yield { model: pin, reason: "pinned", obstacle: ofPin };
  }
  const canary = ranking.byId.get(request.canaryModelId ?? "");
  if (canary) yield choice(canary, "canary");
  if (own) yield choice(own, "assistant");
  const useCase = request.useCase ?? assistantType;
  // Without one, no model is of it, also none that has none.
  for (const model of useCase === null ? [] : ranking.byUseCase.get(useCase) ?? []) {
    yield choice(model, "use_case");
  }
  if (ranking.default) yield choice(ranking.default, "default");
  for (const model of usableFor(registry, assistantType).available) yield choice(model, "priority");
}

/** Why a model that a rule names cannot answer, in words. */
export function describeChoice(
  obstacle: ChoiceObstacle,
  model: Model,
  { registry, needs, assistantType }: Pick<
    SelectionRequest,
    "registry" | "needs" | "assistantType"
  >,
): Pick<Obstacle, "code" | "message"> {
  if (obstacle === "reverted") {
    const message = `The rollout of ${model.model_id} was taken back.`;
    return { code: "rollout_reverted", message };
  }
  if (obstacle !== "content") {
    return describeObstacle(obstacle, model, useFor(registry, assistantType));
  }
  const message = `${model.model_id} ${lackOf(model, needs)}.`;
  return { code: "modality_not_supported", message };
}

/** Why a model takes no new conversation. */
function obstacleOfNew(
  model: Model,
  registry: Registry,
  assistantType: string | null,
): ObstacleReason | null {
  if (isAvailable(model, registry, assistantType)) return null;
  return obstaclesOf(model, useFor(registry, assistantType))[0]?.reason ?? null;
}

/** Why a model does not answer the conversations pinned to it; it may, also when it is disabled. */
export function obstacleOfPin(
  pin: Model,
  registry: Registry,
  assistantType: string | null,
): ObstacleReason | null {
  if (pin.lifecycle === "retired") return "retired";
  if (!pin.serves_pinned) return "disabled";
  const use = useFor(registry, assistantType);
  return (["outside_geographies", "provider_retains"] as const)
    .find((reason) => hasObstacle(reason, pin, use)) ?? null;
}

/** Asking for the model of the pin adds nothing to the pin, whatever became of that model. */
function requestedModel(request: SelectionRequest, pin: Model | undefined): Model | null {
  const { registry, requestedModelId, pinnedModelId, assistantType, pinIsReverted = false } =
    request;
  if (requestedModelId === null) return null;
  if (requestedModelId === pinnedModelId && !pinIsReverted) return null;
  if (pin && !pinIsReverted && obstacleOfPin(pin, registry, assistantType) === null) {
    throw new AppError(
      "conversation_pinned",
      `The conversation is pinned to ${pin.model_id}.`,
      { hint: "Leave model_id out, or begin a new conversation." },
    );
  }
  return requireAvailable(registry, requestedModelId, assistantType);
}
