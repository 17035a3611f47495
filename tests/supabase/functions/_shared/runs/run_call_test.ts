/** Runs of stateless calls: with the caller's system prompt, settings and scope. */
import { expect } from "@std/expect";
import type { Message } from "../../../../../supabase/functions/_shared/core/content.ts";
import type { ModelEvent } from "../../../../../supabase/functions/_shared/core/model_event.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { ModelConfig } from "../../../../../supabase/functions/_shared/registry/assistant.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import type {
  RunEvent,
  RunOutcome,
} from "../../../../../supabase/functions/_shared/runs/run_event.ts";
import { registryOf } from "../selection/registry_of.ts";
import { runWorld, type Step } from "./run_world.ts";

const text = (text: string) => ({ type: "text", text }) as const;
const thinking = { type: "thinking", text: "Hm.", signature: "signed" } as const;

const image = {
  type: "image",
  mediaType: "image/png",
  source: { kind: "base64", data: btoa("png") },
} as const;
const toolUse = { type: "tool-use", id: "1", name: "zoom", input: {} } as const;
const toolResult = {
  type: "tool-result",
  toolUseId: "1",
  content: [text("Closer.")],
  isError: false,
} as const;
const images: Capabilities["images"] = {
  max_count: 1,
  max_bytes: 100,
  max_side: null,
  types: ["image/png"],
  in_tool_results: true,
};
const tools: Capabilities["tools"] = {
  choices: [],
  single: false,
  names: "hyphen",
  ids: "any",
  strict: false,
};

function outcomeOf(events: readonly RunEvent[]): RunOutcome {
  const last = events.at(-1);
  if (last?.type !== "stop") throw new Error("a run must end in a stop");
  return last.outcome;
}

const errorOf = (outcome: RunOutcome) => outcome.kind === "complete" ? null : outcome.error;
const types = (events: readonly RunEvent[]) => events.map(({ type }) => type);
const withRegistry = (script: Readonly<Record<string, Step[]>>, registry: Registry) =>
  runWorld(script, { registry: { get: () => Promise.resolve({ registry, stale: false }) } });

