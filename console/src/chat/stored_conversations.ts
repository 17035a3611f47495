/** The signed-in user's own conversations, over the Data API and under its row-level security. */
import type { SupabaseClient } from "@supabase/supabase-js";
import type * as contract from "../../../supabase/functions/_shared/contract/stored_rows.ts";
import type { ShownContent } from "../../../supabase/functions/_shared/contract/content.ts";
import { ApiError } from "../api/api_error.ts";
import { describeIntervention } from "./describe_content.ts";
import { plainSettings } from "./question.ts";
import type { ShownMedia, ShownTurn, Transcript } from "./shown_turn.ts";

export type StoredConversation = Pick<
  contract.StoredConversation,
  "id" | "title" | "model_id" | "updated_at"
>;

type ShownBlock = ShownContent[number];

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
      "id, seq, role, content, shown_blocks, status, stop_reason, model_used, input_tokens, " +
        "output_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, " +
        "thinking_tokens, cost_usd, response_time_ms, registry_version, reason, requested_model, " +
        "fallback_code, error_code, model_name, generated_at, function_region, " +
        "model_geographies, prompt_hash, disclosure",
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
  | "shown_blocks"
  | "status"
  | "stop_reason"
  | "model_used"
  | "input_tokens"
  | "output_tokens"
  | "cache_read_tokens"
  | "cache_write_tokens"
  | "cache_write_1h_tokens"
  | "thinking_tokens"
  | "cost_usd"
  | "response_time_ms"
  | "registry_version"
  | "reason"
  | "requested_model"
  | "fallback_code"
  | "error_code"
  | "model_name"
  | "generated_at"
  | "function_region"
  | "model_geographies"
  | "prompt_hash"
  | "disclosure"
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
      ...shownQuestion(question),
      thinking: null,
      answer: answer?.content ?? "",
      toolUses: blocksOf(answer).filter((block) => block.type === "tool_use"),
      state: answer?.status === "partial"
        ? "partial"
        : answer?.status === "complete"
        ? "complete"
        : "failed",
      model: answer === undefined ? null : {
        model_id: answer.model_used,
        model_name: answer.model_name,
        reason: answer.reason,
        ...(answer.requested_model !== null && {
          requested_model: answer.requested_model,
          fallback_code: answer.fallback_code,
        }),
      },
      usage: answer ?? null,
      registryVersion: answer?.registry_version ?? null,
      made: answer === undefined || answer.generated_at === null ? null : answer,
      responseTimeMs: answer?.response_time_ms ?? null,
      error: code === null ? null : {
        code,
        message: "This turn did not end as it should.",
        hint: null,
        retryAfterSeconds: null,
      },
      notes: describeIntervention(answer?.stop_reason ?? null),
    };
  });
}

function shownQuestion(
  message: StoredMessage,
): Pick<ShownTurn, "question" | "attached" | "results" | "asked"> {
  const attached = blocksOf(message).flatMap(toMedia);
  const results = blocksOf(message).filter((block) => block.type === "tool_result").map((
    block,
  ) => ({
    toolUseId: block.tool_use_id,
    text: block.content.map((part) => part.type === "text" ? part.text : `[${part.media_type}]`)
      .join("\n"),
    isError: block.is_error,
  }));
  const text = message.content;
  return {
    question: text,
    attached,
    results,
    // The bytes of files are not here.
    asked: attached.length > 0
      ? null
      : { text, attachments: [], results, modelId: null, settings: plainSettings },
  };
}

function toMedia(block: ShownBlock): ShownMedia[] {
  if (block.type !== "image" && block.type !== "document") return [];
  const name = block.type === "document" ? block.name : null;
  return [{ name, mediaType: block.media_type, size: block.size }];
}

function blocksOf(message: StoredMessage | undefined): readonly ShownBlock[] {
  return message?.shown_blocks ?? [];
}
