import { expect } from "@std/expect";
import { assistant, claude, converse, modelError, nova, served, user } from "./support.ts";

const toolConfig = {
  tools: [{ toolSpec: { name: "look_up", inputSchema: { json: { type: "object" } } } }],
};
const tools = [{ name: "look_up", input_schema: { type: "object" } }];
const use = (toolUseId: string, input: unknown = {}) => ({
  toolUse: { toolUseId, name: "look_up", input },
});
const result = (toolUseId: string, content: unknown[] = [{ text: "It is warm." }]) => ({
  toolResult: { toolUseId, content },
});
const claudeUse = (id: string) => ({ type: "tool_use", id, name: "look_up", input: {} });
const claudeResult = (tool_use_id: string, content: unknown = "It is warm.") => ({
  type: "tool_result",
  tool_use_id,
  content,
});
const hi = { text: "Hi" };
const claudeHi = { type: "text", text: "Hi" };

Deno.test("Converse and Nova refuse calls and results of tools that do not belong together", () => {
  const expected = (index: number, ids: string) =>
    `Expected toolResult blocks at messages.${index}.content for the following Ids: ${ids}`;
  const exceeds = (index: number) =>
    `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`;
  for (
    const [messages, text] of [
      [[user(hi), assistant(use("a")), user(result("a"))], null],
      [[user(hi), assistant(hi, use("a"), use("b")), user(result("b"), result("a"), hi)], null],
      [[user(hi), assistant(use("a")), user(hi)], expected(2, "a")],
      [[user(hi), assistant(use("a"))], expected(2, "a")],
      // All results of a turn stand in one message, before any text.
      [[user(hi), assistant(use("a"), use("b")), user(result("a"))], expected(2, "b")],
      [[user(hi), assistant(use("a")), user(hi, result("a"))], expected(2, "a")],
      [
        [
          user(hi),
          assistant(use("a"), use("b")),
          user(result("a")),
          assistant(hi),
          user(result("b")),
        ],
        expected(2, "b"),
      ],
      [[user(hi, result("a"))], exceeds(0)],
      [[user(hi), assistant(hi), user(result("a"))], exceeds(2)],
      [[user(hi), assistant(use("a")), user(result("a"), result("a"))], exceeds(2)],
      [
        [user(hi), assistant(use("a")), user(result("a")), assistant(use("a")), user(result("a"))],
        "messages: `tool_use` ids must be unique",
      ],
    ] as const
  ) {
    for (const check of [converse, nova]) {
      expect([messages, check({ messages, toolConfig })]).toEqual([messages, text]);
    }
  }
});

Deno.test("Claude refuses calls and results of tools that do not belong together", () => {
  const missing = (index: number, ids: string) =>
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
  for (
    const [messages, text] of [
      [[user(claudeHi), assistant(claudeUse("a")), user(claudeResult("a"), claudeHi)], null],
      [[user(claudeHi), assistant(claudeUse("a")), user(claudeHi)], missing(1, "a")],
      [
        [user(claudeHi), assistant(claudeUse("a"), claudeUse("b")), user(claudeResult("b"))],
        missing(1, "a"),
      ],
      [
        [user(claudeHi), assistant(claudeUse("a")), user(claudeHi, claudeResult("a"))],
        missing(1, "a"),
      ],
      [
        [user(claudeHi, claudeResult("a"))],
        "messages.0.content.1: unexpected `tool_use_id` found in `tool_result` blocks: a. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
      ],
      [
        [user(claudeHi), assistant(claudeUse("a")), user(claudeResult("a"), claudeResult("a"))],
        "messages.2.content.1: each tool_use must have a single result. Found multiple `tool_result` blocks with id: a",
      ],
      [
        [user(claudeUse("a"))],
        "messages.0.content.0: `tool_use` blocks can only be in `assistant` messages",
      ],
    ] as const
  ) {
    expect([messages, claude({ messages, tools })]).toEqual([messages, text]);
  }
});

Deno.test("tool history without definitions of tools is refused in every format", () => {
  const messages = [user(hi), assistant(use("a")), user(result("a"))];
  const text =
    "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
  expect(converse({ messages })).toBe(text);
  expect(nova({ messages })).toBe(text);
  const own = [user(claudeHi), assistant(claudeUse("a")), user(claudeResult("a"))];
  expect(claude({ messages: own })).toContain("must define tools");
});

