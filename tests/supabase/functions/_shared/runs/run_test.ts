import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type {
  RunEvent,
  RunOutcome,
} from "../../../../../supabase/functions/_shared/runs/run_event.ts";
import { registryOf } from "../selection/registry_of.ts";
import { runRecord } from "./run_record_of.ts";
import { runWorld, type Step } from "./run_world.ts";

/** How the run ended; fails unless its last event, and no other, says so. */
function outcomeOf(events: readonly RunEvent[]): RunOutcome {
  const stops = events.filter((event) => event.type === "stop");
  const last = events.at(-1);
  if (last?.type !== "stop" || stops.length !== 1) throw new Error("a run must end in one stop");
  return last.outcome;
}

function typesOf(events: readonly RunEvent[]): string[] {
  return events.map(({ type }) => type);
}

/** Where the models of these runs are called. */
const places = { model_region: "eu-central-1", model_geographies: ["eu"] };

const fails = (fails: Extract<Step, { fails: unknown }>["fails"]): Step => ({ fails });

/** A registry whose assistant has a disabled model of its own, and may fall back on these. */
function ownDisabled(fallbackModels: readonly string[] | null) {
  const registry = registryOf({
    own: { is_available: false },
    a: { is_default: true, priority: 1 },
    b: { priority: 2 },
  }, { clinical: "own" });
  const assistants = registry.assistants.map((row) => ({
    ...row,
    fallback_models: fallbackModels && [...fallbackModels],
  }));
  return { get: () => Promise.resolve({ registry: { ...registry, assistants }, stale: false }) };
}

Deno.test("run() answers with the selected model, and says so in one record", async () => {
  const world = runWorld({ a: [{ answers: "Fine." }] });
  const events = await world.play();
  expect(typesOf(events)).toEqual(["stop"]);
  const outcome = outcomeOf(events);
  expect(outcome).toMatchObject({
    kind: "complete",
    model: { model_id: "a" },
    answer: { blocks: [{ type: "text", text: "Fine." }] },
    selected: { reason: "default" },
  });
  expect(outcome.record).toEqual(runRecord({
    model_id: "a",
    registry_version: 1,
    provider_stop_reason: "the_end",
    response_time_ms: 100,
    time_to_first_token_ms: 90,
  }));
});

Deno.test("run() records where the function ran, and where each call may have been processed", async () => {
  const models = {
    "us.vendor.first-v1:0": { region: "us-east-1", geographies: ["us"], is_default: true },
    "vendor.second-v1:0": { region: "eu-west-1", geographies: ["eu", "ch"], priority: 2 },
  };
  const { settings, ...registry } = registryOf(models, { clinical: null });
  const cached = {
    registry: { ...registry, settings: { ...settings, allowed_geographies: ["eu", "us", "ch"] } },
    stale: false,
  };
  const world = runWorld({
    "us.vendor.first-v1:0": [fails("bedrock_timeout")],
    "vendor.second-v1:0": [{ answers: "Fine." }],
  }, { registry: { get: () => Promise.resolve(cached) }, functionRegion: "eu-west-2" });
  expect(outcomeOf(await world.play()).record).toMatchObject({
    function_region: "eu-west-2",
    model_region: "eu-west-1",
    model_geographies: ["ch", "eu"],
    unanswered_calls: [{ model_region: "us-east-1", model_geographies: ["us"] }],
  });

  const uncalled = runWorld({}, { functionRegion: null });
  const signal = AbortSignal.abort(new AppError("client_disconnected"));
  expect(outcomeOf(await uncalled.play({ signal })).record).toMatchObject({
    function_region: null,
    model_region: null,
    model_geographies: null,
  });
});

Deno.test("run() streams the start, the model's events and the outcome", async () => {
  const world = runWorld({ a: [{ streams: ["Fi", "ne."] }] });
  const events = await world.play({ streamed: true });
  expect(typesOf(events))
    .toEqual(["start", "text-delta", "text-delta", "block-end", "usage", "stop"]);
  expect(events[0]).toEqual({
    type: "start",
    start: {
      modelId: "a",
      modelName: "Nova Lite",
      reason: "default",
      requestedModelId: null,
      fallbackCode: null,
      registryVersion: 1,
      answerTokensLeft: null,
      generatedAt: "2026-11-30T00:00:00.000Z",
      promptHash: "hash-of-clinical",
      functionRegion: "eu-central-1",
    },
  });
  expect(outcomeOf(events)).toMatchObject({
    kind: "complete",
    record: {
      status: "complete",
      streamed: true,
      bedrock_request_id: "call-1",
      response_time_ms: 20,
      time_to_first_token_ms: 10,
      output_tokens: 2,
    },
  });
  expect(world.closed).toEqual(["a"]);
});

