import { expect } from "@std/expect";
import { CircuitBreaker } from "../../../../../supabase/functions/_shared/runs/circuit_breaker.ts";
import {
  attemptModels,
  type AttemptRequest,
  type CallTime,
} from "../../../../../supabase/functions/_shared/runs/model_attempts.ts";
import {
  AppError,
  type ErrorCode,
} from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import type { Selection } from "../../../../../supabase/functions/_shared/selection/selection.ts";

function selection(modelId: string, more: Partial<Selection> = {}): Selection {
  const model = { model_id: modelId, provider: `maker of ${modelId}` } as Model;
  return { model, reason: "default", replaced: null, isDue: modelId === "a", ...more };
}

/** What each model does at each of its calls: fails with a code, or answers. */
type Script = Record<string, (ErrorCode | AppError | "answer")[]>;

function world(script: Script, more: Partial<AttemptRequest<string>> = {}) {
  const calls: string[] = [];
  const waits: number[] = [];
  const ended: string[] = [];
  const clock = { time: 0 };
  const breaker = new CircuitBreaker({ now: () => clock.time });
  const call = ({ model }: Selection) => {
    calls.push(model.model_id);
    const next = script[model.model_id]?.shift() ?? "answer";
    if (next === "answer") return Promise.resolve(`from ${model.model_id}`);
    return Promise.reject(next instanceof AppError ? next : new AppError(next));
  };
  const run = () =>
    attemptModels({
      candidates: ["a", "b", "c"].map((id) => selection(id)),
      fallbackModels: null,
      deadline: 60_000,
      userId: "patient",
      call,
      ...more,
    }, {
      breaker,
      modelEnded: (modelId) => void ended.push(modelId),
      retryBaseMs: 1000,
      random: () => 1,
      now: () => clock.time,
      sleep: (ms) => {
        waits.push(ms);
        clock.time += ms;
        return Promise.resolve();
      },
    });
  return { run, calls, waits, ended, clock, breaker };
}

Deno.test("attemptModels() calls the first model once when it answers", async () => {
  const { run, calls } = world({});
  expect(await run()).toMatchObject({
    kind: "answered",
    result: "from a",
    attempts: 1,
    fallback: null,
  });
  expect(calls).toEqual(["a"]);
});

Deno.test("attemptModels() calls a throttled model again, with growing waits", async () => {
  const { run, calls, waits } = world({ a: ["bedrock_throttled", "bedrock_unavailable"] });
  expect(await run()).toMatchObject({ result: "from a", attempts: 3, fallback: null });
  expect(calls).toEqual(["a", "a", "a"]);
  expect(waits).toEqual([1000, 2000]);
});

Deno.test("attemptModels() honours retry-after, and moves on when there is no time for it", async () => {
  const asked = (retryAfterSeconds: number) =>
    new AppError("bedrock_throttled", undefined, { retryAfterSeconds });
  const patient = world({ a: [asked(7)] });
  await patient.run();
  expect(patient.waits).toEqual([7000]);
  const hurried = world({ a: [asked(120)] });
  expect(await hurried.run()).toMatchObject({ result: "from b" });
  expect(hurried.waits).toEqual([]);
});

Deno.test("attemptModels() lets the next model answer, and says for whom and why", async () => {
  const { run, calls } = world({ a: ["bedrock_access_denied"], b: ["bedrock_quota_exhausted"] });
  expect(await run()).toMatchObject({
    kind: "answered",
    result: "from c",
    selection: { model: { model_id: "c" } },
    attempts: 3,
    fallback: { requestedModelId: "a", code: "bedrock_access_denied" },
  });
  expect(calls).toEqual(["a", "b", "c"]);
});

Deno.test("attemptModels() asks no other model about a request that is at fault", async () => {
  const { run, calls } = world({ a: ["bedrock_request_refused"] });
  const outcome = await run();
  expect(outcome).toMatchObject({ kind: "failed", error: { code: "bedrock_request_refused" } });
  expect(calls).toEqual(["a"]);
});

Deno.test("attemptModels() keeps to the models that may stand in", async () => {
  const only = world({ a: ["bedrock_access_denied"] }, { fallbackModels: ["c"] });
  expect(await only.run()).toMatchObject({ result: "from c" });
  const none = world({ a: ["bedrock_access_denied"] }, { fallbackModels: [] });
  expect(await none.run()).toMatchObject({
    kind: "failed",
    error: { code: "bedrock_access_denied" },
    attempts: 1,
  });
});

Deno.test("attemptModels() fails with the error of the model that should have answered", async () => {
  const { run, calls } = world({
    a: Array(3).fill("bedrock_throttled"),
    b: ["bedrock_access_denied"],
    c: ["bedrock_timeout"],
  });
  expect(await run()).toMatchObject({
    kind: "failed",
    selection: { model: { model_id: "a" } },
    error: { code: "bedrock_throttled" },
    attempts: 5,
  });
  expect(calls).toEqual(["a", "a", "a", "b", "c"]);
});

Deno.test("attemptModels() tries four models at most", async () => {
  const ids = ["a", "b", "c", "d", "e"];
  const { run, calls } = world(
    Object.fromEntries(ids.map((id) => [id, ["bedrock_access_denied"]])) as Script,
    { candidates: ids.map((id) => selection(id)) },
  );
  expect((await run()).kind).toBe("failed");
  expect(calls).toEqual(["a", "b", "c", "d"]);
});

