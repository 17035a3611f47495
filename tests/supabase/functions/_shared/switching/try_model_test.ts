import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { ContentBlock } from "../../../../../supabase/functions/_shared/core/content.ts";
import type { RpcClient } from "../../../../../supabase/functions/_shared/database/rpc_client.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import {
  longestTrialMs,
  recordTrial,
  type TrialDependencies,
  type TrialEnd,
  tryModel,
} from "../../../../../supabase/functions/_shared/switching/try_model.ts";
import { base64, png } from "../media_files.ts";
import { runWorld, type Step } from "../runs/run_world.ts";

/** One model of three, and what its trial came to. */
async function tried(
  script: Readonly<Record<string, Step[]>>,
  row: Partial<Model> = {},
  change: Partial<TrialDependencies> = {},
  signal = new AbortController().signal,
  blocks: readonly ContentBlock[] = [{ type: "text", text: "How does it feel?" }],
) {
  const world = runWorld(script);
  const recorded: TrialEnd[] = [];
  const lost: unknown[] = [];
  const models = world.registry.models.map((model) =>
    model.model_id === "b" ? { ...model, ...row } : model
  );
  const ended = await tryModel(
    models.find(({ model_id }) => model_id === "b")!,
    {
      registry: { ...world.registry, models },
      assistantType: "clinical",
      question: { role: "user", blocks, modelId: null },
      requestId: "operators-request",
      signal,
    },
    {
      // Also the breaker of the turns, and what they tell of a model's end.
      ...world.dependencies,
      timeoutMs: 60_000,
      randomId: () => "trial-1",
      record: (trial) => {
        recorded.push(trial);
        return Promise.resolve(0.25);
      },
      reportLoss: (_id, error) => lost.push(error),
      ...change,
    },
  );
  return { ...ended, world, recorded, lost };
}

Deno.test("tryModel() asks the model alone, with the assistant's prompt, available or not", async () => {
  const { trial, world, recorded, isRecorded } = await tried(
    { b: [{ streams: ["Fine", "."] }] },
    { is_available: false, serves_pinned: false },
  );
  expect(trial).toMatchObject({ model_id: "b", status: "complete", text: "Fine.", cost_usd: 0.25 });
  expect([world.called, isRecorded]).toEqual([["b"], true]);
  const [request] = world.requests;
  expect(request).toMatchObject({ system: [{ text: "Be brief." }] });
  expect(request?.messages.map(({ blocks }) => blocks))
    .toEqual([[{ type: "text", text: "How does it feel?" }]]);
  expect(request?.metadata).toEqual({
    switchboard_purpose: "trial",
    switchboard_request_id: "operators-request",
    switchboard_question_id: "trial-1",
    switchboard_attempt: "1",
    switchboard_call: "1",
  });
  expect(recorded).toMatchObject([{
    id: "trial-1",
    assistant_type: "clinical",
    run: { model_id: "b", status: "complete", reason: "requested" },
  }]);
  // The ledger gets no word of the question or the answer.
  expect(JSON.stringify(recorded)).not.toMatch(/feel|Fine/);
});

Deno.test("tryModel() lets no other model answer, and tells the breaker nothing", async () => {
  const { trial, world, recorded } = await tried({
    a: [{ streams: ["not me"] }],
    b: [{ fails: "bedrock_model_end_of_life" }],
  });
  expect(trial).toMatchObject({
    status: "failed",
    text: "",
    error: { code: "bedrock_model_end_of_life" },
  });
  expect([world.called, world.retired, world.breaker.admits("b")]).toEqual([["b"], [], true]);
  expect(recorded).toMatchObject([{ run: { status: "failed" } }]);
});

Deno.test("tryModel() calls no model that is retired or outside the allowed geographies", async () => {
  for (
    const [row, code] of [
      [{ lifecycle: "retired" }, "model_retired"],
      [{ geographies: ["us"] }, "model_outside_geographies"],
    ] as const
  ) {
    const { trial, world, recorded, isRecorded } = await tried({}, { ...row } as Partial<Model>);
    expect(trial).toMatchObject({ status: "failed", error: { code }, response_time_ms: 0 });
    expect([world.called, recorded, isRecorded]).toEqual([[], [], true]);
  }
});

