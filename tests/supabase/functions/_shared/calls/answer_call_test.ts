import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { DatabaseRefusal } from "../../../../../supabase/functions/_shared/database/database_error.ts";
import { maxBodyBytes } from "../../../../../supabase/functions/_shared/http/read_body.ts";
import { runRecord } from "../runs/run_record_of.ts";
import { apiKeyCaller, begunCall, callWorld } from "./call_world.ts";

const id = expect.stringMatching(/^[0-9a-f-]{36}$/);

Deno.test("a call is answered in its dialect, with its id and the choice of the model in the head", async () => {
  const world = callWorld({ a: [{ answers: "Fine." }] });
  const response = await world.ask({ model: "default", ignored: ["seed", "a,b", "é\n"] });
  const callId = response.headers.get("request-id");
  expect([response.status, await response.json()])
    .toEqual([200, { id: callId, model: "a", text: "Fine." }]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "x-request-id": callId,
    "request-id": id,
    "x-switchboard-model": "a",
    "x-switchboard-reason": "default",
    "x-switchboard-registry-version": "1",
    "x-switchboard-requested-model": "default",
    "x-switchboard-ignored": "seed, a%2Cb, %C3%A9%0A",
    "access-control-allow-origin": "*",
  });
  expect(response.headers.get("x-switchboard-fallback-code")).toBeNull();
  expect(world.run.requests[0]?.messages).toMatchObject([{ blocks: [{ text: "Hi" }] }]);
});

Deno.test("a call is in the ledger and in the log before it is answered, with figures only", async () => {
  const world = callWorld({ a: [{ answers: "Fine." }] });
  const response = await world.ask({ model: "a", user: "user-1" }, {
    headers: { "x-stainless-retry-count": "2" },
  });
  expect(world.log).toEqual(["begin", "complete"]);
  const callId = response.headers.get("request-id");
  expect(world.begun).toEqual([{
    caller: apiKeyCaller,
    label: "user-1",
    reservation: {
      id: callId,
      model: "a",
      unit: expect.stringMatching(/^[0-9a-f]{64}$/),
      staleAfterMs: 155_000,
      demand: expect.objectContaining({ fallback: true, thinks: false }),
    },
  }]);
  const run = runRecord({
    model_id: "a",
    reason: "requested",
    registry_version: 1,
    prompt_hash: null,
    provider_stop_reason: "the_end",
    response_time_ms: 100,
    time_to_first_token_ms: 90,
  });
  expect(world.ends).toEqual([{
    ...begunCall.entry,
    id: callId,
    surface: "openai",
    assistant_type: null,
    client_retries: 2,
    run,
  }]);
  const { status: outcome, unanswered_calls: _, rollout_unit: _unit, ...figures } = run;
  expect(world.reports).toEqual([{
    ended: undefined,
    report: {
      ...figures,
      model_geographies: "eu",
      outcome,
      blocks_left_out: 0,
      request_id: callId,
      question_id: callId,
      trace: null,
      surface: "openai",
      api_key_id: "key-1",
      assistant_type: null,
      client_retries: 2,
      persisted: true,
      cost_usd: 0.5,
    },
  }]);
  await Promise.all(world.background);
});

Deno.test("a call whose key is bound to an assistant is asked with its prompt and its settings", async () => {
  const scope = { assistantType: "clinical", models: null };
  const world = callWorld({ a: [{ answers: "Fine." }] }, {
    calls: {
      begin: () => Promise.resolve({ ...begunCall, scope }),
      complete: (end) => Promise.resolve(end.assistant_type === "clinical" ? 1 : null),
      raise: () => Promise.resolve(null),
      release: () => Promise.resolve(),
    },
  });
  expect((await world.ask({ model: "default" })).status).toBe(200);
  expect(world.reports).toMatchObject([{ report: { assistant_type: "clinical", cost_usd: 1 } }]);
});

