/** Streamed calls through the AWS SDK, against servers that misbehave in one way each. */
import "./node_crc32.ts";
import { expect } from "@std/expect";
import type {
  ModelStream,
  StreamLimits,
} from "../../../../../supabase/functions/_shared/bedrock/model_stream.ts";
import { streamModel } from "../../../../../supabase/functions/_shared/bedrock/stream_model.ts";
import type { ErrorCode } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import { formats } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import type { ModelRequest } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { modelRequest, systemPrompt } from "../formats/model_request.ts";
import { streamFixtures } from "../formats/stream_fixtures.ts";
import { modelRow } from "../model_row.ts";
import { clientOf, startBedrockServer } from "./bedrock_server.ts";
import { chunkFrame, exceptionFrame, framesOf, joined } from "./stream_bytes.ts";
import { textsOf } from "../texts_of.ts";

const requestId = "d3b07384-d9a0-4c9b-8f1e-7d2c1a0b5e6f";

interface CallOptions {
  readonly limits?: Partial<StreamLimits>;
  readonly request?: Partial<ModelRequest>;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

/** Calls with limits that no good answer reaches. */
function call(url: string, { limits, request, signal, now }: CallOptions = {}) {
  return streamModel({
    client: clientOf(url),
    request: modelRequest(request),
    limits: {
      firstEventMs: 10_000,
      idleMs: 10_000,
      composingIdleMs: 10_000,
      totalMs: 20_000,
      ...limits,
    },
    ...(signal === undefined ? {} : { signal }),
    now: now ?? (() => performance.now()),
  });
}

/** Reads all of a stream: its texts, and what was thrown in the end. */
async function readAll(stream: ModelStream): Promise<{ texts: string[]; error: unknown }> {
  const texts: string[] = [];
  try {
    for await (const text of textsOf(stream)) texts.push(text);
  } catch (error) {
    return { texts, error };
  }
  return { texts, error: null };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

function withCode(code: ErrorCode) {
  return expect.objectContaining({ code });
}

function eventStream(body: BodyInit | null): Response {
  return new Response(body, {
    headers: {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-requestid": requestId,
    },
  });
}

const start = chunkFrame({ messageStart: { role: "assistant" } });
const hello = chunkFrame({ contentBlockDelta: { delta: { text: "Hello" }, contentBlockIndex: 0 } });
const end = [
  chunkFrame({ contentBlockStop: { contentBlockIndex: 0 } }),
  chunkFrame({ messageStop: { stopReason: "end_turn" } }),
  chunkFrame({ metadata: { usage: { inputTokens: 1, outputTokens: 2 } } }),
];

/**
 * A body that brings `parts` and then stays open; `cancelled` resolves when the reader hangs up.
 */
function openBody(...parts: readonly Uint8Array[]) {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
    },
    cancel: () => resolve(),
  });
  return { body, cancelled };
}

/**
 * A stream whose reader has got the first text, and to which more can be written piece by piece.
 */
