import { z } from "zod";
import { modelSchema } from "../registry/model.ts";

/** The columns of a model's row that say what it costs. */
export const priceColumns = {
  input_cost_per_mtok: true,
  output_cost_per_mtok: true,
  cache_read_cost_per_mtok: true,
  cache_write_cost_per_mtok: true,
  cache_write_1h_cost_per_mtok: true,
  long_prompt_tokens: true,
  long_prompt_factor: true,
} as const;

/** The prices of a model in one period. */
export const pricePeriodSchema = modelSchema.pick(priceColumns).extend({
  valid_from: z.string(),
  /** Null: until further notice. */
  valid_to: z.string().nullable(),
  state: z.enum(["past", "current", "scheduled"]),
});

export type PricePeriod = Readonly<z.infer<typeof pricePeriodSchema>>;
