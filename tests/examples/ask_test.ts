/** The helper on a client that is a fake; `ask_example_test.ts` has it in browsers, Deno and Node. */
import { expect } from "@std/expect";
import { type FunctionInvokeOptions, FunctionsHttpError } from "@supabase/supabase-js";
import { ask, ChatError, type ChatEvent } from "../../examples/ask.ts";

const stream = `: connected

event: turn-start
data: {"conversation_id":"c","registry_version":1}

: heartbeat

event: text-delta
data: {"text":"Grüße, 世界 👋🏽"}

event: done
data: {"conversation_id":"c","registry_version":1}

`;
const parsed = [
  { event: "turn-start", data: { conversation_id: "c", registry_version: 1 } },
  { event: "text-delta", data: { text: "Grüße, 世界 👋🏽" } },
  { event: "done", data: { conversation_id: "c", registry_version: 1 } },
];

/** A body that comes in these pieces, and what is known of its reader. */
function bodyOf(pieces: readonly (Uint8Array | Error)[]) {
  const seen = { cancelled: false };
  const left = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = left.shift();
      if (piece === undefined) controller.close();
      else if (piece instanceof Error) controller.error(piece);
      else controller.enqueue(piece);
    },
    cancel: () => void (seen.cancelled = true),
  }, { highWaterMark: 0 });
  return { body, seen };
}

/** supabase-js as far as the helper calls it. */
function clientOf(answer: unknown, error: unknown = null) {
  const calls: [name: string, options: FunctionInvokeOptions | undefined][] = [];
  const invoke = (name: string, options?: FunctionInvokeOptions) => {
    calls.push([name, options]);
    return Promise.resolve({ data: answer, error });
  };
  return { calls, client: { functions: { invoke } } as unknown as Parameters<typeof ask>[0] };
}

const bytes = new TextEncoder().encode(stream);
const eventsOf = (client: Parameters<typeof ask>[0]): Promise<ChatEvent[]> =>
  Array.fromAsync(ask(client, { message: "Hello" }));
const errorOf = (promise: Promise<unknown>) => promise.then(() => undefined, (error) => error);

Deno.test("ask() yields the events without the comments, wherever the bytes are cut", async () => {
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { body } = bodyOf([bytes.slice(0, cut), bytes.slice(cut)]);
    expect(await eventsOf(clientOf(new Response(body)).client)).toEqual(parsed);
  }
});

Deno.test("ask() sends the request as a stream with an id, and passes the options on", async () => {
  const { client, calls } = clientOf(new Response(stream));
  const { signal } = new AbortController();
  await Array.fromAsync(ask(client, { message: "Hello" }, { signal }));
  await Array.fromAsync(ask(clientOf(new Response(stream)).client, { message: "Hello" }));
  const [name, options] = calls[0]!;
  expect([name, options?.signal]).toEqual(["chat", signal]);
  expect(options?.body).toEqual({
    message: "Hello",
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    stream: true,
  });
  const own = clientOf(new Response(stream));
  await Array.fromAsync(ask(own.client, { message: "Hello", request_id: "mine" }));
  expect(own.calls[0]![1]?.body).toMatchObject({ request_id: "mine" });
});

Deno.test("ask() throws when the stream ends before done, wherever it was cut", async () => {
  const end = bytes.length - 1;
  for (const length of [0, 5, 40, end - 60, end]) {
    const { body } = bodyOf([bytes.slice(0, length)]);
    const error = await errorOf(eventsOf(clientOf(new Response(body)).client));
    expect([length, error?.message]).toEqual([length, expect.stringContaining("cut off")]);
  }
});

Deno.test("ask() throws the event error with its body, after the events before it", async () => {
  const body = { code: "bedrock_timeout", message: "Too slow.", request_id: "r", retryable: false };
  const text = `${stream.split("event: done")[0]}event: error\ndata: ${JSON.stringify(body)}\n\n`;
  const seen: string[] = [];
  const reading = async () => {
    for await (const { event } of ask(clientOf(new Response(text)).client, { message: "Hello" })) {
      seen.push(event);
    }
  };
  const error = await errorOf(reading());
  expect(error).toBeInstanceOf(ChatError);
  expect(error).toMatchObject({ body, message: "bedrock_timeout: Too slow.", name: "ChatError" });
  expect(seen).toEqual(["turn-start", "text-delta"]);
});

Deno.test("ask() throws chat's own error where it refuses, and supabase-js's for any other", async () => {
  const refused = (body: BodyInit) => new FunctionsHttpError(new Response(body, { status: 403 }));
  const envelope = { code: "forbidden", message: "No.", request_id: "r" };
  const own = clientOf(null, refused(JSON.stringify({ success: false, error: envelope })));
  expect(await errorOf(eventsOf(own.client))).toMatchObject({ name: "ChatError", body: envelope });
  for (const body of ["<html>Bad gateway</html>", "null", '{"message":"Not ours"}']) {
    const error = refused(body);
    expect(await errorOf(eventsOf(clientOf(null, error).client))).toBe(error);
  }
  const unreached = new TypeError("fetch failed");
  expect(await errorOf(eventsOf(clientOf(null, unreached).client))).toBe(unreached);
});

Deno.test("ask() throws the signal's reason where it was aborted before an answer", async () => {
  const error = new FunctionsHttpError(new Response());
  const signal = AbortSignal.abort(new Error("the user pressed Stop"));
  const asking = Array.fromAsync(ask(clientOf(null, error).client, { message: "Hi" }, { signal }));
  expect((await errorOf(asking))?.message).toBe("the user pressed Stop");
});

Deno.test("ask() closes the stream when the loop is left, and when the connection breaks", async () => {
  const left = bodyOf([bytes.slice(0, bytes.length - 90), bytes.slice(bytes.length - 90)]);
  for await (const { event } of ask(clientOf(new Response(left.body)).client, { message: "Hi" })) {
    expect(event).toBe("turn-start");
    break;
  }
  expect(left.seen.cancelled).toBe(true);
  const broken = bodyOf([bytes.slice(0, 100), new TypeError("connection reset")]);
  const error = await errorOf(eventsOf(clientOf(new Response(broken.body)).client));
  expect(error?.message).toBe("connection reset");
});
