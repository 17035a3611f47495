import { expect } from "@std/expect";
import fc from "fast-check";
import type { ContentBlock } from "../../../../../../supabase/functions/_shared/core/content.ts";
import { AppError } from "../../../../../../supabase/functions/_shared/core/app_error.ts";
import type { ServerSentEvent } from "../../../../../../supabase/functions/_shared/core/server_sent_event.ts";
import { anthropicDialect } from "../../../../../../supabase/functions/_shared/dialects/anthropic/anthropic.ts";
import { tagProof } from "../../../../../../supabase/functions/_shared/dialects/anthropic/thinking_tag.ts";
import type { RunEvent } from "../../../../../../supabase/functions/_shared/runs/run_event.ts";
import { runRecord } from "../../runs/run_record_of.ts";
import { completed, head, modelId, read } from "./calls.ts";

const start: RunEvent = {
  type: "start",
  start: {
    modelId,
    modelName: "A model",
    reason: "default",
    requestedModelId: null,
    fallbackCode: null,
    registryVersion: 1,
    answerTokensLeft: null,
    generatedAt: null,
    promptHash: null,
    functionRegion: null,
  },
};

const open = (change = {}) => anthropicDialect.openStream(read(change), head);

/** The data of events, whose names have to be their types. */
// deno-lint-ignore no-explicit-any
function dataOf(events: readonly ServerSentEvent[]): any[] {
  // deno-lint-ignore no-explicit-any
  const data = events.map(({ data }) => data as any);
  expect(events.map(({ event }) => event)).toEqual(data.map(({ type }) => type));
  return data;
}

function written(events: readonly RunEvent[], change = {}) {
  return dataOf(open(change).write(events));
}

/** As a format tells a block: its deltas and its end. */
function eventsOf(block: ContentBlock): readonly RunEvent[] {
  const end: RunEvent = { type: "block-end", blocks: [block] };
  switch (block.type) {
    case "text":
      return [...[...block.text].map((text): RunEvent => ({ type: "text-delta", text })), end];
    case "thinking":
      return [
        { type: "thinking", modelId },
        { type: "thinking-start" },
        ...[...block.text].map((text): RunEvent => ({ type: "thinking-delta", text })),
        end,
      ];
    case "tool-use":
      return [
        { type: "tool-use-start", id: block.id, name: block.name },
        { type: "tool-input-delta", json: JSON.stringify(block.input) },
        end,
      ];
    default:
      return [end];
  }
}

const stopped = (blocks: readonly ContentBlock[] = []): RunEvent => ({
  type: "stop",
  outcome: completed(blocks),
});

Deno.test("openStream() writes a text from message_start to message_stop", () => {
  const blocks = [{ type: "text", text: "Hi" }] as const;
  const data = written([start, ...eventsOf(blocks[0]), stopped(blocks)]);
  expect(data.map(({ type }) => type)).toEqual([
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  expect(data[0].message).toMatchObject({
    id: "msg_11111111222243338444555555555555",
    type: "message",
    role: "assistant",
    model: modelId,
    content: [],
    stop_reason: null,
    usage: { input_tokens: expect.any(Number), output_tokens: 0 },
  });
  expect(data[1]).toEqual({
    type: "content_block_start",
    index: 0,
    content_block: { type: "text", text: "" },
  });
  expect(data[2].delta).toEqual({ type: "text_delta", text: "H" });
  expect(data[5]).toMatchObject({
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { input_tokens: 3, output_tokens: 2 },
  });
});

Deno.test("openStream() signs thinking as a whole at its end, with the model's tag", () => {
  const thinking = { type: "thinking", text: "Hm", signature: "sig==" } as const;
  const data = written([start, ...eventsOf(thinking)]).slice(1);
  expect(data[0].content_block).toEqual({ type: "thinking", thinking: "", signature: "" });
  expect(data.slice(1, -1).map(({ delta }) => delta)).toEqual([
    { type: "thinking_delta", thinking: "H" },
    { type: "thinking_delta", thinking: "m" },
    { type: "signature_delta", signature: tagProof("sig==", modelId) },
  ]);
});

Deno.test("openStream() gives thinking without words as its signature alone", () => {
  const thinking = { type: "thinking", text: "", signature: "sig" } as const;
  const data = written([start, ...eventsOf(thinking)]).slice(1);
  expect(data.map(({ type }) => type)).toEqual([
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
  ]);
  expect(data[1].delta).toEqual({ type: "signature_delta", signature: tagProof("sig", modelId) });
});

Deno.test("openStream() gives redacted thinking whole, though it began as thinking", () => {
  const redacted = { type: "redacted-thinking", data: "data" } as const;
  const data = written([start, { type: "thinking-start" }, ...eventsOf(redacted)]).slice(1);
  expect(data).toEqual([
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "redacted_thinking", data: tagProof("data", modelId) },
    },
    { type: "content_block_stop", index: 0 },
  ]);
});

