/** What is true of the stream decoder of every format. */
import { expect } from "@std/expect";
import fc from "fast-check";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import { formats } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import type { StreamDecoder } from "../../../../../supabase/functions/_shared/formats/stream_decoder.ts";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import { unknownUsage } from "../../../../../supabase/functions/_shared/formats/usage.ts";
import {
  type FormatId,
  formatIds,
} from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRequest } from "./model_request.ts";
import { modelRow } from "../model_row.ts";
import { streamFixtures } from "./stream_fixtures.ts";
import { textOfEvents } from "../texts_of.ts";

type Event = Record<string, unknown>;

/** A text block of an answer in each format, with what comes before and after. */
const streamOf: Record<FormatId, (deltas: readonly string[]) => Event[]> = {
  claude: (deltas) => [
    { type: "message_start", message: { role: "assistant" } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...deltas.map((text) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text },
    })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" } },
    { type: "message_stop" },
  ],
  nova: amazonStream,
  converse: amazonStream,
};

function amazonStream(deltas: readonly string[]): Event[] {
  return [
    { messageStart: { role: "assistant" } },
    ...deltas.map((text) => ({ contentBlockDelta: { delta: { text }, contentBlockIndex: 0 } })),
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: "end_turn" } },
    { metadata: {} },
  ];
}

function blockStart(index: number, content_block: Event): Event {
  return { type: "content_block_start", index, content_block };
}

function amazonDelta(contentBlockIndex: number, delta: Event): Event {
  return { contentBlockDelta: { delta, contentBlockIndex } };
}

const toolStart = {
  contentBlockStart: {
    start: { toolUse: { toolUseId: "t1", name: "find_bed" } },
    contentBlockIndex: 2,
  },
};

function pushAll(decoder: StreamDecoder, events: readonly unknown[]): string[] {
  return events.map((event) => {
    decoder.push(event);
    return textOfEvents(decoder.take());
  });
}

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return "none";
}

Deno.test("the stream fixtures cover every format", () => {
  expect(new Set(streamFixtures.map(({ format }) => format))).toEqual(new Set(formatIds));
});

for (const { name, format, body, events } of streamFixtures) {
  Deno.test(`a stream gives the answer that the plain response gives (${name})`, () => {
    const decoder = formats[format].createStreamDecoder(modelRequest());
    const given = pushAll(decoder, events);
    const answer = decoder.finish();
    expect(answer).toEqual(formats[format].decodeResponse(body, modelRequest()));
    expect(given.join("")).toBe(textOf(answer.blocks));
    for (const text of given) expect(text.isWellFormed()).toBe(true);
    expect(given.filter((text) => text !== "").length).toBeGreaterThan(4);
  });

  Deno.test(`a stream cut after any event has no end, and what it gave is its partial answer (${name})`, () => {
    for (let length = 0; length < events.length; length++) {
      const decoder = formats[format].createStreamDecoder(modelRequest());
      const given = pushAll(decoder, events.slice(0, length)).join("");
      expect(decoder.ended).toBe(false);
      expect(codeOf(() => decoder.finish())).toBe("bedrock_stream_truncated");
      expect(textOf(decoder.partial().blocks)).toBe(given);
    }
  });

  Deno.test(`a stream cut after any event has the tool calls that had ended, and no others (${name})`, () => {
    let most = 0;
    for (let length = 0; length < events.length; length++) {
      const decoder = formats[format].createStreamDecoder(modelRequest());
      const told = events.slice(0, length).flatMap((event) => {
        decoder.push(event);
        return decoder.take();
      }).flatMap((event) => event.type === "block-end" ? event.blocks : []);
      const calls = told.filter(({ type }) => type === "tool-use");
      expect(decoder.partial().blocks.filter(({ type }) => type === "tool-use")).toEqual(calls);
      most = Math.max(most, calls.length);
    }
    const all = formats[format].decodeResponse(body, modelRequest()).blocks;
    expect(most).toBe(all.filter(({ type }) => type === "tool-use").length);
  });

  Deno.test(`nothing may follow the end, nor come twice (${name})`, () => {
    for (const event of events) {
      if (event["type"] === "ping") continue;
      const decoder = formats[format].createStreamDecoder(modelRequest());
      pushAll(decoder, events);
      expect(codeOf(() => decoder.push(event))).toBe("bedrock_bad_response");
    }
    const decoder = formats[format].createStreamDecoder(modelRequest());
    decoder.push(events[0]);
    expect(codeOf(() => decoder.push(events[0]))).toBe("bedrock_bad_response");
    expect(codeOf(() => formats[format].createStreamDecoder(modelRequest()).push(events.at(-1))))
      .toBe("bedrock_bad_response");
  });

  Deno.test(`an event of an unknown kind is an error wherever it comes (${name})`, () => {
    const unknown = [{ type: "message_pause" }, { messagePause: {} }, {}, null, 7, "text", []];
    for (let length = 0; length < events.length; length++) {
      for (const event of unknown) {
        const decoder = formats[format].createStreamDecoder(modelRequest());
        pushAll(decoder, events.slice(0, length));
        expect(codeOf(() => decoder.push(event))).toBe("bedrock_unknown_frame");
      }
    }
  });
}

