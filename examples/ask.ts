/**
 * Asks `chat` with supabase-js and yields the events of the answer as they come; in browsers, Deno
 * and Node. An app copies this file, and imports the types from where its functions are.
 */
import type { FunctionInvokeOptions, SupabaseClient } from "@supabase/supabase-js";
import type {
  ChatEventData,
  ChatEventName,
  ChatRequest,
  ErrorBody,
} from "../supabase/functions/_shared/contract/app.ts";

/** Any event but `error`, which is thrown. The last one is `done`. */
export type ChatEvent = {
  [E in Exclude<ChatEventName, "error">]: { readonly event: E; readonly data: ChatEventData<E> };
}[Exclude<ChatEventName, "error">];

/** Why `chat` gives no answer, or broke off; decide by `body.code`. */
export class ChatError extends Error {
  override name = "ChatError";
  readonly body: ErrorBody | ChatEventData<"error">;
  constructor(body: ErrorBody | ChatEventData<"error">) {
    super(`${body.code}: ${body.message}`);
    this.body = body;
  }
}

/**
 * Leaving the loop, or aborting the signal, closes the connection; `on_disconnect` of the request
 * says what becomes of the answer.
 *
 * @throws {ChatError} of `chat`; supabase-js's own errors where it was not reached; an `Error`
 *   where the stream was cut off: send the request again with the same `request_id`
 */
export async function* ask(
  supabase: Pick<SupabaseClient, "functions">,
  request: Omit<ChatRequest, "stream">,
  options: Pick<FunctionInvokeOptions, "headers" | "region" | "signal"> = {},
): AsyncGenerator<ChatEvent, void> {
  const body = { request_id: crypto.randomUUID(), ...request, stream: true };
  const { data: response, error } = await supabase.functions
    .invoke<Response>("chat", { ...options, body });
  if (response === null) {
    options.signal?.throwIfAborted();
    const refusal = await error.context?.json?.().catch(() => undefined);
    throw refusal?.error?.code ? new ChatError(refusal.error) : error;
  }
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let received = "";
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const blocks = (received + read.value).split("\n\n");
      received = blocks.pop()!;
      for (const block of blocks) {
        const [, event, data] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? [];
        if (event === undefined || data === undefined) continue; // a comment: the heartbeat
        if (event === "error") throw new ChatError(JSON.parse(data));
        yield { event, data: JSON.parse(data) } as ChatEvent;
        if (event === "done") return;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  throw new Error("The stream was cut off: send the request again with the same request_id.");
}
