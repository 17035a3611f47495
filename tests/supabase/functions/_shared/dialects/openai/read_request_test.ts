import { expect } from "@std/expect";
import { openaiDialect } from "../../../../../../supabase/functions/_shared/dialects/openai/openai.ts";
import { ask, refusalOf } from "./ask.ts";

const tool = (name: string, more: Record<string, unknown> = {}) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} }, ...more },
});

Deno.test("readCall() reads what is asked, with the model's own settings where nothing is said", () => {
  expect(ask()).toEqual({
    model: "default",
    question: {
      history: [],
      question: { role: "user", blocks: [{ type: "text", text: "Hello" }], modelId: null },
      system: [],
      settings: {},
      tools: [],
      parallelTools: true,
      showsThinking: true,
    },
    streamed: false,
    clientLabel: null,
    ignored: [],
    includesUsage: false,
  });
});

/** Fields, and the settings that they come to. */
const honoured: readonly (readonly [fields: Record<string, unknown>, settings: unknown])[] = [
  [{ max_tokens: 100 }, { max_tokens: 100 }],
  [{ max_completion_tokens: 200 }, { max_tokens: 200 }],
  [{ max_tokens: 100, max_completion_tokens: 200 }, { max_tokens: 200 }],
  [{ max_tokens: 100, max_completion_tokens: null }, { max_tokens: 100 }],
  [{ temperature: 0.2, top_p: 0.9 }, { temperature: 0.2, top_p: 0.9 }],
  [{ temperature: 1.8 }, { temperature: 1 }],
  [{ temperature: -1, top_p: 3 }, { temperature: 0, top_p: 1 }],
  [{ temperature: null, stop: null }, {}],
  [{ stop: "END" }, { stop_sequences: ["END"] }],
  [{ stop: ["a", "b"] }, { stop_sequences: ["a", "b"] }],
  [{ stop: [] }, {}],
  [{ reasoning_effort: "minimal" }, { effort: "low" }],
  [{ reasoning_effort: "xhigh" }, { effort: "xhigh" }],
  [{ reasoning_effort: "none" }, { effort: "none" }],
  [{ reasoning: { effort: "high" } }, { effort: "high" }],
  [{ reasoning: true }, {}],
  [{ reasoning_effort: "" }, {}],
  [{ reasoning_effort: "", reasoning: { effort: "high" } }, { effort: "high" }],
];

for (const [fields, settings] of honoured) {
  Deno.test(`readCall() reads ${JSON.stringify(fields)}`, () => {
    expect(ask(fields).question.settings).toEqual(settings);
  });
}

Deno.test("readCall() reads whether the answer is streamed, and with its tokens", () => {
  expect(ask({ stream: true })).toMatchObject({ streamed: true, includesUsage: false });
  expect(ask({ stream: true, stream_options: { include_usage: true } }))
    .toMatchObject({ streamed: true, includesUsage: true });
  expect(ask({ stream: null, stream_options: null }))
    .toMatchObject({ streamed: false, includesUsage: false });
});

Deno.test("readCall() takes the label of the client's user from its field or the newer one", () => {
  expect(ask({ user: "u1", safety_identifier: "s1" }).clientLabel).toBe("u1");
  expect(ask({ safety_identifier: "s1" }).clientLabel).toBe("s1");
  expect(ask({ user: "" }).clientLabel).toBeNull();
  expect(ask({ user: "a\0b" }).clientLabel).toBe("a\uFFFDb");
});

