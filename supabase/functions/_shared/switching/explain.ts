import { z } from "zod";

/** Why a turn or a call was answered by the model that answered it. */
export const explanationSchema = z.object({
  request_id: z.string().nullable(),
  message_id: z.string().nullable(),
  /** Null of a call of `openai` or `anthropic`, which has none. */
  conversation_id: z.string().nullable(),
  /** Null of a call with no assistant. */
  assistant_type: z.string().nullable(),
  /** When the attempt began. */
  at: z.string(),
  status: z.enum(["complete", "partial", "failed"]),
  error_code: z.string().nullable(),
  /** Null where no model answered. */
  model_id: z.string().nullable(),
  model_name: z.string().nullable(),
  /** As in the answer: `pinned`, `assistant`, `fallback`, …; null where no model answered. */
  reason: z.string().nullable(),
  registry_version: z.int().nullable(),
  /** Whether the registry of that version could be read from the audit log. */
  registry_known: z.boolean(),
  /** In words, for a person. */
  summary: z.string(),
  /** The rules in their order, down to the one that decided. */
  rules: z.array(z.object({
    rule: z.string(),
    /** The model that the rule names; null where it names none. */
    model_id: z.string().nullable(),
    outcome: z.enum(["answered", "passed-over", "names-none"]),
    /** Why it was passed over, such as `model_not_available`. */
    code: z.string().nullable(),
    message: z.string(),
  })),
}).meta({ id: "explanation", description: "Why that model: the answer of the action explain." });

export type Explanation = Readonly<z.infer<typeof explanationSchema>>;
