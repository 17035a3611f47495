import type { ChatEventData, ChatEventName } from "../_shared/contract/chat_answer.ts";
import type { TurnEvent } from "../_shared/conversations/turn.ts";
import type { AppError, Audience } from "../_shared/core/app_error.ts";
import type { ServerSentEvent } from "../_shared/core/server_sent_event.ts";
import { describeError } from "../_shared/http/respond.ts";
import { chatResponse, describeModel, describeUsage } from "./chat_response.ts";

/**
 * A turn's events as `chat` sends them: exactly one `done` or `error`, and that last.
 *
 * @param groups events that are sent together
 */
export async function* chatEvents(
  groups: AsyncIterable<readonly TurnEvent[]>,
  shown: ShownTurn,
): AsyncGenerator<readonly ServerSentEvent[], void, void> {
  for await (const events of groups) {
    const last = events.at(-1);
    const audience = last?.type === "error" ? await shown.audienceOf(last.error) : "user";
    yield events.flatMap((event) => translate(event, shown, audience));
  }
}

/** What a turn's events are written with. */
export interface ShownTurn {
  readonly requestId: string;
  /** Whether the words of the model's thinking are shown. */
  readonly showsThinking: boolean;
  /** Who reads an error; asked only when there is one. */
  readonly audienceOf: (error: AppError) => Promise<Audience>;
}

function chatEvent<E extends ChatEventName>(event: E, data: ChatEventData<E>): ServerSentEvent {
  return { event, data };
}

function translate(
  event: TurnEvent,
  { requestId, showsThinking }: ShownTurn,
  audience: Audience,
): readonly ServerSentEvent[] {
  switch (event.type) {
    case "turn-start": {
      const { start } = event;
      return [chatEvent("turn-start", {
        conversation_id: start.conversationId,
        message_id: start.messageId,
        model: describeModel(start),
        registry_version: start.registryVersion,
        request_id: requestId,
      })];
    }
    case "thinking": {
      const { modelId, text } = event;
      return [chatEvent("thinking", { model_id: modelId, ...(text !== null && { text }) })];
    }
    case "tool-use": {
      const { id, name, input } = event.call;
      return [chatEvent("tool-use", { id, name, input })];
    }
    case "text-delta":
      return [chatEvent("text-delta", { text: event.text })];
    case "done":
      return [
        chatEvent("usage", describeUsage(event.turn.answer)),
        chatEvent("done", chatResponse(event.turn, requestId, showsThinking)),
      ];
    case "error": {
      const { error, kept } = event;
      return [chatEvent("error", {
        ...describeError(error, requestId, audience),
        // What is stored is given again: the rest of an answer takes another request.
        retryable: error.retryable && kept.status === "failed",
        stored: {
          status: kept.status,
          message_id: kept.messageId,
          characters: kept.characters,
        },
      })];
    }
    default:
      return event satisfies never;
  }
}
