import { z } from "zod";
import { capabilitiesSchema } from "./capabilities.ts";
import { providerRetentionSchema } from "./provider_retention.ts";

/** The request and response formats, one module each under `formats/`. */
export const formatIds = ["nova", "claude", "converse"] as const;
export type FormatId = typeof formatIds[number];

/**
 * Which sampling parameters a model accepts: both together, one of the two (temperature is
 * preferred), or none.
 */
export const samplingRules = ["temperature_and_top_p", "temperature_or_top_p", "none"] as const;
export type SamplingRule = typeof samplingRules[number];

export const lifecycles = ["active", "legacy", "retired"] as const;
export type Lifecycle = typeof lifecycles[number];

/** USD per million tokens; null where the price is not known. */
const price = z.number().nonnegative().nullable();

/** A row of `bedrock_models`, as `read_registry()` returns it. */
export const modelSchema = z.object({
  model_id: z.string().min(1),
  model_name: z.string(),
  /** Other names by which callers of the dialects may ask for it; each names one model only. */
  aliases: z.array(z.string()),
  provider: z.string(),
  format: z.enum(formatIds),
  /** AWS region of the call; null means the functions' own `BEDROCK_REGION`. */
  region: z.string().nullable(),
  /** Where a call may be processed; null where that is not known, which counts as not allowed. */
  geographies: z.array(z.string()).nullable(),
  /** What its provider keeps of calls; what is not known counts as kept. */
  provider_retention: providerRetentionSchema,
  /** The page that says so, and the ISO date on which it was read; null where none is on record. */
  provider_retention_source: z.string().nullable(),
  provider_retention_checked_on: z.string().nullable(),
  /** Most tokens an answer may have. */
  max_tokens: z.number().int().positive(),
  /** Most tokens that request and answer may have together. */
  context_window: z.number().int().positive(),
  /** Null: not sent, so that the model's own default applies. */
  temperature: z.number().nullable(),
  top_p: z.number().nullable(),
  input_cost_per_mtok: price,
  output_cost_per_mtok: price,
  cache_read_cost_per_mtok: price,
  /** Of tokens that are kept for five minutes, or where the model has no other time. */
  cache_write_cost_per_mtok: price,
  /** Of tokens that are kept for an hour. */
  cache_write_1h_cost_per_mtok: price,
  /** Tokens beyond which a prompt is billed at `long_prompt_factor` times the prices. */
  long_prompt_tokens: z.number().int().positive().nullable(),
  long_prompt_factor: z.number().positive().nullable(),
  use_case: z.string().nullable(),
  /** Lower comes first. */
  priority: z.number().int(),
  is_available: z.boolean(),
  is_default: z.boolean(),
  /** Whether it still answers conversations that are pinned to it. */
  serves_pinned: z.boolean(),
  /** Percent of what the default would answer that it gets as the default's canary; null: none. */
  canary_share: z.int().min(1).max(100).nullable(),
  /** The rollout that it is the canary of or, of the default, that watches it. */
  rollout_id: z.int().nullable(),
  lifecycle: z.enum(lifecycles),
  /** ISO date from which AWS calls it legacy; null: not announced. */
  legacy_on: z.string().nullable(),
  /** ISO date from which a legacy model may cost more; null: not announced. */
  extended_access_on: z.string().nullable(),
  /** ISO date on which AWS ends it; null: not announced. */
  retires_on: z.string().nullable(),
  successor_model_id: z.string().nullable(),
  sampling: z.enum(samplingRules),
  system_prompt: z.enum(["supported", "unsupported"]),
  /** What it accepts besides text. */
  capabilities: capabilitiesSchema,
  source_url: z.string().nullable(),
  checked_on: z.string().nullable(),
  description: z.string().nullable(),
});

export type Model = Readonly<z.infer<typeof modelSchema>>;
