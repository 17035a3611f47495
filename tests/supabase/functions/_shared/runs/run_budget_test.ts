import { expect } from "@std/expect";
import {
  AppError,
  type ErrorCode,
} from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import type { RaiseBudget } from "../../../../../supabase/functions/_shared/limits/run_budget.ts";
import type { Budget } from "../../../../../supabase/functions/_shared/limits/budget.ts";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type {
  RunEvent,
  RunOutcome,
} from "../../../../../supabase/functions/_shared/runs/run_event.ts";
import { registryOf } from "../selection/registry_of.ts";
import { runWorld, type Step, type World } from "./run_world.ts";

const limit = "USD per day for the project";

function usd(amount: number): Budget {
  return { usd: { amount, limit, retryAfterSeconds: null }, tokens: null };
}

/** Tokens, which cost nothing that depends on the model. */
function tokens(amount: number, retryAfterSeconds: number | null = null): Budget {
  return { usd: null, tokens: { amount, limit: "tokens per minute", retryAfterSeconds } };
}

const price = { input_cost_per_mtok: 0, output_cost_per_mtok: 10 };

/** Models that cost $10 a million tokens of an answer; `rows` says what of them is different. */
function world(
  script: Record<string, Step[]>,
  rows: Record<string, Partial<Model>> = {},
  change: (registry: Registry) => Registry = (registry) => registry,
  raiseBudget?: RaiseBudget,
): World {
  const registry = change(registryOf({
    a: { is_default: true, priority: 1, ...price, ...rows["a"] },
    b: { priority: 2, ...price, ...rows["b"] },
    c: { priority: 3, ...price, ...rows["c"] },
  }, { clinical: null }));
  return runWorld(script, {
    registry: { get: () => Promise.resolve({ registry, stale: false }) },
    ...(raiseBudget && { raiseBudget }),
  });
}

/** Limits that leave a run so many USD in all; notes what is asked of them. */
function leaving(most: number) {
  const asked: number[] = [];
  const raiseBudget: RaiseBudget = ({ usd: wanted }) => {
    asked.push(wanted);
    return Promise.resolve(usd(Math.min(most, wanted)));
  };
  return { asked, raiseBudget };
}

function outcomeOf(events: readonly RunEvent[]): RunOutcome {
  const last = events.at(-1);
  if (last?.type !== "stop") throw new Error("a run must end in a stop");
  return last.outcome;
}

const fine: Step = { answers: "Fine." };
const fails = (code: ErrorCode): Step => ({ fails: code });
const broke = fails("bedrock_model_error");

Deno.test("run() asks for as much as ever where the budget pays for it", async () => {
  const run = world({ a: [fine] });
  // 4,096 tokens.
  const { record } = outcomeOf(await run.play({ budget: usd(0.04096) }));
  expect(run.requests[0]?.inference.maxTokens).toBe(4096);
  expect([record.answer_tokens_left, record.granted_usd]).toEqual([null, 0.04096]);
});

for (const streamed of [false, true]) {
  const given = streamed ? "streamed" : "whole";
  Deno.test(`run() cuts an answer to what is left, and says so (${given})`, async () => {
    const run = world({ a: [streamed ? { streams: ["Fine."] } : fine] });
    const events = await run.play({ budget: usd(0.01), streamed });
    expect(run.requests[0]?.inference.maxTokens).toBe(1000);
    expect(outcomeOf(events)).toMatchObject({
      kind: "complete",
      record: { answer_tokens_left: 1000, granted_usd: 0.01 },
    });
    const [start] = events;
    if (streamed) expect(start).toMatchObject({ start: { answerTokensLeft: 1000 } });
  });

  Deno.test(`run() refuses where less than 256 tokens are left, and calls no model (${given})`, async () => {
    const run = world({});
    const outcome = outcomeOf(await run.play({ budget: usd(0.00255), streamed }));
    expect(outcome).toMatchObject({
      kind: "failed",
      error: {
        code: "limit_exceeded",
        message: `The limit is reached: ${limit}.`,
        retryable: false,
      },
      record: {
        status: "failed",
        error_code: "limit_exceeded",
        model_id: "a",
        attempts: 0,
        input_tokens: null,
        granted_usd: 0.00255,
      },
    });
    expect(run.called).toEqual([]);
  });
}

