import type { TurnEvent } from "../_shared/conversations/turn.ts";
import type { ServerSentEvent } from "../_shared/http/event_stream.ts";
import { describeError } from "../_shared/http/respond.ts";
import { chatResponse, describeModel, describeUsage } from "./chat_response.ts";

/**
 * A turn's events as `chat` sends them: exactly one `done` or `error`, and that last. The start goes
 * out with what comes next, since it is told when that is there.
 */
export async function* chatEvents(
  events: AsyncIterable<TurnEvent>,
  requestId: string,
): AsyncGenerator<readonly ServerSentEvent[], void, void> {
  let start: readonly ServerSentEvent[] = [];
  for await (const event of events) {
    const translated = translate(event, requestId);
    if (event.type === "turn-start") {
      start = translated;
      continue;
    }
    yield [...start, ...translated];
    start = [];
  }
}

function translate(event: TurnEvent, requestId: string): readonly ServerSentEvent[] {
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
      return [{ event: "turn-start", data }];
    }
    case "text-delta":
      return [{ event: "text-delta", data: { text: event.text } }];
    case "done":
      return [
        { event: "usage", data: describeUsage(event.turn.answer) },
        { event: "done", data: chatResponse(event.turn, requestId) },
      ];
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
      return [{ event: "error", data }];
    }
    default:
      return event satisfies never;
  }
}
