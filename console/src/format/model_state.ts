import type { ListedModel, Model } from "../api/manage_actions.ts";

/** What a model does at the moment, in a word. */
export type ModelState =
  | "default"
  | "available"
  | "disabled"
  | "stopped"
  | "retired";

export function modelState(
  model: Pick<
    Model,
    "is_default" | "is_available" | "serves_pinned" | "lifecycle"
  >,
): ModelState {
  if (model.lifecycle === "retired") return "retired";
  if (model.is_default) return "default";
  if (model.is_available) return "available";
  return model.serves_pinned ? "disabled" : "stopped";
}

/** Why a model takes no new conversations, in a word; null if it does. */
export function obstacleOf(model: ListedModel | undefined): string | null {
  if (model === undefined) return null;
  if (model.outside.length > 0) return "outside";
  const state = modelState(model);
  return state === "default" || state === "available" ? null : state;
}

/** What the word means, for who does not know it yet. */
export function explainState(state: ModelState): string {
  switch (state) {
    case "default":
      return "Answers wherever nothing more specific is set.";
    case "available":
      return "May take new conversations.";
    case "disabled":
      return "Takes no new conversations; those it has go on.";
    case "stopped":
      return "Never selected.";
    case "retired":
      return "AWS has ended it; its successor answers.";
    default:
      return state satisfies never;
  }
}

/** The name of a model by its id; the id where no such model is registered. */
export function nameOfModel(
  modelId: string | null,
  models: readonly Pick<Model, "model_id" | "model_name">[],
): string {
  if (modelId === null) return "no model";
  return models.find((model) => model.model_id === modelId)?.model_name ??
    modelId;
}

/** The model of an id, where it is registered; the default where there is no id. */
export function modelOrDefault<M extends Pick<Model, "model_id" | "is_default">>(
  modelId: string | null,
  models: readonly M[],
): M | undefined {
  return models.find((model) => modelId === null ? model.is_default : model.model_id === modelId);
}
