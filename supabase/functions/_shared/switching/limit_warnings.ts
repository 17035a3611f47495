import { hasCachePrices } from "../formats/prepare_request.ts";
import type { Limit, LimitState } from "../limits/limit.ts";
import type { Assistant } from "../registry/assistant.ts";
import { listModels } from "../registry/list_models.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { isAvailableToAny } from "../selection/available_models.ts";
import { type CallerScope, modelsOf } from "../selection/named_model.ts";

type Terms = Pick<Limit, "scope" | "unit" | "amount" | "enforcement">;

/**
 * What a limit refuses from now on, and what it cannot hold, for an operator.
 *
 * @param impact Null where it was not counted.
 * @param key The scope of the API key that the limit is of.
 */
export function limitWarnings(
  registry: Registry,
  limit: Terms,
  impact: LimitState | null,
  key?: CallerScope,
): string[] {
  const uncounted = impact === null ? ["What of it is used already took too long to count."] : [];
  if (limit.enforcement === "soft") return uncounted;
  const assistant = assistantOf(registry, limit, key);
  const models = mayAnswer(registry, assistant, key);
  return [
    ...uncounted,
    ...refusedNow(limit, impact),
    ...limit.unit === "usd" ? [...ofPrices(models), ...ofCachePrices(models)] : [],
    ...ofOneAnswer(limit, models, assistant),
  ];
}

function refusedNow({ scope }: Terms, impact: LimitState | null): string[] {
  if (impact === null || impact.full === 0) return [];
  const { full } = impact;
  return [
    scope.kind === "each_user"
      ? `${full} ${full === 1 ? "user has" : "users have"} reached it already and cannot go on.`
      : "It is reached already: the next turn or call is refused.",
  ];
}

/** A hard limit in USD refuses where nothing tells what an answer costs. */
function ofPrices(models: readonly Model[]): string[] {
  const unpriced = models.filter((model) => worstPrice(model) === null);
  if (unpriced.length === 0) return [];
  const ids = listModels(unpriced.map(({ model_id }) => model_id));
  return [
    "Under a limit in USD a model without a price does not answer: where one is due, the request " +
    `is refused with price_unknown. Without a price: ${ids}.`,
  ];
}

/** What is cached without a price would cost what no limit in USD can count. */
function ofCachePrices(models: readonly Model[]): string[] {
  const uncached = models.filter((model) =>
    model.capabilities.caching && worstPrice(model) !== null && !hasCachePrices(model)
  );
  if (uncached.length === 0) return [];
  const ids = listModels(uncached.map(({ model_id }) => model_id));
  return [
    `Under a limit in USD a model caches no prompt unless its cache prices are known. Unknown: ${ids}.`,
  ];
}

/** A limit below one long answer cuts answers short from the beginning. */
function ofOneAnswer(
  { unit, amount }: Terms,
  models: readonly Model[],
  assistant: Assistant | undefined,
): string[] {
  const most = Math.min(
    assistant?.max_output_tokens ?? Infinity,
    assistant?.model_config.max_tokens ?? Infinity,
  );
  const uses = models.flatMap((model) => {
    const price = unit === "usd" ? worstPrice(model) : unit === "tokens" ? 1_000_000 : null;
    const tokens = Math.min(most, model.max_tokens);
    return price === null ? [] : [{ id: model.model_id, use: tokens * price / 1_000_000 }];
  });
  const [greatest] = uses.toSorted((one, other) => other.use - one.use);
  if (greatest === undefined || greatest.use <= amount) return [];
  const use = greatest.use.toLocaleString("en-US", { maximumFractionDigits: 6 });
  return [
    `One answer of ${greatest.id} may ${
      unit === "usd" ? `cost ${use} USD` : `have ${use} tokens`
    }, ` +
    "which is more than the limit: such answers are cut short.",
  ];
}

/** USD per million tokens of an answer; null where a price that a turn needs is not known. */
function worstPrice({ input_cost_per_mtok: input, output_cost_per_mtok: output }: Model) {
  return input === null ? null : output;
}

/** The assistant whose use a limit counts alone; undefined: that of any. */
function assistantOf(
  { assistants }: Registry,
  { scope }: Terms,
  key: CallerScope | undefined,
): Assistant | undefined {
  const isOfOne = scope.kind === "assistant" || scope.kind === "each_user";
  const type = isOfOne ? scope.id : key?.assistantType;
  return assistants.find(({ assistant_type }) => assistant_type === type);
}

/** The models that may answer within the scope of a limit. */
function mayAnswer(
  registry: Registry,
  assistant: Assistant | undefined,
  key: CallerScope | undefined,
): readonly Model[] {
  const permitted = [ofAssistant(registry, assistant), key ? modelsOf(registry, key) : null];
  return registry.models.filter((model) =>
    isAvailableToAny(model, registry) &&
    permitted.every((ids) => ids?.includes(model.model_id) ?? true)
  );
}

/** Ids of the models that may answer as an assistant; null: any. */
function ofAssistant(
  registry: Registry,
  assistant: Assistant | undefined,
): readonly string[] | null {
  const { model_version: own, fallback_models, allowed_models } = assistant ??
    { model_version: null, fallback_models: null, allowed_models: null };
  if (fallback_models === null || allowed_models === null) return null;
  const standard = registry.models.filter((model) => model.is_default);
  const allowed = modelsOf(registry, { assistantType: null, models: allowed_models }) ?? [];
  return [own ?? standard[0]?.model_id ?? "", ...fallback_models, ...allowed];
}