Deno.test("run() calls a throttled model again", async () => {
  const world = runWorld({
    a: [fails("bedrock_throttled"), fails("bedrock_throttled"), { answers: "Fine." }],
  });
  expect(outcomeOf(await world.play())).toMatchObject({
    kind: "complete",
    record: { model_id: "a", attempts: 3, fallback_code: null, bedrock_request_id: "call-3" },
  });
  expect(world.waits).toEqual([1000, 2000]);
});

for (const stream of [false, true]) {
  const given = stream ? "streamed" : "whole";

  Deno.test(`run() falls back to the next model, and names the first (${given})`, async () => {
    const world = runWorld({
      a: [fails("bedrock_access_denied")],
      b: [stream ? { streams: ["Fine."] } : { answers: "Fine." }],
    });
    const events = await world.play({ streamed: stream });
    expect(outcomeOf(events)).toMatchObject({
      kind: "complete",
      model: { model_id: "b" },
      selected: { model: { model_id: "a" } },
      record: {
        model_id: "b",
        reason: "fallback",
        requested_model: "a",
        fallback_code: "bedrock_access_denied",
        attempts: 2,
      },
    });
  });

  Deno.test(`run() keeps to the model where no other may answer (${given})`, async () => {
    const world = runWorld({ a: [fails("bedrock_access_denied")] });
    const events = await world.play({ fallback: false, streamed: stream });
    expect(typesOf(events)).toEqual(["stop"]);
    expect(outcomeOf(events)).toMatchObject({
      kind: "failed",
      error: { code: "bedrock_access_denied" },
      record: {
        status: "failed",
        error_code: "bedrock_access_denied",
        model_id: "a",
        reason: "default",
        bedrock_request_id: "failed-bedrock_access_denied",
        stop_reason: null,
        input_tokens: null,
      },
    });
    expect(world.called).toEqual(["a"]);
  });

  Deno.test(`run() lets a fallback answer for an own model that is disabled (${given})`, async () => {
    const world = runWorld(
      stream ? { b: [{ streams: ["Fine."] }] } : { b: [{ answers: "Fine." }] },
      {
        registry: ownDisabled(["b"]),
      },
    );
    expect(outcomeOf(await world.play({ streamed: stream }))).toMatchObject({
      kind: "complete",
      record: {
        model_id: "b",
        reason: "fallback",
        requested_model: "own",
        fallback_code: "model_not_available",
      },
    });
    expect(world.called).toEqual(["b"]);
  });

  Deno.test(`run() names the model that a failing fallback stands in for (${given})`, async () => {
    const world = runWorld({ a: [fails("bedrock_access_denied")] }, {
      registry: ownDisabled(["a"]),
    });
    expect(outcomeOf(await world.play({ streamed: stream }))).toMatchObject({
      kind: "failed",
      record: {
        status: "failed",
        error_code: "bedrock_access_denied",
        model_id: "a",
        reason: "fallback",
        requested_model: "own",
        fallback_code: "model_not_available",
      },
    });
  });

  Deno.test(`run() refuses where none may answer for an own model that is disabled (${given})`, async () => {
    for (
      const [fallbackModels, fallback] of [[null, false], [[], true], [["own"], true]] as const
    ) {
      const world = runWorld({}, { registry: ownDisabled(fallbackModels) });
      const events = await world.play({ fallback, streamed: stream });
      expect(typesOf(events)).toEqual(["stop"]);
      const outcome = outcomeOf(events);
      expect(outcome).toMatchObject({
        kind: "failed",
        record: { status: "failed", error_code: "model_not_available", model_id: null },
      });
      const { error } = outcome as { error: AppError };
      expect([error.status, error.message]).toEqual([
        409,
        expect.stringMatching(/^own is not available\. The /),
      ]);
      expect(world.called).toEqual([]);
    }
  });

  Deno.test(`run() charges a failure to the model that should have answered (${given})`, async () => {
    const world = runWorld({
      b: [fails("bedrock_access_denied")],
      c: [fails("bedrock_access_denied")],
    });
    world.breaker.failed("a", "lasting", "anyone");
    expect(outcomeOf(await world.play({ streamed: stream })).record).toMatchObject({
      status: "failed",
      error_code: "bedrock_access_denied",
      model_id: "b",
      reason: "fallback",
      requested_model: "a",
      fallback_code: "model_suspended",
    });
  });

  Deno.test(`run() leaves a suspended model out, and tries it again later (${given})`, async () => {
    const step = (): Step => stream ? { streams: ["Fine."] } : { answers: "Fine." };
    const world = runWorld({ a: [step()], b: [step()] });
    world.breaker.failed("a", "lasting", "anyone");
    const change = { streamed: stream };
    expect(outcomeOf(await world.play(change)).record)
      .toMatchObject({ model_id: "b", requested_model: "a", fallback_code: "model_suspended" });
    world.time += 10_000;
    expect(outcomeOf(await world.play({ ...change, startedAt: world.time })).record)
      .toMatchObject({ model_id: "a", requested_model: null });
    // And it is taken back for good.
    expect(world.breaker.admits("a")).toBe(true);
  });
}

