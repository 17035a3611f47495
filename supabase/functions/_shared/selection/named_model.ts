import { AppError } from "../core/app_error.ts";
import type { Assistant } from "../registry/assistant.ts";
import { listModels } from "../registry/list_models.ts";
import type { Model } from "../registry/model.ts";
import { type Registry, requireReadable } from "../registry/registry.ts";
import { eachCandidate } from "./candidates.ts";
import { rankingOf, usableFor } from "./ranking.ts";
import { namedFirst } from "./selection.ts";

/** What a caller may name and be answered by. */
export interface CallerScope {
  /** The assistant of the caller's key or role, which every call is with; null: bound to none. */
  readonly assistantType: string | null;
  /** Ids or aliases of the only models that may answer; null: all. */
  readonly models: readonly string[] | null;
}

/** What a name of a model means. */
export interface NamedModel {
  /** Null: the rules of selection choose. */
  readonly requestedModelId: string | null;
  /** Whose prompt, settings, fallbacks and guardrail hold; null: none's. */
  readonly assistantType: string | null;
}

/** An entry of the list of models. */
export interface ListedModel {
  /** What a client may send as `model`: an id, an alias, `default` or `assistant/<type>`. */
  readonly name: string;
  /** The model that it means now; null where none can answer. */
  readonly modelId: string | null;
  readonly displayName: string;
}

/** The name of whatever the rules of selection choose. */
const ofRules = "default";

const ofAssistant = "assistant/";

/**
 * What a client's `model` means: a registry id, else an alias, else `default`, else
 * `assistant/<type>`, or `assistant/<type>/<id or alias>` for that model with the assistant's prompt
 * and settings. Whether the model can answer is not asked here.
 *
 * @throws {AppError} `key_scope` for a name that the caller may not use; `model_not_found` for one
 * that means nothing, with the names that the caller may use; `assistant_inactive`;
 * `registry_invalid` where the row that it needs could not be read
 */
export function resolveName(registry: Registry, name: string, scope: CallerScope): NamedModel {
  const model = modelNamed(registry, name);
  if (model !== undefined) {
    if (!isNameable(registry, model, scope)) throw outOfScope(registry, name, scope);
    return { requestedModelId: model.model_id, assistantType: scope.assistantType };
  }
  if (name === ofRules) return { requestedModelId: null, assistantType: scope.assistantType };
  const [assistantType, modelName] = partsOf(name);
  requireReadable(registry, name, assistantType, modelName);
  if (assistantType === null) throw unknownName(registry, name, scope);
  if (scope.assistantType !== null && scope.assistantType !== assistantType) {
    throw outOfScope(registry, name, scope);
  }
  const assistant = assistantOf(registry, assistantType);
  if (assistant === undefined) throw unknownName(registry, name, scope);
  if (!assistant.is_active) throw new AppError("assistant_inactive", undefined, { param: "model" });
  if (modelName === null) return { requestedModelId: null, assistantType };
  const wanted = modelNamed(registry, modelName);
  if (wanted === undefined) throw unknownName(registry, name, scope);
  if (!isNameable(registry, wanted, scope)) throw outOfScope(registry, name, scope);
  return { requestedModelId: wanted.model_id, assistantType };
}

/** The assistant that a name names, and the model after it. An id may have slashes, a type none. */
function partsOf(name: string): [assistantType: string | null, modelName: string | null] {
  if (!name.startsWith(ofAssistant)) return [null, null];
  const rest = name.slice(ofAssistant.length);
  const end = rest.indexOf("/");
  return end < 0 ? [rest, null] : [rest.slice(0, end), rest.slice(end + 1)];
}

/**
 * What a caller may name now, in the order in which names are looked up; the names of an assistant
 * with a model are left to who knows both.
 */
export function listNames(registry: Registry, scope: CallerScope): readonly ListedModel[] {
  const models = usableFor(registry, scope.assistantType).available
    .filter((model) => isNameable(registry, model, scope));
  const named = (names: (model: Model) => readonly string[]) =>
    models.flatMap((model) =>
      names(model).map((name): ListedModel => ({
        name,
        modelId: model.model_id,
        displayName: model.model_name,
      }))
    );
  const assistants = registry.assistants.filter(({ is_active, assistant_type }) =>
    is_active && (scope.assistantType ?? assistant_type) === assistant_type
  );
  return [
    ...named(({ model_id }) => [model_id]),
    ...named(({ aliases }) => aliases),
    {
      name: ofRules,
      modelId: answering(registry, scope.assistantType, scope),
      displayName: "Default",
    },
    ...assistants.map(({ assistant_type, name }): ListedModel => ({
      name: ofAssistant + assistant_type,
      modelId: answering(registry, assistant_type, scope),
      displayName: name,
    })),
  ];
}

/** Ids of the only models that may answer a caller, as a fallback too; null: all. */
export function modelsOf(registry: Registry, { models }: CallerScope): readonly string[] | null {
  return models && idsOf(registry, models);
}

/** Names of models that are no more are left out. */
function idsOf(registry: Registry, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => modelNamed(registry, name)?.model_id ?? []);
}

function modelNamed(registry: Registry, name: string): Model | undefined {
  const { byId, byAlias } = rankingOf(registry);
  return byId.get(name) ?? byAlias.get(name);
}

function assistantOf(registry: Registry, type: string | null): Assistant | undefined {
  return registry.assistants.find(({ assistant_type }) => assistant_type === type);
}

/** A caller who is bound to an assistant may name its own model, and those that it allows. */
function isNameable(registry: Registry, { model_id }: Model, scope: CallerScope): boolean {
  const permitted = modelsOf(registry, scope);
  if (permitted !== null && !permitted.includes(model_id)) return false;
  if (scope.assistantType === null) return true;
  const assistant = assistantOf(registry, scope.assistantType);
  if (assistant === undefined) return false;
  const { model_version, allowed_models: names } = assistant;
  const own = model_version ?? rankingOf(registry).default?.model_id;
  return names === null || own === model_id || idsOf(registry, names).includes(model_id);
}

/** The model that would answer a question of text; one that is due is never replaced by the scope. */
function answering(
  registry: Registry,
  assistantType: string | null,
  scope: CallerScope,
): string | null {
  const permitted = modelsOf(registry, scope);
  const request = {
    registry,
    assistantType,
    pinnedModelId: null,
    requestedModelId: null,
    useCase: null,
  };
  const isPermitted = (id: string) => permitted?.includes(id) ?? true;
  const fallbacks = assistantOf(registry, assistantType)?.fallback_models ?? null;
  for (const selection of eachCandidate(request)) {
    const { isDue, model: { model_id } } = selection;
    if (!isPermitted(namedFirst(selection))) return null;
    if (isPermitted(model_id) && (isDue || (fallbacks?.includes(model_id) ?? true))) {
      return model_id;
    }
  }
  return null;
}

function outOfScope(registry: Registry, name: string, scope: CallerScope): AppError {
  return new AppError("key_scope", `The caller may not use "${name}".`, {
    hint: hintOf(registry, scope),
    param: "model",
    logged: "The name of the model is outside the caller's scope.",
  });
}

function unknownName(registry: Registry, name: string, scope: CallerScope): AppError {
  return new AppError("model_not_found", `There is no model "${name}".`, {
    hint: hintOf(registry, scope),
    param: "model",
  });
}

function hintOf(registry: Registry, scope: CallerScope): string {
  const names = listNames(registry, scope).map(({ name }) => name);
  // The short ones first: there may be hundreds of ids.
  return `The caller may use: ${listModels(names.toReversed())}`;
}
