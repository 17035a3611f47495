import type { Usage } from "../core/answer.ts";
import type { Model } from "../registry/model.ts";

/** What a model costs, in USD per million tokens; null where a price is not known. */
export type Prices = Pick<
  Model,
  | "input_cost_per_mtok"
  | "output_cost_per_mtok"
  | "cache_read_cost_per_mtok"
  | "cache_write_cost_per_mtok"
  | "cache_write_1h_cost_per_mtok"
  | "long_prompt_tokens"
  | "long_prompt_factor"
>;

const perToken = 1e-6;

/**
 * USD that a call costs at most: all of its input may be written to a cache, which costs more than to
 * read it. Null where the model's price is not known. `switchboard.most_cost()` is the same.
 */
export function mostCost(
  prices: Prices,
  inputTokens: number,
  outputTokens: number,
): number | null {
  const { input_cost_per_mtok: input, output_cost_per_mtok: output } = prices;
  if (input === null || output === null) return null;
  return (inputTokens * dearestInput(prices, input) + outputTokens * output) * perToken *
    longPromptFactor(prices, inputTokens);
}

/** Most tokens of an answer that so many USD pay for beside the input; null as of `mostCost`. */
export function affordableOutput(
  prices: Prices,
  inputTokens: number,
  usd: number,
): number | null {
  const inputCost = mostCost(prices, inputTokens, 0);
  const tokenCost = mostCost(prices, 0, 1);
  if (inputCost === null || tokenCost === null) return null;
  const left = usd - inputCost + rounding * usd;
  if (left < 0) return 0;
  const each = tokenCost * longPromptFactor(prices, inputTokens);
  return each === 0 ? Infinity : Math.floor(left / each);
}

/** Postgres counts exactly, and doubles do not: what differs by less is the same. */
const rounding = 1e-9;

/**
 * USD that a call cost, as the ledger has it: `switchboard.cost_of_tokens()`. Null where a price of
 * tokens that it used is not known; 0 where nothing is known to be used.
 */
export function costOf(prices: Prices, usage: Usage): number | null {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  const written1h = usage.cacheWrite1hTokens ?? 0;
  const parts = [
    [inputTokens, prices.input_cost_per_mtok],
    [outputTokens, prices.output_cost_per_mtok],
    [cacheReadTokens, prices.cache_read_cost_per_mtok],
    [Math.max(0, (cacheWriteTokens ?? 0) - written1h), prices.cache_write_cost_per_mtok],
    [written1h, prices.cache_write_1h_cost_per_mtok],
  ] as const;
  let cost = 0;
  for (const [tokens, price] of parts) {
    if (tokens === null || tokens === 0) continue;
    if (price === null) return null;
    cost += tokens * price;
  }
  const prompt = (inputTokens ?? 0) + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0);
  const { long_prompt_tokens: long, long_prompt_factor: factor } = prices;
  return cost * perToken * (long !== null && prompt > long ? factor ?? 1 : 1);
}

/** Tokens of every kind together, as a limit counts them. */
export function tokensOfUsage(usage: Usage): number {
  return (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0) + (usage.cacheReadTokens ?? 0) +
    (usage.cacheWriteTokens ?? 0);
}

function dearestInput(prices: Prices, input: number): number {
  return Math.max(
    input,
    prices.cache_write_cost_per_mtok ?? 0,
    prices.cache_write_1h_cost_per_mtok ?? 0,
  );
}

/** The estimate is from above, so that a prompt may be shorter: a lower price is not counted on. */
function longPromptFactor(
  { long_prompt_tokens: long, long_prompt_factor: factor }: Prices,
  inputTokens: number,
): number {
  return long !== null && inputTokens > long ? Math.max(1, factor ?? 1) : 1;
}
