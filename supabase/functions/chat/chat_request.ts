import { z } from "zod";
import { plainText } from "../_shared/contract/plain_text.ts";

/** Most characters (Unicode code points) of a message. */
const maxMessageLength = 32_000;

/**
 * What a caller of `chat` may send. Nothing else: a misspelt field is refused, not ignored. Null is
 * taken for leaving out, as many clients send it.
 */
export const chatRequestSchema = z.strictObject({
  message: plainText
    .refine((text) => text.trim() !== "", "must not be empty")
    .refine(
      (text) => text.length <= maxMessageLength || [...text].length <= maxMessageLength,
      `must not be longer than ${maxMessageLength} characters`,
    ),
  conversation_id: z.uuid().nullish(),
  model_id: plainText.refine((id) => id !== "" && id.length <= 2048, "is not a model id").nullish(),
  use_case: plainText.refine((name) => name !== "" && name.length <= 100, "is not a use case")
    .nullish(),
  /** Whether the answer comes as server-sent events; false. */
  stream: z.boolean().optional(),
  /** Whether another model may answer when the chosen one cannot; true. */
  fallback: z.boolean().optional(),
  request_id: z.uuid().nullish(),
});
