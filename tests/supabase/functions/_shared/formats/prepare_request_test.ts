import { expect } from "@std/expect";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import type {
  Asked,
  AskedInference,
  Tool,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { encodeClaudeRequest } from "../../../../../supabase/functions/_shared/formats/claude_request.ts";
import { prepareRequest } from "../../../../../supabase/functions/_shared/formats/prepare_request.ts";
import type { Capabilities } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { answerOf, image, pdf, text, toolResult, toolUse, user } from "./blocks.ts";
import { claudeCapabilities, claudeId, claudeRow, novaRow } from "./capable_models.ts";
import { asked } from "./model_request.ts";

const inference: AskedInference = {
  maxTokens: 1000,
  temperature: 0.4,
  topP: null,
  topK: null,
  stopSequences: [],
};
const thinking: ContentBlock = { type: "thinking", text: "Hm.", signature: "c2ln" };
const own = (...blocks: ContentBlock[]) => answerOf(claudeId, ...blocks);

const prepare = (model: Model, of: Partial<Asked> = {}) =>
  prepareRequest(model, asked(of), inference);

function tool(name: string, inputSchema: unknown = { type: "object", properties: {} }): Tool {
  return { name, description: "Finds a bed", inputSchema };
}

const blocksOf = (model: Model, messages: readonly Message[], tools = [tool("find_bed")]) =>
  prepare(model, { messages, tools }).messages.map(({ blocks }) => blocks);

const withTools = (tools: Partial<NonNullable<Capabilities["tools"]>>) =>
  claudeRow({
    tools: { ...claudeCapabilities.tools as NonNullable<Capabilities["tools"]>, ...tools },
  });

Deno.test("blank arguments of a tool are an empty object on the way in, and others are wrapped", () => {
  for (
    const [input, sent] of [["", {}], [null, {}], [undefined, {}], ["{", { input: "{" }], [[1], {
      input: [1],
    }]]
  ) {
    const messages = [user(text("?")), own(toolUse("a", "find_bed", input)), user(toolResult("a"))];
    expect(blocksOf(claudeRow(), messages)[1]).toEqual([toolUse("a", "find_bed", sent)]);
  }
});

Deno.test("parallel results in separate messages become one message", () => {
  const messages = [
    user(text("?")),
    own(toolUse("a"), toolUse("b")),
    user(toolResult("a")),
    user(toolResult("b")),
    user(text("Go on")),
  ];
  expect(blocksOf(claudeRow(), messages)[2]).toEqual([
    toolResult("a"),
    toolResult("b"),
    text("Go on"),
  ]);
});

Deno.test("a call without its result gets a failed one, and a result without its call is left out", () => {
  const messages = [
    user(text("?")),
    own(toolUse("a"), toolUse("b")),
    user(toolResult("z"), toolResult("b"), toolResult("b")),
  ];
  const { messages: sent, leftOut } = prepare(claudeRow(), { messages, tools: [tool("find_bed")] });
  expect(sent[2]?.blocks).toEqual([
    { ...toolResult("a", [text("no result")]), isError: true },
    toolResult("b"),
  ]);
  expect(leftOut).toEqual({ "tool-result": 2 });
});

Deno.test("a history of tools without their definitions becomes text", () => {
  const messages = [
    user(text("Where?")),
    own(thinking, text("I look."), toolUse("a", "find_bed", { ward: "B" })),
    user(toolResult("a", [text("Bed 4"), image()]), text("Thanks")),
    own(toolUse("b")),
    user({ ...toolResult("b", []), isError: true }, text("And now?")),
  ];
  const inWords = [
    [text("Where?")],
    [text("I look."), text('[Called the tool find_bed with {"ward":"B"}]')],
    [text("[The tool find_bed answered: Bed 4]"), image(), text("Thanks")],
    [text("[Called the tool find_bed with {}]")],
    [text("[The tool find_bed failed: (no output)]"), text("And now?")],
  ];
  expect(blocksOf(claudeRow({ caching: undefined }), messages, [])).toEqual(inWords);
  const toolless = claudeRow({ caching: undefined, tools: undefined });
  expect(blocksOf(toolless, messages, [])).toEqual(inWords);
  expect(prepare(toolless, { messages }).leftOut).toEqual({ thinking: 1 });
});

Deno.test("foreign ids are rewritten by one function on calls and results, others stay", () => {
  const messages = [
    user(text("?")),
    answerOf("other", toolUse("functions.Bash:0"), toolUse("toolu_01")),
    user(toolResult("toolu_01"), toolResult("functions.Bash:0")),
  ];
  for (
    const [model, pattern] of [
      [claudeRow(), /^[a-zA-Z0-9_-]{1,64}$/],
      [withTools({ ids: "nine" }), /^[a-zA-Z0-9]{9}$/],
    ] as const
  ) {
    const [, call, result] = blocksOf(model, messages);
    const ids = call?.map((block) => block.type === "tool-use" ? block.id : "") ?? [];
    for (const id of ids) expect(id).toMatch(pattern);
    expect(result?.map((block) => block.type === "tool-result" ? block.toolUseId : "")).toEqual(
      ids,
    );
    expect(ids[1] === "toolu_01").toBe(model.capabilities.tools?.ids === "any");
  }
});

Deno.test("blank text beside calls, in results and alone is dropped", () => {
  const messages = [
    user(text(" \n"), text("Where?")),
    own(text(""), toolUse("a")),
    user(toolResult("a", [text(""), text(" ")])),
    own(text("  ")),
    user(text("\uD83D!")),
  ];
  expect(blocksOf(claudeRow(), messages)).toEqual([
    [text("Where?")],
    [toolUse("a")],
    [toolResult("a", [text("(no output)")]), text("\uFFFD!")],
  ]);
});

Deno.test("what a model wrote goes back to it in its order and unchanged", () => {
  const blocks = [
    thinking,
    text(" First "),
    { type: "redacted-thinking", data: "ZGF0YQ==" } as const,
    toolUse("toolu_1", "find_bed", { z: 1, a: { "": null } }),
    { type: "thinking", text: "\n \uD83D", signature: "c2ln" } as const,
    toolUse("toolu_2"),
  ];
  const results = user(toolResult("toolu_1"), toolResult("toolu_2"));
  expect(blocksOf(claudeRow(), [user(text("?")), own(...blocks), results])[1]).toEqual(blocks);
});

Deno.test("reasoning that has a signature and no text is kept", () => {
  const signed = { type: "thinking", text: "", signature: "c2ln" } as const;
  const unsigned = { type: "thinking", text: "Hm.", signature: "" } as const;
  const messages = [user(text("?")), own(signed, unsigned, text("Yes")), user(text("So?"))];
  expect(blocksOf(claudeRow(), messages)[1]).toEqual([signed, text("Yes")]);
});

Deno.test("thinking with a budget is off where the last calls of tools lack their reasoning", () => {
  const tools = [tool("find_bed")];
  const asks = (...answer: ContentBlock[]) =>
    prepare(claudeRow(), {
      tools,
      effort: "high",
      messages: [user(text("?")), own(...answer), user(toolResult("a"))],
    });
  expect(asks(thinking, toolUse("a"))).toMatchObject({
    thinking: { kind: "budget", budgetTokens: 16_384 },
    inference: { maxTokens: 17_384, temperature: null },
  });
  expect(asks(toolUse("a"))).toMatchObject({
    thinking: { kind: "disabled" },
    inference: { maxTokens: 1000, temperature: 0.4 },
  });
});

Deno.test("a tool is never forced while the model thinks, and the schema of an answer neither", () => {
  const outputSchema = { name: "bed", description: null, schema: { type: "object" } };
  const thinks = { effort: "low" } as const;
  expect(prepare(claudeRow(), { outputSchema }).output?.by).toBe("tool");
  expect(prepare(claudeRow(), { outputSchema, ...thinks }).output?.by).toBe("instruction");
  const forced = { tools: [tool("find_bed")], toolChoice: { type: "any" } } as const;
  expect(prepare(claudeRow(), forced)).toMatchObject({
    thinking: null,
    tools: { choice: { type: "any" } },
  });
  expect(prepare(claudeRow(), { ...forced, ...thinks }).tools?.choice).toBeNull();
});

Deno.test("names of documents are neutral and differ", () => {
  const messages = [user(pdf("Patient's file.v2.pdf"), pdf("Patient's file.v2.pdf"))];
  const names = blocksOf(claudeRow(), messages)[0]?.flatMap((block) =>
    block.type === "document" ? [block.name] : []
  );
  expect(names).toEqual(["document 1", "document 2"]);
});

Deno.test("each tool's schema is cleaned, and the tool that has none is named", () => {
  const tools = [
    tool("find_bed", null),
    tool("free beds", { anyOf: [{ properties: { ward: {} } }] }),
  ];
  expect(prepare(novaRow(), { tools }).tools?.tools.map(({ inputSchema }) => inputSchema)).toEqual([
    { type: "object", properties: {} },
    { type: "object", properties: { ward: {} } },
  ]);
  expect(() => prepare(claudeRow(), { tools: [tool("a"), tool("free beds", { type: "string" })] }))
    .toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message: expect.stringContaining('"free beds"'),
      }),
    );
});

