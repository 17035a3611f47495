import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { countLeftOut } from "../../../../../supabase/functions/_shared/formats/left_out.ts";
import { normalizeMessages } from "../../../../../supabase/functions/_shared/formats/normalize_messages.ts";
import { nameTools } from "../../../../../supabase/functions/_shared/formats/tool_names.ts";
import { answerOf, image, text, toolResult, toolUse, user } from "./blocks.ts";
import { claudeId, claudeRow, novaRow } from "./capable_models.ts";

const thinking: ContentBlock = { type: "thinking", text: "Hm.", signature: "c2ln" };
const redacted: ContentBlock = { type: "redacted-thinking", data: "ZGF0YQ==" };
const opaque: ContentBlock = { type: "opaque", kind: "citations", value: [] };
const own = (...blocks: ContentBlock[]) => answerOf(claudeId, ...blocks);
const others = (...blocks: ContentBlock[]) => answerOf("anthropic.claude-other", ...blocks);

function fit(
  messages: readonly Message[],
  { model = claudeRow(), tools = ["find_bed"], mayPrefill = false } = {},
) {
  const { leaveOut, leftOut } = countLeftOut();
  const names = tools.length === 0 ? null : nameTools(tools, messages, "hyphen");
  const fitted = normalizeMessages(messages, { model, names, mayPrefill, leaveOut });
  return {
    roles: fitted.map(({ role }) => role),
    blocks: fitted.map(({ blocks }) => blocks),
    leftOut: leftOut(),
  };
}

Deno.test("normalizeMessages() leaves an orderly history as it is", () => {
  const messages = [
    user(text("One")),
    own(thinking, redacted, text("Two"), toolUse("a"), toolUse("b")),
    user(toolResult("a"), toolResult("b", [text("Ward C"), image()])),
    own({ ...thinking, text: "" }, text(" Three ")),
    user(text("Four"), image()),
  ];
  expect(fit(messages)).toEqual({
    roles: ["user", "assistant", "user", "assistant", "user"],
    blocks: messages.map(({ blocks }) => blocks),
    leftOut: {},
  });
});

Deno.test("normalizeMessages() begins with the user", () => {
  const { blocks, leftOut } = fit([own(text("Welcome")), user(text("Hello"))]);
  expect(blocks).toEqual([[text("Hello")]]);
  expect(leftOut).toEqual({ text: 1 });
});

Deno.test("normalizeMessages() keeps the beginning of an answer where it may, without white space at its end", () => {
  const messages = [user(text("Hello")), own(text("Good \n"))];
  expect(fit(messages, { mayPrefill: true }).blocks).toEqual([[text("Hello")], [text("Good")]]);
  // Nothing has begun.
  expect(fit([user(text("Hello")), own(text(" "))]).blocks).toEqual([[text("Hello")]]);
});

Deno.test("normalizeMessages() refuses an answer at the end that the model does not continue", () => {
  const refusal = (last: Message, mayPrefill: boolean) => {
    try {
      return fit([user(text("Hello")), last], { mayPrefill });
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      return error;
    }
  };
  expect(refusal(own(text("Good")), false)).toMatchObject({
    code: "invalid_request",
    message: expect.stringContaining("does not support assistant message prefill"),
  });
  for (const mayPrefill of [true, false]) {
    expect(refusal(own(text("Good"), toolUse("a")), mayPrefill)).toMatchObject({
      code: "invalid_request",
      message: "The last message calls tools, and has no results.",
    });
  }
});

Deno.test("normalizeMessages() merges neighbours of one role, results first", () => {
  const messages = [
    user(text("One")),
    own(toolUse("a"), toolUse("b")),
    user(text("Look:"), toolResult("b")),
    own(),
    user(toolResult("a")),
  ];
  expect(fit(messages).blocks[2]).toEqual([toolResult("a"), toolResult("b"), text("Look:")]);
});

Deno.test("normalizeMessages() drops the reasoning of two answers that become one message", () => {
  const messages = [
    user(text("One")),
    own(thinking, text("Two")),
    user(text("  ")),
    own(thinking, text("Three")),
    user(text("Four")),
  ];
  const { blocks, leftOut } = fit(messages);
  expect(blocks[1]).toEqual([text("Two"), text("Three")]);
  expect(leftOut).toEqual({ thinking: 2 });
});

Deno.test("normalizeMessages() keeps reasoning from every other model, and unsigned reasoning from its own", () => {
  const messages = [
    user(text("One")),
    others(thinking, redacted, text("Two")),
    user(text("Three")),
    own({ type: "thinking", text: "Hm.", signature: null }, opaque, text("Four")),
    user(text("Five")),
  ];
  const { blocks, leftOut } = fit(messages);
  expect([blocks[1], blocks[3]]).toEqual([[text("Two")], [text("Four")]]);
  expect(leftOut).toEqual({ thinking: 2, "redacted-thinking": 1, opaque: 1 });
});

Deno.test("normalizeMessages() gives reasoning to no model that does not sign it", () => {
  const nova = novaRow();
  const messages = [
    user(text("One")),
    answerOf(nova.model_id, thinking, text("Two")),
    user(text("3")),
  ];
  expect(fit(messages, { model: nova }).blocks[1]).toEqual([text("Two")]);
});

Deno.test("normalizeMessages() drops an answer of reasoning alone, and reasoning at the end of one", () => {
  const alone = fit([user(text("One")), own(thinking), user(text("Two"))]);
  expect(alone.blocks).toEqual([[text("One"), text("Two")]]);
  const cutOff = fit([user(text("One")), own(thinking, text("A"), redacted), user(text("Two"))]);
  expect(cutOff.blocks[1]).toEqual([thinking, text("A")]);
});

Deno.test("normalizeMessages() drops what a role cannot hold", () => {
  const messages = [
    user(text("One"), thinking, toolUse("a")),
    own(text("Two"), toolResult("a"), image()),
    user(text("Three")),
  ];
  const { blocks, leftOut } = fit(messages);
  expect(blocks).toEqual([
    [text("One")],
    [text("Two"), text("[image left out]")],
    [text("Three")],
  ]);
  expect(leftOut).toEqual({ thinking: 1, "tool-use": 1, "tool-result": 1, image: 1 });
});

Deno.test("normalizeMessages() begins where the user said something, not with results", () => {
  const messages = [
    user(toolResult("z")),
    own(toolUse("a")),
    user(toolResult("a"), text("Go on")),
    own(text("Yes")),
    user(text("Then?")),
  ];
  expect(fit(messages).blocks).toEqual([[text("Go on")], [text("Yes")], [text("Then?")]]);
});

Deno.test("normalizeMessages() answers the results of a chain of calls whose beginning is not here", () => {
  const messages = [
    user(toolResult("z")),
    own(toolUse("a")),
    user(toolResult("a")),
    own(toolUse("b")),
    user(toolResult("b")),
  ];
  const { blocks, leftOut } = fit(messages);
  expect(blocks).toEqual([
    [text("[A tool answered: Ward B]")],
    ...messages.slice(1).map(({ blocks }) => blocks),
  ]);
  expect(leftOut).toEqual({});
});

Deno.test("normalizeMessages() refuses a history without anything of the user's, and a question without", () => {
  const before = [user(text("Hello")), own(text("Hi"))];
  const histories = [
    [],
    [own(text("Hi"))],
    [user(text(" "))],
    [user(toolResult("a"))],
    [...before, user(text(" "))],
    [...before, user(toolResult("a"))],
  ];
  for (const messages of histories) {
    for (const mayPrefill of [false, true]) {
      expect(() => fit(messages, { mayPrefill })).toThrow(AppError);
    }
  }
});