async function beginStream() {
  // Wide enough that no write waits for a reader.
  const wide = { highWaterMark: 10 };
  const sending = new TransformStream<Uint8Array, Uint8Array>(undefined, wide, wide);
  const server = startBedrockServer(() => eventStream(sending.readable));
  const writer = sending.writable.getWriter();
  await writer.write(joined([start, hello]));
  const stream = await call(server.url);
  const texts = textsOf(stream);
  expect((await texts.next()).value).toBe("Hello");
  return { stream, texts, writer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

Deno.test("streamModel() streams the answer of each format through the operation of its kind", async () => {
  const operations = {
    claude: "invoke-with-response-stream",
    nova: "invoke-with-response-stream",
    converse: "converse-stream",
  };
  for (const fixture of streamFixtures) {
    await using server = startBedrockServer(() => eventStream(joined(framesOf(fixture))));
    const model = modelRow({ model_id: "vendor.model-v1:0", format: fixture.format });
    const stream = await call(server.url, {
      request: { model, system: systemPrompt("Be brief.") },
    });
    const { texts, error } = await readAll(stream);
    expect(error).toBe(null);
    expect(stream.requestId).toBe(requestId);
    expect(stream.answer()).toEqual(
      formats[fixture.format].decodeResponse(fixture.body, modelRequest()),
    );
    expect(texts.join("")).toBe(textOf(stream.answer().blocks));
    expect(stream.partial().usage).toEqual(stream.answer().usage);

    const [{ path, headers, body }] = server.received as [typeof server.received[number]];
    expect(path).toBe(`/model/vendor.model-v1%3A0/${operations[fixture.format]}`);
    expect(headers.get("content-type")).toBe("application/json");
    expect(JSON.parse(body)).toEqual(
      formats[fixture.format].encodeRequest(
        modelRequest({ model, system: systemPrompt("Be brief.") }),
      ),
    );
  }
});

Deno.test("streamModel() measures the first byte", async () => {
  await using server = startBedrockServer(() => eventStream(joined([start, hello, ...end])));
  let calls = 0;
  const stream = await call(server.url, { now: () => calls++ === 0 ? 1000 : 1200 });
  expect(stream.timeToFirstByteMs).toBe(200);
  expect((await readAll(stream)).texts).toEqual(["Hello"]);
});

Deno.test("streamModel() fails with AWS's error when the call is not accepted", async () => {
  const cases: readonly (readonly [number, string, string, ErrorCode])[] = [
    [429, "ThrottlingException", "Too many requests", "bedrock_throttled"],
    [403, "AccessDeniedException", "no", "bedrock_access_denied"],
    [404, "ResourceNotFoundException", "reached the end of its life", "bedrock_model_end_of_life"],
    [500, "InternalServerException", "no", "bedrock_unavailable"],
  ];
  for (const format of ["nova", "converse"] as const) {
    for (const [status, type, message, code] of cases) {
      await using server = startBedrockServer(() =>
        Response.json({ message }, {
          status,
          headers: { "x-amzn-errortype": type, "retry-after": "3" },
        })
      );
      const error = await failure(call(server.url, { request: { model: modelRow({ format }) } }));
      expect(error).toEqual(withCode(code));
      expect(server.received).toHaveLength(1);
    }
  }
});

Deno.test("streamModel() reports a page in place of a stream, and hangs up", async () => {
  const { body, cancelled } = openBody(new TextEncoder().encode("<html>Sign in</html>"));
  await using server = startBedrockServer(() =>
    new Response(body, { headers: { "content-type": "text/html" } })
  );
  expect(await failure(call(server.url))).toEqual(withCode("bedrock_bad_response"));
  await cancelled;
});

Deno.test("streamModel() asks for nothing packed, and does not take an answer that is", async () => {
  await using server = startBedrockServer(() => {
    const packed = new Blob([joined([start, hello, ...end])]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    return new Response(packed, {
      headers: {
        "content-type": "application/vnd.amazon.eventstream",
        "content-encoding": "gzip",
      },
    });
  });
  const outcome = await call(server.url).then(readAll, (error) => ({ texts: [], error }));
  expect(server.received[0]?.headers.get("accept-encoding")).toBe("identity");
  // Deno 2.1.4 unpacks it, although it did not ask for that either.
  const unpacks = Deno.version.deno.startsWith("2.1.");
  expect(outcome).toEqual(
    unpacks
      ? { texts: ["Hello"], error: null }
      : { texts: [], error: withCode("bedrock_bad_response") },
  );
});

Deno.test("streamModel() maps an exception in the first frame of an accepted call", async () => {
  const tooLong = exceptionFrame("validationException", "Input Tokens Exceeded: Number of input");
  await using server = startBedrockServer(() => eventStream(joined([tooLong])));
  const stream = await call(server.url);
  expect(await readAll(stream)).toEqual({ texts: [], error: withCode("input_too_long") });
  expect(() => stream.answer()).toThrow(withCode("input_too_long"));
});

Deno.test("streamModel() ends with the code of whatever went wrong in the middle", async () => {
  const damaged = hello.slice();
  damaged[damaged.length - 1]! ^= 1;
  const cases: readonly (readonly [readonly Uint8Array[], ErrorCode])[] = [
    [[exceptionFrame("throttlingException", "slow down")], "bedrock_throttled"],
    [[exceptionFrame("modelStreamErrorException", "oops")], "bedrock_model_error"],
    [[...end, exceptionFrame("internalServerException", "oops")], "bedrock_unavailable"],
    [[damaged, ...end], "bedrock_stream_corrupt"],
    [[chunkFrame({ surprise: {} }), ...end], "bedrock_unknown_frame"],
    [[], "bedrock_stream_truncated"],
    [[hello.subarray(0, 30)], "bedrock_stream_truncated"],
    [end.slice(0, 2), "bedrock_stream_truncated"],
    [[...end, start], "bedrock_bad_response"],
  ];
  for (const [frames, code] of cases) {
    await using server = startBedrockServer(() => eventStream(joined([start, hello, ...frames])));
    const stream = await call(server.url);
    expect(await readAll(stream)).toEqual({ texts: ["Hello"], error: withCode(code) });
    expect(() => stream.answer()).toThrow(withCode(code));
    expect(stream.partial().blocks).toEqual([{ type: "text", text: "Hello" }]);
  }
});

Deno.test("streamModel() has no answer before the texts have ended", async () => {
  await using server = startBedrockServer(() => eventStream(joined([start, hello, ...end])));
  const stream = await call(server.url);
  expect(() => stream.answer()).toThrow(withCode("bedrock_stream_truncated"));
  await readAll(stream);
  expect(stream.answer().stopReason).toBe("end_turn");
});

Deno.test("streamModel() gives up when nothing comes before the first event", async () => {
  const hang = Promise.withResolvers<Response>();
  await using silent = startBedrockServer(() => hang.promise);
  expect(await failure(call(silent.url, { limits: { firstEventMs: 150 } })))
    .toEqual(withCode("bedrock_timeout"));
  hang.resolve(new Response());

  const { body, cancelled } = openBody(start.subarray(0, 20));
  await using mute = startBedrockServer(() => eventStream(body));
  const stream = await call(mute.url, { limits: { firstEventMs: 300 } });
  expect(await readAll(stream)).toEqual({ texts: [], error: withCode("bedrock_timeout") });
  await cancelled;
});

Deno.test("streamModel() gives up a stream that falls silent, even in the middle of a frame", async () => {
  for (const rest of [[], [hello.subarray(0, 30)]]) {
    const { body, cancelled } = openBody(start, hello, ...rest);
    await using server = startBedrockServer(() => eventStream(body));
    const stream = await call(server.url, { limits: { idleMs: 200 } });
    const startedAt = performance.now();
    expect(await readAll(stream)).toEqual({ texts: ["Hello"], error: withCode("bedrock_timeout") });
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(stream.partial().blocks).toEqual([{ type: "text", text: "Hello" }]);
    await cancelled;
  }
});

Deno.test("streamModel() waits as long as a model composes while it thinks or writes a tool's input", async () => {
  const delta = (delta: object) =>
    chunkFrame({ contentBlockDelta: { delta, contentBlockIndex: 0 } });
  const toolUse = { toolUseId: "t1", name: "find_bed" };
  const composing = [
    [delta({ reasoningContent: { text: "Hm." } })],
    [delta({ reasoningContent: { signature: "c2ln" } })],
    [chunkFrame({ contentBlockStart: { start: { toolUse }, contentBlockIndex: 0 } })],
    [
      hello,
      end[0]!,
      chunkFrame({ contentBlockStart: { start: { toolUse }, contentBlockIndex: 1 } }),
    ],
  ];
  const short = 100;
  const long = 60_000;
  for (const frames of composing) {
    const { body } = openBody(start, ...frames);
    await using server = startBedrockServer(() => eventStream(body));
    // The limit of text would be reached long after the call's.
    const stream = await call(server.url, { limits: { idleMs: long, composingIdleMs: short } });
    expect((await readAll(stream)).error).toEqual(withCode("bedrock_timeout"));
  }
  const { body } = openBody(start, ...composing[0]!, end[0]!, hello);
  await using server = startBedrockServer(() => eventStream(body));
  const stream = await call(server.url, { limits: { idleMs: short, composingIdleMs: long } });
  expect(await readAll(stream)).toEqual({ texts: ["Hello"], error: withCode("bedrock_timeout") });
});

Deno.test("streamModel() does not count a slow reader's time as Bedrock's silence", async () => {
  await using server = startBedrockServer(() => eventStream(joined([start, hello, hello, ...end])));
  const stream = await call(server.url, { limits: { firstEventMs: 2_000, idleMs: 100 } });
  let text = "";
  for await (const part of textsOf(stream)) {
    text += part;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(text).toBe("HelloHello");
});

Deno.test("streamModel() gives up after the total time, also without a reader", async () => {
  const { body, cancelled } = openBody(start, hello);
  await using server = startBedrockServer(() => eventStream(body));
  const stream = await call(server.url, { limits: { totalMs: 400 } });
  const texts = textsOf(stream);
  expect(await texts.next()).toEqual({ done: false, value: "Hello" });
  await cancelled;
  expect(await failure(texts.next())).toEqual(withCode("bedrock_timeout"));
});

Deno.test("streamModel() ends an answer that is complete though its connection stays open", async () => {
  const { body, cancelled } = openBody(start, hello, ...end);
  await using server = startBedrockServer(() => eventStream(body));
  const stream = await call(server.url);
  const startedAt = performance.now();
  expect(await readAll(stream)).toEqual({ texts: ["Hello"], error: null });
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(stream.answer().usage).toMatchObject({ inputTokens: 1, outputTokens: 2 });
  await cancelled;
});

Deno.test("ModelStream.close() hangs up, read or not, as often as it is called", async () => {
  for (const reads of [0, 1]) {
    const { body, cancelled } = openBody(start, hello);
    await using server = startBedrockServer(() => eventStream(body));
    const stream = await call(server.url);
    const texts = textsOf(stream);
    for (let read = 0; read < reads; read++) await texts.next();
    const waiting = reads === 0 ? null : failure(texts.next());
    stream.close();
    stream.close();
    // The body has no end of its own.
    await cancelled;
    expect(await (waiting ?? failure(texts.next()))).toEqual(withCode("bedrock_stream_truncated"));
    expect(() => stream.answer()).toThrow(withCode("bedrock_stream_truncated"));
  }
});

Deno.test("ModelStream.close() after the end changes nothing", async () => {
  await using server = startBedrockServer(() => eventStream(joined([start, hello, ...end])));
  const stream = await call(server.url);
  await readAll(stream);
  stream.close();
  expect(textOf(stream.answer().blocks)).toBe("Hello");
});

Deno.test("ModelStream.close() keeps back what the network had already brought", async () => {
  await using begun = await beginStream();
  const { stream, texts, writer } = begun;
  await writer.write(joined([hello, hello, ...end]));
  // Time enough to be read ahead.
  await new Promise((resolve) => setTimeout(resolve, 200));
  stream.close();
  expect(await failure(texts.next())).toEqual(withCode("bedrock_stream_truncated"));
  expect(textOf(stream.partial().blocks)).toBe("Hello");
});

Deno.test("ModelStream.close() keeps back what was read ahead before anybody asked", async () => {
  const { body } = openBody(start, hello);
  await using server = startBedrockServer(() => eventStream(body));
  const stream = await call(server.url);
  // Time enough to be read ahead.
  await new Promise((resolve) => setTimeout(resolve, 100));
  stream.close();
  const texts = textsOf(stream);
  expect(await failure(texts.next())).toEqual(withCode("bedrock_stream_truncated"));
  expect(stream.partial().blocks).toEqual([]);
});

Deno.test("a reader that leaves ModelStream.events early hangs up", async () => {
  const { body, cancelled } = openBody(start, hello);
  await using server = startBedrockServer(() => eventStream(body));
  const stream = await call(server.url);
  for await (const text of textsOf(stream)) {
    expect(text).toBe("Hello");
    break;
  }
  await cancelled;
});

Deno.test("streamModel() stops with the caller's reason when the caller aborts, at any moment", async () => {
  const reason = new Error("The client has gone.");
  await using unused = startBedrockServer(() => new Response());
  expect(await failure(call(unused.url, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(unused.received).toHaveLength(0);

  const hang = Promise.withResolvers<Response>();
  await using silent = startBedrockServer(() => hang.promise);
  const waiting = new AbortController();
  const silentCall = failure(call(silent.url, { signal: waiting.signal }));
  setTimeout(() => waiting.abort(reason), 50);
  expect(await silentCall).toBe(reason);
  hang.resolve(new Response());

  const { body, cancelled } = openBody(start, hello);
  await using open = startBedrockServer(() => eventStream(body));
  const reading = new AbortController();
  const stream = await call(open.url, { signal: reading.signal });
  setTimeout(() => reading.abort(reason), 100);
  expect(await readAll(stream)).toEqual({ texts: ["Hello"], error: reason });
  await cancelled;
});

/** Answers each connection with raw bytes and breaks it. */
function startBreakingServer(body: Uint8Array) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const head = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n" +
    `content-length: ${body.length + 100}\r\n\r\n`;
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(65_536));
      await connection.write(joined([new TextEncoder().encode(head), body]));
      connection.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

Deno.test("streamModel() tells a connection that breaks before the first event from one after", async () => {
  const cases: readonly (readonly [readonly Uint8Array[], string[], ErrorCode])[] = [
    [[], [], "bedrock_unavailable"],
    [[start.subarray(0, 20)], [], "bedrock_unavailable"],
    [[start, hello], ["Hello"], "bedrock_stream_truncated"],
    [[start, hello, end[0]!.subarray(0, 20)], ["Hello"], "bedrock_stream_truncated"],
  ];
  for (const [frames, texts, code] of cases) {
    await using server = startBreakingServer(joined(frames));
    const stream = await call(server.url);
    expect(await readAll(stream)).toEqual({ texts, error: withCode(code) });
  }
});

Deno.test("streamModel() takes a complete answer whose connection breaks at the very end", async () => {
  await using server = startBreakingServer(joined([start, hello, ...end]));
  const stream = await call(server.url);
  expect(await readAll(stream)).toEqual({ texts: ["Hello"], error: null });
});

Deno.test("streamModel() gives a slow reader at once what came meanwhile", async () => {
  await using begun = await beginStream();
  const { stream, texts, writer } = begun;
  for (let n = 0; n < 3; n++) {
    await writer.write(hello);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await writer.write(joined(end));
  await writer.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await texts.next()).value).toBe("HelloHelloHello");
  expect(await texts.next()).toEqual({ done: true, value: undefined });
  expect(textOf(stream.answer().blocks)).toBe("Hello".repeat(4));
});

Deno.test("streamModel() takes little more from Bedrock than its reader wants", async () => {
  const padded = chunkFrame({
    contentBlockDelta: { delta: { text: "x".repeat(50_000) }, contentBlockIndex: 0 },
  });
  const most = Math.ceil(50_000_000 / padded.length);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === most) return controller.close();
      controller.enqueue(sent === 0 ? joined([start, padded]) : padded);
      sent += 1;
    },
  });
  await using server = startBedrockServer(() => eventStream(body));
  const stream = await call(server.url);
  const texts = textsOf(stream);
  let given = 0;
  for (let pulled = 0; pulled < 3; pulled++) given += (await texts.next()).value?.length ?? 0;
  // Time enough for all of it, if anything took it.
  await new Promise((resolve) => setTimeout(resolve, 700));
  // What the sockets on both sides hold differs between systems; it is a few megabytes.
  expect(sent * padded.length).toBeLessThan(20_000_000);
  expect(textOf(stream.partial().blocks)).toHaveLength(given);
  stream.close();
});
