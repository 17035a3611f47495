import type { AnswerOrder } from "../control/orders.ts";
import type { ServedModel } from "../served_model.ts";
import type { Answer } from "./answer.ts";
import { outputTokens } from "./compose_answer.ts";
import type { Question } from "./question.ts";
import { inputTokens } from "./tokens.ts";

/** The answer that was ordered; what the order leaves out is computed as for any other. */
export function orderedAnswer(order: AnswerOrder, question: Question, model: ServedModel): Answer {
  const usesTool = order.content.at(-1)?.type === "tool_use";
  return {
    blocks: order.content,
    stopReason: order.stopReason ?? (usesTool ? "tool_use" : "end_turn"),
    stopSequence: order.stopSequence,
    usage: order.usage && {
      inputTokens: order.usage.inputTokens ?? inputTokens(question, model),
      outputTokens: order.usage.outputTokens ?? outputTokens(order.content, model),
      cacheReadTokens: order.usage.cacheReadTokens ?? 0,
      cacheWriteTokens: order.usage.cacheWriteTokens ?? 0,
    },
  };
}
