import { refuseLeftOut } from "../registry/left_out_row.ts";
import { requireReadable } from "../registry/registry.ts";
import { eachCandidate } from "../selection/candidates.ts";
import { leftOutChoice } from "../selection/left_out_choice.ts";
import { hintOfTakers, selectModel } from "../selection/select_model.ts";
import type { Selection, SelectionRequest } from "../selection/selection.ts";
import { type PermittedModels, requirePermitted } from "./permitted_models.ts";

/** What a caller takes of the models that the rules choose. */
export interface CallersModels {
  /** Whether the caller takes another model's answer. */
  readonly fallback: boolean;
  /** Ids of the only models that may answer, as a fallback too. Default: all. */
  readonly permittedModelIds?: readonly string[];
}

/** The models that may answer, and the one that is called first. */
export interface ChosenModels extends PermittedModels {
  readonly selected: Selection;
}

/**
 * Chooses by the rules of selection, within what the assistant and the caller allow.
 *
 * @throws {AppError} `registry_invalid` where the rules need a row that could not be read, and what
 * `selectModel` and `requirePermitted` throw
 */
export function chooseModels(
  request: SelectionRequest,
  { fallback, permittedModelIds }: CallersModels,
): ChosenModels {
  const { registry, assistantType, pinnedModelId, requestedModelId } = request;
  const assistant = registry.assistants.find((row) => row.assistant_type === assistantType);
  // Without these rows another model would answer, or one without the assistant's prompt.
  requireReadable(registry, assistantType, pinnedModelId, requestedModelId);
  const leftOut = leftOutChoice(request);
  if (leftOut !== undefined) refuseLeftOut(leftOut);
  // Says why, where there is no candidate.
  selectModel(request);
  const permitted: PermittedModels = {
    candidates: { [Symbol.iterator]: () => eachCandidate(request) },
    fallbackModels: fallback ? assistant?.fallback_models ?? null : [],
    permittedModelIds,
  };
  return {
    ...permitted,
    selected: requirePermitted(permitted, fallback, () => hintOfTakers(request)),
  };
}
