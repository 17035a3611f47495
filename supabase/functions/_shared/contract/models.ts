/** Actions that read models. */
import { z } from "zod";
import { assistantSchema } from "../registry/assistant.ts";
import { modelCheckSchema } from "../registry/check_model.ts";
import { modelSchema } from "../registry/model.ts";
import { modelProbeSchema, recordedProbeSchema } from "../switching/model_probe.ts";
import { action } from "./action.ts";
import { modelId } from "./request_fields.ts";

/** A model with what an operator chooses by. */
export const listedModelSchema = modelSchema.extend({
  /** Places outside the allowed geographies where its calls may be processed. */
  outside: z.array(z.string()),
  /** What it accepts, in words. */
  accepts: z.string(),
  /** Its newest probe; null where it was never probed. */
  last_probe: recordedProbeSchema.nullable(),
});

/** An assistant in a list of those that follow the default or keep a model of their own. */
export const assistantSummarySchema = assistantSchema
  .pick({ assistant_type: true, name: true, model_version: true, is_active: true })
  .extend({ follows_default: z.boolean() });

export const modelActions = {
  "list": action({}, {
    /** In the order of `priority`, then of their ids. */
    models: z.array(listedModelSchema),
    count: z.int(),
    allowed_geographies: z.array(z.string()),
  }),
  "get-default": action({}, {
    default_model: listedModelSchema.nullable(),
    assistants: z.array(assistantSummarySchema),
    /** Assistants whose model cannot answer, in words. */
    warnings: z.array(z.string()),
  }),
  "validate": action({
    model_id: modelId,
    /** Also call the model, with each thing that its row says it accepts. Default: false. */
    probe: z.boolean().optional(),
  }, {
    valid: z.boolean(),
    model: modelSchema,
    checks: z.array(modelCheckSchema),
    /** With `probe` only; null where the call would leave the allowed geographies. */
    probe: modelProbeSchema.nullable().optional(),
  }),
};
