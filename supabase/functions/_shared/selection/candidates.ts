import type { Model } from "../registry/model.ts";
import { successorOf } from "./available_models.ts";
import { choices, describeChoice } from "./choices.ts";
import { lackOf } from "./content_needs.ts";
import { usableFor } from "./ranking.ts";
import type { ReplacedModel, Selection, SelectionRequest } from "./selection.ts";

/**
 * Every model that may answer, each once, in the order in which they are tried; the first is the
 * one selected. They come one by one, as a turn looks at the first few of possibly thousands. A
 * model with a successor is followed by it, so that a legacy one is replaced as soon as AWS refuses
 * it.
 *
 * Where the model that the rules name first cannot answer, all others stand in for it. So a model
 * that is disabled, retired, outside the allowed geographies or kept from the assistant, or cannot
 * take what the question holds, is never replaced in silence.
 *
 * Deterministic, and independent of the order of the registry's rows. Empty when no model is
 * available.
 *
 * @throws {AppError} `conversation_pinned` when the conversation's model serves it and another is
 * asked for; `model_not_found`, `model_retired`, `model_not_available` or
 * `model_outside_geographies` or `provider_retains_data` when the requested model is not available.
 */
export function* eachCandidate(request: SelectionRequest): Generator<Selection, void> {
  const { due, replaced } = expectationOf(request);
  const usable = usableFor(request.registry, request.assistantType);
  const found = new Set<Model>();
  for (const { model, reason, obstacle } of choices(request)) {
    const isChosen = replaced === null;
    const answering = obstacle === null ? model : null;
    // The model that a rollout had put in question is back; none takes the place of the other.
    const successor = obstacle === "reverted" ? null : successorOf(model, request.registry, usable);
    for (const candidate of [answering, successor]) {
      if (candidate === null || found.has(candidate)) continue;
      if (lackOf(candidate, request.needs) !== null) continue;
      found.add(candidate);
      yield {
        model: candidate,
        reason: isChosen && candidate === answering ? reason : "fallback",
        replaced,
        isDue: candidate === due,
      };
    }
  }
}

/** Which model the rules call for, and which one others stand in for. */
interface Expectation {
  /** The first that is named or, after a pin that has ended, the next; null if it cannot answer. */
  readonly due: Model | null;
  /** The first that is named, if it cannot answer. */
  readonly replaced: ReplacedModel | null;
}

function expectationOf(request: SelectionRequest): Expectation {
  let replaced: ReplacedModel | null = null;
  for (const { model, reason, obstacle } of choices(request)) {
    if (obstacle === null) return { due: model, replaced };
    const { code, message } = describeChoice(obstacle, model, request);
    replaced ??= { modelId: model.model_id, code, message };
    // A pin that cannot take this question has not ended, and no other model is due.
    if (reason !== "pinned" || obstacle === "content") break;
  }
  return { due: null, replaced };
}
