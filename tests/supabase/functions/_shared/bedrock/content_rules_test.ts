/** Rules of the wire about content, each against the stand-in and for every kind of model. */
import "./node_crc32.ts";
import { expect } from "@std/expect";
import {
  type ContentBlock,
  type Message,
  textOf,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import type { ModelEvent } from "../../../../../supabase/functions/_shared/core/model_event.ts";
import type { Tool } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { answerOf, text, toolResult, user } from "../formats/blocks.ts";
import { bothWays, contentRows, plainly, prepared, rowOf, streamed } from "./content_calls.ts";
import { type StandIn, withStandIn } from "./stand_in.ts";

const withTools = contentRows.filter(({ capabilities }) => capabilities.tools !== undefined);
const claudes = contentRows.filter(({ provider, model_id }) =>
  `${provider} ${model_id}`.includes("anthropic")
);

const tools: readonly Tool[] = ["beds/find.one", "list-wards"].map((name) => ({
  name,
  description: null,
  inputSchema: { type: "object", properties: { ward: { type: "string" } } },
}));

function everyModel(
  rows: readonly Model[],
  body: (standIn: StandIn, row: Model) => Promise<void>,
): () => Promise<void> {
  return () =>
    withStandIn(async (standIn) => {
      expect(rows.length).toBeGreaterThan(1);
      for (const row of rows) await body(standIn, row);
    });
}

/** The events of each block, which is where one must not begin inside another. */
function blocksOf(events: readonly ModelEvent[]): ModelEvent[][] {
  const blocks: ModelEvent[][] = [[]];
  for (const event of events) {
    blocks.at(-1)!.push(event);
    if (event.type === "block-end") blocks.push([]);
  }
  return blocks;
}

Deno.test(
  "a tool without arguments is called with {}, in its events too",
  everyModel(withTools, async (standIn, row) => {
    const request = prepared(row, { tools, messages: [user(text("Call the tool list-wards"))] });
    const { answer, events } = await streamed(standIn, request);
    expect(answer.stopReason).toBe("tool_use");
    expect(answer.blocks.filter(({ type }) => type === "tool-use"))
      .toMatchObject([{ name: "list-wards", input: {} }]);
    const input = events.map((event) => event.type === "tool-input-delta" ? event.json : "");
    expect(JSON.parse(input.join(""))).toEqual({});
  }),
);

Deno.test(
  "one block is open at a time, in the order of the answer",
  everyModel(withTools, async (standIn, row) => {
    const orders = 'Call the tool beds/find.one with {"ward":"B"} and call the tool list-wards. ' +
      "Call the tool list-wards";
    const request = prepared(row, { tools, messages: [user(text(orders))], effort: "low" });
    await standIn.control.addFaultRule({ kind: "fragment", bytes: 7 });
    const { answer, events } = await streamed(standIn, request);
    const calls = answer.blocks.flatMap((block) => block.type === "tool-use" ? [block.name] : []);
    expect(calls).toEqual(["beds/find.one", "list-wards"]);
    const parts = blocksOf(events);
    expect(parts.pop()?.map(({ type }) => type)).toEqual(["usage"]);
    expect(parts.flatMap((part) => part.at(-1)))
      .toEqual(answer.blocks.map((block) => ({ type: "block-end", blocks: [block] })));
    for (const part of parts) {
      const starts = part.filter(({ type }) => type.endsWith("-start"));
      expect(starts.length).toBeLessThan(2);
      expect(part.indexOf(starts[0]!)).toBeLessThan(1);
    }
  }),
);

Deno.test(
  "a call of a tool waits for its result, though the model says that it is done",
  everyModel(withTools, async (standIn, row) => {
    const request = prepared(row, { tools });
    for (const call of [plainly, streamed]) {
      await standIn.control.scriptAnswer({
        content: [{ type: "tool_use", id: "tooluse01", name: "list-wards", input: {} }],
        stopReason: "end_turn",
      });
      const called = await call(standIn, request);
      expect("answer" in called ? called.answer : called)
        .toMatchObject({ stopReason: "tool_use", providerStopReason: "end_turn" });
    }
  }),
);

Deno.test("a stream that is cut is no answer, in thinking and a tool's input neither", () =>
  withStandIn(async (standIn) => {
    const order = user(text('Call the tool beds/find.one with {"ward":"Beside the garden"}'));
    for (const row of withTools.filter(({ capabilities }) => capabilities.thinking)) {
      const request = prepared(row, { tools, effort: "low", messages: [order] });
      const codes: unknown[] = [];
      for (let frames = 0; codes.at(-1) !== "whole"; frames++) {
        await standIn.control.addFaultRule({ kind: "cut", afterFrames: frames });
        codes.push(await streamed(standIn, request).then(() => "whole", ({ code }) => code));
      }
      // A start, a thought, a text, a call, a stop and the usage at least.
      expect(codes.length).toBeGreaterThan(9);
      expect(new Set(codes.slice(0, -1))).toEqual(new Set(["bedrock_stream_truncated"]));
    }
  }));

/** What the model was last sent of its own answer. */
async function sentBack(standIn: StandIn): Promise<unknown[]> {
  const last = (await standIn.control.requests()).at(-1) as {
    body: { messages: { role: string; content: unknown[] }[] };
  };
  return last.body.messages.findLast(({ role }) => role === "assistant")?.content ?? [];
}

Deno.test(
  "what a model wrote goes back to it in its order, signed thinking byte for byte",
  everyModel(claudes, async (standIn, row) => {
    const question = user(text('Call the tool beds/find.one with {"ward":"é B"}'));
    const asking = { tools, effort: "medium" } as const;
    const { answer } = await streamed(standIn, prepared(row, { ...asking, messages: [question] }));
    expect(answer.blocks.map(({ type }) => type)).toEqual(["thinking", "text", "tool-use"]);
    const [thought, , call] = answer.blocks as [
      ContentBlock & { type: "thinking" },
      ContentBlock,
      ContentBlock & { type: "tool-use" },
    ];
    const messages: Message[] = [
      question,
      answerOf(row.model_id, ...answer.blocks),
      user(toolResult(call.id)),
    ];
    const next = await plainly(standIn, prepared(row, { ...asking, messages }));
    expect(next.stopReason).toBe("end_turn");
    const sent = await sentBack(standIn);
    expect(sent[0]).toEqual(
      row.format === "claude"
        ? { type: "thinking", thinking: thought.text, signature: thought.signature }
        : {
          reasoningContent: {
            reasoningText: { text: thought.text, signature: thought.signature },
          },
        },
    );
    expect(sent).toHaveLength(3);
    expect(JSON.stringify(sent[2])).toContain(JSON.stringify(call.input));
  }),
);

Deno.test(
  "thinking that has a signature and no words goes back as well",
  everyModel(claudes, async (standIn, row) => {
    for (const call of [plainly, streamed]) {
      await standIn.control.scriptAnswer({
        content: [
          { type: "thinking", text: "", signature: "c2lnbmVk" },
          { type: "redacted_thinking", data: "cmVkYWN0ZWQ=" },
          { type: "text", text: "Yes." },
        ],
      });
      const called = await call(standIn, prepared(row, { effort: "low" }));
      const { blocks } = "answer" in called ? called.answer : called;
      expect(blocks).toEqual([
        { type: "thinking", text: "", signature: "c2lnbmVk" },
        { type: "redacted-thinking", data: "cmVkYWN0ZWQ=" },
        { type: "text", text: "Yes." },
      ]);
      const messages = [user(text("Hi")), answerOf(row.model_id, ...blocks), user(text("More"))];
      await plainly(standIn, prepared(row, { effort: "low", messages }));
      const sent = JSON.stringify(await sentBack(standIn));
      expect(sent).toContain("c2lnbmVk");
      expect(sent).toContain("cmVkYWN0ZWQ=");
    }
  }),
);

Deno.test(
  "that a model thinks is told before any of its words",
  everyModel(claudes, async (standIn, row) => {
    await standIn.control.scriptAnswer({
      content: [{ type: "thinking", text: "" }, { type: "text", text: "Yes." }],
    });
    const { events } = await streamed(standIn, prepared(row, { effort: "low" }));
    expect(events.map(({ type }) => type))
      .toEqual(["thinking-start", "block-end", "text-delta", "block-end", "usage"]);
  }),
);

Deno.test("a model may compose a tool's input, and think, for longer than it may pause in its text", () =>
  withStandIn(async (standIn) => {
    for (const inside of ["tool_use", "thinking"]) {
      const row = rowOf("eu.anthropic.claude-sonnet-5-5", "claude");
      const order = user(text('Call the tool beds/find.one with {"ward":"Beside the garden"}'));
      await standIn.control.addFaultRule({ kind: "pause", inside, ms: 2_500 });
      const request = prepared(row, { tools, effort: "low", messages: [order] });
      const { answer } = await streamed(standIn, request, { idleMs: 1_000 });
      expect(answer.stopReason).toBe("tool_use");
    }
  }));

Deno.test(
  "an answer that has to fit a schema is text, by whichever means the model is held to it",
  everyModel(contentRows, async (standIn, row) => {
    const schema = {
      type: "object",
      properties: { ward: { type: "string" }, beds: { type: "integer" } },
      required: ["ward", "beds"],
      additionalProperties: false,
    };
    const outputSchema = { name: "ward", description: null, schema };
    const request = prepared(row, { outputSchema, messages: [user(text("How full is it?"))] });
    for (const answer of await bothWays(standIn, request)) {
      expect({ by: request.output?.by, stop: answer.stopReason })
        .toEqual({ by: request.output?.by, stop: "end_turn" });
      expect(answer.blocks.filter(({ type }) => type !== "thinking")).toHaveLength(1);
      const json = textOf(answer.blocks).replace(/^```(json)?\n|\n```$/g, "");
      expect(JSON.parse(json)).toEqual({ ward: expect.any(String), beds: expect.any(Number) });
    }
  }),
);

Deno.test(
  "tokens of the cache are counted by how long they are kept, and those of thinking apart",
  everyModel(
    contentRows.filter(({ capabilities }) => capabilities.caching),
    async (standIn, row) => {
      const long = text("Each ward has its own rules for visitors. ".repeat(700));
      const hour = row.capabilities.caching!.ttls.includes("1h");
      const request = prepared(row, {
        system: [{ ...long, cache: { ttl: hour ? "1h" : null } }],
        effort: row.capabilities.thinking ? "low" : null,
      });
      await standIn.control.clearCache();
      const [first, second] = [await plainly(standIn, request), await streamed(standIn, request)];
      const written = first.usage.cacheWriteTokens!;
      expect(written).toBeGreaterThan(1_000);
      expect(first.usage.cacheWrite1hTokens).toBe(hour ? written : 0);
      expect(second.answer.usage).toMatchObject({
        cacheReadTokens: written,
        cacheWriteTokens: 0,
        cacheWrite1hTokens: 0,
        inputTokens: first.usage.inputTokens,
      });
      for (const { usage } of [first, second.answer]) {
        if (row.format === "claude") expect(usage.thinkingTokens).toBeGreaterThan(0);
        else expect(usage.thinkingTokens).toBe(null);
      }
    },
  ),
);