for (const given of ["streamed", "whole"] as const) {
  const streamed = given === "streamed";
  const good: Step = streamed ? { streams: ["Fine."] } : { answers: "Fine." };

  Deno.test(`run() lets only models answer that the caller may use, as a fallback too (${given})`, async () => {
    const world = runWorld({ a: [{ fails: "bedrock_quota_exhausted" }], c: [good] });
    const events = await world.play({ streamed, permittedModelIds: ["c", "a"] });
    expect(outcomeOf(events).record).toMatchObject({
      model_id: "c",
      requested_model: "a",
      fallback_code: "bedrock_quota_exhausted",
    });
    expect(world.called).toEqual(["a", "c"]);
  });

  Deno.test(`run() fails rather than ask a model that the caller may not use (${given})`, async () => {
    const world = runWorld({ a: [{ fails: "bedrock_refusal_unknown" }] });
    // A refusal for an unknown reason goes to a model of another maker, where there is one.
    const [a, ...others] = world.registry.models;
    if (a === undefined) throw new Error("there are models");
    const registry = { ...world.registry, models: [{ ...a, provider: "Another" }, ...others] };
    const alone = withRegistry({ a: [{ fails: "bedrock_refusal_unknown" }] }, registry);
    for (const each of [world, alone]) {
      const outcome = outcomeOf(await each.play({ streamed, permittedModelIds: ["a"] }));
      expect(errorOf(outcome)).toMatchObject({ code: "bedrock_refusal_unknown" });
      expect(each.called).toEqual(["a"]);
    }
  });

  Deno.test(`run() puts no model in the place of one that the caller may not use (${given})`, async () => {
    const own = registryOf({ a: { is_available: false }, b: { is_default: true } }, {
      clinical: "a",
    });
    for (const [registry, named] of [[runWorld({}).registry, "a"], [own, "a"]] as const) {
      const world = withRegistry({}, registry);
      const outcome = outcomeOf(await world.play({ streamed, permittedModelIds: ["b", "c"] }));
      expect(errorOf(outcome)).toMatchObject({
        code: "key_scope",
        message: `${named} should answer, which the caller may not use.`,
        param: "model",
      });
      expect(world.called).toEqual([]);
    }
  });

  Deno.test(`run() lets a permitted model stand in for one that cannot answer (${given})`, async () => {
    const registry = registryOf({ a: { is_available: false }, b: { is_default: true }, c: {} }, {
      clinical: "a",
    });
    const world = withRegistry({ c: [good] }, registry);
    const { record } = outcomeOf(await world.play({ streamed, permittedModelIds: ["a", "c"] }));
    expect(record).toMatchObject({ model_id: "c", requested_model: "a" });
    const none = withRegistry({}, registry);
    expect(errorOf(outcomeOf(await none.play({ streamed, permittedModelIds: ["a"] }))))
      .toMatchObject({
        code: "model_not_available",
        message: expect.stringContaining("models of the API key"),
      });
  });

  Deno.test(`run() sends the caller's system prompt behind the assistant's (${given})`, async () => {
    const world = runWorld({ a: [good, good] });
    const system = [{ ...text("Answer in Basque."), cache: { ttl: null } }, text("Or Catalan.")];
    await world.play({ streamed, system });
    await world.play({ streamed, system, assistantType: null });
    const sent = world.requests.map((request) => request.system.map((block) => block.text));
    expect(sent).toEqual([
      ["Be brief.", "Answer in Basque.", "Or Catalan."],
      ["Answer in Basque.", "Or Catalan."],
    ]);
  });

  Deno.test(`run() has the client's system prompt guarded, and no other's (${given})`, async () => {
    const registry = registryOf({ a: { is_default: true } }, { clinical: null });
    const guarding = {
      ...registry,
      assistants: registry.assistants.map((row) => ({
        ...row,
        guardrail_id: "gr1",
        guardrail_version: "3",
      })),
    };
    const told = text("Answer in Basque.");
    const call = {
      streamed,
      isCall: true,
      historyTokens: null,
      history: [{ role: "user", blocks: [text("Hello")], modelId: null }, {
        role: "assistant",
        blocks: [text("Yes?")],
        modelId: "a",
      }] as const,
      system: [told],
    };
    const world = withRegistry({ a: [good] }, guarding);
    await world.play(call);
    await world.play({ ...call, history: [] });
    await world.play({ ...call, isCall: false });
    await world.play({ ...call, assistantType: null });
    const sent = world.requests.map(({ system, messages, unguarded = false }) => ({
      system: system.map(({ text }) => text),
      first: messages[0]?.blocks,
      unguarded,
    }));
    const [brief, hello, question] = ["Be brief.", text("Hello"), text("How are you?")];
    expect(sent).toEqual([
      { system: [brief], first: [told, hello], unguarded: true },
      { system: [brief], first: [told, question], unguarded: true },
      { system: [brief, told.text], first: [hello], unguarded: false },
      { system: [told.text], first: [hello], unguarded: true },
    ]);
  });

  Deno.test(`run() gives a call no more tokens than its assistant has, thinking included (${given})`, async () => {
    const thinking: Capabilities["thinking"] = {
      mode: "budget",
      efforts: ["low", "medium", "high"],
      by_default: false,
      off: "omitted",
      forced_tools: false,
    };
    const registry = registryOf(
      { a: { is_default: true, max_tokens: 64_000, capabilities: { ...textOnly, thinking } } },
      { clinical: null },
    );
    const settings = { max_tokens: 9000, effort: "high" as const };
    const table: [ModelConfig, number, number | null][] = [
      [{ max_tokens: 1000 }, 1000, null],
      [{ max_tokens: 4000 }, 4000, 2000],
      [{ max_tokens: 1000, effort: "low" }, 2024, 1024],
      [{}, 25_384, 16_384],
    ];
    for (const [model_config, maxTokens, budgetTokens] of table) {
      const assistants = registry.assistants.map((row) => ({ ...row, model_config }));
      const world = withRegistry({ a: [good] }, { ...registry, assistants });
      await world.play({ streamed, isCall: true, settings });
      await world.play({ streamed, isCall: true, settings, assistantType: null });
      const budget = (budgetTokens: number | null) =>
        budgetTokens === null ? null : { kind: "budget", budgetTokens };
      expect(world.requests.map(({ inference, thinking }) => [inference.maxTokens, thinking]))
        .toEqual([[maxTokens, budget(budgetTokens)], [25_384, budget(16_384)]]);
    }
  });

  Deno.test(`run() asks without an assistant for the default, by no use case (${given})`, async () => {
    const registry = registryOf({
      first: { priority: 1 },
      a: { priority: 2, is_default: true },
      clinical: { priority: 0, use_case: "clinical" },
    }, { clinical: null });
    const world = withRegistry({ a: [good] }, registry);
    const events = await world.play({ streamed, assistantType: null });
    expect(outcomeOf(events)).toMatchObject({ selected: { reason: "default" } });
    expect(world.requests[0]).toMatchObject({ system: [], guardrail: null });
  });

  Deno.test(`run() asks with the caller's betas that the model accepts (${given})`, async () => {
    const capabilities = { ...textOnly, betas: ["known-2026-01-01"] };
    const world = withRegistry({ a: [good] }, registryOf({ a: { capabilities } }));
    const betas = ["unknown-2026-01-01", "known-2026-01-01"];
    await world.play({ streamed, assistantType: null, betas });
    expect(world.requests[0]?.betas).toEqual(["known-2026-01-01"]);
  });

  Deno.test(`run() has a beginning of the answer continued, or refuses it (${given})`, async () => {
    const registry = registryOf({
      a: { is_default: true, capabilities: { ...textOnly, prefill: true } },
      b: {},
    });
    const history: Message[] = [{ role: "user", blocks: [text("Hello")], modelId: null }];
    const question: Message = { role: "assistant", blocks: [text("Good ")], modelId: null };
    const call = { streamed, assistantType: null, history, question, historyTokens: null };
    const world = withRegistry({ a: [good] }, registry);
    expect(outcomeOf(await world.play(call)).kind).toBe("complete");
    expect(world.requests[0]?.messages.at(-1))
      .toEqual({ role: "assistant", blocks: [text("Good")] });
    const outcome = outcomeOf(await world.play({ ...call, requestedModelId: "b" }));
    expect(errorOf(outcome)).toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("does not support assistant message prefill"),
    });
    expect(world.called).toEqual(["a"]);
  });

  Deno.test(`run() keeps a call with an image to models that take it until it is answered (${given})`, async () => {
    const registry = registryOf({
      a: { is_default: true, capabilities: { ...textOnly, tools } },
      b: { capabilities: { ...textOnly, tools, images } },
    });
    const look: Message = { role: "user", blocks: [text("Look."), image], modelId: null };
    const called: Message = { role: "assistant", blocks: [toolUse], modelId: null };
    const result: Message = {
      role: "user",
      blocks: [toolResult, text("Hurry.")],
      modelId: null,
    };
    const answered: Message = { role: "assistant", blocks: [text("A cat.")], modelId: null };
    const next: Message = { role: "user", blocks: [text("Thanks.")], modelId: null };
    const rounds: [Message[], string][] = [
      [[look], "b"],
      [[look, called, result], "b"],
      [[look, called, result, called, result], "b"],
      [[look, called, result, answered], "b"],
      [[look, called, result, answered, next], "a"],
    ];
    const prefilling = {
      ...registry,
      models: registry.models.map((row) => ({
        ...row,
        capabilities: { ...row.capabilities, prefill: true },
      })),
    };
    for (const [messages, model_id] of rounds) {
      const world = withRegistry({ a: [good], b: [good] }, prefilling);
      const [question = look, ...earlier] = messages.toReversed();
      const call = { streamed, assistantType: null, historyTokens: null, question };
      const events = await world.play({ ...call, history: earlier.toReversed() });
      expect({ messages, ...outcomeOf(events).record }).toMatchObject({ messages, model_id });
      expect(JSON.stringify(world.requests[0]?.messages).includes("[image left out]"))
        .toBe(model_id === "a");
    }
  });

  Deno.test(`run() sends all of a call's history, or refuses what is far too long (${given})`, async () => {
    const registry = registryOf({ a: { context_window: 20_000, max_tokens: 1_000 } });
    const history = (turns: number): Message[] =>
      Array.from({ length: turns }, (): Message[] => [
        { role: "user", blocks: [text("x".repeat(3_000))], modelId: null },
        { role: "assistant", blocks: [text("Fine.")], modelId: "a" },
      ]).flat();
    const call = (turns: number) => ({
      streamed,
      assistantType: null,
      history: history(turns),
      historyLength: 2 * turns,
      historyTokens: null,
    });
    // More than fits by the estimate, which is from above: the model judges.
    const world = withRegistry({ a: [good] }, registry);
    expect(outcomeOf(await world.play(call(25))).record)
      .toMatchObject({ status: "complete", messages_sent: 50, messages_left_out: 0 });
    expect(world.requests[0]?.messages).toHaveLength(51);

    const long = withRegistry({}, registry);
    const outcome = outcomeOf(await long.play(call(50)));
    expect(errorOf(outcome)).toMatchObject({
      code: "input_too_long",
      message: expect.stringMatching(
        /^The conversation .*"a": about 5\d{4} tokens > 20000 maximum\.$/,
      ),
    });
    expect(outcome.record).toMatchObject({ attempts: 0, messages_sent: null });
    expect(long.called).toEqual([]);
  });

  Deno.test(`run() tells how long a refused prompt is, where the estimate bears it out (${given})`, async () => {
    const registry = registryOf({ a: { context_window: 1_500, max_tokens: 100 } });
    const refused = async (characters: number) => {
      const world = withRegistry({ a: [{ fails: "input_too_long" }] }, registry);
      const outcome = outcomeOf(
        await world.play({
          streamed,
          assistantType: null,
          question: { role: "user", blocks: [text("x".repeat(characters))], modelId: null },
          historyTokens: null,
        }),
      );
      expect(outcome.record).toMatchObject({ error_code: "input_too_long" });
      return String(errorOf(outcome));
    };
    expect(await refused(6_000)).toContain("about 2008 tokens > 1500 maximum");
    expect(await refused(3_000)).not.toMatch(/\d/);
  });
}

