import { expect } from "@std/expect";
import fc from "fast-check";
import { AppError } from "../../../../../../supabase/functions/_shared/core/app_error.ts";
import { textOf } from "../../../../../../supabase/functions/_shared/core/content.ts";
import { RawData } from "../../../../../../supabase/functions/_shared/core/server_sent_event.ts";
import { openaiDialect } from "../../../../../../supabase/functions/_shared/dialects/openai/openai.ts";
import { formats } from "../../../../../../supabase/functions/_shared/formats/formats.ts";
import type { RunEvent } from "../../../../../../supabase/functions/_shared/runs/run_event.ts";
import { modelRequest } from "../../formats/model_request.ts";
import { streamFixtures } from "../../formats/stream_fixtures.ts";
import { ask } from "./ask.ts";
import { broken, completed, head, start } from "./run_events.ts";

/** What a client reads: the JSON of each event, and `[DONE]`. */
type Read = Record<string, unknown> | "[DONE]";

function play(groups: readonly (readonly RunEvent[])[], fields: Record<string, unknown> = {}) {
  const stream = openaiDialect.openStream(ask({ stream: true, ...fields }), head);
  return groups.flatMap((events) =>
    stream.write(events).map(({ event, data }): Read => {
      expect(event).toBeNull();
      return data instanceof RawData ? "[DONE]" : JSON.parse(JSON.stringify(data));
    })
  );
}

interface Chunk {
  readonly choices: readonly {
    readonly delta: Delta;
    readonly finish_reason: string | null;
  }[];
}

interface Delta {
  readonly role?: string;
  readonly content?: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly {
    readonly index: number;
    readonly id?: string;
    readonly function: { readonly name?: string; readonly arguments: string };
  }[];
}

const deltasOf = (read: readonly Read[]) =>
  read.flatMap((data) =>
    data === "[DONE]" || "error" in data
      ? []
      : (data as unknown as Chunk).choices.map(({ delta }) => delta)
  );

const finishesOf = (read: readonly Read[]) =>
  read.flatMap((data) =>
    data === "[DONE]" || "error" in data ? [] : (data as unknown as Chunk).choices
      .flatMap(({ finish_reason }) => finish_reason === null ? [] : [finish_reason])
  );

const text = (text: string): RunEvent => ({ type: "text-delta", text });
const stop = (...outcome: Parameters<typeof completed>): RunEvent => ({
  type: "stop",
  outcome: completed(...outcome),
});
const end: RunEvent = { type: "block-end", blocks: [{ type: "text", text: "Fine." }] };

