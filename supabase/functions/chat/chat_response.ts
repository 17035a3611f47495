import type { FinishedTurn } from "../_shared/conversations/turn_runner.ts";

/** The answer to a caller of `chat`, built from what is stored. */
export function chatResponse(
  { conversationId, answer, registryStale }: FinishedTurn,
  requestId: string,
) {
  return {
    conversation_id: conversationId,
    message: {
      id: answer.id,
      role: "assistant",
      content: answer.content,
      stop_reason: answer.stop_reason,
      created_at: answer.created_at,
    },
    model: {
      model_id: answer.model_used,
      model_name: answer.model_name,
      reason: answer.reason,
    },
    usage: {
      input_tokens: answer.input_tokens,
      output_tokens: answer.output_tokens,
      cache_read_tokens: answer.cache_read_tokens,
      cache_write_tokens: answer.cache_write_tokens,
      cost_usd: answer.cost_usd,
    },
    registry_version: answer.registry_version,
    ...(registryStale && { registry: "stale" }),
    response_time_ms: answer.response_time_ms,
    request_id: requestId,
  };
}
