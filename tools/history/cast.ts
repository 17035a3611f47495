/** Which models play which part. Chosen by what their rows say, so that any registry will do. */

/** What the history needs to know of a model. */
export interface ModelRow {
  readonly model_id: string;
  readonly is_available: boolean;
  readonly is_default: boolean;
  readonly lifecycle: string;
  /** USD per million tokens; null where not known. */
  readonly input_cost: number | null;
  readonly output_cost: number | null;
  readonly cache_read_cost: number | null;
  readonly cache_write_cost: number | null;
}

export interface AssistantRow {
  readonly id: string;
  readonly assistant_type: string;
  readonly model_version: string | null;
  readonly max_tokens: number | null;
}

export interface Cast {
  /** The default of today, and the one before it. */
  readonly standard: string;
  readonly formerStandard: string;
  /** The patients' model, and one that was tried in its place. */
  readonly everyday: string;
  readonly tried: string;
  /** The providers' model for most of the time, a cheaper one tried for a while, and today's. */
  readonly careful: string;
  readonly cheaper: string;
  readonly clinicalToday: string;
}

/**
 * Casts the models. One model may play several parts; a change between two parts of one model is
 * left out of the story.
 *
 * @throws {RangeError} if there is no default.
 */
export function castModels(
  models: readonly ModelRow[],
  assistants: readonly AssistantRow[],
): Cast {
  const standard = models.find((model) => model.is_default)?.model_id;
  if (standard === undefined) {
    throw new RangeError("A history needs a default model: set is_default in bedrock_models.");
  }
  const assigned = (type: string) =>
    assistants.find(({ assistant_type }) => assistant_type === type)?.model_version ?? standard;
  const everyday = assigned("health");
  const clinicalToday = assigned("clinical");

  const usable = models
    .filter((model) => model.is_available && model.lifecycle === "active")
    .filter((model) => model.input_cost !== null && model.output_cost !== null)
    .sort((one, other) => one.output_cost! - other.output_cost!);
  const costOf = (id: string) => models.find(({ model_id }) => model_id === id)?.output_cost ?? 0;
  // Only where a write is paid for does a cache show in the figures.
  const caching = usable.filter((model) => (model.cache_write_cost ?? 0) > 0);
  const careful = caching[caching.length >> 1]?.model_id ?? clinicalToday;
  return {
    standard,
    formerStandard: usable.findLast((model) => model.output_cost! < costOf(standard))?.model_id ??
      standard,
    everyday,
    tried:
      usable.find((model) => model.output_cost! > costOf(everyday) && model.model_id !== standard)
        ?.model_id ?? everyday,
    careful,
    cheaper: caching[0]?.model_id ?? careful,
    clinicalToday,
  };
}