Deno.test("openStream() gives the input of a tool in fragments", () => {
  const call = { type: "tool-use", id: "toolu_1", name: "look.up", input: {} } as const;
  const data = written([start, ...eventsOf(call)]).slice(1);
  expect(data[0].content_block).toEqual({
    type: "tool_use",
    id: "toolu_1",
    name: "look.up",
    input: {},
  });
  expect(data[1].delta).toEqual({ type: "input_json_delta", partial_json: "{}" });
});

Deno.test("openStream() writes blocks that come without events of their own", () => {
  const blocks = [
    { type: "thinking", text: "Hm", signature: "sig" },
    { type: "text", text: "" },
    { type: "text", text: "Yes" },
    { type: "opaque", kind: "citations", value: [] },
    { type: "tool-use", id: "functions.a:0", name: "a", input: { b: 1 } },
  ] as const;
  const data = written([start, { type: "block-end", blocks }]).slice(1);
  expect(data.filter(({ type }) => type === "content_block_start")).toMatchObject([
    { index: 0, content_block: { type: "thinking", thinking: "" } },
    { index: 1, content_block: { type: "text", text: "" } },
    { index: 2, content_block: { type: "tool_use", name: "a", input: {} } },
  ]);
  const ids = data.map((event) => event.content_block?.id).filter((id) => id !== undefined);
  expect(ids).toEqual([expect.stringMatching(/^toolu_[a-z0-9]+$/)]);
});

Deno.test("ping() begins an answer whose model is not known yet", () => {
  const stream = open({ model: "assistant/health" });
  const [first, ping] = dataOf(stream.ping());
  expect(first.message.model).toBe("assistant/health");
  expect(ping).toEqual({ type: "ping" });
  expect(dataOf(stream.ping())).toEqual([{ type: "ping" }]);
  const data = dataOf(stream.write([start, ...eventsOf({ type: "text", text: "Hi" })]));
  expect(data.map(({ type }) => type)).not.toContain("message_start");
});

Deno.test("openStream() shows no thinking of a model that may still fail", () => {
  expect(written([
    { type: "thinking", modelId: "vendor.other-v1:0" },
    { type: "thinking-start" },
    { type: "thinking-delta", text: "Hm" },
  ])).toEqual([]);
});

Deno.test("openStream() tells a broken answer as an error, and no end", () => {
  const outcome = {
    kind: "partial",
    answer: { blocks: [], usage: completed([]).answer.usage },
    error: new AppError("bedrock_stream_truncated"),
    record: runRecord(),
    selected: null,
  } as const;
  const data = written([start, { type: "text-delta", text: "Hal" }, { type: "stop", outcome }]);
  expect(data.at(-1)).toEqual({
    type: "error",
    error: {
      type: "api_error",
      message: "The model's stream ended before the answer was complete.",
    },
    request_id: head.callId,
  });
  expect(data.map(({ type }) => type)).not.toContain("message_delta");
  const unexpected = { ...outcome, kind: "failed", error: new TypeError("a secret") } as const;
  const [event] = written([{ type: "stop", outcome: unexpected }]);
  expect(event.error).toEqual({ type: "api_error", message: "Internal error." });
});