Deno.test("attemptModels() begins no other model after the deadline", async () => {
  const { run, calls, clock } = world({ a: ["bedrock_timeout"] }, { deadline: 10 });
  clock.time = 10;
  expect(await run()).toMatchObject({ kind: "failed", error: { code: "bedrock_timeout" } });
  expect(calls).toEqual(["a"]);
});

Deno.test("attemptModels() skips a model that keeps failing, and takes it back when it recovers", async () => {
  const { run, calls, breaker, clock } = world({});
  breaker.failed("a", "lasting", "anyone");
  expect(await run()).toMatchObject({
    result: "from b",
    fallback: { requestedModelId: "a", code: "model_suspended" },
  });
  clock.time = 10_000;
  expect(await run()).toMatchObject({ result: "from a", fallback: null });
  expect(calls).toEqual(["b", "a"]);
});

Deno.test("attemptModels() tries a model that keeps failing when there is no other", async () => {
  const { run, breaker } = world({}, { fallbackModels: [] });
  breaker.failed("a", "lasting", "anyone");
  expect(await run()).toMatchObject({ result: "from a", fallback: null });
});

Deno.test("attemptModels() names the model that others stand in for, whichever of them answers", async () => {
  const replaced = { modelId: "own", code: "model_not_available", message: "" } as const;
  const candidates = ["a", "b"].map((id) =>
    selection(id, { reason: "fallback", replaced, isDue: false })
  );
  for (const script of [{}, { a: ["bedrock_access_denied"] }] as Script[]) {
    expect(await world(script, { candidates }).run()).toMatchObject({
      kind: "answered",
      fallback: { requestedModelId: "own", code: "model_not_available" },
    });
  }
  const only = world({}, { candidates, fallbackModels: ["b"] });
  expect(await only.run()).toMatchObject({ result: "from b" });
  expect(only.calls).toEqual(["b"]);
});

Deno.test("attemptModels() tells which model AWS has ended, and only that", async () => {
  const { run, ended } = world({ a: ["bedrock_access_denied"], b: ["bedrock_model_end_of_life"] });
  expect(await run()).toMatchObject({ result: "from c" });
  expect(ended).toEqual(["b"]);
});

Deno.test("attemptModels() stops when the caller has gone away", async () => {
  const gone = new AbortController();
  const { run, calls } = world({ a: ["bedrock_throttled"] }, { signal: gone.signal });
  gone.abort(new AppError("client_disconnected"));
  expect(await run()).toMatchObject({
    kind: "failed",
    error: { code: "client_disconnected" },
    attempts: 0,
  });
  expect(calls).toEqual([]);
});

Deno.test("attemptModels() leaves it to the reader to call an answer that may break off a success", async () => {
  const failing = async (mayBreakOff: boolean) => {
    const { run, breaker } = world({}, { mayBreakOff });
    for (let n = 0; n < 3; n++) {
      await run();
      breaker.failed("a", "passing", `user ${n}`);
    }
    return breaker.admits("a");
  };
  expect(await failing(true)).toBe(false);
  expect(await failing(false)).toBe(true);
});

Deno.test("attemptModels() asks one model of another maker after a refusal for an unknown reason", async () => {
  const candidates = [
    ["a", "anthropic"],
    ...["b", "b2", "b3", "b4"].map((id) => [id, "anthropic"]),
    ["c", "amazon"],
    ["d", "openai"],
  ].map(([id, provider]) => selection(id!, { model: { model_id: id, provider } as Model }));
  const helped = world({ a: ["bedrock_refusal_unknown"] }, { candidates });
  expect(await helped.run()).toMatchObject({
    result: "from c",
    fallback: { requestedModelId: "a", code: "bedrock_refusal_unknown" },
  });
  expect(helped.calls).toEqual(["a", "c"]);

  const refusal = "bedrock_refusal_unknown" as const;
  const refused = world({ a: [refusal], c: [refusal] }, { candidates });
  expect(await refused.run()).toMatchObject({ kind: "failed", error: { code: refusal } });
  expect(refused.calls).toEqual(["a", "c"]);
  for (const id of ["a", "b", "c", "d"]) expect(refused.breaker.admits(id)).toBe(true);

  const alike = world({ a: [refusal] }, { candidates: candidates.slice(0, 5) });
  expect(await alike.run()).toMatchObject({ kind: "failed", error: { code: refusal } });
  expect(alike.calls).toEqual(["a"]);
});

Deno.test("attemptModels() keeps time for the next model, and gives the last one all that is left", async () => {
  const times: CallTime[] = [];
  const { run } = world({}, {
    candidates: ["a", "b"].map((id) => selection(id)),
    call: (_, time) => {
      times.push(time);
      return Promise.reject(new AppError("bedrock_timeout"));
    },
  });
  expect(await run()).toMatchObject({ kind: "failed", error: { code: "bedrock_timeout" } });
  expect(times).toEqual([
    { leftMs: 60_000, toBeginMs: 40_000 },
    { leftMs: 60_000, toBeginMs: 60_000 },
  ]);
});
