import { useSignal } from "@preact/signals";
import type { ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";
import type { Model } from "../api/manage_actions.ts";

/** The prices that are entered, by their columns. */
export const priceFields = {
  input_cost_per_mtok: "Input",
  output_cost_per_mtok: "Output",
  cache_read_cost_per_mtok: "Cache reads",
  cache_write_cost_per_mtok: "Cache writes",
  cache_write_1h_cost_per_mtok: "Cache writes kept for an hour",
  long_prompt_tokens: "A prompt is long from, in tokens",
  long_prompt_factor: "Factor of a long prompt's price",
} as const;

export type PriceField = keyof typeof priceFields;
export type PriceValues = Readonly<Record<PriceField, string>>;
/** What is sent of the form. */
export type PriceArgs = Omit<ArgumentsOf<"set-price">, "model_id" | "reason" | "expected_version">;

const names = Object.keys(priceFields) as PriceField[];

/** As the fields begin: a price that is not known is empty. */
export function priceValues(model: Pick<Model, PriceField>): PriceValues {
  return Object.fromEntries(
    names.map((name) => [name, model[name] === null ? "" : String(model[name])]),
  ) as PriceValues;
}

/** The prices that differ from what is known; null where something entered is no price. */
export function changedPrices(before: PriceValues, now: PriceValues): PriceArgs | null {
  const args: { -readonly [Name in PriceField]?: number | null } = {};
  for (const name of names) {
    const text = now[name].trim();
    if (text === before[name]) continue;
    // A comma may divide thousands or decimals: which one is not guessed.
    if (!/^(\d+(\.\d+)?)?$/.test(text)) return null;
    args[name] = text === "" ? null : Number(text);
  }
  return args;
}

/** All prices, as prices for a later moment are sent; null where something entered is no price. */
export function allPrices(now: PriceValues): PriceArgs | null {
  const unknown = priceValues(noPrices);
  const entered = changedPrices(unknown, now);
  return entered === null
    ? null
    : { ...Object.fromEntries(names.map((name) => [name, null])), ...entered };
}

/** The state of the fields of a price. */
export function usePriceForm(model: Pick<Model, PriceField>) {
  const before = priceValues(model);
  const values = useSignal(before);
  /** As `datetime-local` has it, in UTC; empty: now. */
  const from = useSignal("");
  const changed = changedPrices(before, values.value);
  const isDifferent = changed === null || Object.keys(changed).length > 0;
  // What is shown is what will hold then, whatever else is scheduled.
  const later = from.value === "" ? null : allPrices(values.value);
  return {
    values,
    from,
    /** What is sent; null where it cannot be. */
    args: later !== null
      ? { ...later, valid_from: `${from.value}:00Z` }
      : isDifferent && from.value === ""
      ? changed
      : null,
    wrong: changed === null,
    dirty: isDifferent || from.value !== "",
  };
}

/** Where there is no model whose prices could be entered. */
export const noPrices: Pick<Model, PriceField> = {
  input_cost_per_mtok: null,
  output_cost_per_mtok: null,
  cache_read_cost_per_mtok: null,
  cache_write_cost_per_mtok: null,
  cache_write_1h_cost_per_mtok: null,
  long_prompt_tokens: null,
  long_prompt_factor: null,
};
