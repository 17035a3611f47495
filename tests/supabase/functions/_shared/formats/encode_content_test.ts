/** What each format writes of each part of a request. */
import { expect } from "@std/expect";
import { formats } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import type {
  ModelRequest,
  PreparedTools,
  Thinking,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import type { ReplayableBlock } from "../../../../../supabase/functions/_shared/formats/replayable.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import {
  type FormatId,
  formatIds,
} from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRow } from "../model_row.ts";
import { modelRequest } from "./model_request.ts";

/** The block as it goes out: Claude's, and that of Nova's body and of Converse. */
type Row = readonly [block: ReplayableBlock, claude: object, amazon: object | null];

const png = { kind: "base64", data: "iVBORw0KGgo=" } as const;
const pdf = { kind: "base64", data: "JVBERi0x" } as const;

const rows: readonly Row[] = [
  [{ type: "text", text: "Hi" }, { type: "text", text: "Hi" }, { text: "Hi" }],
  [
    { type: "image", mediaType: "image/png", source: png },
    { type: "image", source: { type: "base64", media_type: "image/png", data: png.data } },
    { image: { format: "png", source: { bytes: png.data } } },
  ],
  [
    { type: "document", mediaType: "application/pdf", name: "document 1", source: pdf },
    {
      type: "document",
      title: "document 1",
      source: { type: "base64", media_type: "application/pdf", data: pdf.data },
    },
    { document: { format: "pdf", name: "document 1", source: { bytes: pdf.data } } },
  ],
  [
    {
      type: "document",
      mediaType: "text/markdown",
      name: "document 1",
      source: { kind: "base64", data: "R3LDvMOfZQ==" },
    },
    {
      type: "document",
      title: "document 1",
      source: { type: "text", media_type: "text/plain", data: "Grüße" },
    },
    { document: { format: "md", name: "document 1", source: { bytes: "R3LDvMOfZQ==" } } },
  ],
  [
    { type: "thinking", text: "", signature: "c2ln" },
    { type: "thinking", thinking: "", signature: "c2ln" },
    { reasoningContent: { reasoningText: { text: "", signature: "c2ln" } } },
  ],
  [
    { type: "redacted-thinking", data: "AQID" },
    { type: "redacted_thinking", data: "AQID" },
    { reasoningContent: { redactedContent: "AQID" } },
  ],
  [
    { type: "tool-use", id: "t1", name: "find_bed", input: { ward: "B" } },
    { type: "tool_use", id: "t1", name: "find_bed", input: { ward: "B" } },
    { toolUse: { toolUseId: "t1", name: "find_bed", input: { ward: "B" } } },
  ],
  [
    {
      type: "tool-result",
      toolUseId: "t1",
      content: [{ type: "text", text: "3" }, {
        type: "image",
        mediaType: "image/jpeg",
        source: png,
      }],
      isError: false,
    },
    {
      type: "tool_result",
      tool_use_id: "t1",
      content: [
        { type: "text", text: "3" },
        { type: "image", source: { type: "base64", media_type: "image/jpeg", data: png.data } },
      ],
    },
    {
      toolResult: {
        toolUseId: "t1",
        content: [{ text: "3" }, { image: { format: "jpeg", source: { bytes: png.data } } }],
      },
    },
  ],
  [
    {
      type: "tool-result",
      toolUseId: "t1",
      content: [{ type: "text", text: "No" }],
      isError: true,
    },
    {
      type: "tool_result",
      tool_use_id: "t1",
      content: [{ type: "text", text: "No" }],
      is_error: true,
    },
    { toolResult: { toolUseId: "t1", content: [{ text: "No" }], status: "error" } },
  ],
];

// deno-lint-ignore no-explicit-any
function encode(format: FormatId, request: Partial<ModelRequest>): any {
  return formats[format].encodeRequest(modelRequest({ model: rowOf(format), ...request }));
}

function rowOf(format: FormatId, capabilities: Partial<Capabilities> = {}) {
  return modelRow({ format, capabilities: { ...textOnly, ...capabilities } });
}

for (const format of formatIds) {
  Deno.test(`${format} writes every kind of block, in its order`, () => {
    const { messages } = encode(format, {
      messages: [{ role: "user", blocks: rows.map(([block]) => block) }],
    });
    expect(messages).toEqual([{
      role: "user",
      content: rows.map(([, claude, amazon]) => format === "claude" ? claude : amazon),
    }]);
  });

  Deno.test(`${format} marks every kind of block for the prompt cache`, () => {
    const marked = rows.filter(([{ type }]) => !type.includes("thinking"));
    for (const ttl of [null, "5m", "1h"] as const) {
      const { messages: [{ content }] } = encode(format, {
        messages: [{
          role: "user",
          blocks: marked.map(([block]) => ({ ...block, cache: { ttl } }) as ReplayableBlock),
        }],
      });
      const time = ttl === "1h" ? { ttl } : {};
      expect(content).toEqual(
        format === "claude"
          ? marked.map(([, block]) => ({ ...block, cache_control: { type: "ephemeral", ...time } }))
          : marked.flatMap(([, , block]) => [block, { cachePoint: { type: "default", ...time } }]),
      );
    }
  });
}