Deno.test("a call that no model answers is an error of its dialect, and in the ledger once", async () => {
  for (const stream of [false, true]) {
    const world = callWorld({
      a: Array.from({ length: 9 }, () => ({ fails: "bedrock_throttled" }) as const),
      b: Array.from({ length: 9 }, () => ({ fails: "bedrock_throttled" }) as const),
      c: Array.from({ length: 9 }, () => ({ fails: "bedrock_throttled" }) as const),
    });
    const response = await world.ask({ model: "default", stream });
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([429, "true"]);
    expect(await response.json()).toEqual({
      code: "bedrock_throttled",
      message: "The request cannot be answered at present.",
      hint: "Try again in a minute.",
      requestId: response.headers.get("x-request-id"),
    });
    expect(response.headers.get("x-switchboard-model")).toBe("a");
    expect(world.ends).toMatchObject([{ run: { status: "failed", model_id: "a" } }]);
    expect(world.reports).toMatchObject([{ ended: { words: ["Hi"] } }]);
    // The log has it as the call's end.
    expect(world.failures).toEqual([]);
  }
});

Deno.test("an operator reads in an error what only operators can act on", async () => {
  const world = callWorld({ a: [{ fails: "bedrock_credentials_rejected" }], b: [], c: [] }, {
    calls: {
      begin: () => Promise.resolve({ ...begunCall, isOperator: true }),
      complete: () => Promise.resolve(0),
      raise: () => Promise.resolve(null),
      release: () => Promise.resolve(),
    },
  });
  const { message } = await (await world.ask({ model: "a" })).json();
  expect(message).not.toBe("The request cannot be answered at present.");
});

Deno.test("a call that may not begin asks no model, and leaves nothing behind", async () => {
  const refused = new AppError("invalid_credentials");
  const table: [object, Parameters<typeof callWorld>[1], string, number][] = [
    [{ model: "a" }, { authenticate: () => Promise.reject(refused) }, "invalid_credentials", 0],
    [{ model: "a", text: 7 }, {}, "invalid_request", 0],
    [{ model: "a", schema: { $ref: "https://example.com/schema" } }, {}, "invalid_request", 0],
    [{ model: "unknown" }, {}, "model_not_found", 1],
  ];
  for (const [body, options, code, begun] of table) {
    const world = callWorld({}, options);
    const response = await world.ask(body);
    expect([(await response.json()).code, world.begun.length, world.ends, world.run.called])
      .toEqual([code, begun, [], []]);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(response.headers.get("x-request-id")).toEqual(id);
    expect(world.failures).toEqual([code]);
  }
});

Deno.test("a caller is answered by the models of its scope only", async () => {
  const scope = { assistantType: null, models: ["b"] };
  const world = callWorld({ b: [{ answers: "Fine." }] }, {
    calls: {
      begin: () => Promise.resolve({ ...begunCall, scope }),
      complete: () => Promise.resolve(0),
      raise: () => Promise.resolve(null),
      release: () => Promise.resolve(),
    },
  });
  expect((await world.ask({ model: "b" })).status).toBe(200);
  for (const model of ["a", "default"]) {
    const response = await world.ask({ model });
    expect([model, response.status, (await response.json()).code])
      .toEqual([model, 403, "key_scope"]);
  }
  expect(world.run.called).toEqual(["b"]);
});

Deno.test("a large body is read once its API key is verified", async () => {
  const text = "x".repeat(maxBodyBytes);
  const world = callWorld({ a: [{ answers: "Fine." }] });
  expect((await world.ask({ model: "a", text })).status).toBe(200);
  expect(world.begun.map(({ label }) => label)).toEqual([null, null]);

  const revoked = new AppError("invalid_credentials");
  let tries = 0;
  const refusing = callWorld({}, {
    calls: {
      begin: () => {
        tries++;
        return Promise.reject(revoked);
      },
      complete: () => Promise.resolve(0),
      raise: () => Promise.resolve(null),
      release: () => Promise.resolve(),
    },
  });
  const response = await refusing.ask({ model: "a", text });
  expect([response.status, tries]).toEqual([401, 1]);
});

