import { AppError, isErrorCode } from "../core/app_error.ts";
import type { FinishedTurn, Turn, TurnEvent, TurnStart } from "./turn.ts";
import { reportOfRepeated, type ReportTurn } from "./turn_report.ts";
import type { StoredAnswer } from "./stored_answer.ts";
import type { TurnRequest } from "./turn_options.ts";
import type { AnsweredTurn } from "./turn_store.ts";

/** A turn that has ended before: its answer is given again, and no model is called. */
export function repeatedTurn(
  { conversationId, answer }: AnsweredTurn,
  { requestId, showThinking, trace = null }: Pick<
    TurnRequest,
    "requestId" | "showThinking" | "trace"
  >,
  report: ReportTurn,
): Turn {
  const finished: FinishedTurn = {
    conversationId,
    answer,
    persisted: true,
    registryStale: false,
    history: null,
  };
  const reportOnce = (streamed: boolean) =>
    report(reportOfRepeated(answer, {
      request_id: requestId,
      conversation_id: conversationId,
      streamed,
      trace,
    }));

  async function* stream(): AsyncGenerator<readonly TurnEvent[], void, void> {
    reportOnce(true);
    const start: TurnStart = {
      conversationId,
      messageId: answer.id,
      modelId: answer.model_used ?? "",
      modelName: answer.model_name ?? "",
      reason: answer.reason ?? "",
      requestedModelId: answer.requested_model,
      fallbackCode: answer.fallback_code,
      registryVersion: answer.registry_version,
    };
    yield [
      { type: "turn-start", start },
      ...eventsOf(answer, showThinking),
      answer.status === "complete" ? { type: "done", turn: finished } : cutShort(answer),
    ];
  }

  return {
    answer() {
      reportOnce(false);
      return Promise.resolve(finished);
    },
    stream,
  };
}

/** The answer as it came, block by block. */
function eventsOf(
  answer: StoredAnswer,
  showThinking: boolean,
): readonly TurnEvent[] {
  const { content, model_used: modelId } = answer;
  const blocks = answer.blocks ?? [{ type: "text", text: content } as const];
  return blocks.flatMap((block): TurnEvent[] => {
    switch (block.type) {
      case "text":
        return block.text === "" ? [] : [{ type: "text-delta", text: block.text }];
      case "thinking":
        return [{
          type: "thinking",
          modelId: modelId ?? "",
          text: showThinking && block.text !== "" ? block.text : null,
        }];
      case "redacted-thinking":
        return [{ type: "thinking", modelId: modelId ?? "", text: null }];
      case "tool-use":
        return [{ type: "tool-use", call: block }];
      // Not in answers, or not known.
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

/** The end of an answer that was cut short: the one of then, not a proven end. */
function cutShort({ id, content, error_code }: StoredAnswer): TurnEvent {
  return {
    type: "error",
    error: new AppError(isErrorCode(error_code) ? error_code : "internal_error"),
    kept: { status: "partial", messageId: id, characters: content.length },
  };
}
