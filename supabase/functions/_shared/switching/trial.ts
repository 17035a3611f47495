import { z } from "zod";
import { tokenFigures } from "../runs/run_record.ts";

/** One model's answer in a trial. */
export const trialSchema = z.object({
  model_id: z.string(),
  model_name: z.string(),
  status: z.enum(["complete", "partial", "failed"]),
  /** What has come. It is neither stored nor logged. */
  text: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  stop_reason: z.string().nullable(),
  ...tokenFigures,
  usage_estimated: z.boolean(),
  /** Null where a price or a count is not known. */
  cost_usd: z.number().nullable(),
  time_to_first_token_ms: z.int().nullable(),
  response_time_ms: z.int(),
});

export type Trial = Readonly<z.infer<typeof trialSchema>>;