Deno.test("an image in a tool's result moves beside it for a family that takes none there", () => {
  const messages = [user(text("?")), own(toolUse("a")), user(toolResult("a", [image()]))];
  expect(blocksOf(claudeRow(), messages)[2]).toEqual([toolResult("a", [image()])]);
  expect(blocksOf(novaRow(), messages)[2]).toEqual([
    toolResult("a", [text("[attachment 1, see below]")]),
    text("[attachment 1]"),
    image(),
  ]);
});

Deno.test("names of tools have no hyphens for Nova, in the history too, and are known by the caller's", () => {
  const tools = [tool("find-bed"), tool("mcp.beds/free")];
  const messages = [user(text("?")), own(toolUse("a", "find-bed")), user(toolResult("a"))];
  const { tools: sent, messages: [, answer] } = prepare(novaRow(), {
    tools,
    messages,
    toolChoice: { type: "tool", name: "find-bed" },
  });
  expect(sent?.tools.map(({ name }) => name)).toEqual(["find_bed", "mcp_beds_free"]);
  expect(sent?.choice).toEqual({ type: "tool", name: "find_bed" });
  expect([...sent?.names ?? []]).toEqual([["find_bed", "find-bed"], [
    "mcp_beds_free",
    "mcp.beds/free",
  ]]);
  expect(answer?.blocks).toEqual([toolUse("a", "find_bed")]);
  expect(prepare(claudeRow(), { tools, messages }).tools?.tools[0]?.name).toBe("find-bed");
});

