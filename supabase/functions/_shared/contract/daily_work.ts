/** Actions of an operator's daily work: prices, assistants, roles, trials. */
import { z } from "zod";
import {
  assistantSchema,
  guardrailIdPattern,
  guardrailVersionPattern,
  modelConfigSchema,
  onDisconnectSchema,
} from "../registry/assistant.ts";
import { modelSchema } from "../registry/model.ts";
import { providerRetentionSchema } from "../registry/provider_retention.ts";
import { affectedSchema } from "../switching/impact.ts";
import { pricePeriodSchema } from "../switching/price_period.ts";
import { trialSchema } from "../switching/trial.ts";
import { userRoleSchema } from "../switching/user_role.ts";
import { action } from "./action.ts";
import { askedContentSchema, isShort, maxMessageLength } from "./content.ts";
import { isBlank, plainText } from "./plain_text.ts";
import {
  assistantType,
  email,
  expectedVersion,
  modelId,
  moment,
  reason,
  retentionSource,
} from "./request_fields.ts";
import { listedAssistantSchema } from "./switching.ts";

/** USD per million tokens; null: not known. Left out: unchanged. */
const price = z.number().nonnegative().max(1_000_000).nullable().optional();

/** What an operator may set of an assistant; what is left out stays, or gets its default. */
const assistantFields = {
  system_prompt: plainText.refine(
    (text) => [...text].length <= 100_000,
    "must not be longer than 100000 characters",
  ).optional(),
  /** The whole of it: what it does not name is the model's own. */
  model_config: modelConfigSchema.strict().optional(),
  /** Allowed fallbacks; null: any available model, empty: none. */
  fallback_models: z.array(modelId).max(20).nullable().optional(),
  /** Ids or aliases of the models that its callers may name, besides its own; null: any. Default: none. */
  allowed_models: z.array(modelId).max(50).nullable().optional(),
  /** Most tokens of an answer, thinking included, whatever is asked for; null: as the model has it. */
  max_output_tokens: z.int().positive().max(2_147_483_647).nullable().optional(),
  on_disconnect: onDisconnectSchema.optional(),
  /** The guardrail of Amazon Bedrock that guards every answer: its id or ARN; null: none. */
  guardrail_id: z.string().regex(guardrailIdPattern, "is not the id or ARN of a guardrail")
    .nullable().optional(),
  /** A number, or `DRAFT`; set together with `guardrail_id`. */
  guardrail_version: z.string().regex(guardrailVersionPattern, "is not a guardrail's version")
    .nullable().optional(),
  /**
   * Whether its model, the default too while it follows that, changes only to one that has passed an
   * evaluation with its present prompt and settings. Default: false.
   */
  requires_evaluation: z.boolean().optional(),
  /** Days for which such an evaluation counts; null: as long as prompt and settings stay. */
  evaluation_max_age_days: z.int().min(1).max(3650).nullable().optional(),
  /** Whether models may answer whose provider keeps traffic, or might. Default: false. */
  allow_provider_retention: z.boolean().optional(),
  is_active: z.boolean().optional(),
  /** Whether its model, fallbacks, allowed models, prompt and this permission change only with a second person. Default: false. */
  is_protected: z.boolean().optional(),
};

const assistantName = plainText
  .refine((text) => !isBlank(text), "must not be empty")
  .refine((text) => [...text].length <= 200, "must not be longer than 200 characters");

