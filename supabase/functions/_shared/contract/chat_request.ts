import { z } from "zod";
import { onDisconnectSchema } from "../registry/assistant.ts";
import { efforts } from "../registry/capabilities.ts";
import {
  askedContentSchema,
  isShort,
  maxMessageLength,
  toolChoiceSchema,
  toolsSchema,
  type WireTool,
} from "./content.ts";
import type { Immutable } from "./immutable.ts";
import { isBlank, plainText } from "./plain_text.ts";
import { modelId } from "./request_fields.ts";

export { efforts };

/**
 * What a caller of `chat` may send. Unknown fields are refused, so that a misspelt one is not
 * ignored. Null counts as left out, since many clients send it.
 */
export const chatRequestSchema = z.strictObject({
  /** The message as text. Either this or `content`. */
  message: plainText
    .refine((text) => !isBlank(text), "must not be empty")
    .refine(isShort, `must not be longer than ${maxMessageLength} characters`).nullish(),
  /** The message as blocks: text, images, documents, results of tools. Either this or `message`. */
  content: askedContentSchema.nullish(),
  /** Tools that the model may ask the caller to run. */
  tools: toolsSchema.nullish(),
  /** Whether and which tool the model is to call. Default: the model decides. */
  tool_choice: toolChoiceSchema.nullish(),
  /** A JSON schema that the answer has to fit; the answer is then JSON. */
  output_schema: z.record(z.string(), z.unknown()).nullish(),
  /** How much the model is to think. Default: the assistant's, else the model's. */
  effort: z.enum(efforts).nullish(),
  /** Whether the answer shows the model's thinking. Default: false. */
  thinking: z.boolean().nullish(),
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
}).refine(({ message, content }) => (message ?? null) === null !== ((content ?? null) === null), {
  error: "send either message or content",
}).refine(({ tools, tool_choice }) => namesATool(tools ?? [], tool_choice), {
  path: ["tool_choice"],
  error: "needs tools, and names one of them",
}).refine(
  ({ tools }) =>
    new Set((tools ?? []).map(({ name }) => name)).size ===
      (tools ?? []).length,
  {
    path: ["tools"],
    error: "must have different names",
  },
);

function namesATool(
  tools: readonly WireTool[],
  choice: z.infer<typeof toolChoiceSchema> | null | undefined,
): boolean {
  switch (choice?.type) {
    case undefined:
    case "none":
      return true;
    case "tool":
      return tools.some(({ name }) => name === choice.name);
    default:
      return tools.length > 0;
  }
}

export type ChatRequest = Immutable<z.infer<typeof chatRequestSchema>>;