Deno.test("a system prompt of several parts stays in its order, and heads the first message where the model takes none", () => {
  const system = [text("Be brief."), text(" "), text("Be kind.")];
  const messages = [user(text("One")), user(text("Two"))];
  expect(prepare(claudeRow(), { system, messages })).toMatchObject({
    system: [text("Be brief."), text("Be kind.")],
    messages: [{ blocks: [text("One"), text("Two")] }],
  });
  expect(prepare(claudeRow({}, { system_prompt: "unsupported" }), { system, messages }))
    .toMatchObject({
      system: [],
      messages: [{
        blocks: [
          { ...text("Be brief."), isOurs: true },
          { ...text("Be kind."), isOurs: true },
          text("One"),
          text("Two"),
        ],
      }],
    });
});

Deno.test("prepareRequest() chooses among tools as far as the model can be told", () => {
  const tools = [tool("find_bed"), tool("free_beds")];
  const named = { type: "tool", name: "free_beds" } as const;
  const chosen = (choices: ("any" | "tool" | "none")[], toolChoice: Asked["toolChoice"]) => {
    const { tools: sent, system } = prepare(withTools({ choices }), { tools, toolChoice });
    return [sent?.choice, sent?.tools.length, ...system.map((block) => block.text)];
  };
  expect(chosen([], null)).toEqual([null, 2]);
  expect(chosen([], { type: "auto" })).toEqual([null, 2]);
  expect(chosen(["none"], { type: "none" })).toEqual([{ type: "none" }, 2]);
  expect(chosen([], { type: "none" })).toEqual([null, 2, "Answer without calling a tool."]);
  expect(chosen(["any"], { type: "any" })).toEqual([{ type: "any" }, 2]);
  expect(chosen([], { type: "any" })).toEqual([
    null,
    2,
    "Call one of the tools before you answer.",
  ]);
  expect(chosen(["tool"], named)).toEqual([named, 2]);
  expect(chosen(["any"], named)).toEqual([{ type: "any" }, 1]);
  expect(chosen([], named)).toEqual([null, 1, "Call the tool free_beds before you answer."]);
});

