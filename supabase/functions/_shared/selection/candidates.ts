import { AppError } from "../core/app_error.ts";
import type { Model } from "../registry/model.ts";
import {
  isAllowed,
  isAvailable,
  modelsByPriority,
  requireAvailable,
  successorOf,
} from "./available_models.ts";
import type { Selection, SelectionReason, SelectionRequest } from "./selection.ts";

interface Choice {
  readonly model: Model | null | undefined;
  readonly reason: Exclude<SelectionReason, "fallback">;
}

/**
 * Every model that may answer, each once, in the order in which they are tried; the first is the
 * one selected. A model with a successor is followed by it, so that a retired one is replaced at
 * once and a legacy one as soon as AWS refuses it.
 *
 * A model that may leave the allowed geographies is passed over by every rule, the pin's too.
 *
 * Deterministic, and independent of the order of the registry's rows. Empty when no model is
 * available.
 *
 * @throws {AppError} `conversation_pinned` when the conversation's model serves it and another is
 * asked for; `model_not_found`, `model_retired`, `model_not_available` or
 * `model_outside_geographies` when the model asked for cannot be had.
 */
export function candidates(request: SelectionRequest): Selection[] {
  const { registry } = request;
  const found = new Map<string, Selection>();
  const add = (selection: Selection) => {
    if (!found.has(selection.model.model_id)) found.set(selection.model.model_id, selection);
  };
  for (const { model, reason } of choices(request)) {
    if (!model) continue;
    if (model.lifecycle !== "retired") add({ model, reason, replacedModelId: null });
    const successor = successorOf(model, registry);
    if (successor !== null) {
      add({ model: successor, reason: "fallback", replacedModelId: model.model_id });
    }
  }
  return [...found.values()];
}

/** The rules in their order. A choice may be retired; then only its successor can answer. */
function choices(request: SelectionRequest): Choice[] {
  const { registry, assistantType } = request;
  const models = modelsByPriority(registry).filter((model) => isAllowed(model, registry));
  const pin = models.find((model) => model.model_id === request.pinnedModelId);
  const assistant = registry.assistants.find((row) => row.assistant_type === assistantType);
  const own = models.find((model) => model.model_id === assistant?.model_version);
  const useCase = request.useCase ?? assistantType;
  const switchedOn = models.filter((model) => model.is_available);
  return [
    { model: pin && servesPinned(pin) ? pin : null, reason: "pinned" },
    { model: requestedModel(request, pin), reason: "requested" },
    // A pin that is retired binds nobody who asks for another model, but hands on its conversation.
    { model: pin?.lifecycle === "retired" ? pin : null, reason: "pinned" },
    {
      model: own && (isAvailable(own, registry) || own.lifecycle === "retired") ? own : null,
      reason: "assistant",
    },
    ...switchedOn.filter((model) => model.use_case === useCase)
      .map((model) => ({ model, reason: "use_case" as const })),
    { model: switchedOn.find((model) => model.is_default), reason: "default" },
    ...switchedOn.filter((model) => isAvailable(model, registry)).map((model) => ({
      model,
      reason: "priority" as const,
    })),
  ];
}

/** Whether the model still answers the conversations pinned to it, also when it is switched off. */
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
      `The conversation is pinned to the model "${pin.model_id}".`,
      { hint: "Leave model_id out, or begin a new conversation to use another model." },
    );
  }
  return requireAvailable(registry, requestedModelId);
}