Deno.test("tryModel() sends images to a model that takes them, and calls no other", async () => {
  const data = base64(png());
  const blocks: ContentBlock[] = [
    { type: "image", mediaType: "image/png", source: { kind: "base64", data } },
    { type: "text", text: "What is it?" },
  ];
  const images = {
    max_count: 1,
    max_bytes: 1000,
    max_side: null,
    types: ["image/png" as const],
    in_tool_results: false,
  };
  const ask = (capabilities: Capabilities) =>
    tried({ b: [{ streams: ["A dot."] }] }, { capabilities }, {}, undefined, blocks);
  const seeing = await ask({ ...textOnly, images });
  expect(seeing.trial).toMatchObject({ status: "complete", text: "A dot." });
  expect(seeing.world.requests[0]?.messages.map((message) => message.blocks)).toEqual([blocks]);
  const blind = await ask(textOnly);
  expect(blind.trial).toMatchObject({
    status: "failed",
    error: { code: "modality_not_supported", message: "b takes no images." },
  });
  // What is not called has used nothing.
  expect([blind.world.called, blind.recorded, blind.isRecorded]).toEqual([[], [], true]);
});

Deno.test("tryModel() gives a model no longer than the platform gives a request", async () => {
  const { world } = await tried({ b: [{ streams: ["x"] }] }, {}, { timeoutMs: 3_600_000 });
  expect(world.limits).toMatchObject([{ totalMs: longestTrialMs }]);
  const shorter = await tried({ b: [{ streams: ["x"] }] }, {}, { timeoutMs: 5_000 });
  expect(shorter.world.limits).toMatchObject([{ totalMs: 5_000 }]);
});

Deno.test("tryModel() stops the model when the caller leaves, and records what was used", async () => {
  const leaving = new AbortController();
  const leave = () => leaving.abort(new AppError("client_disconnected"));
  const { trial, recorded, isRecorded } = await tried(
    { b: [{ streams: ["one ", "two ", "three"], given: leave }] },
    {},
    {},
    leaving.signal,
  );
  expect(trial).toMatchObject({
    status: "partial",
    text: "one ",
    error: { code: "client_disconnected" },
  });
  expect([isRecorded, recorded]).toMatchObject([true, [
    { run: { status: "partial", error_code: "client_disconnected" } },
  ]]);
});

Deno.test("tryModel() gives an answer that the ledger could not take, and says so", async () => {
  const { trial, isRecorded, lost } = await tried({ b: [{ streams: ["x"] }] }, {}, {
    record: () => Promise.reject(new AppError("database_unavailable")),
  });
  expect(trial).toMatchObject({ status: "complete", text: "x", cost_usd: null });
  expect([isRecorded, lost.length]).toEqual([false, 1]);
});

Deno.test("recordTrial() tries three times while the database is away, and a refusal once", async () => {
  const trial = { id: "trial-1", assistant_type: "clinical" } as TrialEnd;
  const tries = async (answers: readonly unknown[]) => {
    let calls = 0;
    const waits: number[] = [];
    const database = {
      rpc: () => Promise.resolve(answers[calls++]),
    } as unknown as RpcClient;
    const sleep = (ms: number) => {
      waits.push(ms);
      return Promise.resolve();
    };
    const result = await recordTrial(database, trial, sleep).catch((error) => error.code);
    return [result, calls, waits];
  };
  const failed = (code: string, status: number) => ({
    data: null,
    error: { code, message: "", details: "", hint: "" },
    status,
  });
  const away = failed("", 503);
  const stored = { data: 0.5, error: null, status: 200 };
  expect(await tries([away, away, stored])).toEqual([0.5, 3, [1000, 2000]]);
  expect(await tries([away, away, away, stored])).toEqual(["database_unavailable", 3, [
    1000,
    2000,
  ]]);
  expect(await tries([failed("22023", 400), stored])).toEqual(["database_error", 1, []]);
});