Deno.test("prepareRequest() lets a forced tool count for more than thinking that was not asked for", () => {
  const forced = { tools: [tool("find_bed")], toolChoice: { type: "any" } } as const;
  const model = (off: "disabled" | "omitted") =>
    claudeRow({
      thinking: {
        mode: "adaptive",
        efforts: ["low"],
        by_default: true,
        off,
        forced_tools: false,
      },
    });
  expect(prepare(model("disabled"), forced)).toMatchObject({
    thinking: { kind: "disabled" },
    tools: { choice: { type: "any" } },
  });
  expect(prepare(model("omitted"), forced)).toMatchObject({
    thinking: null,
    tools: { choice: null },
  });
  expect(prepare(model("disabled"), { ...forced, effort: "low" })).toMatchObject({
    thinking: { kind: "adaptive", effort: "low" },
    tools: { choice: null },
  });
});

Deno.test("prepareRequest() says that tools are to be called one by one only where the model knows it", () => {
  const tools = [tool("find_bed")];
  expect(prepare(claudeRow(), { tools, parallelTools: false }).tools?.parallel).toBe(false);
  expect(prepare(novaRow(), { tools, parallelTools: false }).tools?.parallel).toBe(true);
  expect(prepare(claudeRow(), { tools }).tools?.parallel).toBe(true);
});

Deno.test("prepareRequest() holds a tool to its schema only where the model can be held to it", () => {
  const closed = { type: "object", properties: { ward: { type: "string" } } };
  const strict = (model: Model, schema: unknown) =>
    prepare(model, { tools: [{ ...tool("t", schema), strict: true }] }).tools?.tools[0];
  expect(strict(claudeRow(), closed)).toMatchObject({
    strict: true,
    inputSchema: { ...closed, additionalProperties: false },
  });
  expect(strict(claudeRow(), { type: "object" })).not.toHaveProperty("strict");
  expect(strict(novaRow(), closed)).not.toHaveProperty("strict");
});

Deno.test("prepareRequest() refuses tools that it cannot send", () => {
  const refused: [Model, Partial<Asked>, string][] = [
    [claudeRow({ tools: undefined }), { tools: [tool("a")] }, "modality_not_supported"],
    [claudeRow(), { tools: [tool("a"), tool("a")] }, "invalid_request"],
    [
      claudeRow(),
      { tools: [tool("a")], toolChoice: { type: "tool", name: "b" } },
      "invalid_request",
    ],
    [claudeRow(), { toolChoice: { type: "any" } }, "invalid_request"],
  ];
  for (const [model, of, code] of refused) {
    expect(() => prepare(model, of)).toThrow(expect.objectContaining({ code }));
  }
});

