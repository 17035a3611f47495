import { AppError } from "../core/app_error.ts";
import { namedFirst, type Selection } from "../selection/selection.ts";

/** Most models that one run tries. */
export const mostModels = 4;

/** Which models a run may call. */
export interface PermittedModels {
  /** In the order in which they are tried; not empty. */
  readonly candidates: Iterable<Selection>;
  /** The most that may stand in for the one that is due: ids, any (null), or none (empty). */
  readonly fallbackModels: readonly string[] | null;
  /** Ids of the only models that the caller may be answered by; default: all. */
  readonly permittedModelIds?: readonly string[] | undefined;
}

/** The model that is due, and those that may stand in for it, one by one: there may be thousands. */
function* eachPermitted(
  { candidates, fallbackModels, permittedModelIds }: PermittedModels,
): Generator<Selection> {
  for (const candidate of candidates) {
    const { isDue, model } = candidate;
    const isPermitted = permittedModelIds?.includes(model.model_id) ?? true;
    const mayStandIn = fallbackModels?.includes(model.model_id) ?? true;
    if (isPermitted && (isDue || mayStandIn)) yield candidate;
  }
}

/**
 * The model that a run calls first.
 *
 * @param fallback Whether the caller takes another model's answer at all.
 * @param hintOfTakers names the models that can take what the question holds
 * @throws {AppError} `key_scope` where the rules name a model that the caller may not be answered by,
 * which no other replaces in silence; `model_not_available`, `model_retired`,
 * `model_outside_geographies`, `provider_retains_data` or `modality_not_supported` of the model that
 * should answer and cannot,
 * where no other may
 */
export function requirePermitted(
  request: PermittedModels,
  fallback: boolean,
  hintOfTakers: () => string,
): Selection {
  const [selected] = eachPermitted(request);
  const [first] = request.candidates;
  const replaced = first?.replaced ?? null;
  if (first !== undefined) requireInScope(namedFirst(first), request);
  if (selected !== undefined && (fallback || replaced === null)) return selected;
  if (replaced === null) throw new RangeError("there must be a candidate");
  const why = fallback
    ? `${sourcesOf(request)} name no model that can answer in its place.`
    : "The request allows no other model to answer in its place.";
  const hint = fallback
    ? "Name another model. Operator: give the assistant another model, or fallbacks."
    : "Leave fallback out, or name another model in model_id.";
  throw new AppError(replaced.code, `${replaced.message} ${why}`, {
    hint: replaced.code === "modality_not_supported" ? hintOfTakers() : hint,
  });
}

function requireInScope(modelId: string, { permittedModelIds }: PermittedModels): void {
  if (permittedModelIds?.includes(modelId) ?? true) return;
  throw new AppError("key_scope", `${modelId} should answer, which the caller may not use.`, {
    hint: "Name another model, or have the model added to the models of the API key.",
    param: "model",
  });
}

/** What names the models that may stand in. */
function sourcesOf({ permittedModelIds }: PermittedModels): string {
  return permittedModelIds === undefined
    ? "The assistant's fallback_models"
    : "The models of the API key, and the assistant's fallback_models,";
}

/** As many as a run tries. */
export function firstPermitted(request: PermittedModels): Selection[] {
  const { fallbackModels } = request;
  const most = Math.min(mostModels, 1 + (fallbackModels?.length ?? mostModels));
  const models: Selection[] = [];
  for (const selection of eachPermitted(request)) {
    models.push(selection);
    if (models.length === most) break;
  }
  return models;
}

/** The first model of another maker that may answer; none if there is none. */
export function ofAnotherMaker(
  { model: refused }: Selection,
  request: PermittedModels,
  admits: (selection: Selection) => boolean,
): Selection[] {
  for (const selection of eachPermitted(request)) {
    if (selection.model.provider !== refused.provider && admits(selection)) return [selection];
  }
  return [];
}
