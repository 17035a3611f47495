import { AppError } from "../core/app_error.ts";
import { candidates } from "./candidates.ts";
import type { Selection, SelectionRequest } from "./selection.ts";

/**
 * Decides which model answers a turn: the first of {@linkcode candidates}.
 *
 * @throws {AppError} `no_model_available`, and what {@linkcode candidates} throws.
 */
export function selectModel(request: SelectionRequest): Selection {
  const [first] = candidates(request);
  if (first === undefined) {
    throw new AppError("no_model_available", undefined, {
      hint: "An operator has to enable a model in bedrock_models.",
    });
  }
  return first;
}
