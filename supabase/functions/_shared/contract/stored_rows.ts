/**
 * What a signed-in user reads over the Data API: exactly the columns that are granted. An app names
 * them; `select("*")` on a table with other columns is refused (42501).
 */
import { z } from "zod";
import { shownContentSchema } from "./content.ts";
import type { Immutable } from "./immutable.ts";

/** A row of `ai_conversations`; `title` may be changed, and the row deleted. */
export const storedConversationSchema = z.object({
  id: z.string(),
  user_id: z.string(),
  assistant_id: z.string(),
  /** The model that keeps the conversation; null until the first answer. */
  model_id: z.string().nullable(),
  title: z.string().nullable(),
  use_case: z.string().nullable(),
  answered_turns: z.int().nonnegative(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** A row of `ai_messages`. */
export const storedMessageSchema = z.object({
  id: z.string(),
  conversation_id: z.string(),
  /** Odd for a question; the answer to it has the next number. */
  seq: z.int().positive(),
  role: z.enum(["user", "assistant"]),
  /** The text. */
  content: z.string(),
  /** All that there is to show, in order; null where that is the text alone. */
  shown_blocks: shownContentSchema.nullable(),
  status: z.enum(["pending", "complete", "partial", "failed"]),
  error_code: z.string().nullable(),
  request_id: z.string().nullable(),
  model_used: z.string().nullable(),
  reason: z.string().nullable(),
  requested_model: z.string().nullable(),
  fallback_code: z.string().nullable(),
  registry_version: z.int().nullable(),
  stop_reason: z.string().nullable(),
  input_tokens: z.int().nonnegative().nullable(),
  output_tokens: z.int().nonnegative().nullable(),
  cache_read_tokens: z.int().nonnegative().nullable(),
  cache_write_tokens: z.int().nonnegative().nullable(),
  cache_write_1h_tokens: z.int().nonnegative().nullable(),
  thinking_tokens: z.int().nonnegative().nullable(),
  /** Whether a count of tokens is an estimate. */
  usage_estimated: z.boolean().nullable(),
  /** Most tokens of the answer that a limit left; null where none cut it. */
  answer_tokens_left: z.int().nonnegative().nullable(),
  /** The AWS region that the function ran in; null where the platform does not say. */
  function_region: z.string().nullable(),
  /** The AWS region whose model was called; null where none was. */
  model_region: z.string().nullable(),
  /** Every geography where that call may have been processed; null where none was made. */
  model_geographies: z.array(z.string()).nullable(),
  cost_usd: z.number().nonnegative().nullable(),
  response_time_ms: z.int().nonnegative().nullable(),
  time_to_first_token_ms: z.int().nonnegative().nullable(),
  /** The name that the model's row had then. */
  model_name: z.string().nullable(),
  /** When the answer, or of a stream its first piece, was there. */
  generated_at: z.string().nullable(),
  /** Hash of the assistant's prompt and settings. */
  prompt_hash: z.string().nullable(),
  /** Whether it is the first answer of its conversation, or none before it was complete. */
  disclosure: z.boolean(),
  created_at: z.string(),
});

export type StoredConversation = Immutable<z.infer<typeof storedConversationSchema>>;
export type StoredMessage = Immutable<z.infer<typeof storedMessageSchema>>;
