import { ApiError } from "../api/api_error.ts";
import type { FunctionsClient } from "../api/functions_client.ts";
import type { ChatEventName } from "../../../supabase/functions/_shared/contract/chat_answer.ts";
import type { ChatEvent, ChatRequest } from "./chat_types.ts";
import { EventStreamParser, type StreamEvent } from "./event_stream.ts";

const known: Readonly<Record<ChatEventName, true>> = {
  "turn-start": true,
  "thinking": true,
  "text-delta": true,
  "tool-use": true,
  "usage": true,
  "done": true,
  "error": true,
};

/**
 * Asks, and gives the answer's events as they come; the last one is `done` or `error`.
 *
 * @throws {ApiError} if it is refused before the turn begins, or the stream breaks off
 */
export async function* askChat(
  functions: FunctionsClient,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, void> {
  const response = await functions.call(
    "chat",
    // Who stops an answer here does not want the rest of it.
    { on_disconnect: "stop", ...request, stream: true },
    signal,
  );
  const parser = new EventStreamParser();
  const reader = response.body!.pipeThrough(new TextDecoderStream())
    .getReader();
  try {
    for (
      let read = await reader.read();
      !read.done;
      read = await reader.read()
    ) {
      for (const event of parser.push(read.value).flatMap(toKnown)) {
        yield event;
        if (event.type === "done" || event.type === "error") return;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  throw new ApiError("stream_broken", "The answer broke off on its way.", {
    hint: "Ask again: the same question makes no second turn.",
  });
}

/** An event in the form that the console works with; later versions may send others, too. */
function toKnown({ event, data }: StreamEvent): ChatEvent[] {
  return Object.hasOwn(known, event) ? [{ type: event, data } as ChatEvent] : [];
}