Deno.test("run() tries again when a stream breaks before its first text, and counts what it used", async () => {
  const broken: Step = { streams: [], breaks: "bedrock_stream_truncated" };
  const world = runWorld({ a: [broken, { streams: ["Fine."] }] });
  const events = await world.play({ streamed: true });
  expect(typesOf(events).filter((type) => type === "start")).toHaveLength(1);
  expect(outcomeOf(events)).toMatchObject({ kind: "complete", record: { attempts: 2 } });

  const hopeless = runWorld({ a: [broken, broken] });
  const failed = await hopeless.play({ streamed: true, fallback: false });
  expect(typesOf(failed)).toEqual(["stop"]);
  expect(outcomeOf(failed)).toMatchObject({
    kind: "failed",
    record: {
      status: "failed",
      error_code: "bedrock_stream_truncated",
      input_tokens: 3,
      output_tokens: 0,
      usage_estimated: true,
      bedrock_request_id: "call-2",
      time_to_first_token_ms: null,
      unanswered_calls: [{
        model_id: "a",
        error_code: "bedrock_stream_truncated",
        bedrock_request_id: "call-1",
        input_tokens: 3,
        output_tokens: 0,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        cache_write_1h_tokens: 0,
        thinking_tokens: null,
        usage_estimated: true,
        ...places,
      }],
    },
  });
  expect(hopeless.closed).toEqual(["a", "a"]);
});

Deno.test("run() keeps what came of a stream that breaks after its first text, and calls no other model", async () => {
  const world = runWorld({ a: [{ streams: ["Fi"], breaks: "bedrock_stream_corrupt" }] });
  const events = await world.play({ streamed: true });
  expect(typesOf(events)).toEqual(["start", "text-delta", "stop"]);
  expect(outcomeOf(events)).toMatchObject({
    kind: "partial",
    answer: { blocks: [{ type: "text", text: "Fi" }] },
    error: { code: "bedrock_stream_corrupt" },
    record: {
      status: "partial",
      error_code: "bedrock_stream_corrupt",
      model_id: "a",
      input_tokens: 3,
      // "Fi", by estimate.
      output_tokens: 9,
      usage_estimated: true,
      stop_reason: null,
    },
  });
  expect(world.called).toEqual(["a"]);
  expect(world.closed).toEqual(["a"]);
});

Deno.test("run() estimates what calls used whose model told nothing, each for itself", async () => {
  const world = runWorld({
    a: [fails("bedrock_timeout")],
    b: [fails("bedrock_throttled"), fails("bedrock_throttled"), fails("bedrock_throttled")],
    c: [{ answers: "Fine." }],
  });
  const { record } = outcomeOf(await world.play());
  expect(record).toMatchObject({ model_id: "c", input_tokens: 3, usage_estimated: false });
  // What AWS refuses is not billed.
  expect(record.unanswered_calls).toEqual([{
    model_id: "a",
    error_code: "bedrock_timeout",
    bedrock_request_id: "failed-bedrock_timeout",
    input_tokens: expect.any(Number),
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    thinking_tokens: null,
    usage_estimated: true,
    ...places,
  }]);
  expect(record.unanswered_calls[0]?.input_tokens).toBeGreaterThan(10);

  const failed = runWorld({ a: [fails("bedrock_timeout")] });
  expect(outcomeOf(await failed.play({ fallback: false })).record).toMatchObject({
    status: "failed",
    input_tokens: record.unanswered_calls[0]?.input_tokens,
    output_tokens: 0,
    usage_estimated: true,
    unanswered_calls: [],
  });
});

