/** Calls of tools in answers, plain and streamed, in every format. */
import { expect } from "@std/expect";
import type { ContentBlock } from "../../../../../supabase/functions/_shared/core/content.ts";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import type { ModelEvent } from "../../../../../supabase/functions/_shared/core/model_event.ts";
import { formats } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import type {
  ModelRequest,
  PreparedTools,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import {
  type FormatId,
  formatIds,
} from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRequest } from "./model_request.ts";

/** A call as a model writes it: its input in fragments of JSON, or none. */
interface Call {
  readonly name: string;
  readonly fragments: readonly string[];
}

function bodyOf(format: FormatId, calls: readonly Call[], stop: string) {
  const inputOf = ({ fragments }: Call) => {
    const json = fragments.join("");
    return json === "" ? {} : { input: JSON.parse(json) };
  };
  if (format === "claude") {
    const content = calls.map((call, n) => ({
      type: "tool_use",
      id: `t${n}`,
      name: call.name,
      ...inputOf(call),
    }));
    return { type: "message", role: "assistant", content, stop_reason: stop };
  }
  const content = calls.map((call, n) => ({
    toolUse: { toolUseId: `t${n}`, name: call.name, ...inputOf(call) },
  }));
  return { output: { message: { role: "assistant", content } }, stopReason: stop };
}

function eventsOf(format: FormatId, calls: readonly Call[], stop: string): object[] {
  if (format === "claude") {
    return [
      { type: "message_start", message: { role: "assistant" } },
      ...calls.flatMap(({ name, fragments }, index) => [
        {
          type: "content_block_start",
          index,
          content_block: { type: "tool_use", id: `t${index}`, name, input: {} },
        },
        ...fragments.map((partial_json) => ({
          type: "content_block_delta",
          index,
          delta: { type: "input_json_delta", partial_json },
        })),
        { type: "content_block_stop", index },
      ]),
      { type: "message_delta", delta: { stop_reason: stop } },
      { type: "message_stop" },
    ];
  }
  return [
    { messageStart: { role: "assistant" } },
    ...calls.flatMap(({ name, fragments }, contentBlockIndex) => [
      {
        contentBlockStart: {
          start: { toolUse: { toolUseId: `t${contentBlockIndex}`, name } },
          contentBlockIndex,
        },
      },
      ...fragments.map((input) => ({
        contentBlockDelta: { delta: { toolUse: { input } }, contentBlockIndex },
      })),
      { contentBlockStop: { contentBlockIndex } },
    ]),
    { messageStop: { stopReason: stop } },
    { metadata: {} },
  ];
}

function plainOf(
  format: FormatId,
  calls: readonly Call[],
  stop: string,
  request: Partial<ModelRequest>,
) {
  return formats[format].decodeResponse(bodyOf(format, calls, stop), modelRequest(request));
}

function streamedOf(
  format: FormatId,
  calls: readonly Call[],
  stop: string,
  request: Partial<ModelRequest>,
) {
  const decoder = formats[format].createStreamDecoder(modelRequest(request));
  const events: ModelEvent[] = [];
  for (const event of eventsOf(format, calls, stop)) {
    decoder.push(event);
    events.push(...decoder.take());
    // However far it has come, no more is told than is in the answer so far.
    const told = events.map((each) => each.type === "text-delta" ? each.text : "").join("");
    expect(textOf(decoder.partial().blocks)).toBe(told);
  }
  return { answer: decoder.finish(), events };
}

const tools: PreparedTools = {
  tools: [{ name: "find_bed", description: null, inputSchema: { type: "object" } }],
  choice: null,
  parallel: true,
  names: new Map([["find_bed", "beds/find.one"]]),
};

