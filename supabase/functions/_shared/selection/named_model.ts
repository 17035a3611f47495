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
  /** What a client sends as `model`: an id, an alias, `default` or `assistant/<type>`. */
  readonly name: string;
  /** The model that it means now; null where none can answer. */
  readonly modelId: string | null;
  readonly displayName: string;
}