Deno.test("run() calls no model, and counts none, for a caller who has left before", async () => {
  const world = runWorld({});
  const signal = AbortSignal.abort(new AppError("client_disconnected"));
  for (const streamed of [false, true]) {
    expect(outcomeOf(await world.play({ streamed, signal })).record).toMatchObject({
      status: "failed",
      error_code: "client_disconnected",
      attempts: 0,
      input_tokens: null,
      usage_estimated: false,
    });
  }
});

Deno.test("run() estimates nothing for a call that did not reach the model", async () => {
  const unreached = new AppError("bedrock_unavailable", undefined, { unprocessed: true });
  const world = runWorld({}, { callModel: () => Promise.reject(unreached) });
  expect(outcomeOf(await world.play({ fallback: false })).record)
    .toMatchObject({ input_tokens: null, usage_estimated: false, unanswered_calls: [] });
});

Deno.test("run() tells the breaker of streams that break after their first text", async () => {
  const breaks: Step = { streams: ["Fi"], breaks: "bedrock_stream_truncated" };
  const world = runWorld({ a: [breaks, breaks, breaks] });
  for (let n = 0; n < 3; n++) {
    await world.play({ streamed: true, userId: `user ${n}` });
  }
  expect(world.breaker.admits("a")).toBe(false);
});

Deno.test("run() tells the breaker nothing of an answer that only took too long", async () => {
  const slow: Step = { streams: ["Fi"], breaks: "bedrock_timeout" };
  const world = runWorld({ a: [slow, slow, slow] });
  for (let n = 0; n < 3; n++) {
    await world.play({ streamed: true, userId: `user ${n}` });
  }
  expect(world.breaker.admits("a")).toBe(true);
});

Deno.test("run() completes a stream that ends properly without text", async () => {
  const world = runWorld({ a: [{ streams: [] }] });
  const events = await world.play({ streamed: true });
  expect(typesOf(events)).toEqual(["start", "block-end", "usage", "stop"]);
  expect(outcomeOf(events).kind).toBe("complete");
});

Deno.test("run() stops the model's call when the caller goes away, and keeps what has come", async () => {
  const world = runWorld({ a: [{ streams: ["Fi", "ne", "."] }] });
  const gone = new AbortController();
  const events: RunEvent[] = [];
  for await (const group of world.begin({ streamed: true, signal: gone.signal })) {
    events.push(...group);
    gone.abort(new AppError("client_disconnected"));
  }
  expect(typesOf(events)).toEqual(["start", "text-delta", "stop"]);
  expect(outcomeOf(events)).toMatchObject({
    kind: "partial",
    answer: { blocks: [{ type: "text", text: "Fi" }] },
    record: { status: "partial", error_code: "client_disconnected" },
  });
  expect(world.closed).toEqual(["a"]);
  // It says nothing of the model.
  expect(world.breaker.admits("a")).toBe(true);
});

Deno.test("run() calls no other model for a caller who went away before the first text", async () => {
  const gone = new AbortController();
  const world = runWorld({ a: [fails("bedrock_throttled")] }, {
    sleep: () => {
      gone.abort(new AppError("client_disconnected"));
      return Promise.resolve();
    },
  });
  expect(outcomeOf(await world.play({ streamed: true, signal: gone.signal }))).toMatchObject({
    kind: "failed",
    record: { error_code: "client_disconnected", attempts: 1 },
  });
  expect(world.called).toEqual(["a"]);
});

Deno.test("run() closes the stream of a consumer that leaves", async () => {
  for (const after of [1, 2]) {
    const world = runWorld({ a: [{ streams: ["Fi", "ne."] }] });
    let groups = 0;
    for await (const _ of world.begin({ streamed: true })) if (++groups === after) break;
    expect(world.closed).toEqual(["a"]);
  }
});

Deno.test("run() begins no call after its deadline, and gives no call more time than is left", async () => {
  const world = runWorld({ a: [fails("bedrock_throttled")], b: [{ answers: "Late." }] });
  expect(outcomeOf(await world.play({ timeoutMs: 900 }))).toMatchObject({ kind: "complete" });
  const late = runWorld({ a: [fails("bedrock_timeout")] });
  late.time = 5000;
  expect(outcomeOf(await late.play({ timeoutMs: 5000 }))).toMatchObject({
    kind: "failed",
    record: { error_code: "bedrock_timeout", attempts: 1 },
  });
  expect(late.called).toEqual(["a"]);

  const streamed = runWorld({ a: [{ streams: ["Fine."] }] });
  streamed.time = 50_000;
  await streamed.play({ timeoutMs: 60_000, streamed: true });
  expect(streamed.limits).toEqual([{
    firstEventMs: 6_667,
    idleMs: 10_000,
    composingIdleMs: 10_000,
    totalMs: 10_000,
  }]);

  const longer = runWorld({ a: [{ streams: ["Fine."] }] });
  await longer.play({ timeoutMs: 150_000, streamed: true });
  expect(longer.limits).toEqual([{
    firstEventMs: 20_000,
    idleMs: 30_000,
    composingIdleMs: 120_000,
    totalMs: 150_000,
  }]);
});

