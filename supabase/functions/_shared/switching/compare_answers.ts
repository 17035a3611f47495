import { AppError } from "../core/app_error.ts";
import type { Assistant } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { chooseModels } from "../runs/choose_models.ts";
import { isAvailableToAny } from "../selection/available_models.ts";
import { obstacleOfPin } from "../selection/choices.ts";
import type { Selection } from "../selection/selection.ts";

/** The model that answers, or why none does; null of an assistant that takes no turns. */
export type Answering = Selection | AppError | null;

/** Turns of an assistant that another model answers, or none. */
export interface Move {
  readonly assistantType: string;
  readonly name: string;
  readonly from: Answering;
  readonly to: Answering;
}

/** What the rules do differently in one registry and in another. */
export interface Comparison {
  readonly before: Registry;
  readonly after: Registry;
  /** Of new conversations. */
  readonly moves: readonly Move[];
  /** Of new conversations for a use case that a request names, by that name. */
  readonly useCaseMoves: readonly (Move & { readonly useCase: string })[];
  /** Ids of the models that take new conversations in one of the registries only. */
  readonly turned: ReadonlySet<string>;
  /** Ids of the models that no longer answer the conversations pinned to them, of some assistant. */
  readonly stopped: ReadonlySet<string>;
  /** Whether that is so of the conversations of an assistant. */
  readonly hasStopped: (assistantType: string, modelId: string) => boolean;
}

/** Compares who answers under two registries, by the rules of selection alone. */
export function compareAnswers(before: Registry, after: Registry): Comparison {
  const assistants = activeIn(before, after);
  const useCases = useCasesOf(before, after, assistants);
  const stopped = new Map(
    assistants.map(({ assistant_type: type }) => [type, stoppedFor(before, after, type)]),
  );
  return {
    before,
    after,
    moves: assistants.map((assistant) => moveOf(assistant, null, before, after)).filter(isMove),
    useCaseMoves: assistants.flatMap((assistant) =>
      useCases.map((useCase) => ({ ...moveOf(assistant, useCase, before, after), useCase }))
    ).filter(isMove),
    turned: differing(before, after, isAvailableToAny),
    stopped: new Set([...stopped.values()].flatMap((ids) => [...ids])),
    hasStopped: (type, modelId) => stopped.get(type)?.has(modelId) ?? false,
  };
}

/** The model that answers a turn of an assistant. */
export function answeringOf(
  registry: Registry,
  assistantType: string,
  { pinnedModelId = null, useCase = null }: {
    readonly pinnedModelId?: string | null;
    readonly useCase?: string | null;
  } = {},
): Answering {
  if (!activeIn(registry).some((row) => row.assistant_type === assistantType)) return null;
  const request = { registry, assistantType, pinnedModelId, requestedModelId: null, useCase };
  try {
    return chooseModels(request, { fallback: true }).selected;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** The id of the model that answers; null where none does. */
export function modelIdOf(answering: Answering): string | null {
  return modelOf(answering)?.model_id ?? null;
}

export function modelOf(answering: Answering): Model | null {
  return answering === null || answering instanceof AppError ? null : answering.model;
}

function activeIn(...registries: readonly Registry[]): Assistant[] {
  const active = registries.flatMap(({ assistants }) => assistants)
    .filter(({ is_active }) => is_active);
  return [...new Map(active.map((row) => [row.assistant_type, row])).values()];
}

/** An assistant's own type is the use case of every turn that names none. */
function useCasesOf(one: Registry, other: Registry, assistants: readonly Assistant[]): string[] {
  const types = new Set(assistants.map(({ assistant_type }) => assistant_type));
  const named = [...one.models, ...other.models].flatMap(({ use_case }) => use_case ?? []);
  return [...new Set(named)].filter((useCase) => !types.has(useCase)).sort();
}

function moveOf(
  { assistant_type: assistantType, name }: Assistant,
  useCase: string | null,
  before: Registry,
  after: Registry,
): Move {
  return {
    assistantType,
    name,
    from: answeringOf(before, assistantType, { useCase }),
    to: answeringOf(after, assistantType, { useCase }),
  };
}

function isMove({ from, to }: Move): boolean {
  return modelIdOf(from) !== modelIdOf(to);
}

/** The models that no longer answer the conversations of an assistant that are pinned to them. */
function stoppedFor(before: Registry, after: Registry, assistantType: string): Set<string> {
  const servingIn = (registry: Registry) =>
    new Set(
      registry.models.filter((model) => obstacleOfPin(model, registry, assistantType) === null)
        .map(({ model_id }) => model_id),
    );
  return servingIn(before).difference(servingIn(after));
}

/** Ids of the models of which something is true in one of the registries only. */
function differing(
  one: Registry,
  other: Registry,
  is: (model: Model, registry: Registry) => boolean,
): Set<string> {
  const idsIn = (registry: Registry) =>
    new Set(registry.models.filter((each) => is(each, registry)).map((each) => each.model_id));
  return idsIn(one).symmetricDifference(idsIn(other));
}
