import { expect } from "@std/expect";
import { base64, jpeg, pdf } from "../../../../../support/media.ts";
import { tinyPng } from "../../../../../support/tiny_png.ts";
import { tagProof } from "../../../../../../supabase/functions/_shared/dialects/anthropic/thinking_tag.ts";
import { read, refusalOf, said } from "./calls.ts";

const blocksOf = (content: unknown, headers = {}) =>
  read({ messages: [said(content)] }, headers).question.question.blocks;

Deno.test("readCall() reads what a plain request asks", () => {
  expect(read()).toEqual({
    model: "default",
    question: {
      history: [],
      question: { role: "user", blocks: [{ type: "text", text: "Hello" }], modelId: null },
      system: [],
      settings: { max_tokens: 100 },
      tools: [],
      betas: [],
      showsThinking: true,
    },
    streamed: false,
    clientLabel: null,
    stopSequences: [],
    ignored: [],
  });
});

Deno.test("readCall() reads the settings", () => {
  const call = read({
    stream: true,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    stop_sequences: ["END"],
    metadata: { user_id: "somebody" },
    output_config: { effort: "xhigh", format: { type: "json_schema", schema: { type: "object" } } },
  });
  expect(call.streamed).toBe(true);
  expect(call.clientLabel).toBe("somebody");
  expect(call.stopSequences).toEqual(["END"]);
  expect(call.question.settings).toEqual({
    max_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    stop_sequences: ["END"],
    effort: "xhigh",
    thinking: { type: "unasked" },
  });
  expect(call.question.outputSchema).toEqual({
    name: "answer",
    description: null,
    schema: { type: "object" },
  });
});

Deno.test("readCall() takes the format of the answer by its former name", () => {
  const call = read({ output_format: { type: "json_schema", schema: { type: "array" } } });
  expect(call.question.outputSchema?.schema).toEqual({ type: "array" });
});

Deno.test("readCall() reads how to think", () => {
  const thinking = (value: object) => read({ thinking: value }).question.settings?.thinking;
  expect(thinking({ type: "enabled", budget_tokens: 2_000 })).toEqual({
    type: "enabled",
    budgetTokens: 2_000,
  });
  expect(thinking({ type: "adaptive" })).toEqual({ type: "adaptive" });
  expect(thinking({ type: "disabled" })).toEqual({ type: "disabled" });
  expect(thinking({ type: "between_tools" })).toEqual({ type: "disabled" });
  // An effort alone says how much, and asks for none.
  expect(read({ output_config: { effort: "low" } }).question.settings)
    .toMatchObject({ thinking: { type: "unasked" }, effort: "low" });
  expect(refusalOf({ thinking: { type: "enabled" } }).param).toBe("thinking.budget_tokens");
  expect(read({ thinking: { type: "adaptive", display: "omitted" } }).ignored)
    .toEqual(["thinking.display"]);
});

Deno.test("readCall() keeps the blocks of the system prompt apart, with their cache marks", () => {
  const system = [
    { type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } },
    { type: "text", text: "Be kind." },
  ];
  expect(read({ system }).question.system).toEqual([
    { type: "text", text: "Be brief.", cache: { ttl: "1h" } },
    { type: "text", text: "Be kind." },
  ]);
  expect(read({ system: "Be brief." }).question.system).toEqual([
    { type: "text", text: "Be brief." },
  ]);
});

Deno.test("readCall() puts a system message among the others behind the system prompt", () => {
  const { system, history, question } = read({
    system: "First.",
    messages: [said("Hello"), said("Second.", "system"), said("Hi", "assistant"), said("Go on")],
  }).question;
  expect(system?.map(({ text }) => text)).toEqual(["First.", "Second."]);
  expect(history.map(({ role }) => role)).toEqual(["user", "assistant"]);
  expect(question.role).toBe("user");
});

Deno.test("readCall() takes the beginning of an answer as the last message", () => {
  const { question, history } = read({ messages: [said("Count"), said("One,", "assistant")] })
    .question;
  expect(history.length).toBe(1);
  expect(question).toEqual({
    role: "assistant",
    blocks: [{ type: "text", text: "One," }],
    modelId: null,
  });
});

