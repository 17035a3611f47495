/** The signed-in user's own conversations, over the Data API and under its row-level security. */
import type { SupabaseClient } from "@supabase/supabase-js";
import type * as contract from "../../../supabase/functions/_shared/contract/stored_rows.ts";
import { ApiError } from "../api/api_error.ts";
import type { ShownTurn, Transcript } from "./transcript.ts";

export type StoredConversation = Pick<
  contract.StoredConversation,
  "id" | "title" | "model_id" | "updated_at"
>;

/** The newest ones first. */
export async function listConversations(
  supabase: SupabaseClient,
): Promise<StoredConversation[]> {
  const { data, error } = await supabase.from("ai_conversations")
    .select("id, title, model_id, updated_at")
    .order("updated_at", { ascending: false }).limit(20);
  if (error) {
    throw new ApiError(error.code, error.message, { hint: error.hint });
  }
  return data;
}

/** Everything that was said in a conversation. */
export async function readConversation(
  supabase: SupabaseClient,
  conversationId: string,
): Promise<Transcript> {
  const { data, error } = await supabase.from("ai_messages")
    .select(
      "id, seq, role, content, status, model_used, input_tokens, output_tokens, " +
        "cache_read_tokens, cache_write_tokens, cost_usd, response_time_ms, registry_version, " +
        "reason, requested_model, fallback_code, error_code",
    )
    .eq("conversation_id", conversationId).order("seq");
  if (error) {
    throw new ApiError(error.code, error.message, { hint: error.hint });
  }
  const messages = data as unknown as StoredMessage[];
  return { conversationId, turns: toTurns(messages) };
}

/** The columns of a message that are read here. */
export type StoredMessage = Pick<
  contract.StoredMessage,
  | "id"
  | "seq"
  | "role"
  | "content"
  | "status"
  | "model_used"
  | "input_tokens"
  | "output_tokens"
  | "cache_read_tokens"
  | "cache_write_tokens"
  | "cost_usd"
  | "response_time_ms"
  | "registry_version"
  | "reason"
  | "requested_model"
  | "fallback_code"
  | "error_code"
>;

/** Questions with their answers, which follow them directly in the order of `seq`. */
export function toTurns(messages: readonly StoredMessage[]): ShownTurn[] {
  return messages.filter(({ role }) => role === "user").map((question) => {
    const answer = messages.find(({ role, seq }) =>
      role === "assistant" && seq === question.seq + 1
    );
    const code = answer?.error_code ?? question.error_code;
    return {
      requestId: question.id,
      question: question.content,
      askedModelId: null,
      answer: answer?.content ?? "",
      state: answer?.status === "partial"
        ? "partial"
        : answer?.status === "complete"
        ? "complete"
        : "failed",
      model: answer === undefined ? null : {
        model_id: answer.model_used,
        model_name: null,
        reason: answer.reason,
        ...(answer.requested_model !== null && {
          requested_model: answer.requested_model,
          fallback_code: answer.fallback_code,
        }),
      },
      usage: answer ?? null,
      registryVersion: answer?.registry_version ?? null,
      responseTimeMs: answer?.response_time_ms ?? null,
      error: code === null
        ? null
        : { code, message: "This turn did not end as it should.", hint: null },
      notes: [],
    };
  });
}