const words: readonly ModelEvent[] = [
  { type: "thinking-start" },
  { type: "thinking-delta", text: "Hm." },
];

Deno.test("run() begins the answer with the first words of thinking, where those are shown", async () => {
  const world = runWorld({ a: [{ gives: [thinking, text("Fine.")] }] });
  const events = await world.play({ streamed: true, showsThinking: true });
  const told = types(events);
  expect(told).toEqual([
    "thinking",
    "start",
    "thinking-start",
    "thinking-delta",
    "block-end",
    "text-delta",
    "block-end",
    "usage",
    "stop",
  ]);
  expect(outcomeOf(events).kind).toBe("complete");
});

Deno.test("run() lets no other model answer after the first words of thinking that are shown", async () => {
  const broken: Step = { gives: [], half: words, breaks: "bedrock_stream_truncated" };
  const shown = runWorld({ a: [broken] });
  const events = await shown.play({ streamed: true, showsThinking: true });
  expect(types(events)).toEqual(["thinking", "start", "thinking-start", "thinking-delta", "stop"]);
  expect(outcomeOf(events).record).toMatchObject({
    status: "failed",
    error_code: "bedrock_stream_truncated",
    model_id: "a",
  });
  expect(shown.called).toEqual(["a"]);

  // No word of it yet, and words that are not shown, are lost to no reader.
  for (const [half, showsThinking] of [[words.slice(0, 1), true], [words, false]] as const) {
    const world = runWorld({
      a: [{ ...broken, half }, { ...broken, half }],
      b: [{ streams: ["Fine."] }],
    });
    const outcome = outcomeOf(await world.play({ streamed: true, showsThinking }));
    expect(outcome.record).toMatchObject({ status: "complete", model_id: "b" });
  }
});