Deno.test("openStream() tells an end that the API has no word for as an error", () => {
  for (const stopReason of ["malformed_output", "unknown"] as const) {
    const outcome = completed([], { stopReason });
    const data = written([start, { type: "stop", outcome }]);
    expect(data.at(-1)).toMatchObject({ type: "error", error: { type: "api_error" } });
  }
});

Deno.test("openStream() leaves the estimate of the prompt where its tokens are not known", () => {
  const outcome = completed([], {}, { input_tokens: null });
  const data = written([start, { type: "stop", outcome }]);
  expect(data[0].message.usage.input_tokens).toBeGreaterThan(0);
  expect(data.at(-2).usage).not.toHaveProperty("input_tokens");
  expect(data.at(-2).usage.output_tokens).toBe(2);
});

Deno.test("openStream() begins an answer without content, too", () => {
  expect(written([stopped()]).map(({ type }) => type)).toEqual([
    "message_start",
    "message_delta",
    "message_stop",
  ]);
});

const word = fc.string({ minLength: 1, maxLength: 5 });
const anyBlock: fc.Arbitrary<ContentBlock> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text: fc.string({ maxLength: 5 }) }),
  fc.record({
    type: fc.constant("thinking" as const),
    text: fc.string({ maxLength: 5 }),
    signature: fc.option(word),
  }),
  fc.record({ type: fc.constant("redacted-thinking" as const), data: word }),
  fc.record({
    type: fc.constant("tool-use" as const),
    id: word,
    name: word,
    // As JSON tells it, which has no -0.
    input: fc.dictionary(word, fc.jsonValue({ maxDepth: 1 }))
      .map((input) => JSON.parse(JSON.stringify(input))),
  }),
  fc.record({ type: fc.constant("opaque" as const), kind: word, value: fc.jsonValue() }),
);

/** What a client puts together from the events of an answer. */
function assembled(events: readonly ServerSentEvent[]): unknown[] {
  const content: Record<string, unknown>[] = [];
  let open = false;
  for (const event of dataOf(events)) {
    if (event.type === "content_block_start") {
      expect([open, event.index]).toEqual([false, content.length]);
      open = true;
      content.push({ ...event.content_block });
    }
    if (event.type === "content_block_delta") {
      expect([open, event.index]).toEqual([true, content.length - 1]);
      const block = content.at(-1)!;
      const { type: _, partial_json, ...delta } = event.delta;
      for (const [name, text] of Object.entries(delta)) block[name] = `${block[name] ?? ""}${text}`;
      if (partial_json !== undefined) block["input"] = JSON.parse(partial_json);
    }
    if (event.type === "content_block_stop") {
      expect([open, event.index]).toEqual([true, content.length - 1]);
      open = false;
    }
  }
  expect(open).toBe(false);
  return content;
}

Deno.test("any answer is the same streamed as whole, however it is cut and pinged", () => {
  fc.assert(fc.property(
    fc.array(anyBlock, { maxLength: 6 }),
    fc.array(fc.boolean()),
    fc.boolean(),
    (blocks, pings, withEvents) => {
      const events = blocks.flatMap((block) =>
        withEvents ? eventsOf(block) : [{ type: "block-end", blocks: [block] } as const]
      );
      const stream = open();
      const sent = [start, ...events, stopped(blocks)].flatMap((event, index) => [
        ...(pings[index] ? stream.ping() : []),
        ...stream.write([event]),
      ]);
      const whole = anthropicDialect.wholeAnswer(read(), completed(blocks), head) as {
        content: { citations?: null }[];
      };
      expect(assembled(sent.filter(({ event }) => event !== "ping")))
        .toEqual(whole.content.map(({ citations: _, ...block }) => block));
    },
  ));
});