Deno.test("run() keeps exactly what it has given of an answer, however late that came", async () => {
  for (const timeoutMs of [5, 15, 25]) {
    const world = runWorld({ a: [{ streams: ["Fi", "ne", "."], breaks: "bedrock_timeout" }] });
    const events = await world.play({ streamed: true, timeoutMs });
    const given = events.map((event) => event.type === "text-delta" ? event.text : "").join("");
    expect(outcomeOf(events)).toMatchObject({
      answer: { blocks: [{ type: "text", text: given }] },
    });
  }
});

Deno.test("run() gives together what came together", async () => {
  const world = runWorld({ a: [{ streams: ["Fi", "ne."] }] });
  const groups = await Array.fromAsync(world.begin({ streamed: true }));
  expect(groups.map(typesOf)).toEqual([
    ["start", "text-delta"],
    ["text-delta"],
    ["block-end", "usage"],
    ["stop"],
  ]);
});

Deno.test("run() answers from a registry that may be out of date, and says so", async () => {
  const registry = { ...registryOf({ a: { is_default: true } }), version: 41 };
  const world = runWorld({ a: [{ answers: "Fine." }] }, {
    registry: { get: () => Promise.resolve({ registry, stale: true }) },
  });
  expect(outcomeOf(await world.play({ registryVersion: 42 })).record)
    .toMatchObject({ status: "complete", registry_version: 41, registry_stale: true });
});

Deno.test("run() fails when neither registry nor model is available", async () => {
  const away = runWorld({}, {
    registry: { get: () => Promise.reject(new AppError("database_unavailable")) },
  });
  expect(outcomeOf(await away.play())).toMatchObject({
    kind: "failed",
    selected: null,
    record: {
      error_code: "database_unavailable",
      model_id: null,
      reason: null,
      registry_version: 1,
      attempts: 0,
      messages_sent: null,
    },
  });
  const empty = runWorld({}, {
    registry: { get: () => Promise.resolve({ registry: registryOf({}), stale: false }) },
  });
  expect(outcomeOf(await empty.play({ streamed: true })).record)
    .toMatchObject({ error_code: "no_model_available", streamed: true });
});

Deno.test("run() reports a fault of ours as internal_error, with the error itself", async () => {
  const world = runWorld({});
  const outcome = outcomeOf(await world.play());
  expect(outcome).toMatchObject({ kind: "failed", record: { error_code: "internal_error" } });
  expect(outcome.kind === "failed" && outcome.error).toEqual(new Error("a has no step left"));
});

Deno.test("run() reports models that AWS has ended", async () => {
  const world = runWorld({ a: [fails("bedrock_model_end_of_life")], b: [{ answers: "Fine." }] });
  expect(outcomeOf(await world.play()).record.fallback_code).toBe("bedrock_model_end_of_life");
  expect(world.retired).toEqual(["a"]);
});

Deno.test("run() sends the assistant's prompt, the history that fits and the caller's settings", async () => {
  const message = (role: "user" | "assistant", text: string) =>
    ({ role, blocks: [{ type: "text", text }], modelId: null }) as const;
  const history = [
    message("user", "x".repeat(3000)),
    message("assistant", "Long ago."),
    message("user", "And now?"),
    message("assistant", "Now."),
  ];
  const world = runWorld({ a: [{ answers: "Fine." }, { answers: "Fine." }] });
  const outcome = outcomeOf(await world.play({ history, historyLength: 10 }));
  expect(outcome.record).toMatchObject({ messages_sent: 2, messages_left_out: 8 });
  await world.play({ settings: { max_tokens: 7, stop_sequences: ["END"] } });
  const [first, second] = world.requests;
  expect(first?.system).toMatchObject([{ type: "text", text: "Be brief." }]);
  expect(first?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(second?.inference).toMatchObject({ maxTokens: 7, stopSequences: ["END"] });
});