Deno.test("readCall() reads images by what their bytes are", () => {
  const image = (media_type: string, data: string) =>
    blocksOf([{ type: "image", source: { type: "base64", media_type, data } }]);
  expect(image("image/png", tinyPng)).toEqual([
    { type: "image", mediaType: "image/png", source: { kind: "base64", data: tinyPng } },
  ]);
  expect(image("image/jpg", base64(jpeg()))).toMatchObject([{ mediaType: "image/jpeg" }]);
  expect(image("image/png", base64(jpeg()))).toMatchObject([{ mediaType: "image/jpeg" }]);
});

Deno.test("readCall() refuses images that are not in the request", () => {
  const refusal = (source: object) => refusalOf({ messages: [said([{ type: "image", source }])] });
  expect(refusal({ type: "url", url: "https://example.com/a.png" })).toMatchObject({
    code: "invalid_request",
    param: "messages.0.content.0.source.type",
    message: 'messages.0.content.0.source.type: sources of the type "url" are not fetched; ' +
      "send the bytes as base64",
  });
  expect(refusal({ type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" }).code)
    .toBe("invalid_request");
  expect(refusal({ type: "base64", media_type: "image/tiff", data: "SUkqAA==" }).param)
    .toBe("messages.0.content.0.source");
});

Deno.test("readCall() reads documents of every source, and their context before them", () => {
  const data = base64(pdf());
  expect(blocksOf([{
    type: "document",
    title: "A report",
    context: "Of last year.",
    source: { type: "base64", media_type: "application/pdf", data },
    cache_control: { type: "ephemeral" },
  }])).toEqual([
    { type: "text", text: "Of last year." },
    {
      type: "document",
      mediaType: "application/pdf",
      name: "A report",
      source: { kind: "base64", data },
      cache: { ttl: null },
    },
  ]);
  const text = { type: "document", source: { type: "text", media_type: "text/plain", data: "Äh" } };
  expect(blocksOf([text])).toEqual([{
    type: "document",
    mediaType: "text/plain",
    name: "document",
    source: { kind: "base64", data: "w4Ro" },
  }]);
  const made = { type: "content", content: [{ type: "text", text: "One" }] };
  expect(blocksOf([{ type: "document", source: made, cache_control: { type: "ephemeral" } }]))
    .toEqual([{ type: "text", text: "One", cache: { ttl: null } }]);
});

Deno.test("readCall() takes a document without words as blank text, and no citations", () => {
  const text = (data: string, more = {}) => ({
    type: "document",
    source: { type: "text", media_type: "text/plain", data },
    ...more,
  });
  expect(blocksOf([text(""), text(" ")])).toEqual([
    { type: "text", text: "" },
    { type: "text", text: "" },
  ]);
  const refusal = (document: object) => refusalOf({ messages: [said([document])] }).param;
  expect(refusal(text("a\0b"))).toBe("messages.0.content.0.source");
  expect(refusal(text("Words", { citations: { enabled: true } })))
    .toBe("messages.0.content.0.citations");
  expect(read({ messages: [said([text("Words", { citations: { enabled: false } })])] }).ignored)
    .toEqual([]);
});

Deno.test("readCall() refuses a document of the assistant's since version 2026-10-21", () => {
  const source = { type: "text", media_type: "text/plain", data: "Words" };
  const messages = [said("Hello"), said([{ type: "document", source }], "assistant"), said("So?")];
  expect(read({ messages }, { "anthropic-version": "2023-06-01" }).question.history.length).toBe(2);
  expect(read({ messages }, { "anthropic-version": "whatever" }).question.history.length).toBe(2);
  expect(refusalOf({ messages }, { "anthropic-version": "2026-10-21" }).param)
    .toBe("messages.1.content");
});

Deno.test("readCall() reads calls of tools and their results", () => {
  const call = { type: "tool_use", id: "toolu_1", name: "look.up", input: { word: "a" } };
  const messages = [
    said("Look it up"),
    said([{ type: "text", text: "I will." }, call], "assistant"),
    said([
      {
        type: "tool_result",
        tool_use_id: "toolu_1",
        content: [
          { type: "text", text: "Found", cache_control: { type: "ephemeral" } },
          { type: "image", source: { type: "base64", media_type: "image/png", data: tinyPng } },
        ],
      },
      { type: "tool_result", tool_use_id: "toolu_2", content: "Failed", is_error: true },
      { type: "tool_result", tool_use_id: "toolu_3" },
    ]),
  ];
  const { history, question } = read({ messages }).question;
  expect(history[1]?.blocks[1]).toEqual({
    type: "tool-use",
    id: "toolu_1",
    name: "look.up",
    input: { word: "a" },
  });
  expect(question.blocks).toMatchObject([
    { toolUseId: "toolu_1", isError: false, cache: { ttl: null }, content: [{}, {}] },
    { toolUseId: "toolu_2", isError: true, content: [{ type: "text", text: "Failed" }] },
    { toolUseId: "toolu_3", content: [] },
  ]);
});

Deno.test("readCall() tells from the tags of thinking which model wrote an answer", () => {
  const answer = [
    { type: "thinking", thinking: " As it was\n", signature: tagProof("sig==", "vendor.a-v1:0") },
    { type: "redacted_thinking", data: tagProof("data==", "vendor.a-v1:0") },
    { type: "thinking", thinking: "Of another", signature: tagProof("sig", "vendor.b-v1:0") },
    { type: "thinking", thinking: "Of who knows", signature: "EqQBCg" },
    { type: "text", text: "Yes" },
  ];
  const messages = [said("Is it?"), said(answer, "assistant"), said("Sure?")];
  expect(read({ messages }).question.history[1]).toEqual({
    role: "assistant",
    modelId: "vendor.a-v1:0",
    blocks: [
      { type: "thinking", text: " As it was\n", signature: "sig==" },
      { type: "redacted-thinking", data: "data==" },
      { type: "thinking", text: "Of another", signature: null },
      { type: "thinking", text: "Of who knows", signature: null },
      { type: "text", text: "Yes" },
    ],
  });
});

Deno.test("readCall() refuses blocks that it does not know by their names", () => {
  for (const type of ["search_result", "server_tool_use", "compaction", "video"]) {
    const refusal = refusalOf({ messages: [said([{ type }])] });
    expect(refusal.param).toBe("messages.0.content.0.type");
    expect(refusal.message).toContain(`"${type}"`);
  }
});

Deno.test("readCall() reads tools and the choice of one", () => {
  const input_schema = { type: "object", properties: {} };
  const tools = [
    { name: "first", input_schema, description: "The first", strict: true },
    { type: "custom", name: "second", input_schema, cache_control: { type: "ephemeral" } },
  ];
  const { question } = read({
    tools,
    tool_choice: { type: "tool", name: "first", disable_parallel_tool_use: true },
  });
  expect(question.tools).toEqual([
    { name: "first", description: "The first", inputSchema: input_schema, strict: true },
    { name: "second", description: null, inputSchema: input_schema, cache: { ttl: null } },
  ]);
  expect(question.toolChoice).toEqual({ type: "tool", name: "first" });
  expect(question.parallelTools).toBe(false);
  const choice = (tool_choice: object) => read({ tools, tool_choice }).question;
  expect(choice({ type: "any" })).toMatchObject({
    toolChoice: { type: "any" },
    parallelTools: true,
  });
  expect(choice({ type: "none" }).toolChoice).toEqual({ type: "none" });
  expect(refusalOf({ tools, tool_choice: { type: "tool" } }).param).toBe("tool_choice");
});

Deno.test("readCall() refuses Anthropic's own tools and servers by name", () => {
  for (const type of ["bash_20250124", "web_search_20250305", "computer_20250124"]) {
    const refusal = refusalOf({ tools: [{ type, name: "own" }] });
    expect(refusal.param).toBe("tools.0.type");
    expect(refusal.message).toContain(`"${type}"`);
  }
  expect(refusalOf({ mcp_servers: [{ type: "url", url: "https://example.com" }] }).param)
    .toBe("mcp_servers");
  expect(read({ mcp_servers: [] }).ignored).toEqual([]);
});

Deno.test("readCall() ignores fields that it does not know, and names each once", () => {
  const call = read({
    service_tier: "auto",
    speed: "fast",
    container: null,
    cache_control: { type: "ephemeral" },
    messages: [said([
      { type: "text", text: "One", citations: [{ type: "char_location" }] },
      {
        type: "text",
        text: "Two",
        citations: [{}],
        cache_control: { type: "ephemeral", scope: "global" },
      },
      { type: "text", text: "Three", citations: null },
    ])],
    tools: [{ name: "a", input_schema: {}, defer_loading: true, allowed_callers: ["direct"] }],
  });
  expect(call.ignored.toSorted()).toEqual([
    "messages.content.cache_control.scope",
    "messages.content.citations",
    "service_tier",
    "speed",
    "tools.allowed_callers",
    "tools.defer_loading",
  ]);
  expect(call.question.question.blocks.map((block) => "cache" in block))
    .toEqual([false, true, true]);
});

Deno.test("readCall() takes betas from the header, the body and the tools that need one", () => {
  const { question } = read({
    betas: ["context-1m-2025-08-07", "of-the-header"],
    tools: [{ name: "a", input_schema: {}, eager_input_streaming: true }],
  }, { "anthropic-beta": "of-the-header, advanced-tool-use-2025-11-20,," });
  expect(question.betas).toEqual([
    "of-the-header",
    "tool-search-tool-2025-10-19",
    "tool-examples-2025-10-29",
    "context-1m-2025-08-07",
    "fine-grained-tool-streaming-2025-05-14",
  ]);
});

Deno.test("readCall() keeps what goes with a beta apart, by the beta", () => {
  const { question } = read({
    context_management: { edits: [] },
    tools: [{ name: "a", input_schema: {}, input_examples: [{ b: 1 }] }],
  });
  expect(question.betaMembers).toEqual({
    "context-management-2025-06-27": { context_management: { edits: [] } },
  });
  expect(question.tools?.[0]?.betaMembers).toEqual({
    "tool-examples-2025-10-29": { input_examples: [{ b: 1 }] },
  });
});

Deno.test("readCall() names the field that is wrong", () => {
  const wrong: readonly (readonly [change: object, param: string])[] = [
    [{ model: "" }, "model"],
    [{ max_tokens: undefined }, "max_tokens"],
    [{ max_tokens: 0 }, "max_tokens"],
    [{ messages: [] }, "messages"],
    [{ messages: [said("Only this", "system")] }, "messages"],
    [{ messages: [said("A", "tool")] }, "messages.0.role"],
    [{ messages: [said(7)] }, "messages.0.content"],
    [{ messages: [said(["text"])] }, "messages.0.content.0"],
    [{ messages: [said([{ type: "text" }])] }, "messages.0.content.0.text"],
    [{ messages: [said([{ type: "tool_result" }])] }, "messages.0.content.0.tool_use_id"],
    [{ system: 7 }, "system"],
    [{ system: [{ type: "image" }] }, "system.0.type"],
    [{ temperature: 1.5 }, "temperature"],
    [{ stream: "yes" }, "stream"],
    [{ tools: [{ input_schema: {} }] }, "tools.0.name"],
    [{ output_config: { effort: "most" } }, "output_config.effort"],
    [{ output_config: { format: { type: "text" } } }, "output_config.format"],
    [{ thinking: { type: "deep" } }, "thinking.type"],
  ];
  for (const [change, param] of wrong) expect(refusalOf(change).param).toBe(param);
});

Deno.test("readCall() never repeats words of a request to the log", () => {
  const refusal = refusalOf({ messages: [said([{ type: "a secret" }])] });
  expect(refusal.message).toContain("a secret");
  expect(refusal.logged).not.toContain("a secret");
});
