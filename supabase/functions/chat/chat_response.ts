import type { AnsweringModel, ChatAnswer, ChatUsage } from "../_shared/contract/chat_answer.ts";
import type { StoredAnswer } from "../_shared/conversations/stored_answer.ts";
import type { FinishedTurn } from "../_shared/conversations/turn.ts";
import { tokenFiguresOf } from "../_shared/runs/run_record.ts";

/** The answer to a caller of `chat`, built from what is stored. */
export function chatResponse(turn: FinishedTurn, requestId: string): ChatAnswer {
  const { answer, history } = turn;
  return {
    conversation_id: turn.conversationId,
    message: {
      id: answer.id,
      role: "assistant",
      content: answer.content,
      status: statusOf(answer),
      ...(answer.error_code !== null && { error_code: answer.error_code }),
      stop_reason: answer.stop_reason,
      created_at: answer.created_at,
    },
    model: describeModel({
      modelId: answer.model_used,
      modelName: answer.model_name,
      reason: answer.reason,
      requestedModelId: answer.requested_model,
      fallbackCode: answer.fallback_code,
    }),
    usage: describeUsage(answer),
    ...(history !== null && {
      history: {
        messages_sent: history.messagesSent,
        messages_left_out: history.messagesLeftOut,
      },
    }),
    registry_version: answer.registry_version,
    ...(turn.registryStale && { registry: "stale" }),
    ...(!turn.persisted && { persisted: false }),
    response_time_ms: answer.response_time_ms,
    request_id: requestId,
  };
}

/** @throws {TypeError} for a failed turn, which has no answer */
function statusOf({ status }: StoredAnswer): ChatAnswer["message"]["status"] {
  if (status === "failed") throw new TypeError("a failed turn has no answer");
  return status;
}

/** Which model answers, and why; with a fallback, also which should have. */
export function describeModel(model: {
  readonly modelId: string | null;
  readonly modelName: string | null;
  readonly reason: string | null;
  readonly requestedModelId: string | null;
  readonly fallbackCode: string | null;
}): AnsweringModel {
  return {
    model_id: model.modelId,
    model_name: model.modelName,
    reason: model.reason,
    ...(model.requestedModelId !== null && {
      requested_model: model.requestedModelId,
      fallback_code: model.fallbackCode,
    }),
  };
}

/** Tokens and USD; null where not known. */
export function describeUsage(answer: StoredAnswer): ChatUsage {
  return {
    ...tokenFiguresOf(answer),
    cost_usd: answer.cost_usd,
    ...(answer.usage_estimated && { estimated: true }),
  };
}
