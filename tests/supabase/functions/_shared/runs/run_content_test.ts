/** Runs whose questions or answers hold more than text. */
import { expect } from "@std/expect";
import type { ContentBlock } from "../../../../../supabase/functions/_shared/core/content.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type {
  RunEvent,
  RunOutcome,
} from "../../../../../supabase/functions/_shared/runs/run_event.ts";
import { registryOf } from "../selection/registry_of.ts";
import { runWorld, type Step } from "./run_world.ts";

function outcomeOf(events: readonly RunEvent[]): RunOutcome {
  const last = events.at(-1);
  if (last?.type !== "stop") throw new Error("a run must end in a stop");
  return last.outcome;
}

const text = (text: string) => ({ type: "text", text }) as const;
const thinking = { type: "thinking", text: "Hm.", signature: "signed" } as const;
const call = {
  type: "tool-use",
  id: "1",
  name: "opening_hours",
  input: { day: "Monday" },
} as const;
const tools = [{ name: "opening_hours", description: null, inputSchema: { type: "object" } }];

/** Types of events, and of `thinking` the model. */
function told(events: readonly RunEvent[]): string[] {
  return events.map((event) =>
    event.type === "thinking" ? `thinking ${event.modelId}` : event.type
  );
}

const images: Capabilities["images"] = {
  max_count: 1,
  max_bytes: 100,
  max_side: null,
  types: ["image/png"],
  in_tool_results: true,
};
const toolRules: Capabilities["tools"] = {
  choices: [],
  single: false,
  names: "hyphen",
  ids: "any",
  strict: false,
};

/** The default `a` takes text alone; `b` takes a small image, `c` a tool. */
function capableRegistry(fallbackModels: readonly string[] | null = null) {
  const registry = registryOf({
    a: { is_default: true, priority: 1 },
    b: { priority: 2, capabilities: { ...textOnly, images } },
    c: { priority: 3, capabilities: { ...textOnly, tools: toolRules } },
  }, { clinical: null });
  const assistants = registry.assistants.map((row) => ({
    ...row,
    guardrail_id: "gr1",
    guardrail_version: "3",
    fallback_models: fallbackModels && [...fallbackModels],
  }));
  return { get: () => Promise.resolve({ registry: { ...registry, assistants }, stale: false }) };
}

const image: ContentBlock = {
  type: "image",
  mediaType: "image/png",
  source: { kind: "base64", data: btoa("png") },
};
const withImage = {
  question: { role: "user", blocks: [text("What is this?"), image], modelId: null },
} as const;

Deno.test("run() tells that a model thinks before it answers, also of one that then fails", async () => {
  const world = runWorld({
    a: [{ gives: [thinking], breaks: "bedrock_timeout" }],
    b: [{ gives: [thinking, { ...thinking, text: "Hm, hm." }, text("Fine.")] }],
  });
  const groups = await Array.fromAsync(world.begin({ streamed: true }));
  const thought = ["thinking-start", "thinking-delta"];
  expect(told(groups.flat())).toEqual([
    ...["thinking a", ...thought],
    ...["thinking b", ...thought, ...thought],
    ...["start", "block-end", "block-end", "text-delta", "block-end", "usage", "stop"],
  ]);
  const { record } = outcomeOf(groups.flat());
  expect(record).toMatchObject({ model_id: "b", fallback_code: "bedrock_timeout" });
  // What it thought is paid for.
  expect(record.unanswered_calls).toMatchObject([{ model_id: "a", error_code: "bedrock_timeout" }]);
  expect(record.unanswered_calls[0]?.output_tokens).toBeGreaterThan(0);
});

Deno.test("run() tells once that a model thinks, also where it does after its first words", async () => {
  const world = runWorld({
    a: [{ gives: [text("Let me see."), thinking, thinking, text("Ah.")] }],
  });
  const types = told(await world.play({ streamed: true }));
  expect(types.filter((type) => type === "thinking a")).toHaveLength(1);
  expect(types.indexOf("thinking a")).toBeGreaterThan(types.indexOf("text-delta"));
  expect(types.indexOf("thinking a")).toBe(types.indexOf("thinking-start") - 1);
});

Deno.test("run() tells that a model thinks while nothing else has come", async () => {
  const gate = Promise.withResolvers<void>();
  const world = runWorld({ a: [{ streams: [] }] }, {
    streamModel: () =>
      Promise.resolve({
        requestId: null,
        timeToFirstByteMs: 1,
        events: async function* () {
          yield [{ type: "thinking-start" as const }];
          await gate.promise;
        }(),
        answer: () => ({
          blocks: [],
          stopReason: "end_turn" as const,
          providerStopReason: null,
          usage: { ...nothing },
        }),
        partial: () => ({ blocks: [], usage: { ...nothing } }),
        close: () => {},
      }),
  });
  const run = world.begin({ streamed: true });
  expect((await run.next()).value).toEqual([
    { type: "thinking", modelId: "a" },
    { type: "thinking-start" },
  ]);
  gate.resolve();
  const rest = (await Array.fromAsync(run)).flat();
  expect(told(rest)).toEqual(["start", "stop"]);
});

