import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { turnContentSchema } from "./turn_content.ts";

/** What is on record of a turn's last attempt, as `explain_turn()` returns it. */
export const turnFactsSchema = z.object({
  request_id: z.string().nullable(),
  message_id: z.string().nullable(),
  /** Null of a call of `openai` or `anthropic`, which has none. */
  conversation_id: z.string().nullable(),
  /** Null of a call with no assistant. */
  assistant_type: z.string().nullable(),
  at: z.string(),
  /** Null where the attempt has no entry in the ledger. */
  ended_at: z.string().nullable(),
  status: z.enum(["complete", "partial", "failed"]),
  error_code: z.string().nullable(),
  /** Why the model stopped; null where it did not come to its end. */
  stop_reason: z.string().nullable(),
  /** The model that answered or, of a failure, whose error it is. */
  model_id: z.string().nullable(),
  /** Its present name. */
  model_name: z.string().nullable(),
  reason: z.string().nullable(),
  /** With a fallback, the model that should have answered, and why it did not. */
  requested_model: z.string().nullable(),
  fallback_code: z.string().nullable(),
  registry_version: z.int().nullable(),
  /** Most USD that the run was allowed to cost; null: no hard limit in USD. */
  granted_usd: z.number().nullable(),
  /** The rollout that it was part of, with its side; null: none. */
  rollout: z.object({
    id: z.int(),
    side: z.enum(["canary", "former"]),
    /** Percent that the canary had when it was assigned. */
    share: z.int(),
    /** The model that was new. */
    model_id: z.string(),
    /** Whether it was no rollout in shares, but a switch that was watched. */
    is_watched: z.boolean(),
  }).nullable(),
  /** Tokens of the prompt as the model counted them; null where it told none. */
  prompt_tokens: z.int().nullable(),
  /** The conversation's; null: the assistant's own. */
  use_case: z.string().nullable(),
  pinned_model_id: z.string().nullable(),
  /** False of a deleted conversation; true of a call, which is never pinned. */
  pin_known: z.boolean(),
  /** What the message held; null of a deleted conversation, and of a call. */
  content: turnContentSchema.nullable(),
  /** Calls that gave no answer and are billed. */
  calls: z.array(z.object({
    model_id: z.string(),
    error_code: z.string().nullable(),
    /** Null where a price was not known. */
    cost_usd: z.number().nullable(),
  })),
});

export type TurnFacts = Readonly<z.infer<typeof turnFactsSchema>>;

/** Names a turn: by a message of it, or by its request. */
export type TurnName =
  | { readonly messageId: string }
  | { readonly requestId: string };

/** @throws {AppError} `turn_not_found`, `turn_in_progress` */
export async function readTurnFacts(
  database: DatabaseClient,
  name: TurnName,
): Promise<TurnFacts> {
  return await callDatabase(database.rpc("explain_turn", namedTurn(name)), turnFactsSchema);
}

/** The arguments that name a turn. */
export function namedTurn(name: TurnName): { p_message_id: string } | { p_request_id: string } {
  return "messageId" in name ? { p_message_id: name.messageId } : { p_request_id: name.requestId };
}
