import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { expect } from "@std/expect";
import { exceptionNames, exceptionTable } from "../../stand-in/wire/aws_error.ts";
import type { FaultRuleInput } from "../../stand-in/faults/fault_rule.ts";
import { startBedrockStandIn } from "../../stand-in/server.ts";
import {
  collect,
  credentials,
  question,
  rejection,
  type Running,
  sdkClient,
  streamedText,
  withStandIn,
} from "./support.ts";

const modelId = "eu.amazon.nova-lite-v1:0";
const ask = ({ client }: Running, id = modelId) =>
  client.send(new ConverseCommand({ modelId: id, messages: question() }));

async function stream({ client, control }: Running, fault: FaultRuleInput["fault"]) {
  await control.addFaultRule(fault);
  const sent = await client.send(new ConverseStreamCommand({ modelId, messages: question() }));
  return await collect(sent.stream);
}

Deno.test("every AWS exception can be a fault, and the SDK knows it by name, status and text", () =>
  withStandIn(async (running) => {
    for (const exception of exceptionNames) {
      await running.control.addFaultRule({ kind: "error", exception });
      const error = await rejection(ask(running));
      const [status, message] = exceptionTable[exception];
      expect([error.name, error.$metadata?.httpStatusCode, error.message])
        .toEqual([exception, status, message]);
    }
    await running.control.addFaultRule({
      kind: "error",
      exception: "ThrottlingException",
      message: "Too many tokens per day, please wait before trying again.",
      status: 503,
      retryAfterSeconds: 7,
    });
    const error = await rejection(ask(running));
    expect(error.message).toContain("per day");
    expect(error.$metadata?.httpStatusCode).toBe(503);
    expect(error.$response?.headers["retry-after"]).toBe("7");
  }));

Deno.test("a fault rule applies to its model, `times` times, oldest rule first", () =>
  withStandIn(async (running) => {
    const { control } = running;
    const error = (exception: "ThrottlingException" | "ModelErrorException") =>
      ({ kind: "error", exception }) as const;
    await control.addFaultRule(error("ThrottlingException"), { model: modelId, times: 2 });
    await control.addFaultRule(error("ModelErrorException"), { model: modelId });
    expect((await ask(running, "eu.amazon.nova-pro-v1:0")).stopReason).toBe("end_turn");
    expect((await rejection(ask(running))).name).toBe("ThrottlingException");
    expect((await rejection(ask(running))).name).toBe("ThrottlingException");
    expect((await rejection(ask(running))).name).toBe("ModelErrorException");
    expect((await ask(running)).stopReason).toBe("end_turn");

    await control.addFaultRule(error("ThrottlingException"), { times: "until-removed" });
    for (let call = 0; call < 3; call++) {
      expect((await rejection(ask(running))).name).toBe("ThrottlingException");
    }
    expect(await control.faultRules()).toHaveLength(1);
    await control.clearFaultRules();
    expect((await ask(running)).stopReason).toBe("end_turn");
  }));

Deno.test("a fault of streams waits for a stream", () =>
  withStandIn(async (running) => {
    await running.control.addFaultRule({ kind: "bad-checksum", atFrame: 0 });
    expect((await ask(running)).stopReason).toBe("end_turn");
    expect(await running.control.faultRules()).toHaveLength(1);
    await running.control.clearFaultRules();
    await running.control.addFaultRule(
      { kind: "error", exception: "ThrottlingException" },
      { operations: ["ConverseStream"] },
    );
    expect((await ask(running)).stopReason).toBe("end_turn");
    const sent = running.client.send(new ConverseStreamCommand({ modelId, messages: question() }));
    expect((await rejection(sent)).name).toBe("ThrottlingException");
  }));

