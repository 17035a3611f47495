import { AppError } from "../core/app_error.ts";
import type { Model } from "../registry/model.ts";
import { requireAvailable, successorOf } from "./available_models.ts";
import { rankingOf } from "./ranking.ts";
import type { Selection, SelectionReason, SelectionRequest } from "./selection.ts";

interface Choice {
  readonly model: Model | null | undefined;
  readonly reason: Exclude<SelectionReason, "fallback">;
}

/**
 * Every model that may answer, each once, in the order in which they are tried; the first is the
 * one selected. They come one by one, as a turn looks at the first few of possibly thousands. A
 * model with a successor is followed by it, so that a retired one is replaced at once and a legacy
 * one as soon as AWS refuses it.
 *
 * A model that may leave the allowed geographies is skipped by every rule, the pin's too.
 *
 * Deterministic, and independent of the order of the registry's rows. Empty when no model is
 * available.
 *
 * @throws {AppError} `conversation_pinned` when the conversation's model serves it and another is
 * asked for; `model_not_found`, `model_retired`, `model_not_available` or
 * `model_outside_geographies` when the requested model is not available.
 */
export function* eachCandidate(request: SelectionRequest): Generator<Selection, void> {
  const { registry } = request;
  const found = new Set<Model>();
  for (const { model, reason } of choices(request)) {
    if (!model) continue;
    const successor = successorOf(model, registry);
    const selections: Selection[] = [
      ...(model.lifecycle === "retired" ? [] : [{ model, reason, replacedModelId: null }]),
      ...(successor === null
        ? []
        : [{ model: successor, reason: "fallback" as const, replacedModelId: model.model_id }]),
    ];
    for (const selection of selections) {
      if (found.has(selection.model)) continue;
      found.add(selection.model);
      yield selection;
    }
  }
}

/** The rules in their order. A choice may be retired; then only its successor can answer. */
function* choices(request: SelectionRequest): Generator<Choice, void> {
  const { registry, assistantType } = request;
  const ranking = rankingOf(registry);
  const allowedModel = (id: string | null | undefined) => {
    const model = ranking.byId.get(id ?? "");
    return model && ranking.allowed.has(model) ? model : undefined;
  };
  const pin = allowedModel(request.pinnedModelId);
  const own = allowedModel(
    registry.assistants.find((row) => row.assistant_type === assistantType)?.model_version,
  );
  // Refuses an unavailable model before anything else is chosen.
  const requested = requestedModel(request, pin);

  if (pin && servesPinned(pin)) yield { model: pin, reason: "pinned" };
  yield { model: requested, reason: "requested" };
  // A retired pin refuses no other model that is requested; without one, its successor answers.
  if (pin?.lifecycle === "retired") yield { model: pin, reason: "pinned" };
  if (own && (own.is_available || own.lifecycle === "retired")) {
    yield { model: own, reason: "assistant" };
  }
  for (const model of ranking.byUseCase.get(request.useCase ?? assistantType) ?? []) {
    yield { model, reason: "use_case" };
  }
  yield { model: ranking.default, reason: "default" };
  for (const model of ranking.available) yield { model, reason: "priority" };
}

/** Whether the model still answers the conversations pinned to it, also when it is disabled. */
function servesPinned(pin: Model): boolean {
  return pin.serves_pinned && pin.lifecycle !== "retired";
}

/** Asking for the model of the pin adds nothing to the pin, whatever became of that model. */
function requestedModel(request: SelectionRequest, pin: Model | undefined): Model | null {
  const { registry, requestedModelId, pinnedModelId } = request;
  if (requestedModelId === null || requestedModelId === pinnedModelId) return null;
  if (pin && servesPinned(pin)) {
    throw new AppError(
      "conversation_pinned",
      `The conversation is pinned to ${pin.model_id}.`,
      { hint: "Leave model_id out, or begin a new conversation." },
    );
  }
  return requireAvailable(registry, requestedModelId);
}
