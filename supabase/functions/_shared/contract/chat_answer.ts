/** What `chat` answers: as JSON, and as the events of a stream. */
import { z } from "zod";
import { provenanceSchema } from "../runs/provenance.ts";
import { tokenFigures } from "../runs/run_record.ts";
import { answeredContentSchema, toolUseBlockSchema } from "./content.ts";
import { errorSchema } from "./errors.ts";
import type { Immutable } from "./immutable.ts";

/** Which model answers, and why. */
export const answeringModelSchema = z.object({
  model_id: z.string().nullable(),
  model_name: z.string().nullable(),
  reason: z.string().nullable(),
  /** The model that should have answered; only with a fallback. */
  requested_model: z.string().optional(),
  /** The error code of why it did not; only with a fallback. */
  fallback_code: z.string().nullable().optional(),
});

/** Tokens and USD; null where not known. */
export const chatUsageSchema = z.object({
  ...tokenFigures,
  cost_usd: z.number().nonnegative().nullable(),
  /** Present where a count is an estimate, because the model did not tell it. */
  estimated: z.literal(true).optional(),
});

export const chatAnswerSchema = z.object({
  conversation_id: z.string(),
  message: z.object({
    id: z.string(),
    role: z.literal("assistant"),
    /** The text. */
    content: z.string(),
    /** All blocks, in order; only where the answer has more to show than its text. */
    blocks: answeredContentSchema.optional(),
    status: z.enum(["complete", "partial"]),
    /** Why the answer was cut short; only with `partial`. */
    error_code: z.string().optional(),
    stop_reason: z.string().nullable(),
    created_at: z.string(),
  }),
  model: answeringModelSchema,
  provenance: provenanceSchema,
  usage: chatUsageSchema,
  /** How much of the conversation the model saw; absent from a repeated answer. */
  history: z.object({
    messages_sent: z.int().nonnegative(),
    messages_left_out: z.int().nonnegative(),
    /**
     * Blocks of the messages sent that the model did not see, by kind: it does not take them, or
     * another model's thinking. Absent where it saw all.
     */
    blocks_left_out: z.record(z.string(), z.int().positive()).optional(),
  }).optional(),
  registry_version: z.int().nullable(),
  /** Present where the registry could not be read and the last one was used. */
  registry: z.literal("stale").optional(),
  /** Present where the answer is not stored yet. */
  persisted: z.literal(false).optional(),
  /** Present where a limit left less for the answer than was asked for: its most tokens. */
  answer_tokens_left: z.int().positive().optional(),
  response_time_ms: z.int().nonnegative().nullable(),
  request_id: z.string(),
});

/** The data of each event of a stream. Exactly one `done` or `error` comes, and it comes last. */
export const chatEventSchemas = {
  "turn-start": z.object({
    conversation_id: z.string(),
    /** The id that the answer is stored under. */
    message_id: z.string(),
    model: answeringModelSchema,
    registry_version: z.int().nullable(),
    request_id: z.string(),
  }),
  /**
   * A model thinks: told as soon as it is known, before `turn-start` too, after which another model
   * may still answer. With `text` only where the request asks for it.
   */
  "thinking": z.object({ model_id: z.string(), text: z.string().optional() }),
  "text-delta": z.object({ text: z.string() }),
  /** A call of a tool, whole. */
  "tool-use": toolUseBlockSchema.omit({ type: true }),
  "usage": chatUsageSchema,
  "done": chatAnswerSchema,
  "error": errorSchema.extend({
    /** Whether the same request may succeed later. */
    retryable: z.boolean(),
    stored: z.object({
      status: z.enum(["partial", "failed"]),
      /** Null where nothing is stored yet. */
      message_id: z.string().nullable(),
      /** UTF-16 code units that are kept; 0 for a failed turn. */
      characters: z.int().nonnegative(),
    }),
  }),
};

export type AnsweringModel = Immutable<z.infer<typeof answeringModelSchema>>;
export type ChatUsage = Immutable<z.infer<typeof chatUsageSchema>>;
export type ChatAnswer = Immutable<z.infer<typeof chatAnswerSchema>>;
export type ChatEventName = keyof typeof chatEventSchemas;
export type ChatEventData<E extends ChatEventName> = Immutable<
  z.infer<typeof chatEventSchemas[E]>
>;
