import type { Selection } from "../selection/selection.ts";

/** Most models that one run tries. */
export const mostModels = 4;

/** Which models a run may call. */
export interface PermittedModels {
  /** In the order in which they are tried; not empty. */
  readonly candidates: Iterable<Selection>;
  /** The most that may be tried after the first: ids, any (null), or none (empty). */
  readonly fallbackModels: readonly string[] | null;
}

/** The first model, and those that may stand in for it, one by one: there may be thousands. */
function* eachPermitted(request: PermittedModels): Generator<Selection, void> {
  const { candidates, fallbackModels } = request;
  let isFirst = true;
  for (const candidate of candidates) {
    const isAllowed = fallbackModels === null || fallbackModels.includes(candidate.model.model_id);
    if (isFirst || isAllowed) yield candidate;
    isFirst = false;
  }
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