Deno.test("every format joins any text from any deltas, in whole characters and without NUL", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const halves = fc.array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { maxLength: 20 })
    .map((codes) => String.fromCharCode(...codes));
  const deltas = fc.array(fc.oneof(text, halves, fc.constant("\0")), { maxLength: 10 });
  fc.assert(fc.property(fc.constantFrom(...formatIds), deltas, (format, deltas) => {
    const decoder = formats[format].createStreamDecoder(modelRequest());
    const given = pushAll(decoder, streamOf[format](deltas));
    const whole = deltas.join("").replaceAll("\0", "\uFFFD").toWellFormed();
    expect(given.join("")).toBe(whole);
    expect(textOf(decoder.finish().blocks)).toBe(whole);
    for (const text of given) expect(text.isWellFormed()).toBe(true);
  }));
});

Deno.test("every format gives the text of a plain response as it gives that of a stream", () => {
  const raw = "half \ud83d and \0";
  const bodies: Record<FormatId, unknown> = {
    claude: { type: "message", role: "assistant", content: [{ type: "text", text: raw }] },
    nova: { output: { message: { role: "assistant", content: [{ text: raw }] } } },
    converse: { output: { message: { role: "assistant", content: [{ text: raw }] } } },
  };
  for (const format of formatIds) {
    const decoder = formats[format].createStreamDecoder(modelRequest());
    pushAll(decoder, streamOf[format]([raw]));
    const { blocks } = formats[format].decodeResponse(bodies[format], modelRequest());
    expect(textOf(blocks)).toBe("half \uFFFD and \uFFFD");
    expect(decoder.finish().blocks).toEqual(blocks);
  }
});

Deno.test("every format leaves counts that no event tells unknown", () => {
  for (const format of formatIds) {
    const decoder = formats[format].createStreamDecoder(modelRequest());
    expect(decoder.partial()).toEqual({ blocks: [], usage: unknownUsage });
    pushAll(decoder, streamOf[format](["Hello"]));
    expect(decoder.finish().usage).toEqual(unknownUsage);
  }
});

Deno.test("an event that is refused is not quoted in the message", () => {
  const events = [
    { type: "content_block_delta", index: "the patient's words", delta: {} },
    { messageStart: { role: "the patient's words" } },
  ];
  for (const format of formatIds) {
    for (const event of events) {
      expect(() => formats[format].createStreamDecoder(modelRequest()).push(event)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("patient") }),
      );
    }
  }
});

