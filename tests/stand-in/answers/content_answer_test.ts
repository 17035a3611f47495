/** What answers say of content, and what they bring on order. */
import { expect } from "@std/expect";
import type { AnswerBlock } from "../../../stand-in/answers/answer.ts";
import { composeAnswer } from "../../../stand-in/answers/compose_answer.ts";
import { parseClaude } from "../../../stand-in/formats/claude_request.ts";
import { parseConverse } from "../../../stand-in/formats/converse_request.ts";
import { parseNova } from "../../../stand-in/formats/nova_request.ts";
import { base64, jpeg, pdf, png } from "../../support/media.ts";
import { assistant, served, user } from "../checks/support.ts";

const lite = served("Nova Lite");
const sonnet = served("Sonnet 4.5");
const spec = (name: string, json: object = { type: "object" }) => ({
  toolSpec: { name, inputSchema: { json } },
});
const day = {
  type: "object",
  properties: { day: { type: "string" }, week: { type: "integer" } },
  required: ["day"],
};

function answerTo(body: object, model = sonnet) {
  return composeAnswer(parseConverse(body, model).question, model);
}

function uses(blocks: readonly AnswerBlock[]) {
  return blocks.flatMap((block) =>
    block.type === "tool_use" ? [[block.name, block.input] as const] : []
  );
}

function textOf(blocks: readonly AnswerBlock[]): string {
  return blocks.map((block) => block.type === "text" ? block.text : "").join("");
}

Deno.test("an answer says which images, documents, tools and results it was sent", () => {
  const image = (format: string, bytes: Uint8Array) => ({
    image: { format, source: { bytes: base64(bytes) } },
  });
  const messages = [
    user(
      { text: "Look." },
      image("png", png()),
      { document: { format: "pdf", name: "lab", source: { bytes: base64(pdf("1")) } } },
    ),
    assistant({ toolUse: { toolUseId: "a", name: "look_up", input: {} } }, {
      toolUse: { toolUseId: "b", name: "look_up", input: {} },
    }),
    user(
      { toolResult: { toolUseId: "b", content: [image("jpeg", jpeg())], status: "error" } },
      { toolResult: { toolUseId: "a", content: [{ text: "It is warm." }] } },
      { text: "And?" },
    ),
  ];
  const body = { messages, toolConfig: { tools: [spec("look_up"), spec("draw")] } };
  const said = textOf(answerTo(body).blocks);
  expect(said).toContain(`Images: 2 (png, ${png().length} bytes, jpeg, ${jpeg().length} bytes).`);
  expect(said).toContain(`Documents: 1 (“lab” pdf, ${pdf("1").length} bytes).`);
  expect(said).toContain("Tools: look_up, draw.");
  expect(said).toContain(
    `Results: 2 (b failed: jpeg, ${jpeg().length} bytes, a: “It is warm.”).`,
  );
  // Other bytes make another answer.
  const other = structuredClone(body);
  other.messages[0]!.content[1] = image("png", png({ width: 2 }));
  expect(textOf(answerTo(other).blocks)).not.toBe(said);
});

Deno.test("a message orders calls of tools, none, one or several, with or without input", () => {
  const toolConfig = { tools: [spec("look_up", day), spec("now")] };
  const ask = (text: string) => answerTo({ messages: [user({ text })], toolConfig });
  const one = ask('Call the tool look_up with {"day": "Monday", "note": "a } b"}.');
  expect(uses(one.blocks)).toEqual([["look_up", { day: "Monday", note: "a } b" }]]);
  expect(one.stopReason).toBe("tool_use");
  expect(textOf(one.blocks)).toContain("Calling look_up.");
  const two = ask('Call the tool look_up with {"day": "Monday"}. Call the tool now.');
  expect(uses(two.blocks)).toEqual([["look_up", { day: "Monday" }], ["now", {}]]);
  const ids = two.blocks.flatMap((block) => block.type === "tool_use" ? [block.id] : []);
  expect(new Set(ids).size).toBe(2);
  for (const text of ["Call the tool unknown.", "Hello"]) {
    expect([text, uses(ask(text).blocks), ask(text).stopReason]).toEqual([text, [], "end_turn"]);
  }
});

