/** Actions on evaluations: results of promptfoo for a model with an assistant's prompt. */
import { z } from "zod";
import { evaluationSchema } from "../switching/evaluation.ts";
import { action } from "./action.ts";
import { assistantType, modelId, reason } from "./request_fields.ts";

export const evaluationActions = {
  "attach-evaluation": action({
    /** The registered model that was evaluated. */
    model_id: modelId,
    assistant_type: assistantType,
    /** The JSON that `promptfoo eval -o result.json` wrote; only figures of it are stored. */
    result: z.record(z.string(), z.unknown()),
    reason,
  }, {
    message: z.string(),
    /** Of a file that was attached before, what is stored already. */
    evaluation: evaluationSchema,
  }),
  "list-evaluations": action({
    model_id: modelId.optional(),
    assistant_type: assistantType.optional(),
    /** Maximum number of evaluations. Default: 50. */
    limit: z.int().min(1).max(200).optional(),
  }, {
    /** Those that ran last first. */
    evaluations: z.array(evaluationSchema),
    count: z.int(),
  }),
};