for (const { name, format, events } of streamFixtures) {
  Deno.test(`the model events of a stream hold its blocks, one after the other (${name})`, () => {
    const decoder = formats[format].createStreamDecoder(modelRequest());
    const given = events.flatMap((event) => {
      decoder.push(event);
      return decoder.take();
    });
    expect(given.at(-1)).toEqual({ type: "usage", usage: decoder.finish().usage });
    expect(given.filter(({ type }) => type === "usage")).toHaveLength(1);
    const { blocks } = decoder.finish();
    const shown = given.flatMap((event) => event.type === "block-end" ? event.blocks : []);
    expect(blocks.filter((block) => shown.includes(block))).toEqual(shown);
    expect(shown.filter(({ type }) => type !== "opaque"))
      .toEqual(blocks.filter(({ type }) => type !== "opaque"));
    const kindsBegun = given.map(({ type }) => type).filter((type) => type.endsWith("-start"));
    expect(kindsBegun).toEqual(blocks.flatMap(({ type }) => {
      if (type === "tool-use") return ["tool-use-start"];
      return type.endsWith("thinking") ? ["thinking-start"] : [];
    }));
    const deltas = { text: "", thinking: "", input: "" };
    for (const event of given) {
      if (event.type === "text-delta") deltas.text += event.text;
      if (event.type === "thinking-delta") deltas.thinking += event.text;
      if (event.type === "tool-use-start") deltas.input = "";
      if (event.type === "tool-input-delta") deltas.input += event.json;
      if (event.type !== "block-end") continue;
      for (const block of event.blocks) {
        if (block.type === "text") expect(block.text).toBe(deltas.text);
        if (block.type === "thinking") expect(block.text).toBe(deltas.thinking);
        if (block.type === "tool-use") {
          expect(JSON.parse(deltas.input)).toEqual(block.input);
        }
      }
      deltas.text = deltas.thinking = "";
    }
  });
}

/** Events of each format, and whether the model may be silent for long after each. */
const silences: readonly (readonly [FormatId, readonly (readonly [Event, boolean])[]])[] = [
  ["claude", [
    [{ type: "message_start", message: { role: "assistant" } }, false],
    [blockStart(0, { type: "thinking", thinking: "", signature: "" }), true],
    [{ type: "content_block_stop", index: 0 }, false],
    [blockStart(1, { type: "text", text: "" }), false],
    [{ type: "content_block_stop", index: 1 }, false],
    [blockStart(2, { type: "tool_use", id: "t1", name: "find_bed", input: {} }), true],
    [{ type: "content_block_stop", index: 2 }, false],
  ]],
  ...(["nova", "converse"] as const).map((format) =>
    [format, [
      [{ messageStart: { role: "assistant" } }, false],
      [amazonDelta(0, { reasoningContent: { text: "Hm." } }), true],
      [{ contentBlockStop: { contentBlockIndex: 0 } }, false],
      // Some models begin a text with an empty start.
      [{ contentBlockStart: { start: {}, contentBlockIndex: 1 } }, false],
      [amazonDelta(1, { text: "Yes." }), false],
      [{ contentBlockStop: { contentBlockIndex: 1 } }, false],
      [toolStart, true],
      [amazonDelta(2, { toolUse: { input: "{" } }), true],
    ]] as const
  ),
];

for (const [format, steps] of silences) {
  Deno.test(`${format} says that a model composes while it thinks or writes a tool's input`, () => {
    const decoder = formats[format].createStreamDecoder(modelRequest());
    for (const [event, isComposing] of steps) {
      decoder.push(event);
      decoder.take();
      expect({ event, isComposing: decoder.isComposing }).toEqual({ event, isComposing });
    }
    expect(decoder.partial().blocks.map(({ type }) => type).slice(0, 2))
      .toEqual(["thinking", "text"]);
  });

  Deno.test(`${format} says so of a model that thinks also where nothing is open yet`, () => {
    const thinking = {
      mode: "adaptive" as const,
      efforts: ["low" as const],
      by_default: true,
      off: "disabled" as const,
      forced_tools: true,
    };
    const model = modelRow({ capabilities: { ...textOnly, thinking } });
    const first = steps[0]![0];
    for (const [told, isComposing] of [[null, true], [{ kind: "disabled" }, false]] as const) {
      const request = modelRequest({ model, thinking: told });
      const decoder = formats[format].createStreamDecoder(request);
      decoder.push(first);
      expect(decoder.isComposing).toBe(isComposing);
    }
  });
}
