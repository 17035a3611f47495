import { z } from "zod";
import { plainText } from "../_shared/http/plain_text.ts";

const modelId = plainText.refine((id) => id !== "" && id.length <= 2048, "is not a model id");

/** Each action with its arguments, and nothing else. */
export const manageRequestSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("list") }),
  z.strictObject({ action: z.literal("get-default") }),
  z.strictObject({ action: z.literal("set-default"), model_id: modelId }),
  z.strictObject({ action: z.literal("enable"), model_id: modelId }),
  z.strictObject({
    action: z.literal("disable"),
    model_id: modelId,
    /** Also stop answering the conversations that are pinned to the model. */
    now: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal("validate"), model_id: modelId }),
], {
  error: (issue) =>
    issue.code === "invalid_union"
      ? "must be list, get-default, set-default, enable, disable or validate"
      : undefined,
});

export type ManageRequest = z.infer<typeof manageRequestSchema>;
