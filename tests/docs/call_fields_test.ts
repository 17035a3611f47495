/** docs/api.md says of each field of a client's request what becomes of it. */
import { expect } from "@std/expect";
import { AppError } from "../../supabase/functions/_shared/core/app_error.ts";
import { anthropicDialect } from "../../supabase/functions/_shared/dialects/anthropic/anthropic.ts";
import type { AskedCall, Dialect } from "../../supabase/functions/_shared/dialects/dialect.ts";
import { openaiDialect } from "../../supabase/functions/_shared/dialects/openai/openai.ts";
import { readSource } from "../support/source_files.ts";
import { tinyPng } from "../support/tiny_png.ts";

type Request = Readonly<Record<string, unknown>>;

const png = `data:image/png;base64,${tinyPng}`;
const ask = (...content: unknown[]): Request => ({ messages: [{ role: "user", content }] });
const ephemeral = { type: "ephemeral" };
const schema = { type: "object", properties: {} };
const tools = [{ type: "function", function: { name: "look" } }];
const file = (members: Request) =>
  ask({ type: "text", text: "Read." }, { type: "file", file: members });
const ofSchema = { type: "json_schema", json_schema: { name: "a", schema } };

/** A request with each field that the table names; a list where there is more than one way. */
const completions: Readonly<Record<string, Request | readonly Request[]>> = {
  "messages": [
    ask({ type: "text", text: "Hello" }),
    ask({ type: "image_url", image_url: { url: png } }),
    file({ filename: "a.txt", file_data: "data:text/plain;base64,SGVsbG8=" }),
    { messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Hi" }] },
    { messages: [{ role: "developer", content: "Be brief." }, { role: "user", content: "Hi" }] },
  ],
  "stream": { stream: true },
  "stream_options.include_usage": { stream: true, stream_options: { include_usage: true } },
  "max_completion_tokens": { max_completion_tokens: 5 },
  "max_tokens": { max_tokens: 5 },
  "temperature": { temperature: 2 },
  "top_p": { top_p: 0.5 },
  "stop": [{ stop: "x" }, { stop: ["x"] }],
  "tools": { tools },
  "tool_choice": { tools, tool_choice: "required" },
  "parallel_tool_calls": { tools, parallel_tool_calls: false },
  "response_format": [{ response_format: { type: "json_object" } }, { response_format: ofSchema }],
  "reasoning_effort": { reasoning_effort: "high" },
  "reasoning.effort": { reasoning: { effort: "high" } },
  "cache_control": ask({ type: "text", text: "Hello", cache_control: ephemeral }),
  "prompt_cache_breakpoint": ask({
    type: "text",
    text: "Hello",
    prompt_cache_breakpoint: { mode: "explicit" },
  }),
  "n": { n: 2 },
  "logprobs": { logprobs: true },
  "top_logprobs": { top_logprobs: 2 },
  "logit_bias": { logit_bias: { "1": 1 } },
  "audio": { audio: { voice: "a" } },
  "modalities": { modalities: ["audio"] },
  "prediction": { prediction: { type: "content", content: "x" } },
  "web_search_options": { web_search_options: {} },
  "functions": { functions: [{ name: "look" }] },
  "function_call": { function_call: "auto" },
  "image_url with another URL": ask({ type: "image_url", image_url: { url: "https://a.test/b" } }),
  "file_id": file({ file_id: "file-1" }),
  "input_audio": ask({ type: "input_audio", input_audio: { data: "", format: "wav" } }),
  "seed": { seed: 1 },
  "frequency_penalty": { frequency_penalty: 0.5 },
  "store": { store: true },
};

const own = [{ name: "look", input_schema: schema }];

const messages: typeof completions = {
  "messages": ask({ type: "text", text: "Hello" }),
  "system": [{ system: "Be brief." }, {
    messages: [{ role: "user", content: "Hi" }, { role: "system", content: "Be brief." }, {
      role: "user",
      content: "Well?",
    }],
  }],
  "max_tokens": { max_tokens: 5 },
  "stream": { stream: true },
  "stop_sequences": { stop_sequences: ["x"] },
  "tool_choice": { tools: own, tool_choice: { type: "any" } },
  "temperature": { temperature: 0.5 },
  "top_p": { top_p: 0.5 },
  "top_k": { top_k: 5 },
  "tools": { tools: own },
  "thinking": { thinking: { type: "enabled", budget_tokens: 1024 } },
  "output_config.effort": { output_config: { effort: "high" } },
  "output_config.format": { output_config: { format: { type: "json_schema", schema } } },
  "output_format": { output_format: { type: "json_schema", schema } },
  "cache_control": [
    { cache_control: ephemeral },
    ask({
      type: "text",
      text: "Hello",
      cache_control: ephemeral,
    }),
  ],
  "anthropic-beta": {},
  "betas": { betas: ["a-beta-2026-01-01"] },
  "mcp_servers": { mcp_servers: [{ type: "url", url: "https://a.test" }] },
  "bash_20250124": { tools: [{ type: "bash_20250124", name: "bash" }] },
  "url": ask({ type: "image", source: { type: "url", url: "https://a.test/b.png" } }),
  "file": ask({ type: "document", source: { type: "file", file_id: "file_1" } }),
  "citations": ask({
    type: "document",
    source: { type: "text", media_type: "text/plain", data: "Words" },
    citations: { enabled: true },
  }),
  "server_tool_use": ask({ type: "server_tool_use", id: "a", name: "web_search", input: {} }),
  "service_tier": { service_tier: "auto" },
  "inference_geo": { inference_geo: "eu" },
  "context_management": { context_management: { edits: [] } },
};

const dialects: readonly [head: string, Dialect<AskedCall>, typeof completions, base: Request][] = [
  ["field of Chat Completions", openaiDialect, completions, {}],
  ["field of Messages", anthropicDialect as Dialect<AskedCall>, messages, { max_tokens: 100 }],
];

/** What becomes of a request: `refused`, `ignored`, or that it is honoured. */
function fate(dialect: Dialect<AskedCall>, request: Request): "refused" | "ignored" | "honoured" {
  try {
    return dialect.readCall(request, new Headers()).ignored.length > 0 ? "ignored" : "honoured";
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).param).toBeDefined();
    return "refused";
  }
}

/** The rows of the table with this head: the fields that one names, and what becomes of them. */
function rowsOf(head: string): { names: string[]; said: string }[] {
  const lines = readSource("docs/api.md").split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} `));
  expect(start).toBeGreaterThan(0);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) => {
    const [, cell = "", meaning = ""] = line.split("|").map((each) => each.trim());
    const names = [...cell.matchAll(/`([^`]+)`( with another URL)?/g)]
      .map(([, name, rest = ""]) => name! + rest);
    return { names, said: /^(?:refused|ignored)\b/.exec(meaning)?.[0] ?? "honoured" };
  });
}

for (const [head, dialect, requests, base] of dialects) {
  Deno.test(`docs/api.md: each ${head} is honoured, refused or ignored as the table says`, () => {
    const rows = rowsOf(head);
    expect(rows.flatMap(({ names }) => names).toSorted()).toEqual(Object.keys(requests).toSorted());
    const always = { model: "default", ...ask({ type: "text", text: "Hi" }), ...base };
    for (const { names, said } of rows) {
      for (const name of names) {
        for (const request of [requests[name]!].flat()) {
          expect([name, fate(dialect, { ...always, ...request })]).toEqual([name, said]);
        }
      }
    }
  });
}
