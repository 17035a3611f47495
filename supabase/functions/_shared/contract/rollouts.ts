/** Actions on rollouts: a share for a model, compared with the one that it is to replace. */
import { z } from "zod";
import { modelSchema } from "../registry/model.ts";
import { affectedSchema } from "../switching/impact.ts";
import { modelProbeSchema } from "../switching/model_probe.ts";
import { onVerdicts, rolloutSchema, verdictVerificationSchema } from "../switching/rollout.ts";
import { action } from "./action.ts";
import { assistantType, expectedVersion, modelId, reason } from "./request_fields.ts";

const rolloutId = z.int().positive();

/** Percent of new conversations and calls. */
const share = z.int().min(1).max(100);

/** Which model is to get which share of what. */
export const rolloutTerms = {
  model_id: modelId,
  /** Of what the model of this assistant answers. Default: of what the default answers. */
  assistant_type: assistantType.optional(),
  share,
  /** What the new model may be worse by. */
  guards: z.strictObject({
    /** By how many percentage points more of its conversations and calls may fail. Default: 2. */
    error_points: z.number().positive().max(100).optional(),
    /** How many times as long it may take, to its first words and in all. Default: 1.25. */
    latency_ratio: z.number().gt(1).max(100).optional(),
    /** How many times as much an answer may cost. Default: 1.5. */
    cost_ratio: z.number().gt(1).max(1000).optional(),
  }).optional(),
  /**
   * What follows the proof that it is not worse: `hold`, until an operator decides, or `promote`.
   * That it is worse always reverts. Default: `hold`.
   */
  on_verdict: z.enum(onVerdicts).optional(),
};

export const rolloutActions = {
  "start-rollout": action({
    ...rolloutTerms,
    /** False: the model is not called before, and the audit log says so. Default: true. */
    probe: z.boolean().optional(),
    /** Also of a model without a known price. Default: false. */
    force: z.boolean().optional(),
    expected_version: expectedVersion,
    reason,
  }, {
    message: z.string(),
    rollout: rolloutSchema,
    model: modelSchema,
    /** Null where the model was not called. */
    probe: modelProbeSchema.nullable(),
    /** What its prices and capabilities foretell, and what its row lacks, in words. */
    warnings: z.array(z.string()),
  }),
  "list-rollouts": action({
    /** Only this one. */
    id: rolloutId.optional(),
    /** Maximum number. Default: 20. */
    limit: z.int().min(1).max(200).optional(),
  }, {
    /** Those under way first, then the newest first. */
    rollouts: z.array(rolloutSchema),
    count: z.int(),
  }),
  "verify-verdict": action({
    /** Of a verdict in the `verdicts` of a rollout. */
    id: rolloutId,
  }, {
    verification: verdictVerificationSchema,
  }),
  "set-rollout-share": action({ id: rolloutId, share, reason }, {
    message: z.string(),
    rollout: rolloutSchema,
  }),
  "end-rollout": action({
    id: rolloutId,
    /** `promote`: the new model takes the place. `revert`: all goes back to the former one. */
    outcome: z.enum(["promote", "revert"]),
    reason,
  }, {
    message: z.string(),
    rollout: rolloutSchema,
    /** Null: not read, as for the other changes. */
    affected: affectedSchema.nullable(),
    warnings: z.array(z.string()),
  }),
};
