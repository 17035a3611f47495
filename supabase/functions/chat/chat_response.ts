import type { AnsweringModel, ChatAnswer, ChatUsage } from "../_shared/contract/chat_answer.ts";
import type { AnsweredContent } from "../_shared/contract/content.ts";
import type { StoredAnswer } from "../_shared/conversations/stored_answer.ts";
import type { FinishedTurn } from "../_shared/conversations/turn.ts";
import type { ContentBlock } from "../_shared/core/content.ts";
import type { LeftOut } from "../_shared/formats/model_format.ts";
import { provenanceOf } from "../_shared/runs/provenance.ts";
import { tokenFiguresOf } from "../_shared/runs/run_record.ts";

/** The answer to a caller of `chat`, built from what is stored. */
export function chatResponse(
  turn: FinishedTurn,
  requestId: string,
  showsThinking: boolean,
): ChatAnswer {
  const { answer, history } = turn;
  const blocks = answeredBlocks(answer.blocks ?? [], showsThinking);
  return {
    conversation_id: turn.conversationId,
    message: {
      id: answer.id,
      role: "assistant",
      content: answer.content,
      ...(blocks.some(({ type }) => type !== "text") && { blocks }),
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
    provenance: provenanceOf({ ...answer, model_id: answer.model_used }, answer.disclosure),
    usage: describeUsage(answer),
    ...(history !== null && {
      history: {
        messages_sent: history.messagesSent,
        messages_left_out: history.messagesLeftOut,
        ...leftOut(history.leftOut),
      },
    }),
    registry_version: answer.registry_version,
    ...(turn.registryStale && { registry: "stale" }),
    ...(!turn.persisted && { persisted: false }),
    ...(answer.answer_tokens_left !== null && { answer_tokens_left: answer.answer_tokens_left }),
    response_time_ms: answer.response_time_ms,
    request_id: requestId,
  };
}

/** The blocks that the caller sees, in the names of the API. */
function answeredBlocks(
  blocks: readonly ContentBlock[],
  showsThinking: boolean,
): AnsweredContent {
  return blocks.flatMap((block): AnsweredContent[number][] => {
    switch (block.type) {
      case "text":
        return block.text === "" ? [] : [{ type: "text", text: block.text }];
      case "tool-use":
        return [{
          type: "tool_use",
          id: block.id,
          name: block.name,
          input: block.input,
        }];
      case "thinking":
        return showsThinking && block.text !== "" ? [{ type: "thinking", text: block.text }] : [];
      // Encrypted, not in answers, or not known.
      case "redacted-thinking":
      case "tool-result":
      case "image":
      case "document":
      case "opaque":
        return [];
      default:
        return block satisfies never;
    }
  });
}

function leftOut(
  counts: LeftOut,
): Pick<NonNullable<ChatAnswer["history"]>, "blocks_left_out"> {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  if (entries.length === 0) return {};
  return {
    blocks_left_out: Object.fromEntries(
      entries.map(([type, count]) => [type.replace("-", "_"), count]),
    ),
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