Deno.test("a forced or required choice is followed, with input that fits the tool's schema", () => {
  const messages = [user({ text: "Hello" })];
  const tools = [spec("now"), spec("look_up", day)];
  const named = answerTo({
    messages,
    toolConfig: { tools, toolChoice: { tool: { name: "look_up" } } },
  });
  expect(named.blocks.map(({ type }) => type)).toEqual(["tool_use"]);
  expect(uses(named.blocks)).toEqual([["look_up", { day: "stand-in", week: 1 }]]);
  const any = answerTo({ messages, toolConfig: { tools, toolChoice: { any: {} } } });
  expect(uses(any.blocks)).toEqual([["now", {}]]);

  const claude = (tool_choice: object, text = "Hello") => {
    const question = parseClaude({
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 900,
      messages: [user({ type: "text", text })],
      tools: [{ name: "now", input_schema: { type: "object" } }],
      tool_choice,
    }, sonnet);
    return uses(composeAnswer(question, sonnet).blocks);
  };
  expect(claude({ type: "any" })).toEqual([["now", {}]]);
  expect(claude({ type: "none" }, "Call the tool now.")).toEqual([]);
  const twice = "Call the tool now. Call the tool now.";
  expect(claude({ type: "auto" }, twice)).toHaveLength(2);
  expect(claude({ type: "auto", disable_parallel_tool_use: true }, twice)).toHaveLength(1);
});

Deno.test("Nova never calls a tool whose name has a hyphen", () => {
  const body = (name: string) => ({
    messages: [user({ text: "Call the tool opening-hours." })],
    toolConfig: { tools: [spec(name)], toolChoice: { any: {} } },
  });
  const called = (name: string) => uses(composeAnswer(parseNova(body(name), lite), lite).blocks);
  expect(called("opening-hours")).toEqual([]);
  // The order names the tool as the caller does, who may have replaced the hyphen.
  expect(called("opening_hours")).toEqual([["opening_hours", {}]]);
  expect(uses(answerTo(body("opening-hours")).blocks)).toEqual([["opening-hours", {}]]);
});

Deno.test("results are answered in words, and ids differ from turn to turn", () => {
  const toolConfig = { tools: [spec("now")] };
  const first = { messages: [user({ text: "Call the tool now." })], toolConfig };
  const ids: string[] = [];
  for (const model of [sonnet, served("Pixtral Large")]) {
    const [use] = answerTo(first, model).blocks.filter(({ type }) => type === "tool_use");
    if (use?.type !== "tool_use") throw new Error("no call");
    ids.push(use.id);
    const toolUse = { toolUseId: use.id, name: "now", input: {} };
    const toolResult = { toolUseId: use.id, content: [{ text: "Noon." }] };
    const messages = [
      ...first.messages,
      assistant({ toolUse }),
      user({ toolResult }),
      assistant({ text: "Noon." }),
      ...first.messages,
    ];
    const after = answerTo({ messages: messages.slice(0, 3), toolConfig }, model);
    expect(after.stopReason).toBe("end_turn");
    expect(textOf(after.blocks)).toContain(`Results: 1 (${use.id}: “Noon.”).`);
    const [again] = answerTo({ messages, toolConfig }, model).blocks
      .filter(({ type }) => type === "tool_use");
    expect(again).toMatchObject({ name: "now" });
    expect(again).not.toMatchObject({ id: use.id });
  }
  expect(ids[1]).toMatch(/^[a-zA-Z0-9]{9}$/);
});

Deno.test("a call that the output tokens do not reach is no call", () => {
  const answer = answerTo({
    messages: [user({ text: "Call the tool look_up." })],
    toolConfig: { tools: [spec("look_up", day)], toolChoice: { any: {} } },
    inferenceConfig: { maxTokens: 1 },
  });
  expect([answer.blocks, answer.stopReason]).toEqual([[], "max_tokens"]);
});

Deno.test("an answer fits its output schema, and one that is asked for in words comes in a fence", () => {
  const schema = {
    type: "object",
    properties: { n: { type: "integer" } },
    additionalProperties: false,
  };
  const jsonSchema = { name: "answer", schema: JSON.stringify(schema) };
  const textFormat = { type: "json_schema", structure: { jsonSchema } };
  const messages = [user({ text: "How many?" })];
  expect(textOf(answerTo({ messages, outputConfig: { textFormat } }).blocks)).toBe('{"n":1}');
  const system = [{
    text: `Answer with JSON that fits this JSON schema: ${JSON.stringify(schema)}`,
  }];
  expect(textOf(answerTo({ messages, system }).blocks)).toBe('```json\n{\n  "n": 1\n}\n```');
});

Deno.test("Claude signs what it thinks, in its own block, and other models do not sign", () => {
  const messages = [user({ text: "Hello" })];
  const opus = served("Opus 5.5");
  const [thought] = answerTo({ messages }, opus).blocks;
  expect(thought).toMatchObject({ type: "thinking", signature: expect.any(String) });
  const hidden = answerTo({
    messages,
    additionalModelRequestFields: { thinking: { type: "adaptive", display: "omitted" } },
  }, opus);
  expect(hidden.blocks[0]).toMatchObject({ type: "thinking", text: "" });
  const oss = answerTo(
    { messages, additionalModelRequestFields: { reasoning_effort: "low" } },
    served("gpt-oss-120b"),
  );
  expect(oss.blocks[0]).toMatchObject({ type: "thinking", signature: null });
  expect(oss.usage?.thinkingTokens).toBeGreaterThan(0);
});
