/** Which models need an operator's eye, and the order in which they are shown. */
import type { ListedAssistant, ListedModel } from "../api/manage_actions.ts";
import { modelState } from "./model_state.ts";

interface Registry {
  readonly models: readonly ListedModel[];
  readonly assistants: readonly ListedAssistant[];
}

/** The assistants that a model answers, by the registry. */
export function usersOf(
  model: ListedModel,
  { assistants }: Pick<Registry, "assistants">,
): readonly ListedAssistant[] {
  return assistants.filter((assistant) =>
    assistant.model_version === model.model_id || (model.is_default && assistant.follows_default)
  );
}

/**
 * What is wrong with a model that something depends on, in a sentence; null where nothing is.
 *
 * @param today ISO date
 */
export function troubleOf(model: ListedModel, registry: Registry, today: string): string | null {
  const isUsed = model.is_default || usersOf(model, registry).length > 0;
  if (!isUsed) return null;
  const state = modelState(model);
  if (state === "retired") return "AWS has ended it, and it is in use.";
  if (model.outside.length > 0) return "It is in use, but its calls may leave the geographies.";
  if (state === "disabled" || state === "stopped") {
    return "It is in use, but takes no new conversations.";
  }
  if (model.lifecycle === "legacy" && model.retires_on !== null && model.retires_on <= today) {
    return "AWS has ended it in most regions, and it is in use.";
  }
  return null;
}

/** The default on top, then what is in trouble, then what may be switched to, then the rest. */
export function orderModels(registry: Registry, today: string): readonly ListedModel[] {
  const place = (model: ListedModel) => {
    if (model.is_default) return 0;
    if (troubleOf(model, registry, today) !== null) return 1;
    return model.is_available && model.lifecycle !== "retired" ? 2 : 3;
  };
  return [...registry.models].sort((one, other) => place(one) - place(other));
}
