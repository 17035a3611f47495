import { expect } from "@std/expect";
import { ConverseStreamDecoder } from "../../../../../supabase/functions/_shared/formats/converse_stream.ts";
import { modelRequest } from "./model_request.ts";
import { textOfEvents } from "../texts_of.ts";

const start = { messageStart: { role: "assistant" } };
const stop = { messageStop: { stopReason: "end_turn" } };
const metadata = { metadata: { usage: { inputTokens: 1, outputTokens: 2 } } };

function delta(contentBlockIndex: number, delta: Record<string, unknown>) {
  return { contentBlockDelta: { delta, contentBlockIndex } };
}

function blockStop(contentBlockIndex: number) {
  return { contentBlockStop: { contentBlockIndex } };
}

function decode(events: readonly unknown[]) {
  const decoder = new ConverseStreamDecoder("converse", modelRequest());
  const given = events.map((event) => {
    decoder.push(event);
    return textOfEvents(decoder.take());
  });
  return { decoder, given };
}

Deno.test("ConverseStreamDecoder ends with the usage, which comes after the stop event", () => {
  const { decoder } = decode([start, delta(0, { text: "Hi" }), stop]);
  expect(decoder.ended).toBe(false);
  expect(() => decoder.finish()).toThrow(
    expect.objectContaining({ code: "bedrock_stream_truncated" }),
  );
  decoder.push(metadata);
  expect(decoder.ended).toBe(true);
  expect(decoder.finish()).toEqual({
    blocks: [{ type: "text", text: "Hi" }],
    stopReason: "end_turn",
    providerStopReason: "end_turn",
    usage: {
      inputTokens: 1,
      outputTokens: 2,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      thinkingTokens: null,
    },
  });
});

Deno.test("ConverseStreamDecoder takes counts from Bedrock's metrics where metadata has none", () => {
  const metrics = { inputTokenCount: 70, outputTokenCount: 7, cacheReadInputTokenCount: 3 };
  const expected = {
    inputTokens: 70,
    outputTokens: 7,
    cacheReadTokens: 3,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    thinkingTokens: null,
  };
  const beside = { metadata: {}, "amazon-bedrock-invocationMetrics": metrics };
  expect(decode([start, stop, beside]).decoder.finish().usage).toEqual(expected);

  const alone = { "amazon-bedrock-invocationMetrics": metrics };
  expect(decode([start, stop, { metadata: {} }, alone]).decoder.finish().usage).toEqual(expected);
  expect(decode([start, stop, alone, metadata]).decoder.finish().usage)
    .toMatchObject({ inputTokens: 1, outputTokens: 2 });
});

Deno.test("ConverseStreamDecoder gives the text of interleaved blocks in their order", () => {
  const { decoder, given } = decode([
    start,
    delta(0, { text: "a" }),
    delta(1, { text: "x" }),
    delta(0, { text: "b" }),
    blockStop(0),
    delta(1, { text: "y" }),
    stop,
    metadata,
  ]);
  expect(given).toEqual(["", "a", "", "b", "x", "y", "", ""]);
  expect(decoder.finish().blocks).toEqual([
    { type: "text", text: "ab" },
    { type: "text", text: "xy" },
  ]);
});

Deno.test("ConverseStreamDecoder gives the calls of tools one after the other that arrive interleaved", () => {
  const toolStart = (contentBlockIndex: number, name: string) => ({
    contentBlockStart: {
      start: { toolUse: { toolUseId: `t${contentBlockIndex}`, name } },
      contentBlockIndex,
    },
  });
  const input = (index: number, json: string) => delta(index, { toolUse: { input: json } });
  const decoder = new ConverseStreamDecoder("converse", modelRequest());
  const given = [
    start,
    toolStart(3, "find_bed"),
    toolStart(7, "list_wards"),
    input(7, '{"all":'),
    input(3, '{"ward":'),
    input(7, "true}"),
    blockStop(7),
    input(3, '"B"}'),
    blockStop(3),
    stop,
    metadata,
  ].flatMap((event) => {
    decoder.push(event);
    return decoder.take();
  });
  const blocks = [
    { type: "tool-use", id: "t3", name: "find_bed", input: { ward: "B" } },
    { type: "tool-use", id: "t7", name: "list_wards", input: { all: true } },
  ];
  expect(decoder.finish().blocks).toEqual(blocks);
  expect(given.filter(({ type }) => type !== "usage")).toEqual([
    { type: "tool-use-start", id: "t3", name: "find_bed" },
    { type: "tool-input-delta", json: '{"ward":' },
    { type: "tool-input-delta", json: '"B"}' },
    { type: "block-end", blocks: [blocks[0]] },
    { type: "tool-use-start", id: "t7", name: "list_wards" },
    { type: "tool-input-delta", json: '{"all":true}' },
    { type: "block-end", blocks: [blocks[1]] },
  ]);
});