Deno.test("a raw fault replies with exactly its status, headers and body", () =>
  withStandIn(async (running) => {
    await running.control.addFaultRule({
      kind: "raw",
      status: 502,
      headers: { "content-type": "text/html" },
      body: "<h1>Bad gateway</h1>",
    });
    expect((await rejection(ask(running))).$metadata?.httpStatusCode).toBe(502);
    await running.control.addFaultRule({ kind: "raw", status: 529 });
    expect((await rejection(ask(running))).$metadata?.httpStatusCode).toBe(529);
  }));

Deno.test("latency comes before the first byte, and goes with an error or an answer", () =>
  withStandIn(async (running) => {
    await running.control.addFaultRule({ kind: "latency", ms: 150 });
    await running.control.addFaultRule({ kind: "error", exception: "ThrottlingException" });
    const started = performance.now();
    expect((await rejection(ask(running))).name).toBe("ThrottlingException");
    expect(performance.now() - started).toBeGreaterThanOrEqual(145);
  }));

Deno.test("frame latency spreads a stream over time", () =>
  withStandIn(async (running) => {
    const started = performance.now();
    const { events, error } = await stream(running, { kind: "frame-latency", ms: 10 });
    expect(error).toBeNull();
    expect(performance.now() - started).toBeGreaterThanOrEqual((events.length - 1) * 9);
  }));

Deno.test("a call that hangs ends when its caller hangs up, and the requestLog says so", () =>
  withStandIn(async (running) => {
    await running.control.addFaultRule({ kind: "hang" });
    const sent = running.client.send(
      new ConverseCommand({ modelId, messages: question() }),
      { abortSignal: AbortSignal.timeout(100) },
    );
    expect((await rejection(sent)).name).toMatch(/Abort|Timeout/);
    expect(await lastFinished(running)).toMatchObject({
      clientDisconnected: true,
      status: null,
      faults: ["hang"],
    });
  }));

Deno.test("a stream whose caller hangs up is noticed, with the frames it had got", () =>
  withStandIn(async (running) => {
    await running.control.addFaultRule({ kind: "frame-latency", ms: 30 });
    // Not through the SDK: leaving its loop early does not end the response.
    const path = `/model/${encodeURIComponent(modelId)}/converse-stream`;
    const response = await fetch(running.standIn.url + path, {
      method: "POST",
      headers: { authorization: "Bearer key" },
      body: JSON.stringify({ messages: question() }),
    });
    const reader = response.body?.getReader();
    for (let read = 0; read < 3; read++) await reader?.read();
    await reader?.cancel();
    const entry = await lastFinished(running);
    expect(entry).toMatchObject({ clientDisconnected: true, status: 200 });
    expect(entry.framesSent).toBeGreaterThanOrEqual(3);
    expect(entry.framesSent).toBeLessThan(10);
  }, { bearerToken: "key" }));

Deno.test("a stream cut cleanly between frames ends without an error", () =>
  withStandIn(async (running) => {
    const { events, error } = await stream(running, { kind: "cut", afterFrames: 3 });
    expect(error).toBeNull();
    expect(events).toHaveLength(3);
    expect(events.some((event) => event.messageStop)).toBe(false);
    const none = await stream(running, { kind: "cut", afterFrames: 0 });
    expect(none).toEqual({ events: [], error: null });
  }));

Deno.test("a stream cut inside a frame, or with a broken connection, throws", () =>
  withStandIn(async (running) => {
    const half = await stream(running, { kind: "cut", afterBytes: 500 });
    expect(half.error?.message).toContain("Truncated event message received.");
    expect(half.events.length).toBeGreaterThan(0);
    const broken = await stream(running, { kind: "cut", afterFrames: 3, how: "reset" });
    expect(broken.events).toHaveLength(3);
    expect(broken.error).not.toBeNull();
  }));

Deno.test("an answer that is not a stream can be cut by bytes", () =>
  withStandIn(async (running) => {
    await running.control.addFaultRule({ kind: "cut", afterBytes: 20 });
    expect((await rejection(ask(running))).name).toBe("SyntaxError");
    await running.control.addFaultRule({ kind: "cut", afterBytes: 20, how: "reset" });
    expect(await rejection(ask(running))).toBeInstanceOf(Error);
  }));

