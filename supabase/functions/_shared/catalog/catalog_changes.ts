import type {
  CatalogChange,
  CatalogReport,
  LifecycleState,
  NewModel,
  RegisteredRow,
} from "./catalog_report.ts";
import { datesOf } from "./lifecycle_dates.ts";

/**
 * Limits of a model, which AWS's lists do not have: low enough for every text model that Bedrock
 * serves today, so that calls are accepted until an operator sets the real ones.
 */
export const cautiousLimits = { max_tokens: 4_096, context_window: 32_768 } as const;

/** Models that are registered from the lists come after those that an operator ranked. */
const lastPriority = 1_000;

/**
 * The changes of the registry that a report calls for: new models are registered, lifecycles and
 * ends become AWS's, and rows say what AWS lists that they accept. A model that AWS no longer lists is retired once its announced end has
 * passed; before that, its absence is only reported.
 *
 * @param today ISO date
 */
export function changesOf(report: CatalogReport, today: string): CatalogChange[] {
  return [
    ...report.new.map((model): CatalogChange => ({
      kind: "register",
      model: registrationOf(model, today),
    })),
    ...report.lifecycle.filter((change) => change.applies).map(({ model_id, to }) =>
      setLifecycle(model_id, to)
    ),
    ...report.gone.filter((model) => model.ended && model.lifecycle !== "retired")
      .map(({ model_id, ...state }) =>
        setLifecycle(model_id, { ...datesOf(state), lifecycle: "retired" })
      ),
    ...report.unsaid.map((unsaid): CatalogChange => ({ kind: "set-capabilities", ...unsaid })),
  ];
}

function setLifecycle(model_id: string, to: LifecycleState): CatalogChange {
  return { kind: "set-lifecycle", model_id, ...to };
}

/**
 * The row of a model that is known from AWS's lists only: not available, without prices, without
 * sampling settings, which some models refuse, and with limits that every model accepts. What its
 * provider keeps, the database fills in from what is published.
 *
 * @param today ISO date
 */
export function registrationOf(model: NewModel, today: string): RegisteredRow {
  return {
    model_id: model.model_id,
    model_name: model.name.slice(0, 200),
    aliases: [],
    provider: model.provider.trim().slice(0, 100).trim() || "unknown",
    format: model.format,
    region: null,
    geographies: [...model.geographies],
    ...cautiousLimits,
    temperature: null,
    top_p: null,
    input_cost_per_mtok: null,
    output_cost_per_mtok: null,
    cache_read_cost_per_mtok: null,
    cache_write_cost_per_mtok: null,
    cache_write_1h_cost_per_mtok: null,
    long_prompt_tokens: null,
    long_prompt_factor: null,
    use_case: null,
    priority: lastPriority,
    is_available: false,
    is_default: false,
    serves_pinned: true,
    canary_share: null,
    rollout_id: null,
    lifecycle: model.lifecycle,
    ...datesOf(model),
    successor_model_id: null,
    sampling: "none",
    system_prompt: "supported",
    capabilities: model.capabilities,
    source_url: null,
    checked_on: null,
    description: `Found in AWS's lists on ${today}. Prices are not known; max_tokens, ` +
      "context_window and capabilities are cautious until an operator sets those of the model's " +
      "card.",
  };
}
