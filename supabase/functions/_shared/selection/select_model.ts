import { AppError } from "../core/app_error.ts";
import { eachCandidate } from "./candidates.ts";
import type { Selection, SelectionRequest } from "./selection.ts";

/**
 * Decides which model answers a turn: the first of {@linkcode eachCandidate}.
 *
 * @throws {AppError} `no_model_available`, and what {@linkcode eachCandidate} throws.
 */
export function selectModel(request: SelectionRequest): Selection {
  const [first] = eachCandidate(request);
  if (first !== undefined) return first;
  throw new AppError("no_model_available", undefined, {
    hint: "An operator has to enable a model in bedrock_models.",
  });
}