Deno.test("readCall() names what it ignores, each field once, but none that is null", () => {
  const call = ask({
    frequency_penalty: 0,
    presence_penalty: 0.5,
    seed: 7,
    metadata: { run: "1" },
    store: false,
    service_tier: null,
    chat_template_kwargs: {},
    stream_options: { include_obfuscation: false },
    reasoning: { effort: "low", exclude: true },
    messages: [
      { role: "user", name: "ann", content: [{ type: "text", text: "a", weight: 1 }] },
      { role: "user", name: "bob", content: [{ type: "text", text: "b", weight: 2 }] },
      { role: "assistant", content: "c", reasoning_content: "thoughts", annotations: [{}] },
      { role: "user", content: "d" },
    ],
  });
  expect(call.ignored.toSorted()).toEqual([
    "chat_template_kwargs",
    "frequency_penalty",
    "messages.annotations",
    "messages.content.weight",
    "messages.name",
    "messages.reasoning_content",
    "metadata",
    "presence_penalty",
    "reasoning.exclude",
    "seed",
    "store",
    "stream_options.include_obfuscation",
  ]);
});

Deno.test("readCall() ignores efforts and labels that it does not know, by the field that was sent", () => {
  expect(ask({ reasoning_effort: "much", user: 5, safety_identifier: "s1" })).toMatchObject({
    question: { settings: {} },
    clientLabel: "s1",
    ignored: ["reasoning_effort", "user"],
  });
  expect(ask({ reasoning: { effort: 3 }, safety_identifier: {} }).ignored.toSorted())
    .toEqual(["reasoning.effort", "safety_identifier"]);
  expect(ask({ reasoning_effort: "" }).ignored).toEqual([]);
});

