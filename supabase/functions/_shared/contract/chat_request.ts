import { z } from "zod";
import { onDisconnectSchema } from "../registry/assistant.ts";
import type { Immutable } from "./immutable.ts";
import { isBlank, plainText } from "./plain_text.ts";
import { modelId } from "./request_fields.ts";

/** Most characters (Unicode code points) of a message. */
export const maxMessageLength = 32_000;

/**
 * What a caller of `chat` may send. Unknown fields are refused, so that a misspelt one is not
 * ignored. Null counts as left out, since many clients send it.
 */
export const chatRequestSchema = z.strictObject({
  message: plainText
    .refine((text) => !isBlank(text), "must not be empty")
    .refine(
      (text) => text.length <= maxMessageLength || [...text].length <= maxMessageLength,
      `must not be longer than ${maxMessageLength} characters`,
    ),
  conversation_id: z.uuid().nullish(),
  model_id: modelId.nullish(),
  use_case: plainText.refine((name) => name !== "" && name.length <= 100, "is not a use case")
    .nullish(),
  /** Whether the answer comes as server-sent events. Default: false. */
  stream: z.boolean().nullish(),
  /** Whether another model may answer when the chosen one cannot. Default: true. */
  fallback: z.boolean().nullish(),
  /**
   * What becomes of the turn when the client disconnects: `finish` stores the whole answer, `stop`
   * what has come. Default: the assistant's `on_disconnect`.
   */
  on_disconnect: onDisconnectSchema.nullish(),
  request_id: z.uuid().nullish(),
});

export type ChatRequest = Immutable<z.infer<typeof chatRequestSchema>>;