Deno.test("run() takes a short answer that is asked for, near a limit too", async () => {
  const run = world({ a: [fine] });
  const settings = { max_tokens: 10 };
  const { record } = outcomeOf(await run.play({ budget: usd(0.0001), settings }));
  expect([record.status, record.answer_tokens_left]).toEqual(["complete", null]);
  expect(run.requests[0]?.inference.maxTokens).toBe(10);
});

Deno.test("run() counts the prompt by a limit of tokens, and says when more is left", async () => {
  const blocks = [{ type: "text", text: "x".repeat(3_000) }] as const;
  const question = { role: "user", blocks, modelId: null } as const;
  const run = world({ a: [fine] });
  const { record } = outcomeOf(await run.play({ budget: tokens(2_000), question }));
  expect(record.answer_tokens_left).toBeGreaterThan(900);
  expect(record.answer_tokens_left).toBeLessThan(1_000);
  expect(record.granted_usd).toBeNull();
  const refused = outcomeOf(await world({}).play({ budget: tokens(1_200, 23), question }));
  expect(refused).toMatchObject({
    error: { code: "limit_exceeded", retryAfterSeconds: 23, retryable: true },
  });
});

Deno.test("run() gives up thinking for which a cut answer has no room", async () => {
  const capabilities = {
    ...textOnly,
    thinking: {
      mode: "budget",
      efforts: ["low", "medium", "high"],
      by_default: false,
      off: "omitted",
      forced_tools: true,
    },
  } as Model["capabilities"];
  const asked = { settings: { effort: "medium" } } as const;
  const budgets = async (budget: Budget) => {
    const run = world({ a: [fine] }, { a: { capabilities, max_tokens: 20_000 } });
    await run.play({ ...asked, budget });
    const { thinking, inference } = run.requests[0] ?? {};
    return [thinking?.kind === "budget" ? thinking.budgetTokens : null, inference?.maxTokens];
  };
  expect(await budgets(usd(1))).toEqual([4096, 20_000]);
  const [thinks, most] = await budgets(usd(0.05));
  expect(most).toBe(5_000);
  expect(thinks).toBeLessThan(5_000);
  expect(await budgets(usd(0.01))).toEqual([null, 1_000]);
});

Deno.test("run() counts what came to nothing before it calls again", async () => {
  const run = world({
    a: [{ gives: [{ type: "text", text: "not JSON" }], uses: { outputTokens: 3_000 } }, {
      answers: '{"a":1}',
    }],
  });
  const outputSchema = { name: "answer", description: null, schema: { type: "object" } };
  const { record } = outcomeOf(await run.play({ budget: usd(0.04096), outputSchema }));
  expect(record).toMatchObject({ status: "complete", answer_tokens_left: 1_096, attempts: 2 });
  expect(run.requests.map(({ inference }) => inference.maxTokens)).toEqual([4_096, 1_096]);
});

const malformed = (outputTokens: number): Step => ({
  gives: [{ type: "text", text: "not JSON" }],
  uses: { outputTokens },
});
const outputSchema = { name: "answer", description: null, schema: { type: "object" } };

Deno.test("run() asks for more before a further call, which is then not cut", async () => {
  const { asked, raiseBudget } = leaving(1);
  const script = { a: [malformed(3_000), { answers: '{"a":1}' }] };
  const run = world(script, {}, undefined, raiseBudget);
  const { record } = outcomeOf(await run.play({ budget: usd(0.04096), outputSchema }));
  expect(record).toMatchObject({ status: "complete", answer_tokens_left: null, attempts: 2 });
  expect(record.granted_usd).toBeCloseTo(0.07096, 9);
  expect(run.requests.map(({ inference }) => inference.maxTokens)).toEqual([4_096, 4_096]);
  expect(asked).toEqual([record.granted_usd]);
});