const system = [
  { type: "text", text: "Be brief." },
  { type: "text", text: "Be kind.", cache: { ttl: null } },
] as const;

Deno.test("every format keeps the system prompt in blocks, with its cache marks", () => {
  const amazon = [{ text: "Be brief." }, { text: "Be kind." }, { cachePoint: { type: "default" } }];
  expect(encode("claude", { system }).system).toEqual([
    { type: "text", text: "Be brief." },
    { type: "text", text: "Be kind.", cache_control: { type: "ephemeral" } },
  ]);
  expect(encode("nova", { system }).system).toEqual(amazon);
  expect(encode("converse", { system }).system).toEqual(amazon);
});

const tool = {
  name: "find_bed",
  description: "Finds a bed.",
  inputSchema: { type: "object", properties: {} },
  strict: true,
  cache: { ttl: "1h" },
} as const;
const plain = { name: "list", description: " ", inputSchema: { type: "object" } };

function toolsOf(more: Partial<PreparedTools> = {}): PreparedTools {
  return { tools: [tool, plain], choice: null, parallel: true, names: new Map(), ...more };
}

Deno.test("every format writes tools, without a description that is blank", () => {
  const cache_control = { type: "ephemeral", ttl: "1h" };
  expect(encode("claude", { tools: toolsOf() }).tools).toEqual([
    {
      name: "find_bed",
      description: "Finds a bed.",
      input_schema: tool.inputSchema,
      strict: true,
      cache_control,
    },
    { name: "list", input_schema: { type: "object" } },
  ]);
  const amazon = {
    tools: [
      {
        toolSpec: {
          name: "find_bed",
          description: "Finds a bed.",
          inputSchema: { json: tool.inputSchema },
          strict: true,
        },
      },
      { cachePoint: { type: "default", ttl: "1h" } },
      { toolSpec: { name: "list", inputSchema: { json: { type: "object" } } } },
    ],
  };
  expect(encode("nova", { tools: toolsOf() }).toolConfig).toEqual(amazon);
  expect(encode("converse", { tools: toolsOf() }).toolConfig).toEqual(amazon);
});

Deno.test("every format writes the choice of a tool in its own words", () => {
  const choices = [
    [null, undefined, undefined],
    [{ type: "auto" }, { type: "auto" }, { auto: {} }],
    [{ type: "any" }, { type: "any" }, { any: {} }],
    [{ type: "tool", name: "list" }, { type: "tool", name: "list" }, { tool: { name: "list" } }],
    [{ type: "none" }, { type: "none" }, undefined],
  ] as const;
  for (const [choice, claude, amazon] of choices) {
    const tools = toolsOf({ choice });
    expect(encode("claude", { tools }).tool_choice).toEqual(claude);
    expect(encode("nova", { tools }).toolConfig.toolChoice).toEqual(amazon);
    expect(encode("converse", { tools }).toolConfig.toolChoice).toEqual(amazon);
  }
});

Deno.test("one call at a time is asked for beside Claude's choice, and in place of Converse's", () => {
  const choices = [
    [null, { type: "auto", disable_parallel_tool_use: true }],
    [{ type: "any" }, { type: "any", disable_parallel_tool_use: true }],
    [{ type: "none" }, { type: "none" }],
  ] as const;
  for (const [choice, expected] of choices) {
    const tools = toolsOf({ choice, parallel: false });
    expect(encode("claude", { tools }).tool_choice).toEqual(expected);
    const body = encode("converse", { tools });
    expect(body.toolConfig.toolChoice).toBe(undefined);
    expect(body.additionalModelRequestFields).toEqual({ tool_choice: expected });
  }
});

Deno.test("Converse, which cannot forbid tools, is told so in the maker's words", () => {
  const body = encode("converse", { tools: toolsOf({ choice: { type: "none" } }) });
  expect(body.additionalModelRequestFields).toEqual({ tool_choice: { type: "none" } });
});

