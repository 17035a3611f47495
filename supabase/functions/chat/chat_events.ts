import type { TurnEvent } from "../_shared/conversations/turn_event.ts";
import type { ServerSentEvent } from "../_shared/http/event_stream.ts";
import { describeError } from "../_shared/http/respond.ts";
import { chatResponse, describeModel, describeUsage } from "./chat_response.ts";

/** A turn's events as `chat` sends them: exactly one `done` or `error`, and that last. */
export async function* chatEvents(
  events: AsyncIterable<TurnEvent>,
  requestId: string,
): AsyncGenerator<ServerSentEvent, void, void> {
  for await (const event of events) yield* translate(event, requestId);
}

function* translate(
  event: TurnEvent,
  requestId: string,
): Generator<ServerSentEvent> {
  switch (event.type) {
    case "turn-start": {
      const { start } = event;
      const data = {
        conversation_id: start.conversationId,
        message_id: start.messageId,
        model: describeModel(start),
        registry_version: start.registryVersion,
        request_id: requestId,
      };
      yield { event: "turn-start", data };
      return;
    }
    case "text-delta":
      yield { event: "text-delta", data: { text: event.text } };
      return;
    case "done":
      yield { event: "usage", data: describeUsage(event.turn.answer) };
      yield { event: "done", data: chatResponse(event.turn, requestId) };
      return;
    case "error": {
      const { error, kept } = event;
      const data = {
        ...describeError(error, requestId),
        retryable: error.retryable,
        stored: {
          status: kept.status,
          message_id: kept.messageId,
          characters: kept.characters,
        },
      };
      yield { event: "error", data };
      return;
    }
    default:
      event satisfies never;
  }
}