Deno.test("readCall() takes calls of tools without an id", () => {
  const { question } = ask({
    messages: [
      { role: "user", content: "Is a bed free?" },
      { role: "assistant", tool_calls: [{ id: "", function: { name: "a", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "", content: "Yes" },
    ],
  });
  expect(question.history[1]?.blocks.at(-1)).toMatchObject({ type: "tool-use", id: "" });
  expect(question.question.blocks).toMatchObject([{ type: "tool-result", toolUseId: "" }]);
});

/** Fields whose effect a client would rely on. */
const unsupported: readonly (readonly [fields: Record<string, unknown>, code: string])[] = [
  [{ n: 2 }, "unsupported_value"],
  [{ functions: [{ name: "f" }] }, "unsupported_parameter"],
  [{ function_call: "auto" }, "unsupported_parameter"],
  [{ logprobs: true }, "unsupported_parameter"],
  [{ top_logprobs: 3 }, "unsupported_parameter"],
  [{ logit_bias: { "50256": -100 } }, "unsupported_parameter"],
  [{ audio: { voice: "alloy", format: "wav" } }, "unsupported_parameter"],
  [{ modalities: ["text", "audio"] }, "unsupported_value"],
  [{ web_search_options: {} }, "unsupported_parameter"],
  [{ prediction: { type: "content", content: "a" } }, "unsupported_parameter"],
];

for (const [fields, code] of unsupported) {
  const [field] = Object.keys(fields);
  Deno.test(`readCall() refuses ${JSON.stringify(fields)}`, () => {
    expect(refusalOf(fields)).toEqual({
      status: 400,
      type: "invalid_request_error",
      param: field,
      code,
      message: expect.stringMatching(new RegExp(`^${field}: .`)),
    });
  });
}

Deno.test("readCall() takes the same fields where they ask for nothing", () => {
  const call = ask({
    n: 1,
    functions: [],
    function_call: null,
    logprobs: false,
    top_logprobs: 0,
    logit_bias: {},
    audio: null,
    modalities: ["text"],
    prediction: null,
  });
  expect(call.ignored).toEqual([]);
});

/** Requests that are wrong, and the place that their client is told. */
const wrong: readonly (readonly [fields: Record<string, unknown>, param: string])[] = [
  [{ model: "" }, "model"],
  [{ model: 5 }, "model"],
  [{ messages: [] }, "messages"],
  [{ messages: "Hello" }, "messages"],
  [{ messages: [{ role: "system", content: "Be brief." }] }, "messages"],
  [{ max_tokens: 0 }, "max_tokens"],
  [{ max_completion_tokens: 1.5 }, "max_completion_tokens"],
  [{ temperature: "hot" }, "temperature"],
  [{ stop: [1] }, "stop"],
  [{ stream: "yes" }, "stream"],
  [{ stream_options: { include_usage: 1 } }, "stream_options.include_usage"],
  [{ tools: [{ type: "function" }] }, "tools[0].function"],
  [{ tools: [tool("a"), tool("")] }, "tools[1].function.name"],
  [{ tools: [tool("a", { parameters: "object" })] }, "tools[0].function.parameters"],
  [{ tools: [{ type: "custom", custom: { name: "a" } }] }, "tools[0].type"],
  [{ tool_choice: "required" }, "tool_choice"],
  [{ tool_choice: "always", tools: [tool("a")] }, "tool_choice"],
  [
    { tool_choice: { type: "function", function: { name: "b" } }, tools: [tool("a")] },
    "tool_choice",
  ],
  [{ response_format: { type: "xml" } }, "response_format.type"],
  [{ response_format: { type: "json_schema" } }, "response_format.json_schema"],
  [
    { response_format: { type: "json_schema", json_schema: { name: "a" } } },
    "response_format.json_schema.schema",
  ],
  [
    {
      response_format: {
        type: "json_schema",
        json_schema: { name: "a", schema: { type: "object", $anchor: "a" } },
      },
    },
    "response_format.json_schema.schema",
  ],
];

for (const [fields, param] of wrong) {
  Deno.test(`readCall() names ${param} of ${JSON.stringify(fields)}`, () => {
    expect(refusalOf(fields)).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      param,
    });
  });
}

Deno.test("readCall() refuses what is no object", () => {
  for (const body of [undefined, null, [], "text", 1]) {
    expect(() => openaiDialect.readCall(body, new Headers()))
      .toThrow(expect.objectContaining({ code: "invalid_request" }));
  }
});

Deno.test("readCall() reads tools with what they take, and their choice", () => {
  const { question } = ask({
    tools: [
      tool("find_bed", {
        description: "Finds a bed",
        parameters: { type: "object", properties: { ward: { type: "string" } } },
        strict: true,
      }),
      { function: { name: "list_wards" }, cache_control: { type: "ephemeral", ttl: "1h" } },
    ],
    tool_choice: { type: "function", function: { name: "find_bed" } },
    parallel_tool_calls: false,
  });
  expect(question).toMatchObject({
    toolChoice: { type: "tool", name: "find_bed" },
    parallelTools: false,
  });
  expect(question.tools).toEqual([
    {
      name: "find_bed",
      description: "Finds a bed",
      inputSchema: { type: "object", properties: { ward: { type: "string" } } },
      strict: true,
    },
    {
      name: "list_wards",
      description: null,
      inputSchema: { type: "object", properties: {} },
      cache: { ttl: "1h" },
    },
  ]);
});

Deno.test("readCall() reads every choice among tools", () => {
  const choiceOf = (tool_choice: unknown) => {
    const { question } = ask({ tools: [tool("a"), tool("b")], tool_choice });
    return [question.toolChoice, question.tools?.map(({ name }) => name).join()];
  };
  expect(choiceOf("none")).toEqual([{ type: "none" }, "a,b"]);
  expect(choiceOf("auto")).toEqual([{ type: "auto" }, "a,b"]);
  expect(choiceOf("required")).toEqual([{ type: "any" }, "a,b"]);
  expect(choiceOf(null)).toEqual([undefined, "a,b"]);
  const allowed = (mode: string, ...names: string[]) => ({
    type: "allowed_tools",
    allowed_tools: { mode, tools: names.map((name) => ({ type: "function", function: { name } })) },
  });
  expect(choiceOf(allowed("auto", "b"))).toEqual([{ type: "auto" }, "b"]);
  expect(choiceOf(allowed("required", "b", "a"))).toEqual([{ type: "any" }, "a,b"]);
});

Deno.test("readCall() asks for no thinking where tools are called, as its proof cannot come back", () => {
  const withTools = ask({ tools: [tool("a")], reasoning_effort: "high" });
  expect(withTools.question).toMatchObject({ settings: { effort: "none" }, showsThinking: false });
  expect(withTools.ignored).toEqual(["reasoning_effort"]);
  expect(ask({ tools: [tool("a")], reasoning_effort: "none" }).ignored).toEqual([]);
  expect(ask({ tools: [tool("a")], reasoning: { effort: "low" } }).ignored)
    .toEqual(["reasoning.effort"]);
  const afterTools = ask({
    reasoning_effort: "high",
    messages: [
      { role: "user", content: "Is a bed free?" },
      { role: "assistant", tool_calls: [{ id: "c1", function: { name: "a", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "c1", content: "Yes" },
    ],
  });
  expect(afterTools.question).toMatchObject({ settings: { effort: "none" }, showsThinking: false });
});

Deno.test("readCall() holds the answer to a schema, with regular expressions as words", () => {
  const { question } = ask({
    response_format: {
      type: "json_schema",
      json_schema: {
        name: "visit",
        description: "A visit",
        strict: true,
        schema: {
          type: "object",
          properties: {
            email: { type: "string", format: "email", pattern: "^.+@.+$", description: "Mail." },
            pattern: { type: "string", pattern: "a*" },
            kind: { enum: ["a"], const: "a" },
          },
        },
      },
    },
  });
  expect(question.outputSchema).toEqual({
    name: "visit",
    description: "A visit",
    schema: {
      type: "object",
      properties: {
        email: { type: "string", format: "email", description: "Mail. (pattern: ^.+@.+$)" },
        pattern: { type: "string", description: "(pattern: a*)" },
        kind: { enum: ["a"], const: "a" },
      },
    },
  });
});

Deno.test("readCall() takes members of a schema by their names, whatever they are called", () => {
  const patterned = { type: "string", pattern: "a*" };
  const described = { type: "string", description: "(pattern: a*)" };
  const names = ["default", "enum", "const", "examples", "pattern", "patternProperties"];
  const all = (each: unknown) => Object.fromEntries(names.map((name) => [name, each]));
  const schemaOf = (each: unknown) => ({
    type: "object",
    properties: all(each),
    $defs: all(each),
    definitions: all(each),
    dependentSchemas: all(each),
  });
  const json_schema = { name: "visit", schema: schemaOf(patterned) };
  expect(ask({ response_format: { type: "json_schema", json_schema } }).question.outputSchema)
    .toMatchObject({ schema: schemaOf(described) });
});

Deno.test("readCall() takes a record's members in words, and leaves the object open", () => {
  const schema = {
    type: "object",
    description: "Notes.",
    patternProperties: { "^(.*)$": { type: "string" } },
    additionalProperties: false,
  };
  const json_schema = { name: "visit", schema };
  expect(ask({ response_format: { type: "json_schema", json_schema } }).question.outputSchema)
    .toMatchObject({
      schema: { type: "object", description: 'Notes. (members named ^(.*)$: {"type":"string"})' },
    });
});

Deno.test("readCall() asks for JSON without a schema in words, behind the system prompt", () => {
  const { question } = ask({
    response_format: { type: "json_object" },
    messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Hello" }],
  });
  expect(question.outputSchema).toBeUndefined();
  expect(question.system?.map(({ text }) => text)).toEqual([
    "Be brief.",
    expect.stringContaining("JSON object"),
  ]);
});

Deno.test("readCall() tells what is wrong with a schema where its client wrote it", () => {
  const schema = { type: "object", properties: { a: { $anchor: "a" } } };
  const json_schema = { name: "visit", schema };
  expect(refusalOf({ response_format: { type: "json_schema", json_schema } }).message)
    .toContain("response_format.json_schema.schema.properties.a.$anchor");
});