const nothing = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  thinkingTokens: null,
};

Deno.test("run() closes the stream of a consumer that leaves while the model thinks", async () => {
  const world = runWorld({ a: [{ gives: [thinking, text("Fine.")] }] });
  for await (const events of world.begin({ streamed: true })) {
    expect(told(events)[0]).toBe("thinking a");
    break;
  }
  // The call has come to its first text in the meantime.
  for (let turns = 0; turns < 100 && world.closed.length === 0; turns++) await Promise.resolve();
  expect(world.closed).toEqual(["a"]);
});

Deno.test("run() keeps the whole tool calls of a stream that breaks, without text too", async () => {
  const half = [{ type: "tool-use-start", id: "2", name: "opening_hours" } as const];
  const breaks = "bedrock_stream_truncated";
  const kept: [ContentBlock[], ContentBlock[]][] = [
    [[call], [call]],
    [[text("One moment."), call], [text("One moment."), call]],
    [[thinking, text("One moment.")], [thinking, text("One moment.")]],
  ];
  for (const [gives, blocks] of kept) {
    const world = runWorld({ a: [{ gives, half, breaks }] });
    expect(outcomeOf(await world.play({ streamed: true }))).toMatchObject({
      kind: "partial",
      answer: { blocks },
      record: { status: "partial", error_code: breaks },
    });
  }
  for (const gives of [[], [thinking]]) {
    const world = runWorld({ a: [{ gives, half, breaks }] });
    const outcome = outcomeOf(await world.play({ streamed: true }));
    expect(outcome).toMatchObject({
      kind: "failed",
      record: { status: "failed", input_tokens: 3 },
    });
    expect(world.called).toEqual(["a"]);
  }
});

Deno.test("run() completes an answer of tool calls, and one without any content", async () => {
  for (const gives of [[call], [thinking], []]) {
    for (const streamed of [true, false]) {
      const world = runWorld({ a: [{ gives, stops: "tool_use" }] });
      expect(outcomeOf(await world.play({ streamed }))).toMatchObject({
        kind: "complete",
        answer: { blocks: gives },
        record: { status: "complete", stop_reason: "tool_use" },
      });
    }
  }
});

Deno.test("run() has on record what was thought and what was cached for an hour, also of broken calls", async () => {
  const uses = { cacheWriteTokens: 10, cacheWrite1hTokens: 4, thinkingTokens: 7, outputTokens: 9 };
  const figures = {
    output_tokens: 9,
    cache_write_tokens: 10,
    cache_write_1h_tokens: 4,
    thinking_tokens: 7,
    usage_estimated: false,
  };
  for (const streamed of [true, false]) {
    const world = runWorld({ a: [{ gives: [text("No.")], uses }, { gives: [text("1")], uses }] });
    const outputSchema = { name: "answer", description: null, schema: { type: "number" } };
    const { record } = outcomeOf(await world.play({ streamed, outputSchema }));
    expect(record).toMatchObject({ ...figures, unanswered_calls: [figures] });
  }
});