Deno.test("Nova calls tools by greedy decoding, unless it thinks", () => {
  const tools = toolsOf();
  const thinking = { kind: "level", effort: "low" } as const;
  const throughConverse = (request: Partial<ModelRequest>) =>
    formats.converse.encodeRequest(modelRequest(request))["additionalModelRequestFields"];
  expect(encode("nova", { tools }).inferenceConfig.topK).toBe(1);
  expect(encode("nova", {}).inferenceConfig.topK).toBe(undefined);
  expect(throughConverse({ tools })).toEqual({ inferenceConfig: { topK: 1 } });
  expect(throughConverse({ tools, thinking })).toBe(undefined);
});

type Mode = NonNullable<Capabilities["thinking"]>["mode"];

function thinkingRow(format: FormatId, mode: Mode, by_default: boolean) {
  const thinking = {
    mode,
    efforts: ["low" as const],
    by_default,
    off: "disabled" as const,
    forced_tools: true,
  };
  return rowOf(format, { thinking });
}

/** What is sent of Claude's own fields. */
const claudeThinking: readonly (readonly [Mode, Thinking | null, object])[] = [
  ["budget", null, {}],
  ["budget", { kind: "budget", budgetTokens: 1024 }, {
    thinking: { type: "enabled", budget_tokens: 1024 },
  }],
  ["adaptive", { kind: "adaptive", effort: "high" }, {
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "high" },
  }],
  ["adaptive", null, {}],
  ["adaptive", { kind: "disabled" }, { thinking: { type: "disabled" } }],
  ["adaptive", { kind: "between_tools" }, { thinking: { type: "between_tools" } }],
];

Deno.test("Claude is told how to think in its own fields, through Converse too", () => {
  for (const [mode, thinking, expected] of claudeThinking) {
    const { thinking: told, output_config } = encode("claude", {
      model: thinkingRow("claude", mode, false),
      thinking,
    });
    expect({ thinking: told, output_config }).toEqual(expected);
    const { additionalModelRequestFields } = encode("converse", {
      model: thinkingRow("converse", mode, false),
      thinking,
    });
    expect(additionalModelRequestFields ?? {}).toEqual(expected);
  }
});

Deno.test("a Claude that thinks by itself is asked for its words", () => {
  const model = thinkingRow("claude", "adaptive", true);
  expect(encode("claude", { model }).thinking).toEqual({ type: "adaptive", display: "summarized" });
});

Deno.test("Nova and the models behind Converse are told how to think in theirs", () => {
  const high = { kind: "level", effort: "high" } as const;
  const reasoningConfig = { type: "enabled", maxReasoningEffort: "high" };
  const nova = thinkingRow("nova", "levels", false);
  const told = (thinking: Thinking) =>
    formats.converse.encodeRequest(modelRequest({ model: nova, thinking }))[
      "additionalModelRequestFields"
    ];
  expect(told(high)).toEqual({ reasoningConfig });
  expect(told({ kind: "disabled" })).toEqual({ reasoningConfig: { type: "disabled" } });

  const open = thinkingRow("converse", "field", true);
  const asked = encode("converse", { model: open, thinking: { kind: "field", effort: "low" } });
  expect(asked.additionalModelRequestFields).toEqual({ reasoning_effort: "low" });
  expect(encode("converse", { model: open }).additionalModelRequestFields).toBe(undefined);
});

Deno.test("a request without a limit of tokens sends none to Nova, and the row's to Claude", () => {
  const inference = {
    maxTokens: null,
    temperature: null,
    topP: null,
    topK: null,
    stopSequences: [],
  };
  expect(encode("nova", { inference }).inferenceConfig).toEqual({});
  expect(encode("converse", { inference }).inferenceConfig).toEqual({});
  expect(encode("claude", { inference }).max_tokens).toBe(rowOf("claude").max_tokens);
});

Deno.test("a schema that the model itself is held to is an object for Claude, and text for Converse", () => {
  const schema = { type: "object", properties: {}, additionalProperties: false };
  const output = { schema: { name: "bed", description: "A bed.", schema }, by: "model" } as const;
  expect(encode("claude", { output }).output_config)
    .toEqual({ format: { type: "json_schema", schema } });
  expect(encode("converse", { output }).outputConfig).toEqual({
    textFormat: {
      type: "json_schema",
      structure: {
        jsonSchema: { name: "bed", description: "A bed.", schema: JSON.stringify(schema) },
      },
    },
  });
  for (const format of formatIds) {
    for (const by of ["tool", "instruction"] as const) {
      const without = JSON.stringify(encode(format, { output: { ...output, by } }));
      expect(without).toBe(JSON.stringify(encode(format, {})));
    }
  }
});

Deno.test("betas stand in Claude's body, and in the maker's fields of Converse", () => {
  const betas = ["a-2025-01-01"];
  expect(encode("claude", { betas }).anthropic_beta).toEqual(betas);
  expect(encode("converse", { betas }).additionalModelRequestFields)
    .toEqual({ anthropic_beta: betas });
});