Deno.test("ConverseStreamDecoder begins another block when the kind changes under one index", () => {
  const { decoder } = decode([
    start,
    delta(0, { reasoningContent: { text: "Hm." } }),
    delta(0, { text: "Yes" }),
    delta(0, { text: "." }),
    blockStop(0),
    delta(0, { text: " No." }),
    stop,
    metadata,
  ]);
  expect(decoder.finish().blocks).toEqual([
    { type: "thinking", text: "Hm.", signature: null },
    { type: "text", text: "Yes." },
    { type: "text", text: " No." },
  ]);
});

Deno.test("ConverseStreamDecoder keeps citations after the text that they belong to", () => {
  const citation = { title: "House rules", location: { documentChar: { documentIndex: 0 } } };
  const { decoder } = decode([
    start,
    delta(0, { text: "Until " }),
    delta(0, { citation }),
    delta(0, { text: "eight." }),
    stop,
    metadata,
  ]);
  expect(decoder.finish().blocks).toEqual([
    { type: "text", text: "Until eight." },
    {
      type: "opaque",
      kind: "citationsContent",
      value: { citationsContent: { content: [{ text: "Until eight." }], citations: [citation] } },
    },
  ]);
});

Deno.test("ConverseStreamDecoder keeps blocks and deltas of other kinds as they came", () => {
  const image = { image: { format: "png" } };
  const bytes = { image: { source: { bytes: "AAAA" } } };
  const { decoder } = decode([
    start,
    { contentBlockStart: { start: image, contentBlockIndex: 0 } },
    delta(0, bytes),
    blockStop(0),
    delta(1, { hologram: { bytes: "AAAA" } }),
    delta(2, { toolUse: { input: "{}" } }),
    stop,
    metadata,
  ]);
  expect(decoder.finish().blocks).toEqual([
    { type: "opaque", kind: "image", value: image },
    { type: "opaque", kind: "image", value: bytes },
    { type: "opaque", kind: "hologram", value: { hologram: { bytes: "AAAA" } } },
    { type: "opaque", kind: "toolUse", value: { toolUse: { input: "{}" } } },
  ]);
});

Deno.test("ConverseStreamDecoder keeps the input of a tool that is cut off, as it came", () => {
  const { decoder } = decode([
    start,
    {
      contentBlockStart: {
        start: { toolUse: { toolUseId: "t1", name: "find_bed" } },
        contentBlockIndex: 0,
      },
    },
    delta(0, { toolUse: { input: '{"ward":' } }),
  ]);
  expect(decoder.partial().blocks).toEqual([{
    type: "opaque",
    kind: "toolUse",
    value: { toolUse: { toolUseId: "t1", name: "find_bed", partialInput: '{"ward":' } },
  }]);
});

Deno.test("ConverseStreamDecoder ignores members that it does not know in events that it does", () => {
  const { decoder } = decode([
    { messageStart: { role: "assistant", p: "abc" }, trace: {} },
    { contentBlockDelta: { delta: { text: "Hi" }, contentBlockIndex: 0, p: "abcdef" } },
    blockStop(7),
    { messageStop: { stopReason: "end_turn", additionalModelResponseFields: {}, p: "a" } },
    { metadata: { usage: { inputTokens: 1, outputTokens: 2 }, serviceTier: {}, p: "ab" } },
  ]);
  expect(decoder.finish().blocks).toEqual([{ type: "text", text: "Hi" }]);
});

Deno.test("ConverseStreamDecoder refuses events in a wrong shape or place", () => {
  const cases: readonly (readonly unknown[])[] = [
    [{ messageStart: { role: "user" } }],
    [delta(0, { text: "a" })],
    [start, { contentBlockDelta: { delta: { text: "a" } } }],
    [start, { contentBlockDelta: { contentBlockIndex: 0 } }],
    [start, { contentBlockStart: null }],
    [start, metadata],
    [start, stop, stop],
    [start, stop, delta(0, { text: "a" })],
    [start, stop, metadata, metadata],
  ];
  for (const events of cases) {
    expect(() => decode(events)).toThrow(expect.objectContaining({ code: "bedrock_bad_response" }));
  }
});