Deno.test("prepareRequest() holds an answer to a schema by the best means that the model has", () => {
  const schema = { type: "object", properties: { ward: { type: "string", minLength: 1 } } };
  const outputSchema = { name: "bed plan", description: "Where", schema };
  const native = prepare(claudeRow({ output_schema: true }), { outputSchema });
  expect(native).toMatchObject({
    tools: null,
    output: {
      by: "model",
      schema: { name: "bed_plan", schema: { type: "object", additionalProperties: false } },
    },
  });
  const byTool = prepare(claudeRow(), { outputSchema });
  expect(byTool.output?.by).toBe("tool");
  expect(byTool.tools).toEqual({
    tools: [{ name: "bed_plan", description: "Where", inputSchema: schema }],
    choice: { type: "tool", name: "bed_plan" },
    parallel: false,
    names: new Map([["bed_plan", "bed_plan"]]),
  });
  const beside = prepare(claudeRow(), { outputSchema, tools: [tool("find_bed")] });
  expect(beside.output).toEqual({ by: "instruction", schema: outputSchema });
  expect(beside.system.at(-1)?.text).toContain(JSON.stringify(schema));
  // No object, so no tool's input.
  const list = { ...outputSchema, schema: { type: "array", items: { type: "string" } } };
  expect(prepare(claudeRow(), { outputSchema: list }).output?.by).toBe("instruction");
});

Deno.test("prepareRequest() keeps its own instructions behind the cached end of the system prompt", () => {
  const system = [text("word ".repeat(2000))];
  const { system: sent } = prepare(withTools({ choices: [] }), {
    system,
    tools: [tool("find_bed")],
    toolChoice: { type: "none" },
  });
  expect(sent.map((block) => block.cache)).toEqual([{ ttl: null }, undefined]);
});

Deno.test("prepareRequest() sends the betas of the row, the guardrail, and stop sequences that are not empty", () => {
  const model = claudeRow({ betas: ["context-1m"] });
  const guardrail = { id: "abc", version: "1" };
  const request = prepareRequest(
    model,
    asked({ guardrail, betas: ["fast-mode", "context-1m", "context-1m"] }),
    { ...inference, stopSequences: ["", "END"] },
  );
  expect(request).toMatchObject({
    guardrail,
    betas: ["context-1m"],
    inference: { stopSequences: ["END"] },
  });
});

Deno.test("prepareRequest() sends no stop sequences to a model whose row does not list them", () => {
  const stops = (stop_sequences: boolean) =>
    prepareRequest(claudeRow({ stop_sequences }), asked(), { ...inference, stopSequences: ["END"] })
      .inference.stopSequences;
  expect([stops(true), stops(false)]).toEqual([["END"], []]);
});

Deno.test("prepareRequest() sends what goes with a beta only where the row lists it", () => {
  const members = (name: string) => ({ "a-2025": { [name]: 1 }, "b-2025": { [`no_${name}`]: 1 } });
  const bodyFor = (betas: string[]) =>
    encodeClaudeRequest(prepare(claudeRow({ betas }), {
      betas: ["a-2025", "c-2025"],
      betaMembers: members("of_body"),
      tools: [{ ...tool("find_bed"), betaMembers: members("of_tool") }],
    }));
  expect(bodyFor(["a-2025", "b-2025"])).toMatchObject({
    anthropic_beta: ["a-2025"],
    of_body: 1,
    tools: [{ of_tool: 1 }],
  });
  expect(JSON.stringify(bodyFor(["a-2025", "b-2025"]))).not.toContain("no_of");
  expect(JSON.stringify(bodyFor(["c-2025"]))).not.toMatch(/of_body|of_tool/);
});

Deno.test("prepareRequest() continues an answer only of a model that does so and does not think", () => {
  const messages = [user(text("Hello")), own(text("Good "))];
  const last = (model: Model, effort: Asked["effort"]) =>
    prepare(model, { messages, effort }).messages.at(-1);
  expect(last(claudeRow(), null)).toEqual({ role: "assistant", blocks: [text("Good")] });
  const refused = expect.objectContaining({ code: "invalid_request" });
  expect(() => last(claudeRow(), "low")).toThrow(refused);
  expect(() => last(claudeRow({ prefill: false }), null)).toThrow(refused);
});
