/** Actions that switch models. */
import { z } from "zod";
import { assistantSchema } from "../registry/assistant.ts";
import { modelSchema } from "../registry/model.ts";
import { modelProbeSchema } from "../switching/model_probe.ts";
import { action } from "./action.ts";
import { assistantSummarySchema } from "./models.ts";
import { affectedSchema } from "../switching/impact.ts";
import { assistantType, expectedVersion, modelId, reason } from "./request_fields.ts";

/** How a switch is made. */
const switching = {
  /** False: the model is not called before the switch, and the audit log says so. Default: true. */
  probe: z.boolean().optional(),
  /** Switch also to a model without a known price. Default: false. */
  force: z.boolean().optional(),
  /**
   * For so many minutes the switch is watched: it is reverted where more fails than in the hour
   * before. Default: not at all.
   */
  watch_minutes: z.int().min(1).max(10_080).optional(),
  expected_version: expectedVersion,
  reason,
};

/** The result of a switch. */
const switched = {
  message: z.string(),
  former_model_id: z.string().nullable(),
  /** The rollout that watches the switch; null: none does. */
  rollout_id: z.int().nullable(),
  /** Null where the model was not called. */
  probe: modelProbeSchema.nullable(),
  /** Checks of the model's row that failed, in words. */
  warnings: z.array(z.string()),
  /** Null: not read, as for the other changes. */
  affected: affectedSchema.nullable(),
};

/** An assistant as it is listed. */
export const listedAssistantSchema = assistantSchema.extend({ follows_default: z.boolean() });

export const switchingActions = {
  "set-default": action({ model_id: modelId, ...switching }, {
    ...switched,
    model: modelSchema,
    assistants: z.array(assistantSummarySchema),
  }),
  "enable": action({ model_id: modelId, reason }, {
    message: z.string(),
    model: modelSchema,
    affected: affectedSchema.nullable(),
    warnings: z.array(z.string()),
  }),
  "disable": action({
    model_id: modelId,
    /** Also stop answering the conversations that are pinned to the model. Default: false. */
    now: z.boolean().optional(),
    reason,
  }, {
    message: z.string(),
    model: modelSchema,
    affected: affectedSchema.nullable(),
    /** Types of the assistants whose own model it is. */
    assistants: z.array(z.string()),
    /** What becomes of their turns, in words. */
    warnings: z.array(z.string()),
  }),
  "list-assistants": action({}, {
    assistants: z.array(listedAssistantSchema),
    count: z.int(),
    default_model_id: z.string().nullable(),
    /** Assistants whose model cannot answer, in words. */
    warnings: z.array(z.string()),
  }),
  "set-assistant-model": action({
    assistant_type: assistantType,
    /** Null: the assistant follows the default. */
    model_id: modelId.nullable(),
    /** Allowed fallbacks; null: any available model, empty: none, left out: unchanged. */
    fallback_models: z.array(modelId).max(20).nullable().optional(),
    ...switching,
  }, {
    ...switched,
    assistant: listedAssistantSchema,
    model: modelSchema.nullable(),
  }),
};