Deno.test("an exception frame amid a stream is thrown by the iterator, typed and without a status", () =>
  withStandIn(async (running) => {
    const { events, error } = await stream(running, {
      kind: "exception-frame",
      atFrame: 4,
      exception: "ModelStreamErrorException",
      message: "The model broke.",
      members: { originalStatusCode: 500, originalMessage: "boom" },
    });
    expect(events).toHaveLength(4);
    expect(error).toMatchObject({
      name: "ModelStreamErrorException",
      message: "The model broke.",
      originalStatusCode: 500,
      originalMessage: "boom",
    });
    expect(error?.$metadata?.httpStatusCode).toBeUndefined();
    expect((await running.control.requests()).at(-1)).toMatchObject({
      status: 200,
      exception: "ModelStreamErrorException",
    });
  }));

Deno.test("an exception as the first frame makes send() reject", () =>
  withStandIn(async (running) => {
    const sent = stream(running, {
      kind: "exception-frame",
      atFrame: 0,
      exception: "ThrottlingException",
    });
    const error = await rejection(sent);
    expect(error.name).toBe("ThrottlingException");
    expect(error.message).toBe(exceptionTable.ThrottlingException[1]);
  }));

Deno.test("error frames, unknown frames and bad checksums do to the SDK what AWS's would", () =>
  withStandIn(async (running) => {
    const unmodelled = await stream(running, {
      kind: "error-frame",
      atFrame: 2,
      code: "Strange",
      message: "what",
    });
    expect([unmodelled.error?.name, unmodelled.error?.message]).toEqual(["Strange", "what"]);
    const clean = await stream(running, { kind: "frame-latency", ms: 0 });
    const unknown = await stream(running, { kind: "unknown-frame", atFrame: 2 });
    expect(unknown.error).toBeNull();
    expect(streamedText(unknown.events)).toBe(streamedText(clean.events));
    const bad = await stream(running, { kind: "bad-checksum", atFrame: 2 });
    expect(bad.error?.message).toContain("checksum");
  }));

Deno.test("a stream in fragments of any size is the same stream", () =>
  withStandIn(async (running) => {
    const clean = await stream(running, { kind: "frame-latency", ms: 0 });
    for (const bytes of [1, 7, 100, 1_000_000]) {
      const { events, error } = await stream(running, { kind: "fragment", bytes });
      expect(error).toBeNull();
      expect(streamedText(events)).toBe(streamedText(clean.events));
    }
  }));

Deno.test("close() ends open responses at once, and the port can be used again", async () => {
  await withStandIn(async ({ standIn, client, control }) => {
    await control.addFaultRule({ kind: "hang" });
    const hanging = rejection(
      client.send(new ConverseCommand({ modelId, messages: question() })),
    );
    await control.addFaultRule({ kind: "frame-latency", ms: 60_000 });
    const other = sdkClient(standIn.url);
    const slow = other.send(new ConverseStreamCommand({ modelId, messages: question() }))
      .then((sent) => collect(sent.stream));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const started = performance.now();
    await standIn.close();
    // Long before the next frame would have come.
    expect(performance.now() - started).toBeLessThan(20_000);
    const { port } = new URL(standIn.url);
    const again = await startBedrockStandIn({ ...credentials, port: Number(port) });
    expect(await (await fetch(again.url)).text()).toContain("It is not Amazon");
    await again.close();
    await hanging;
    expect((await slow).error).not.toBeNull();
    other.destroy();
  });
});

/** The requestLog's last entry, once the stand-in is done with it. */
async function lastFinished({ control }: Running) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const entry = (await control.requests()).at(-1);
    if (entry?.finished) return entry;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("The last call did not finish.");
}