for (const format of formatIds) {
  Deno.test(`${format} gives calls their callers' names again, and keeps one that was made up`, () => {
    const calls = [
      { name: "find_bed", fragments: ['{"ward"', ':"B"}'] },
      { name: "constructor", fragments: ['{"a":1}'] },
    ];
    const blocks: ContentBlock[] = [
      { type: "tool-use", id: "t0", name: "beds/find.one", input: { ward: "B" } },
      { type: "tool-use", id: "t1", name: "constructor", input: { a: 1 } },
    ];
    expect(plainOf(format, calls, "tool_use", { tools }).blocks).toEqual(blocks);
    const { answer, events } = streamedOf(format, calls, "tool_use", { tools });
    expect(answer.blocks).toEqual(blocks);
    expect(events.filter(({ type }) => type !== "usage")).toEqual([
      { type: "tool-use-start", id: "t0", name: "beds/find.one" },
      { type: "tool-input-delta", json: '{"ward"' },
      { type: "tool-input-delta", json: ':"B"}' },
      { type: "block-end", blocks: [blocks[0]] },
      { type: "tool-use-start", id: "t1", name: "constructor" },
      { type: "tool-input-delta", json: '{"a":1}' },
      { type: "block-end", blocks: [blocks[1]] },
    ]);
  });

  Deno.test(`${format} gives a call without arguments the input {}, in its events too`, () => {
    for (const fragments of [[], [""], ["", " "]]) {
      const calls = [{ name: "find_bed", fragments }];
      const blocks = [{ type: "tool-use", id: "t0", name: "beds/find.one", input: {} }];
      const { answer, events } = streamedOf(format, calls, "tool_use", { tools });
      expect(answer.blocks).toEqual(blocks);
      const told = events.map((event) => event.type === "tool-input-delta" ? event.json : "");
      expect(JSON.parse(told.join(""))).toEqual({});
    }
    expect(plainOf(format, [{ name: "find_bed", fragments: [] }], "tool_use", { tools }).blocks)
      .toMatchObject([{ input: {} }]);
  });

  Deno.test(`${format} gives no call that was cut off before its input, where the tool needs one`, () => {
    const inputSchema = { type: "object", required: ["ward"] };
    const needy: PreparedTools = {
      ...tools,
      tools: [{ name: "find_bed", description: null, inputSchema }],
    };
    const cut = format === "claude" ? "model_context_window_exceeded" : "max_tokens";
    const calls = [{ name: "find_bed", fragments: ['{"ward":"B"}'] }, {
      name: "find_bed",
      fragments: [],
    }];
    const countOf = (blocks: readonly ContentBlock[]) =>
      blocks.filter(({ type }) => type === "tool-use").length;
    for (const stop of ["max_tokens", cut]) {
      expect(countOf(plainOf(format, calls, stop, { tools: needy }).blocks)).toBe(1);
      const { answer, events } = streamedOf(format, calls, stop, { tools: needy });
      expect(countOf(answer.blocks)).toBe(1);
      const ended = events.flatMap((event) => event.type === "block-end" ? event.blocks : []);
      expect(countOf(ended)).toBe(1);
      expect(countOf(streamedOf(format, calls, stop, { tools }).answer.blocks)).toBe(2);
    }
    expect(countOf(plainOf(format, calls, "tool_use", { tools: needy }).blocks)).toBe(2);
    expect(countOf(streamedOf(format, calls, "tool_use", { tools: needy }).answer.blocks)).toBe(2);
  });

  Deno.test(`${format} says that a call waits for its result where the model says it is done`, () => {
    const calls = [{ name: "find_bed", fragments: ["{}"] }];
    const expected = { stopReason: "tool_use", providerStopReason: "end_turn" };
    expect(plainOf(format, calls, "end_turn", { tools })).toMatchObject(expected);
    expect(streamedOf(format, calls, "end_turn", { tools }).answer).toMatchObject(expected);
    expect(plainOf(format, calls, "max_tokens", { tools }).stopReason).toBe("max_tokens");
    expect(plainOf(format, [], "end_turn", { tools }).stopReason).toBe("end_turn");
  });

  Deno.test(`${format} reads an answer by a tool as text, whatever the model calls the tool`, () => {
    const schema = { name: "bed", description: null, schema: { type: "object" } };
    const request = { tools, output: { schema, by: "tool" } } as const;
    for (const name of ["find_bed", "find_bed<|channel|>commentary"]) {
      const calls = [{ name, fragments: ['{"ward":', '"B"}'] }];
      const expected = {
        blocks: [{ type: "text", text: '{"ward":"B"}' }],
        stopReason: "end_turn",
        providerStopReason: "tool_use",
      };
      expect(plainOf(format, calls, "tool_use", request)).toMatchObject(expected);
      const { answer, events } = streamedOf(format, calls, "tool_use", request);
      expect(answer).toMatchObject(expected);
      expect(events.map(({ type }) => type))
        .toEqual(["text-delta", "text-delta", "block-end", "usage"]);
    }
    const nothing = [{ name: "find_bed", fragments: [""] }];
    expect(streamedOf(format, nothing, "tool_use", request).answer.blocks)
      .toEqual([{ type: "text", text: "{}" }]);
    expect(plainOf(format, [{ name: "find_bed", fragments: [] }], "tool_use", request).blocks)
      .toEqual([{ type: "text", text: "{}" }]);
  });

  Deno.test(`${format} gives an answer by a tool as far as it came, where it was cut off`, () => {
    const schema = { name: "bed", description: null, schema: { type: "object" } };
    const request = { tools, output: { schema, by: "tool" } } as const;
    const calls = [{ name: "find_bed", fragments: ['{"ward":'] }];
    expect(streamedOf(format, calls, "max_tokens", request).answer).toMatchObject({
      blocks: [{ type: "text", text: '{"ward":' }],
      stopReason: "max_tokens",
    });
  });
}
