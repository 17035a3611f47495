import { expect } from "@std/expect";
import {
  RawData,
  type ServerSentEvent,
} from "../../../../../supabase/functions/_shared/core/server_sent_event.ts";
import { respondEventStream } from "../../../../../supabase/functions/_shared/http/event_stream.ts";

type Events = AsyncGenerator<readonly ServerSentEvent[], void, void>;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function respond(
  events: Events,
  limits: Partial<Parameters<typeof respondEventStream>[1]> = {},
) {
  const seen = { cancelled: 0, background: [] as Promise<void>[] };
  const response = respondEventStream(events, {
    stalledMs: 20_000,
    ...limits,
    onCancel: () => void (seen.cancelled += 1),
    continueInBackground: (work) => void seen.background.push(work),
  });
  return { response, seen };
}

async function* count(to: number, produced: number[] = []): Events {
  for (let n = 1; n <= to; n++) {
    await Promise.resolve();
    produced.push(n);
    yield [{ event: "number", data: { n, text: "line\nbreak" } }];
  }
}

Deno.test("respondEventStream() escapes the line breaks of Unicode, at which readers cut", async () => {
  const text = "one\u2028two\u2029three\u0085four";
  async function* events(): Events {
    await Promise.resolve();
    yield [{ event: "text", data: { text } }];
  }
  const sent = await respond(events()).response.text();
  const lines = sent.split(/[\n\r\v\f\u0085\u2028\u2029]/).filter((line) => line !== "");
  expect(lines).toEqual([
    ": connected",
    "event: text",
    'data: {"text":"one\\u2028two\\u2029three\\u0085four"}',
  ]);
  expect(JSON.parse(lines[2]!.slice("data: ".length))).toEqual({ text });
});

Deno.test("respondEventStream() greets at once, then sends each event, then ends", async () => {
  const { response } = respond(count(2));
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(await response.text()).toBe(
    ": connected\n\n" +
      'event: number\ndata: {"n":1,"text":"line\\nbreak"}\n\n' +
      'event: number\ndata: {"n":2,"text":"line\\nbreak"}\n\n',
  );
});

Deno.test("respondEventStream() sends in one piece what comes together", async () => {
  async function* pairs(): Events {
    yield [{ event: "a", data: 1 }, { event: "b", data: 2 }];
    yield [{ event: "c", data: 3 }];
  }
  const { response } = respond(pairs());
  const pieces: string[] = [];
  const decoder = new TextDecoder();
  for await (const bytes of response.body!) pieces.push(decoder.decode(bytes));
  expect(pieces).toEqual([
    ": connected\n\n",
    "event: a\ndata: 1\n\nevent: b\ndata: 2\n\n",
    "event: c\ndata: 3\n\n",
  ]);
});

Deno.test("respondEventStream() fills silence with comments and loses no event", async () => {
  const silence = Promise.withResolvers<void>();
  async function* slow(): Events {
    await silence.promise;
    yield [{ event: "late", data: 1 }];
  }
  const { response } = respond(slow(), { heartbeatMs: 20 });
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if ((text.match(/: waiting/g) ?? []).length >= 2) silence.resolve();
  }
  expect(text.endsWith("event: late\ndata: 1\n\n")).toBe(true);
});

Deno.test("respondEventStream() sends events without a name, and data that is no JSON as it is", async () => {
  async function* events(): Events {
    await Promise.resolve();
    yield [{ event: null, data: { n: 1 } }, { event: null, data: new RawData("[DONE]") }];
  }
  const { response } = respond(events(), { opening: [{ event: null, data: "at once" }] });
  expect(await response.text()).toBe('data: "at once"\n\ndata: {"n":1}\n\ndata: [DONE]\n\n');
});

Deno.test("respondEventStream() fills silence with the caller's heartbeat, and with comments where it has none", async () => {
  const silence = Promise.withResolvers<void>();
  async function* slow(): Events {
    await silence.promise;
    yield [{ event: "late", data: 1 }];
  }
  let beats = 0;
  const { response } = respond(slow(), {
    heartbeatMs: 10,
    heartbeat: () => beats++ === 1 ? [] : [{ event: "ping", data: {} }],
    headers: { "x-request-id": "r" },
  });
  expect(response.headers.get("x-request-id")).toBe("r");
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (beats >= 3) silence.resolve();
  }
  expect(text).toMatch(
    /^: connected\n\nevent: ping\ndata: {}\n\n: waiting\n\n(event: ping\ndata: {}\n\n)+event: late\n/,
  );
});

Deno.test("respondEventStream() makes no event before the reader wants it", async () => {
  const produced: number[] = [];
  const { response } = respond(count(1000, produced));
  const reader = response.body!.getReader();
  await reader.read();
  await reader.read();
  await wait(20);
  expect(produced.length).toBeLessThanOrEqual(2);
  await reader.cancel();
});

Deno.test("respondEventStream() tells when the reader leaves, and lets the events come to their end", async () => {
  let finished = false;
  let leave = () => {};
  const left = new Promise<void>((resolve) => leave = resolve);
  async function* untilLeft(): Events {
    yield [{ event: "begin", data: 1 }];
    await left;
    yield [{ event: "not read", data: 2 }];
    finished = true;
  }
  const { response, seen } = respond(untilLeft());
  const reader = response.body!.getReader();
  await reader.read();
  await reader.read();
  const pending = reader.read();
  await reader.cancel();
  await pending;
  expect(seen.cancelled).toBe(1);
  leave();
  await Promise.all(seen.background);
  expect(finished).toBe(true);
});

Deno.test("respondEventStream() keeps the instance up until a reader has read to the end", async () => {
  const { response, seen } = respond(count(2));
  expect(seen.background).toHaveLength(1);
  let ended = false;
  seen.background[0]!.then(() => ended = true);
  const reader = response.body!.getReader();
  await reader.read();
  expect(ended).toBe(false);
  for (let read = await reader.read(); !read.done;) read = await reader.read();
  await seen.background[0];
});

Deno.test("respondEventStream() takes a reader who stays but stops reading for gone", async () => {
  const produced: number[] = [];
  const { response, seen } = respond(count(10, produced), { stalledMs: 150 });
  const reader = response.body!.getReader();
  await reader.read();
  await reader.read();
  expect(seen.cancelled).toBe(0);
  await wait(200);
  expect(seen.cancelled).toBe(1);
  await Promise.all(seen.background);
  expect(produced).toHaveLength(10);
  // Who comes back is told how it ended, and no more than that.
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toMatch(/^event: number\ndata: {"n":10,/);
  expect((await reader.read()).done).toBe(true);
});

Deno.test("respondEventStream() bears with a reader who is slow", async () => {
  const { response, seen } = respond(count(4), { stalledMs: 400 });
  let chunks = 0;
  for await (const _ of response.body!) {
    chunks += 1;
    await wait(120);
  }
  expect(chunks).toBe(5);
  await wait(450);
  expect(seen.cancelled).toBe(0);
});
