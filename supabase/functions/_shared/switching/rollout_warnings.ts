import type { Assistant } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import { lostContent, lostWays } from "./compare_capabilities.ts";
import type { Rollout } from "./rollout.ts";

/**
 * What an operator must know of a rollout before its figures tell it.
 *
 * @param costRatio How many times as much an answer may cost.
 */
export function rolloutWarnings(model: Model, former: Model, costRatio: number): string[] {
  return [...ofPrices(model, former, costRatio), ...ofCapabilities(model, former)];
}

/** What an operator must know who wants a switch watched that changes nothing. */
export function watchWarnings(
  modelId: string | null,
  minutes: number | undefined,
  rolloutId: number | null,
): string[] {
  return minutes === undefined || rolloutId !== null
    ? []
    : [`It is not watched, as ${modelId ?? "the default"} was in place already.`];
}

/**
 * What a promotion will need, that the start did not.
 *
 * @param changed The assistants whose model it will change.
 */
export function promotionWarnings(
  changed: readonly Assistant[],
  onVerdict: Rollout["on_verdict"],
): string[] {
  const typesOf = (those: readonly Assistant[]) =>
    those.map(({ assistant_type }) => assistant_type).join(", ");
  const guarded = changed.filter((each) => each.is_protected);
  const evaluated = changed.filter((each) => each.requires_evaluation);
  return [
    ...guarded.length === 0 || onVerdict === "promote" ? [] : [
      `Its promotion will need a second person (${typesOf(guarded)}), unless it starts with ` +
      `on_verdict "promote".`,
    ],
    ...evaluated.length === 0 ? [] : [
      `Its promotion will need an evaluation that counts at that time (${typesOf(evaluated)}): ` +
      "with the prompt and settings of then, and not too old.",
    ],
  ];
}

function ofPrices(model: Model, former: Model, costRatio: number): string[] {
  const unpriced = [model, former].filter((each) => pricesOf(each).includes(null));
  if (unpriced.length > 0) {
    const ids = unpriced.map(({ model_id }) => model_id).join(" and ");
    return [`The cost cannot be compared: not every price of ${ids} is known.`];
  }
  const ratios = pricesOf(model).map((price, at) => (price ?? 0) / (pricesOf(former)[at] ?? 0));
  const most = Math.max(...ratios.filter(Number.isFinite), 0);
  return most <= costRatio ? [] : [
    `By its prices ${model.model_id} costs up to ${most.toFixed(1)} times as much as ` +
    `${former.model_id}; beyond ${costRatio} times, by the answers, it is worse and reverted.`,
  ];
}

function pricesOf({ input_cost_per_mtok: input, output_cost_per_mtok: output }: Model) {
  return [input, output];
}

function ofCapabilities({ model_id: id, capabilities: to }: Model, former: Model): string[] {
  const { model_id: formerId, capabilities: from } = former;
  const content = lostContent(from, to);
  const ways = lostWays(from, to);
  return [
    ...content.length === 0 ? [] : [
      `${id} takes less than ${formerId}: ${content.join("; ")}. Conversations and calls that ` +
      `begin with more stay with ${formerId}.`,
    ],
    ...ways.length === 0 ? [] : [`${id} can do less than ${formerId}: ${ways.join("; ")}.`],
  ];
}