Deno.test("ids of calls are refused outside the alphabet and length of each format", () => {
  const messages = (id: string) => [user(hi), assistant(use(id)), user(result(id))];
  const at = (id: string, constraint: string) =>
    `Value '${id}' at 'messages.2.member.content.1.member.toolUse.toolUseId' failed to satisfy constraint: ${constraint}`;
  const pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+";
  const foreign = "functions.Bash:0";
  expect(converse({ messages: messages(foreign), toolConfig })).toContain(at(foreign, pattern));
  const long = "x".repeat(65);
  expect(converse({ messages: messages(long), toolConfig })).toContain(
    "Member must have length less than or equal to 64",
  );
  expect(nova({ messages: messages(foreign), toolConfig })).toContain("Malformed input request");
  expect(converse({ messages: messages("x".repeat(64)), toolConfig })).toBeNull();

  const own = (id: string) => [user(claudeHi), assistant(claudeUse(id)), user(claudeResult(id))];
  expect(claude({ messages: own(foreign), tools })).toContain("messages");
  expect(claude({ messages: own("call_1"), tools })).toBeNull();

  const pixtral = served("Pixtral Large");
  expect(converse({ messages: messages("call_1"), toolConfig }, pixtral)).toBe(
    "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.",
  );
  expect(converse({ messages: messages("a1B2c3D4e"), toolConfig }, pixtral)).toBeNull();
});

Deno.test("inputs and JSON results of tools are objects, and results are not empty or blank", () => {
  const messages = (input: unknown, content: unknown[]) => [
    user(hi),
    assistant(use("a", input)),
    user(result("a", content)),
  ];
  const format = (at: string) =>
    `The format of the value at ${at} is invalid. Provide a json object for the field and try again.`;
  const ok = [{ text: "Yes" }];
  for (
    const [input, content, text] of [
      [{}, [{ json: { a: 1 } }], null],
      ["{}", ok, format("messages.1.content.0.toolUse.input")],
      [[], ok, format("messages.1.content.0.toolUse.input")],
      [{}, [{ json: [1] }], format("messages.2.content.0.toolResult.content.0.json")],
      [
        {},
        [],
        "The content field in the ToolResultBlock object at messages.2.content.0.toolResult is empty. Add a ToolResultContentBlock object to the content field and try again.",
      ],
      [
        {},
        [{ text: " " }],
        "The text field in the ContentBlock object at messages.2.content.0.toolResult.content.0 is blank. Add text to the text field, and try again.",
      ],
    ] as const
  ) {
    const body = { messages: messages(input, [...content]), toolConfig };
    expect([input, content, converse(body)]).toEqual([input, content, text]);
  }
  expect(nova({ messages: messages({}, [{ text: " " }]), toolConfig }))
    .toContain("Malformed input request");
  const own = [user(claudeHi), assistant(claudeUse("a"))];
  const blank = claudeResult("a", [{ type: "text", text: "" }]);
  expect(claude({ messages: [...own, user(blank)], tools }))
    .toBe("messages: text content blocks must be non-empty");
  expect(claude({ messages: [...own, user(claudeResult("a", []))], tools })).toBeNull();
});

Deno.test("a model takes a choice of tools where its row says so", () => {
  const choose = (toolChoice: unknown) => ({
    messages: [user(hi)],
    toolConfig: { ...toolConfig, toolChoice },
  });
  const named = { tool: { name: "look_up" } };
  const remove =
    "This model doesn't support the toolConfig.toolChoice.tool field. Remove toolConfig.toolChoice.tool and try again.";
  expect(converse(choose(named), served("gpt-oss-120b"))).toBe(remove);
  expect(converse(choose({ any: {} }), served("gpt-oss-120b"))).toBeNull();
  expect(converse(choose(named), served("Nova Pro"))).toBeNull();
  expect(converse(choose(named), served("Opus 5.5"))).toBe(
    `${modelError}tool_choice: forcing a tool is not supported for this model.`,
  );
  expect(converse(choose({ tool: { name: "other" } }))).toBe(
    `${modelError}Tool 'other' not found in provided tools`,
  );
});
