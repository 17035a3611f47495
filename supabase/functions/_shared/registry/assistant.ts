import { z } from "zod";
import { efforts } from "./capabilities.ts";

/** Settings of an assistant that differ from its model's row. */
export const modelConfigSchema = z.object({
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.number().int().positive().optional(),
  /** How much the model is to think. Default: as it does by itself. */
  effort: z.enum(efforts).optional(),
});

/** Whether a turn goes on to its end when its caller leaves, or is stopped. */
export const onDisconnectSchema = z.enum(["finish", "stop"]);

/** A row of `ai_assistants`, as `read_registry()` returns it. */
/** An id or an ARN of a guardrail of Amazon Bedrock's, as the database has it. */
export const guardrailIdPattern =
  /^([a-z0-9]{1,100}|arn:aws[a-z-]{0,20}:bedrock:[a-z0-9-]{1,50}:[0-9]{12}:guardrail\/[a-z0-9]{1,100})$/;

export const guardrailVersionPattern = /^([1-9][0-9]{0,7}|DRAFT)$/;

export const assistantSchema = z.object({
  id: z.string(),
  assistant_type: z.string().min(1),
  name: z.string(),
  system_prompt: z.string(),
  /** The assistant's own model; null follows the default. */
  model_version: z.string().nullable(),
  /** The model that gets `canary_share` percent of its new conversations and calls; null: none. */
  canary_model_id: z.string().nullable(),
  canary_share: z.int().min(1).max(100).nullable(),
  /** The rollout that its canary belongs to, or that watches its model. */
  rollout_id: z.int().nullable(),
  model_config: modelConfigSchema,
  /** Models that may answer when the chosen one cannot; null: any available one, empty: none. */
  fallback_models: z.array(z.string()).nullable(),
  /** Ids or aliases of what callers bound to the assistant may name besides its own model; null: any. */
  allowed_models: z.array(z.string()).nullable(),
  /** Most tokens of an answer, thinking included; null: as the model has it. */
  max_output_tokens: z.int().positive().nullable(),
  /** What becomes of a turn whose caller leaves, where the request does not say. */
  on_disconnect: onDisconnectSchema,
  /** The guardrail of Amazon Bedrock that guards every answer, with its version; null: none. */
  guardrail_id: z.string().nullable(),
  guardrail_version: z.string().nullable(),
  /** Whether its model changes only to one that passed an evaluation with its present prompt. */
  requires_evaluation: z.boolean(),
  /** Days for which such an evaluation counts; null: as long as prompt and settings stay. */
  evaluation_max_age_days: z.int().positive().nullable(),
  /** Whether models may answer whose provider keeps traffic, or might. */
  allow_provider_retention: z.boolean(),
  /** Days after its last turn for which a conversation is kept; null: for good. */
  keep_days: z.int().positive().nullable(),
  is_active: z.boolean(),
  /** Whether a change of what answers it, and with which prompt, needs a second person. */
  is_protected: z.boolean(),
  /** Hash of what the row adds to a question: prompt, settings, largest answer, guardrail. */
  prompt_hash: z.string(),
});

export type OnDisconnect = z.infer<typeof onDisconnectSchema>;
export type ModelConfig = Readonly<z.infer<typeof modelConfigSchema>>;
export type Assistant = Readonly<z.infer<typeof assistantSchema>>;

/** The guardrail of an assistant; null: none. */
export function guardrailOf(
  assistant: Pick<Assistant, "guardrail_id" | "guardrail_version"> | undefined,
): { readonly id: string; readonly version: string } | null {
  const { guardrail_id: id = null, guardrail_version: version = null } = assistant ?? {};
  return id === null || version === null ? null : { id, version };
}
