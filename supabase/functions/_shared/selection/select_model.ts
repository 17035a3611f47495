import { AppError } from "../core/app_error.ts";
import { listModels } from "../registry/list_models.ts";
import { eachCandidate } from "./candidates.ts";
import { choices, describeChoice } from "./choices.ts";
import { lackOf } from "./content_needs.ts";
import { usableFor } from "./ranking.ts";
import type { Selection, SelectionRequest } from "./selection.ts";

/**
 * Decides which model answers a turn: the first of {@linkcode eachCandidate}.
 *
 * @throws {AppError} `no_model_available`; `modality_not_supported` where none takes what the
 * question holds; and what {@linkcode eachCandidate} throws.
 */
export function selectModel(request: SelectionRequest): Selection {
  const [first] = eachCandidate(request);
  if (first !== undefined) return first;
  for (const { model, obstacle } of choices(request)) {
    if (obstacle !== "content") continue;
    const { code, message } = describeChoice(obstacle, model, request);
    throw new AppError(code, message, { hint: hintOfTakers(request) });
  }
  throw new AppError("no_model_available", undefined, {
    hint: "An operator has to enable a model in bedrock_models.",
  });
}

/** Names the models that can take what the question holds. */
export function hintOfTakers({ registry, needs, assistantType }: SelectionRequest): string {
  const takers = usableFor(registry, assistantType).available
    .filter((model) => lackOf(model, needs) === null);
  return `Available models that take it: ${listModels(takers.map(({ model_id }) => model_id))}`;
}
