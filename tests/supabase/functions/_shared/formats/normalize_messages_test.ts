import { expect } from "@std/expect";
import fc from "fast-check";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { normalizeMessages } from "../../../../../supabase/functions/_shared/formats/normalize_messages.ts";
import { assistantMessage, userMessage } from "./model_request.ts";

const own = "anthropic.claude-own";
const other = "anthropic.claude-other";
const text = (text: string): ContentBlock => ({ type: "text", text });
const thinking: ContentBlock = {
  type: "thinking",
  text: "Hm.",
  signature: "c2ln",
};
const redacted: ContentBlock = { type: "redacted-thinking", data: "ZGF0YQ==" };

function answer(blocks: ContentBlock[], modelId = own): Message {
  return { role: "assistant", blocks, modelId };
}

function user(...texts: string[]): { role: "user"; blocks: ContentBlock[] } {
  return { role: "user", blocks: texts.map(text) };
}

Deno.test("normalizeMessages() leaves an orderly history as it is", () => {
  const messages = [
    userMessage("One"),
    assistantMessage("Two"),
    userMessage("Three"),
  ];
  expect(normalizeMessages(messages, own)).toEqual([
    user("One"),
    { role: "assistant", blocks: [text("Two")] },
    user("Three"),
  ]);
});

Deno.test("normalizeMessages() begins and ends with the user", () => {
  const messages = [
    assistantMessage("Welcome"),
    userMessage("Hello"),
    assistantMessage("Hi"),
  ];
  expect(normalizeMessages(messages, own)).toEqual([user("Hello")]);
});

Deno.test("normalizeMessages() merges neighbours of one role, each text staying its own block", () => {
  const messages = [
    userMessage("One"),
    userMessage("Two"),
    answer([]),
    userMessage("Three"),
  ];
  expect(normalizeMessages(messages, own)).toEqual([
    user("One", "Two", "Three"),
  ]);
});

Deno.test("normalizeMessages() drops blank text, which AWS refuses", () => {
  const messages: Message[] = [{
    role: "user",
    blocks: [text(""), text(" \n\t"), text(" Hello ")],
    modelId: null,
  }];
  expect(normalizeMessages(messages, own)).toEqual([user(" Hello ")]);
});

Deno.test("normalizeMessages() gives reasoning back, unmodified, to the model that wrote it", () => {
  const messages = [
    userMessage("One"),
    answer([thinking, redacted, text("Two")]),
    userMessage("Three"),
  ];
  expect(normalizeMessages(messages, own)[1]!.blocks).toEqual([
    thinking,
    redacted,
    text("Two"),
  ]);
});

Deno.test("normalizeMessages() keeps reasoning from every other model", () => {
  const messages = [
    userMessage("One"),
    answer([thinking, redacted, text("Two")], other),
    userMessage("Three"),
  ];
  expect(normalizeMessages(messages, own)[1]!.blocks).toEqual([text("Two")]);
});

Deno.test("normalizeMessages() drops unsigned reasoning, tool calls and opaque blocks", () => {
  const messages = [
    userMessage("One"),
    answer([
      { type: "thinking", text: "Hm.", signature: null },
      { type: "tool-use", id: "1", name: "find_bed", input: {} },
      { type: "opaque", kind: "image", value: {} },
      text("Two"),
    ]),
    userMessage("Three"),
  ];
  expect(normalizeMessages(messages, own)[1]!.blocks).toEqual([text("Two")]);
});

Deno.test("normalizeMessages() drops an answer that is left without text", () => {
  const messages = [userMessage("One"), answer([thinking]), userMessage("Two")];
  expect(normalizeMessages(messages, own)).toEqual([user("One", "Two")]);
});

Deno.test("normalizeMessages() drops the reasoning of two answers that become one message", () => {
  const messages = [
    userMessage("One"),
    answer([thinking, text("Two")]),
    userMessage("  "),
    answer([thinking, text("Three")]),
    userMessage("Four"),
  ];
  expect(normalizeMessages(messages, own)[1]!.blocks).toEqual([
    text("Two"),
    text("Three"),
  ]);
});

Deno.test("normalizeMessages() refuses a history without text of the user's", () => {
  for (const messages of [[], [assistantMessage("Hi")], [userMessage(" ")]]) {
    expect(() => normalizeMessages(messages, own)).toThrow(AppError);
  }
});

Deno.test("normalizeMessages() yields what every format accepts, from any history", () => {
  const block = fc.oneof<fc.Arbitrary<ContentBlock>[]>(
    fc.string({ maxLength: 3 }).map(text),
    fc.constantFrom<ContentBlock>(thinking, redacted, {
      type: "opaque",
      kind: "image",
      value: {},
    }),
  );
  const message: fc.Arbitrary<Message> = fc.record({
    role: fc.constantFrom("user" as const, "assistant" as const),
    blocks: fc.array(block, { maxLength: 4 }),
    modelId: fc.constantFrom(null, own, other),
  });
  fc.assert(fc.property(fc.array(message, { maxLength: 12 }), (history) => {
    const normalized = normalizeMessages(
      [...history, userMessage("Last")],
      own,
    );
    normalized.forEach(({ role, blocks }, index) => {
      expect(role).toBe(index % 2 === 0 ? "user" : "assistant");
      expect(blocks.some((block) => block.type === "text")).toBe(true);
      expect(
        blocks.every((block) => block.type !== "text" || block.text.trim() !== ""),
      ).toBe(true);
    });
    expect(normalized.length % 2).toBe(1);
    expect(normalized.at(-1)!.blocks.at(-1)).toEqual(text("Last"));
    const again = normalized.map((message) => ({
      ...message,
      modelId: message.role === "assistant" ? own : null,
    }));
    expect(normalizeMessages(again, own)).toEqual(normalized);
  }));
});
