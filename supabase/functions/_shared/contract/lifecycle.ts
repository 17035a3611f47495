/** Actions on the end of models. */
import { z } from "zod";
import { modelSchema } from "../registry/model.ts";
import { affectedSchema } from "../switching/impact.ts";
import { modelLifeSchema, modelUsesSchema, successorSchema } from "../switching/retirement.ts";
import { action } from "./action.ts";
import { expectedVersion, modelId, reason } from "./request_fields.ts";

export const lifecycleActions = {
  "list-lifecycle": action({}, {
    /** Those that have a date or are not active, the next to end first. */
    models: z.array(modelLifeSchema),
    count: z.int(),
  }),
  "retire": action({
    model_id: modelId,
    /** The model that takes its place. Default: the one on record. */
    successor_model_id: modelId.optional(),
    /** Only say what it would do. Default: false. */
    dry_run: z.boolean().optional(),
    expected_version: expectedVersion,
    reason,
  }, {
    message: z.string(),
    dry_run: z.boolean(),
    /** As it is now. */
    model: modelSchema,
    /**
     * The model in its place: the named one, the one on record or, of a dry run without either, the
     * one that is proposed; null: none is needed, or none can.
     */
    successor_model_id: z.string().nullable(),
    /** Of a dry run, why it would be refused now; null: it would not, or was made. */
    refusal: z.string().nullable(),
    /** What used it before, and follows its successor. */
    uses: modelUsesSchema,
    /** Of a dry run, the model that would be the best; null: none, or no dry run. */
    proposed: successorSchema.nullable(),
    affected: affectedSchema.nullable(),
    warnings: z.array(z.string()),
  }),
};