Deno.test("run() asks for more for a stand-in, as often as that is given", async () => {
  const { asked, raiseBudget } = leaving(10);
  const rows = { b: { output_cost_per_mtok: 1_000 }, c: { output_cost_per_mtok: 2_000 } };
  const script = {
    a: [fails("bedrock_access_denied")],
    b: [fails("bedrock_access_denied")],
    c: [fine],
  };
  const run = world(script, rows, undefined, raiseBudget);
  const { record } = outcomeOf(await run.play({ budget: usd(0.04096) }));
  expect([record.model_id, record.answer_tokens_left, run.called]).toEqual(["c", null, [
    "a",
    "b",
    "c",
  ]]);
  expect(asked.map((amount) => amount.toFixed(3))).toEqual(["4.096", "8.192"]);
});

Deno.test("run() is cut to what limits leave it, passes over what they do not pay for, and asks once", async () => {
  const cut = leaving(0.035);
  const run = world(
    { a: [malformed(3_000), { answers: '{"a":1}' }] },
    {},
    undefined,
    cut.raiseBudget,
  );
  const { record } = outcomeOf(await run.play({ budget: usd(0.031), outputSchema }));
  expect([record.status, record.answer_tokens_left, record.granted_usd])
    .toEqual(["complete", 500, 0.035]);

  const rows = { b: { output_cost_per_mtok: 1_000 }, c: { output_cost_per_mtok: 2_000 } };
  const full = leaving(0.04096);
  const refuses: RaiseBudget[] = [
    full.raiseBudget,
    () => Promise.resolve(null),
    () => Promise.reject(new AppError("database_unavailable")),
  ];
  for (const raise of refuses) {
    let times = 0;
    const passing = world({ a: [fails("bedrock_access_denied")] }, rows, undefined, (total) => {
      times++;
      return raise(total);
    });
    expect(outcomeOf(await passing.play({ budget: usd(0.04096) }))).toMatchObject({
      error: { code: "bedrock_access_denied" },
      record: { granted_usd: 0.04096 },
    });
    expect([passing.called, times]).toEqual([["a"], 1]);
  }
});

Deno.test("run() asks for no more where its first call is cut or refused", async () => {
  const { asked, raiseBudget } = leaving(1);
  const run = world({ a: [fine] }, {}, undefined, raiseBudget);
  const { record } = outcomeOf(await run.play({ budget: usd(0.01) }));
  expect(record.answer_tokens_left).toBe(1_000);
  await world({}, {}, undefined, raiseBudget).play({ budget: usd(0.001) });
  expect(asked).toEqual([]);
});

Deno.test("run() does not repair an answer that it cannot pay for, and tells of the first", async () => {
  const run = world({
    a: [{ gives: [{ type: "text", text: "not JSON" }], uses: { outputTokens: 4_000 } }],
  });
  const outputSchema = { name: "answer", description: null, schema: { type: "object" } };
  const outcome = outcomeOf(await run.play({ budget: usd(0.04096), outputSchema }));
  expect(outcome).toMatchObject({
    kind: "failed",
    record: { error_code: "malformed_output", output_tokens: 4_000, attempts: 1 },
  });
});

Deno.test("run() leaves the error of a call that it cannot afford to make once more", async () => {
  const input = { input_cost_per_mtok: 1_000 };
  const run = world({ a: [broke], b: [fine] }, { a: input });
  // Its prompt is paid twice at most; what it costs is estimated, as nothing was told.
  const { record } = outcomeOf(await run.play({ budget: usd(0.03) }));
  expect(record).toMatchObject({
    status: "complete",
    model_id: "b",
    requested_model: "a",
    fallback_code: "bedrock_model_error",
  });
  expect(run.called).toEqual(["a", "b"]);
});

