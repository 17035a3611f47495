import { expect } from "@std/expect";
import type { ModelStream } from "../../../../../supabase/functions/_shared/bedrock/model_stream.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { callWorld } from "./call_world.ts";
import { unwritable } from "./plain_dialect.ts";

/** The names of the events that a stream has, comments left out. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name!);
}

/** A model that is silent until it is told to speak, and ends when its signal is aborted. */
function silentModel() {
  const speak = Promise.withResolvers<string>();
  const usage = {
    inputTokens: 3,
    outputTokens: 2,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    thinkingTokens: null,
  };
  const stream = (signal?: AbortSignal): ModelStream => {
    let text = "";
    const answer = () => ({ blocks: [{ type: "text", text } as const], usage });
    return {
      requestId: "call-1",
      timeToFirstByteMs: 1,
      events: (async function* () {
        signal?.throwIfAborted();
        signal?.addEventListener("abort", () => speak.reject(signal.reason));
        text = await speak.promise;
        yield [{ type: "text-delta" as const, text }];
      })(),
      answer: () => ({ ...answer(), stopReason: "end_turn", providerStopReason: null }),
      partial: () => text === "" ? { blocks: [], usage } : answer(),
      close: () => {},
    };
  };
  return { speak, streamModel: (signal?: AbortSignal) => Promise.resolve(stream(signal)) };
}

Deno.test("a streamed call sends its events as they come, the last of them when it is in the ledger", async () => {
  const world = callWorld({ a: [{ streams: ["Fi", "ne."] }] });
  const response = await world.ask({ model: "a", stream: true });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    "x-switchboard-model": "a",
    "x-switchboard-reason": "requested",
    "x-switchboard-registry-version": "1",
    "x-switchboard-requested-model": "a",
  });
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    if (part.includes("event: end")) world.log.push("end");
    text += part;
  }
  expect(namesIn(text)).toEqual(["begin", "text", "text", "end"]);
  // No comment of ours before the first event.
  expect(text.startsWith('event: begin\ndata: "a"\n\n')).toBe(true);
  expect(world.log).toEqual(["begin", "complete", "end"]);
  expect(world.ends).toMatchObject([{ run: { status: "complete", streamed: true } }]);
  await Promise.all(world.background);
});

Deno.test("a streamed call that falls back names the model that answers, and why", async () => {
  const world = callWorld({
    a: [{ fails: "bedrock_access_denied" }],
    b: [{ streams: ["Fine."] }],
  });
  const response = await world.ask({ model: "default", stream: true });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "x-switchboard-model": "b",
    "x-switchboard-reason": "fallback",
    "x-switchboard-fallback-code": "bedrock_access_denied",
    "x-switchboard-requested-model": "default",
  });
  await response.body?.cancel();
});

Deno.test("a stream that breaks ends with an error of its dialect, and is in the ledger as partial", async () => {
  const world = callWorld({ a: [{ streams: ["Fi"], breaks: "bedrock_stream_truncated" }] });
  const response = await world.ask({ model: "a", stream: true });
  expect(namesIn(await response.text())).toEqual(["begin", "text", "error"]);
  expect(world.ends).toMatchObject([{
    run: { status: "partial", error_code: "bedrock_stream_truncated" },
  }]);
});

Deno.test("an answer that cannot be written breaks the stream off, and is in the ledger all the same", async () => {
  const world = callWorld({ a: [{ streams: ["Fi", unwritable, "ne."] }] });
  const response = await world.ask({ model: "a", stream: true });
  await expect(response.text()).rejects.toThrow("unwritable");
  expect(world.log).toEqual(["begin", "fault unwritable", "complete"]);
  expect(world.ends).toMatchObject([{ run: { status: "complete" } }]);
  await Promise.all(world.background);
});

Deno.test("a model that is silent for long gets the head and pings, and its answer follows", async () => {
  const { speak, streamModel } = silentModel();
  const world = callWorld({}, {
    silenceMs: 20,
    streamModel: (_request, _limits, signal) => streamModel(signal),
  });
  const response = await world.ask({ model: "a", stream: true });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-switchboard-requested-model")).toBe("a");
  expect(response.headers.get("x-switchboard-model")).toBeNull();
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (namesIn(text).length >= 4) speak.resolve("Fine.");
  }
  expect(namesIn(text).join(" ")).toMatch(/^begin( ping){3,} text end$/);
});

Deno.test("a failure after the head was sent is told in the stream", async () => {
  const { speak, streamModel } = silentModel();
  const world = callWorld({}, {
    silenceMs: 20,
    streamModel: (_request, _limits, signal) => streamModel(signal),
  });
  const response = await world.ask({ model: "a", stream: true });
  expect(response.status).toBe(200);
  speak.reject(new AppError("invalid_request"));
  expect(namesIn(await response.text()).filter((name) => name !== "ping"))
    .toEqual(["begin", "error"]);
  expect(world.ends).toMatchObject([{ run: { status: "failed" } }]);
});

Deno.test("a client who leaves a stream before its head stops the run", async () => {
  const { streamModel } = silentModel();
  const called = Promise.withResolvers<void>();
  const world = callWorld({}, {
    streamModel: (_request, _limits, signal) => {
      called.resolve();
      return streamModel(signal);
    },
  });
  const client = new AbortController();
  const asked = world.ask({ model: "a", stream: true }, { signal: client.signal });
  await called.promise;
  client.abort();
  expect((await asked).status).toBe(499);
  expect(world.ends).toMatchObject([{
    run: { status: "failed", error_code: "client_disconnected" },
  }]);
  await Promise.all(world.background);
});

Deno.test("a client who leaves a call without a stream does not stop its run", async () => {
  const client = new AbortController();
  const world = callWorld({ a: [{ answers: "Hi", given: () => client.abort() }] });
  await world.ask({ model: "a" }, { signal: client.signal });
  expect(world.ends).toMatchObject([{ run: { status: "complete", error_code: null } }]);
});

Deno.test("a client who leaves while the head is on its way has the call in the ledger all the same", async () => {
  const client = new AbortController();
  const words = Array.from({ length: 50 }, () => "word ");
  const world = callWorld({ a: [{ streams: words, given: () => client.abort() }] });
  const response = await world.ask({ model: "a", stream: true }, { signal: client.signal });
  await Promise.all(world.background);
  expect(world.ends).toMatchObject([{ run: { error_code: "client_disconnected" } }]);
  expect(response.body?.locked ?? false).toBe(false);
});

Deno.test("a client who leaves a stream stops the run, and what has come is in the ledger", async () => {
  const given = Promise.withResolvers<void>();
  const world = callWorld({
    a: [{ streams: Array.from({ length: 50 }, () => "word "), given: () => given.resolve() }],
  });
  const response = await world.ask({ model: "a", stream: true });
  const reader = response.body!.getReader();
  await reader.read();
  await given.promise;
  await reader.cancel();
  await Promise.all(world.background);
  expect(world.ends).toMatchObject([{
    run: { status: "partial", error_code: "client_disconnected" },
  }]);
});