Deno.test("an answer that cannot be stored is given all the same, and its loss is told", async () => {
  const world = callWorld({ a: [{ answers: "Fine." }] }, {
    calls: {
      begin: () => Promise.resolve(begunCall),
      complete: () => Promise.reject(new DatabaseRefusal()),
      raise: () => Promise.resolve(null),
      release: () => Promise.resolve(),
    },
  });
  expect((await world.ask({ model: "a" })).status).toBe(200);
  await Promise.all(world.background);
  expect(world.log).toEqual(["lost 36"]);
  expect(world.reports).toMatchObject([{ report: { persisted: false, cost_usd: null } }]);
});

Deno.test("a client's count of retries is kept where it is one", async () => {
  for (const [count, kept] of [["0", 0], ["12", 12], ["x", null], ["-1", null], ["1e9", null]]) {
    const world = callWorld({ a: [{ answers: "Fine." }] });
    await world.ask({ model: "a" }, { headers: { "x-stainless-retry-count": String(count) } });
    expect(world.ends).toMatchObject([{ client_retries: kept }]);
  }
});

Deno.test("a call that begins and cannot run gives back what it has reserved, once", async () => {
  const world = callWorld({});
  const response = await world.ask({ model: "unknown" });
  await Promise.all(world.background);
  expect([response.status, (await response.json()).code]).toEqual([404, "model_not_found"]);
  expect(world.log).toEqual(["begin", `release ${response.headers.get("x-request-id")}`]);

  const refused = callWorld({}, {
    registry: { get: () => Promise.reject(new AppError("database_unavailable")) },
  });
  expect((await refused.ask({ model: "a" })).status).toBe(503);
  await Promise.all(refused.background);
  expect(refused.log[1]).toMatch(/^release /);
});

Deno.test("a call whose beginning is not told gives back what it may have reserved", async () => {
  const released: string[] = [];
  for (const code of ["database_unavailable", "database_error"] as const) {
    const world = callWorld({}, {
      calls: {
        begin: () => Promise.reject(new AppError(code)),
        complete: () => Promise.resolve(0),
        raise: () => Promise.resolve(null),
        release: (id) => Promise.reject(new AppError(code, released.push(id).toString())),
      },
    });
    const response = await world.ask({ model: "a" });
    await Promise.all(world.background);
    expect((await response.json()).code).toBe(code);
    expect(released.at(-1)).toBe(response.headers.get("x-request-id"));
  }
});

Deno.test("a call that may not begin has nothing to give back", async () => {
  const released: string[] = [];
  const limited = new AppError("limit_exceeded", "The limit is reached: turns per minute.", {
    retryAfterSeconds: 23,
  });
  const world = callWorld({}, {
    calls: {
      begin: () => Promise.reject(limited),
      complete: () => Promise.resolve(0),
      raise: () => Promise.resolve(null),
      release: (id) => Promise.resolve(void released.push(id)),
    },
  });
  const response = await world.ask({ model: "a" });
  await Promise.all(world.background);
  expect([response.status, (await response.json()).code, released])
    .toEqual([429, "limit_exceeded", []]);
});

Deno.test("an answer that a limit cuts says so in its head", async () => {
  const budget = {
    usd: null,
    tokens: { amount: 1_000, limit: "tokens per day", retryAfterSeconds: null },
  };
  for (const stream of [false, true]) {
    const world = callWorld({ a: [stream ? { streams: ["Fine."] } : { answers: "Fine." }] }, {
      calls: {
        begin: () => Promise.resolve({ ...begunCall, budget }),
        complete: () => Promise.resolve(0),
        raise: () => Promise.resolve(null),
        release: () => Promise.resolve(),
      },
    });
    const response = await world.ask({ model: "a", stream });
    const left = Number(response.headers.get("x-switchboard-answer-tokens-left"));
    expect(left).toBeGreaterThan(900);
    expect(world.run.requests[0]?.inference.maxTokens).toBe(left);
    await response.body?.cancel();
  }
});