Deno.test("run() passes over a stand-in that costs more than is left", async () => {
  const run = world({ a: [fails("bedrock_access_denied")], c: [fine] }, {
    b: { output_cost_per_mtok: 1_000 },
  });
  const { record } = outcomeOf(await run.play({ budget: usd(0.04096) }));
  expect(record).toMatchObject({
    model_id: "c",
    requested_model: "a",
    fallback_code: "bedrock_access_denied",
    answer_tokens_left: null,
  });
  expect(run.called).toEqual(["a", "c"]);
});

Deno.test("run() tells of the first model where no stand-in can be afforded", async () => {
  const run = world({ a: [fails("bedrock_access_denied")] }, {
    b: { output_cost_per_mtok: 1_000 },
    c: { output_cost_per_mtok: null },
  });
  expect(outcomeOf(await run.play({ budget: usd(0.04096) }))).toMatchObject({
    error: { code: "bedrock_access_denied" },
    record: { model_id: "a", error_code: "bedrock_access_denied" },
  });
  expect(run.called).toEqual(["a"]);
});

Deno.test("run() lets no other model answer for a due one that is too dear, or has no price", async () => {
  const cases = [[1_000, "limit_exceeded"], [null, "price_unknown"]] as const;
  for (const [output_cost_per_mtok, code] of cases) {
    const run = world({}, { a: { output_cost_per_mtok } });
    expect(outcomeOf(await run.play({ budget: usd(0.04096) }))).toMatchObject({
      error: { code },
      record: { model_id: "a", error_code: code },
    });
    expect(run.breaker.admits("a")).toBe(true);
  }
});

Deno.test("run() keeps a model without a price where no limit is in USD", async () => {
  const run = world({ a: [fine] }, { a: { output_cost_per_mtok: null } });
  expect(outcomeOf(await run.play({ budget: tokens(100_000) })).kind).toBe("complete");
});

Deno.test("run() gives no caller more than the assistant's max_output_tokens, thinking included", async () => {
  const capped = (registry: Registry): Registry => ({
    ...registry,
    assistants: registry.assistants.map((row) => ({ ...row, max_output_tokens: 700 })),
  });
  const mostOf = async (settings: { max_tokens?: number }, isCall: boolean) => {
    const run = world({ a: [fine] }, {}, capped);
    const { record } = outcomeOf(await run.play({ settings, isCall }));
    expect([record.answer_tokens_left, record.granted_usd]).toEqual([null, null]);
    return run.requests[0]?.inference.maxTokens;
  };
  for (const isCall of [true, false]) {
    expect(await mostOf({}, isCall)).toBe(700);
    expect(await mostOf({ max_tokens: 3_000 }, isCall)).toBe(700);
    expect(await mostOf({ max_tokens: 30 }, isCall)).toBe(30);
  }
});

Deno.test("run() caches a prompt under a limit in USD only where what that costs is known", async () => {
  const caching = {
    min_tokens: 1,
    max_points: 4,
    ttls: ["5m"],
    places: ["messages"],
    automatic: false,
  };
  const capabilities = { ...textOnly, caching } as Model["capabilities"];
  const blocks = [{ type: "text", text: "Hello", cache: { ttl: null } }] as const;
  const question = { role: "user", blocks, modelId: null } as const;
  const isCached = async (budget: Budget | null, cacheWrite: number | null) => {
    const prices = { cache_read_cost_per_mtok: 0, cache_write_cost_per_mtok: cacheWrite };
    const run = world({ a: [fine] }, { a: { capabilities, ...prices } });
    await run.play({ budget, question });
    const [block] = run.requests[0]?.messages[0]?.blocks ?? [];
    return block?.type === "text" && block.cache !== undefined;
  };
  expect(await isCached(null, null)).toBe(true);
  expect(await isCached(tokens(10_000), null)).toBe(true);
  expect(await isCached(usd(1), null)).toBe(false);
  expect(await isCached(usd(1), 0)).toBe(true);
});