Deno.test("run() begins an answer that has to fit a schema when it does, whatever thinking is shown", async () => {
  const world = runWorld({ a: [{ gives: [thinking, text("{}")] }] });
  const outputSchema = { name: "answer", description: null, schema: { type: "object" } };
  const events = await world.play({ streamed: true, showsThinking: true, outputSchema });
  const told = types(events);
  expect(told.slice(told.indexOf("start"))).toEqual([
    "start",
    "block-end",
    "text-delta",
    "block-end",
    "usage",
    "stop",
  ]);
});

const rules: Capabilities["thinking"] = {
  mode: "budget",
  efforts: ["low", "medium", "high"],
  by_default: false,
  off: "disabled",
  forced_tools: false,
};

Deno.test("run() asks for thinking as the caller does, of each model in its own way", async () => {
  const registry = registryOf({
    a: { is_default: true, capabilities: { ...textOnly, thinking: rules } },
    b: { capabilities: { ...textOnly, thinking: { ...rules, mode: "adaptive" } } },
    c: {},
  });
  const settings = { thinking: { type: "enabled", budgetTokens: 2_000 }, top_k: 7 } as const;
  const world = withRegistry({
    a: [{ fails: "bedrock_quota_exhausted" }],
    b: [{ fails: "bedrock_quota_exhausted" }],
    c: [{ answers: "Fine." }],
  }, registry);
  await world.play({ settings, assistantType: null });
  expect(world.requests.map(({ thinking, inference }) => [thinking, inference.topK])).toEqual([
    [{ kind: "budget", budgetTokens: 2_000 }, null],
    [{ kind: "adaptive", effort: "low" }, null],
    [null, 7],
  ]);
});