for (const streamed of [false, true]) {
  const given = streamed ? "streamed" : "whole";
  const fine: Step = { gives: [text("Fine.")] };

  Deno.test(`run() never sends an image to a model that takes none, and keeps to what may stand in (${given})`, async () => {
    const world = runWorld({ b: [fine] }, { registry: capableRegistry() });
    expect(outcomeOf(await world.play({ ...withImage, streamed }))).toMatchObject({
      kind: "complete",
      selected: { reason: "fallback" },
      record: {
        model_id: "b",
        reason: "fallback",
        requested_model: "a",
        fallback_code: "modality_not_supported",
      },
    });
    expect(world.called).toEqual(["b"]);

    for (
      const [fallbackModels, fallback] of [[null, false], [[], true], [["c"], true]] as const
    ) {
      const refused = runWorld({}, { registry: capableRegistry(fallbackModels) });
      const outcome = outcomeOf(await refused.play({ ...withImage, fallback, streamed }));
      expect(outcome).toMatchObject({
        kind: "failed",
        error: { status: 400, code: "modality_not_supported" },
        record: { error_code: "modality_not_supported", model_id: null, attempts: 0 },
      });
      const { message, hint } = (outcome as { error: { message: string; hint: string } }).error;
      expect(message).toMatch(/^a takes no images\. /);
      expect(hint).toBe("Available models that take it: b");
      expect(refused.called).toEqual([]);
    }
  });

  Deno.test(`run() passes over models without tools where tools are sent (${given})`, async () => {
    const world = runWorld({ c: [{ gives: [call], stops: "tool_use" }] }, {
      registry: capableRegistry(),
    });
    expect(outcomeOf(await world.play({ tools, streamed })).record)
      .toMatchObject({ model_id: "c", fallback_code: "modality_not_supported" });
  });

  Deno.test(`run() sends the assistant's guardrail with every call (${given})`, async () => {
    const world = runWorld({
      a: [{ fails: "bedrock_model_error" }, { fails: "bedrock_model_error" }],
      b: [{ gives: [text("I cannot say.")], stops: "guardrail_intervened" }],
    }, { registry: capableRegistry() });
    expect(outcomeOf(await world.play({ streamed }))).toMatchObject({
      kind: "complete",
      record: { model_id: "b", stop_reason: "guardrail_intervened", output_tokens: 2 },
    });
    expect(world.requests.map(({ guardrail }) => guardrail))
      .toEqual(Array(3).fill({ id: "gr1", version: "3" }));
  });

  Deno.test(`run() lets no other model answer without a guardrail that cannot be applied (${given})`, async () => {
    const world = runWorld({ a: [{ fails: "bedrock_request_refused" }] }, {
      registry: capableRegistry(),
    });
    expect(outcomeOf(await world.play({ streamed })).record)
      .toMatchObject({ status: "failed", error_code: "bedrock_request_refused" });
    expect(world.called).toEqual(["a"]);
  });
}

const signed = { ...thinking, signature: "c2lnbmVk" } as const;
const thinkingRules: Capabilities["thinking"] = {
  mode: "adaptive",
  efforts: ["low", "high"],
  by_default: true,
  off: "disabled",
  forced_tools: false,
};

/** The default `a` is a Claude that takes images and thinks. */
function claudeRegistry() {
  const registry = registryOf({
    a: {
      is_default: true,
      priority: 1,
      format: "claude",
      capabilities: { ...textOnly, images, thinking: thinkingRules },
    },
    b: { priority: 2 },
  }, { clinical: null });
  return { get: () => Promise.resolve({ registry, stale: false }) };
}

const picturedHistory = {
  history: [
    { role: "user", blocks: [text("What is this?"), image], modelId: null },
    { role: "assistant", blocks: [signed, text("A rash.")], modelId: "a" },
  ],
  historyLength: 2,
  historyTokens: 100_000,
} as const;

function typesSent({ requests }: ReturnType<typeof runWorld>): string[] {
  return requests.map(({ messages }) =>
    messages.flatMap(({ blocks }) => blocks.map(({ type }) => type)).join(" ")
  );
}

for (const streamed of [false, true]) {
  const given = streamed ? "streamed" : "whole";

  Deno.test(`run() asks once more without the history's media when the model refuses them (${given})`, async () => {
    const world = runWorld({
      a: [{ fails: "modality_not_supported", refuses: "media" }, { gives: [text("Better.")] }],
    }, { registry: claudeRegistry() });
    const outcome = outcomeOf(await world.play({ ...picturedHistory, streamed }));
    expect(outcome.kind).toBe("complete");
    expect(typesSent(world)).toEqual([
      "text image thinking text text",
      "text text thinking text text",
    ]);
    expect(outcome.record).toMatchObject({
      model_id: "a",
      attempts: 2,
      fallback_code: null,
      blocks_left_out: { image: 1 },
    });
  });

  Deno.test(`run() asks once more without thinking when the model does not take its own back (${given})`, async () => {
    const world = runWorld({
      a: [{ fails: "bedrock_request_refused", refuses: "thinking" }, { gives: [text("Better.")] }],
    }, { registry: claudeRegistry() });
    const outcome = outcomeOf(await world.play({ ...picturedHistory, streamed }));
    expect(outcome.kind).toBe("complete");
    expect(typesSent(world)[1]).toBe("text image text text");
    expect(world.requests.map((request) => request.thinking)).toEqual([null, { kind: "disabled" }]);
    expect(outcome.record.blocks_left_out).toEqual({ thinking: 1 });
  });
}

Deno.test("run() does not ask again where the question's own image is refused, or twice", async () => {
  const refusal = { fails: "modality_not_supported", refuses: "media" } as const;
  const own = runWorld({ a: [refusal] }, { registry: claudeRegistry() });
  expect(outcomeOf(await own.play(withImage)).record)
    .toMatchObject({ error_code: "modality_not_supported", attempts: 1 });
  const twice = runWorld({ a: [refusal, refusal] }, { registry: claudeRegistry() });
  expect(outcomeOf(await twice.play(picturedHistory)).record)
    .toMatchObject({ error_code: "modality_not_supported", attempts: 2 });
});
