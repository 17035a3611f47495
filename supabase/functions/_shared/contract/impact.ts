/** Actions that say what a change would do, and why a model answered. */
import { z } from "zod";
import { foreseenLimitSchema } from "../limits/limit.ts";
import { affectedSchema } from "../switching/impact.ts";
import { evidenceSchema } from "../switching/evidence.ts";
import { explanationSchema } from "../switching/explain.ts";
import { geographies } from "../registry/geography.ts";
import { providerRetentionSchema } from "../registry/provider_retention.ts";
import { action } from "./action.ts";
import { limitTerms } from "./limits.ts";
import { rolloutTerms } from "./rollouts.ts";
import { assistantType, modelId, retentionSource, switchId } from "./request_fields.ts";

/** A change as its action takes it. */
export const changeSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("set-default"), model_id: modelId }),
  z.strictObject({ action: z.literal("enable"), model_id: modelId }),
  z.strictObject({ action: z.literal("disable"), model_id: modelId, now: z.boolean().optional() }),
  z.strictObject({
    action: z.literal("retire"),
    model_id: modelId,
    successor_model_id: modelId.nullable().optional(),
  }),
  z.strictObject({
    action: z.literal("set-assistant-model"),
    assistant_type: assistantType,
    model_id: modelId.nullable(),
    fallback_models: z.array(modelId).max(20).nullable().optional(),
  }),
  z.strictObject({ action: z.literal("start-rollout"), ...rolloutTerms }),
  z.strictObject({
    action: z.literal("update-settings"),
    allowed_geographies: z.array(z.enum(geographies)).min(1).optional(),
    allow_provider_retention: z.boolean().optional(),
  }),
  z.strictObject({
    action: z.literal("set-provider-retention"),
    model_id: modelId,
    provider_retention: providerRetentionSchema,
    source: retentionSource.optional(),
    checked_on: z.iso.date().optional(),
  }),
  z.strictObject({ action: z.literal("set-limit"), ...limitTerms }),
  z.strictObject({ action: z.literal("rollback"), to: switchId.optional() }),
]);

export type Change = Readonly<z.infer<typeof changeSchema>>;

export const impactActions = {
  "impact": action({
    /** The request of the action whose impact is wanted; it is not performed. */
    change: changeSchema,
  }, {
    affected: affectedSchema,
    /** The limit that `set-limit` would set; null: another action. */
    limit: foreseenLimitSchema.nullable(),
    warnings: z.array(z.string()),
  }),
  "explain": action({
    /** The id of an answer or a question. One of the two is required. */
    message_id: z.uuid().optional(),
    /** The id of a request, as answers, logs and the ledger have it. */
    request_id: z.uuid().optional(),
  }, {
    explanation: explanationSchema,
  }),
  "evidence": action({
    /** As in `explain`. */
    message_id: z.uuid().optional(),
    request_id: z.uuid().optional(),
    /** Whether the words are wanted: for secret keys, and for the user whose conversation it is. */
    include_words: z.boolean().optional(),
  }, {
    evidence: evidenceSchema,
  }),
};