export const dailyWorkActions = {
  "list-prices": action({ model_id: modelId }, {
    model_id: z.string(),
    /** The newest first. */
    prices: z.array(pricePeriodSchema),
  }),
  "set-price": action({
    model_id: modelId,
    input_cost_per_mtok: price,
    output_cost_per_mtok: price,
    cache_read_cost_per_mtok: price,
    cache_write_cost_per_mtok: price,
    /** Of tokens that are kept for an hour. */
    cache_write_1h_cost_per_mtok: price,
    /** A prompt of more tokens is billed at `long_prompt_factor` times the prices; null: none is. */
    long_prompt_tokens: z.int().min(50_000).max(2_147_483_647).nullable().optional(),
    long_prompt_factor: z.number().positive().max(1000).nullable().optional(),
    /**
     * When the prices begin to hold, from now on; what was answered before keeps its cost. Without a
     * price, takes back what is scheduled for that moment. Default: now.
     */
    valid_from: moment.optional(),
    expected_version: expectedVersion,
    reason,
  }, {
    message: z.string(),
    model: modelSchema,
    prices: z.array(pricePeriodSchema),
    warnings: z.array(z.string()),
  }),
  "set-provider-retention": action({
    model_id: modelId,
    /** What the provider keeps of calls; `unknown` counts as keeping. */
    provider_retention: providerRetentionSchema,
    /** The page that says so: a URL. */
    source: retentionSource,
    /** The day on which it was read. Default: today, in UTC. */
    checked_on: z.iso.date().optional(),
    expected_version: expectedVersion,
    reason,
  }, {
    message: z.string(),
    model: modelSchema,
    former_provider_retention: providerRetentionSchema,
    /** Null: not read. */
    affected: affectedSchema.nullable(),
    /** Assistants that the model is kept from, and what becomes of their turns, in words. */
    warnings: z.array(z.string()),
  }),
  "set-assistant": action({
    assistant_type: assistantType,
    name: assistantName.optional(),
    ...assistantFields,
    expected_version: expectedVersion,
    reason,
  }, {
    message: z.string(),
    assistant: listedAssistantSchema,
    /** Null: not read. */
    affected: affectedSchema.nullable(),
    /** Assistants whose model cannot answer, in words. */
    warnings: z.array(z.string()),
  }),
  "create-assistant": action({
    assistant_type: assistantType,
    name: assistantName,
    ...assistantFields,
    reason,
  }, {
    message: z.string(),
    /** It follows the default; `set-assistant-model` gives it a model of its own. */
    assistant: listedAssistantSchema,
    warnings: z.array(z.string()),
  }),
  "list-roles": action({
    /** Only users whose address contains this text. */
    email: plainText.refine((text) => text !== "" && text.length <= 320, "is not an address")
      .optional(),
    assistant_type: assistantType.optional(),
    /** Maximum number of users. Default: 50. */
    limit: z.int().min(1).max(200).optional(),
    /** Only users after this address, in their order. */
    after: plainText.refine((text) => text.length <= 320, "is not an address").optional(),
    /** With it, also users of that address (without `after`: of none) after this id. */
    after_id: z.guid().optional(),
  }, {
    /** In the order of their addresses and ids; users without a row talk to `health` and are not listed. */
    roles: z.array(userRoleSchema),
    count: z.int(),
  }),
  "set-role": action({
    /** Of a user who exists and whose address is confirmed. */
    email,
    /** Null: takes the role away, so that the user talks to `health`. */
    assistant_type: assistantType.nullable(),
    reason,
  }, {
    message: z.string(),
    user_id: z.string(),
    email: z.string(),
    assistant_type: z.string().nullable(),
    former_assistant_type: z.string().nullable(),
    warnings: z.array(z.string()),
  }),
  "try": action({
    /** Whose system prompt and settings are used. */
    assistant_type: assistantType,
    /** Registered models, available or not; the answers come in this order, each model once. */
    model_ids: z.array(modelId).min(1).max(4),
    /** The question: as text, or as blocks of text, images and documents whose bytes are inline. */
    content: z.union([
      plainText
        .refine((text) => !isBlank(text), "must not be empty")
        .refine(isShort, `must not be longer than ${maxMessageLength} characters`),
      askedContentSchema,
    ]),
  }, {
    assistant: assistantSchema.pick({ assistant_type: true, name: true }),
    trials: z.array(trialSchema),
    warnings: z.array(z.string()),
  }),
};