Deno.test("write() gives role, text, end and [DONE], with one head throughout", () => {
  const read = play([[start, text("Fi")], [text("ne."), end], [stop()]]);
  const chunk = (delta: Delta, finish_reason: string | null = null) => ({
    id: "chatcmpl-6f1b1c9e0d5a4c559a3e0123456789ab",
    object: "chat.completion.chunk",
    created: 1_796_025_600,
    model: "vendor.first-v1:0",
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  expect(read).toEqual([
    chunk({ role: "assistant", content: "" }),
    chunk({ content: "Fi" }),
    chunk({ content: "ne." }),
    chunk({}, "stop"),
    "[DONE]",
  ]);
});

Deno.test("write() ends with the tokens where they were asked for, and says null until then", () => {
  const read = play([[start, text("Fine."), end, stop()]], {
    stream_options: { include_usage: true },
  });
  expect(read.at(-1)).toBe("[DONE]");
  expect(read.at(-2)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });
  for (const chunk of read.slice(0, -2)) expect(chunk).toMatchObject({ usage: null });
  const untold = play([[start, text("Fine."), end, stop({}, { input_tokens: null })]], {
    stream_options: { include_usage: true },
  });
  expect(untold.at(-2)).toMatchObject({ choices: [{ finish_reason: "stop" }] });
});

Deno.test("write() counts calls of tools from 0, names each once, and gives {} for no arguments", () => {
  const call = (id: string, input: unknown) => ({
    type: "tool-use" as const,
    id,
    name: `tool_${id}`,
    input,
  });
  const begins = (id: string): RunEvent => ({ type: "tool-use-start", id, name: `tool_${id}` });
  const input = (json: string): RunEvent => ({ type: "tool-input-delta", json });
  const ends = (id: string, input: unknown): RunEvent => ({
    type: "block-end",
    blocks: [call(id, input)],
  });
  const read = play([
    [start, text("Fine."), end],
    [begins("a"), input('{"ward"'), input(':"B"}'), ends("a", { ward: "B" })],
    [begins("b"), ends("b", {})],
    [begins("c"), input(""), ends("c", {})],
    // One that came without events of its own.
    [ends("d", { ward: "C" })],
    [stop({ blocks: [call("a", {})], stopReason: "end_turn" })],
  ]);
  const calls = deltasOf(read).flatMap(({ tool_calls = [] }) => tool_calls);
  const first = (index: number, id: string) => ({
    index,
    id,
    type: "function",
    function: { name: `tool_${id}`, arguments: "" },
  });
  const more = (index: number, json: string) => ({ index, function: { arguments: json } });
  expect(calls).toEqual([
    first(0, "a"),
    more(0, '{"ward"'),
    more(0, ':"B"}'),
    first(1, "b"),
    more(1, "{}"),
    first(2, "c"),
    more(2, "{}"),
    first(3, "d"),
    more(3, '{"ward":"C"}'),
  ]);
  expect(finishesOf(read)).toEqual(["tool_calls"]);
});

Deno.test("write() leaves the arguments of a call empty that was cut off before them", () => {
  const cut = { type: "opaque", kind: "tool_use", value: {} } as const;
  const read = play([
    [start, { type: "tool-use-start", id: "a", name: "tool_a" }],
    [{ type: "block-end", blocks: [cut] }, stop({ blocks: [cut], stopReason: "max_tokens" })],
  ]);
  const calls = deltasOf(read).flatMap(({ tool_calls = [] }) => tool_calls);
  expect(calls.map((call) => call.function.arguments)).toEqual([""]);
  expect(finishesOf(read)).toEqual(["length"]);
});

Deno.test("write() shows thinking as it comes, once, and hides it where tools are called", () => {
  const thought = { type: "thinking", text: "Hm. So.", signature: "EqQB" } as const;
  const events: RunEvent[] = [
    { type: "thinking", modelId: "vendor.first-v1:0" },
    start,
    { type: "thinking-start" },
    { type: "thinking-delta", text: "Hm. " },
    { type: "thinking-delta", text: "So." },
    { type: "block-end", blocks: [thought] },
    // Of an answer that was checked, the end of its thinking comes again.
    { type: "block-end", blocks: [thought] },
    text("Fine."),
    end,
    stop(),
  ];
  const reasoning = (read: readonly Read[]) =>
    deltasOf(read).map(({ reasoning_content = "" }) => reasoning_content).join("");
  expect(reasoning(play([events]))).toBe("Hm. So.");
  expect(JSON.stringify(play([events]))).not.toContain("EqQB");
  const tools = [{ type: "function", function: { name: "find_bed" } }];
  expect(reasoning(play([events], { tools }))).toBe("");
  const endsOnly = events.filter(({ type }) => !type.startsWith("thinking"))
    .filter((_event, index) => index !== 1);
  expect(reasoning(play([endsOnly]))).toBe("Hm. So.");
});

Deno.test("ping() begins the answer with the name that was asked for, and then leaves it", () => {
  const stream = openaiDialect.openStream(ask({ stream: true, model: "default" }), head);
  expect(stream.ping().map(({ data }) => data)).toEqual([
    expect.objectContaining({
      model: "default",
      choices: [expect.objectContaining({ delta: { role: "assistant", content: "" } })],
    }),
  ]);
  expect(stream.ping()).toEqual([]);
  const rest = stream.write([start, text("Fine."), end, stop()]);
  const models = rest.flatMap(({ data }) =>
    data instanceof RawData ? [] : [(data as { model: string }).model]
  );
  expect(new Set(models)).toEqual(new Set(["default"]));
  expect(JSON.stringify(rest)).not.toContain("assistant");
});

const truncated = new AppError("bedrock_stream_truncated");

/** Ends that are none. */
const failures: readonly (readonly [what: string, events: readonly RunEvent[], code: string])[] = [
  ["a stream that breaks", [{ type: "stop", outcome: broken(truncated) }], truncated.code],
  [
    "a fault of the functions",
    [{ type: "stop", outcome: broken(new TypeError("secret words")) }],
    "internal_error",
  ],
  ["an end that is not known", [stop({ stopReason: "unknown" })], "bedrock_bad_response"],
];

for (const [what, events, code] of failures) {
  Deno.test(`write() tells ${what} as an error, and never as an end`, () => {
    const read = play([[start, text("Fi")], events], { stream_options: { include_usage: true } });
    expect(finishesOf(read)).toEqual([]);
    expect(read.at(-1)).toEqual({
      error: { message: expect.any(String), type: "api_error", param: null, code },
    });
    expect(read).not.toContain("[DONE]");
    expect(JSON.stringify(read)).not.toContain("secret words");
  });
}

Deno.test("write() tells a failure before anything was written as an error alone", () => {
  const throttled = new AppError("bedrock_throttled");
  expect(play([[{ type: "stop", outcome: broken(throttled) }]])).toEqual([
    { error: expect.objectContaining({ type: "rate_limit_error", code: "rate_limit_exceeded" }) },
  ]);
});

for (const { name, format, events } of streamFixtures) {
  Deno.test(`write() gives what the model said, however it is cut: ${name}`, () => {
    const decoder = formats[format].createStreamDecoder(modelRequest());
    const taken = events.map((event) => {
      decoder.push(event);
      return decoder.take();
    });
    const answer = decoder.finish();
    const all: RunEvent[] = [start, ...taken.flat(), stop(answer)];
    const calls = answer.blocks.filter((block) => block.type === "tool-use");
    fc.assert(fc.property(fc.array(fc.nat({ max: all.length }), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), all.length];
      const groups = places.slice(1).map((end, n) => all.slice(places[n], end));
      const read = play(groups);
      const deltas = deltasOf(read);
      expect(deltas.map(({ content = "" }) => content).join("")).toBe(textOf(answer.blocks));
      const args = calls.map(() => "");
      const ids: string[] = [];
      for (
        const { index, id, function: { arguments: json } } of deltas.flatMap((d) =>
          d.tool_calls ?? []
        )
      ) {
        args[index] += json;
        if (id !== undefined) ids[index] = id;
      }
      expect(ids).toEqual(calls.map(({ id }) => id));
      expect(args.map((json) => JSON.parse(json))).toEqual(calls.map(({ input }) => input));
      expect(finishesOf(read)).toHaveLength(1);
      expect(read.filter((data) => data === "[DONE]")).toHaveLength(1);
      expect(deltas.filter(({ role }) => role !== undefined)).toHaveLength(1);
    }));
  });
}
