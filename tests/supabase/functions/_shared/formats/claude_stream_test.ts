import { expect } from "@std/expect";
import type { ErrorCode } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { ClaudeStreamDecoder } from "../../../../../supabase/functions/_shared/formats/claude_stream.ts";
import { modelRequest } from "./model_request.ts";
import { textOfEvents } from "../texts_of.ts";

const start = {
  type: "message_start",
  message: { role: "assistant", usage: { input_tokens: 8, output_tokens: 4 } },
};
const stop = { type: "message_stop" };

function blockStart(index: number, content_block: Record<string, unknown>) {
  return { type: "content_block_start", index, content_block };
}

function delta(index: number, type: string, members: Record<string, unknown>) {
  return { type: "content_block_delta", index, delta: { type, ...members } };
}

function decode(events: readonly unknown[]) {
  const decoder = new ClaudeStreamDecoder(modelRequest());
  const given = events.map((event) => {
    decoder.push(event);
    return textOfEvents(decoder.take());
  });
  return { decoder, given };
}

Deno.test("ClaudeStreamDecoder counts the output when the model has, not from the placeholder", () => {
  const { decoder } = decode([start]);
  expect(decoder.partial().usage).toEqual({
    inputTokens: 8,
    outputTokens: null,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    thinkingTokens: null,
  });
  decoder.push({ type: "message_delta", delta: {}, usage: { output_tokens: 30 } });
  decoder.push({
    type: "message_delta",
    delta: { stop_reason: "end_turn" },
    usage: { output_tokens: 50, input_tokens: 9, cache_read_input_tokens: 7 },
  });
  decoder.push(stop);
  expect(decoder.finish()).toEqual({
    blocks: [],
    stopReason: "end_turn",
    providerStopReason: "end_turn",
    usage: {
      inputTokens: 9,
      outputTokens: 50,
      cacheReadTokens: 7,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      thinkingTokens: null,
    },
  });
});

Deno.test("ClaudeStreamDecoder takes counts from Bedrock's metrics where Claude gives none", () => {
  const { decoder } = decode([
    { type: "message_start", message: { role: "assistant" } },
    { type: "message_delta", delta: { stop_reason: "end_turn" } },
    {
      ...stop,
      "amazon-bedrock-invocationMetrics": { inputTokenCount: 70, outputTokenCount: 7 },
    },
  ]);
  expect(decoder.finish().usage).toMatchObject({ inputTokens: 70, outputTokens: 7 });
});

Deno.test("ClaudeStreamDecoder gives the text of interleaved blocks in their order", () => {
  const { decoder, given } = decode([
    start,
    blockStart(0, { type: "text", text: "" }),
    blockStart(1, { type: "text", text: "x" }),
    delta(1, "text_delta", { text: "yz" }),
    delta(0, "text_delta", { text: "ab" }),
    { type: "content_block_stop", index: 1 },
    delta(0, "text_delta", { text: "c" }),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" } },
    stop,
  ]);
  expect(given).toEqual(["", "", "", "", "ab", "", "c", "xyz", "", ""]);
  expect(decoder.finish().blocks).toEqual([
    { type: "text", text: "abc" },
    { type: "text", text: "xyz" },
  ]);
});

Deno.test("ClaudeStreamDecoder gives no half character, and U+FFFD where the other half never comes", () => {
  const { given } = decode([
    start,
    blockStart(0, { type: "text", text: "" }),
    delta(0, "text_delta", { text: "a\ud83d" }),
    { type: "content_block_stop", index: 0 },
  ]);
  expect(given).toEqual(["", "", "a", "\uFFFD"]);
});

Deno.test("ClaudeStreamDecoder keeps the input of a tool that is cut off, as it came", () => {
  const tool = { type: "tool_use", id: "toolu_1", name: "find_bed", input: {} };
  const { decoder } = decode([
    start,
    blockStart(0, tool),
    delta(0, "input_json_delta", { partial_json: '{"ward": "' }),
  ]);
  const block = {
    type: "opaque",
    kind: "tool_use",
    value: { ...tool, partial_json: '{"ward": "' },
  };
  expect(decoder.partial().blocks).toEqual([block]);
  decoder.push({ type: "message_delta", delta: { stop_reason: "max_tokens" } });
  decoder.push(stop);
  expect(decoder.finish()).toMatchObject({ blocks: [block], stopReason: "max_tokens" });
});

Deno.test("ClaudeStreamDecoder keeps blocks and deltas of unknown kinds as they came", () => {
  const upload = { type: "container_upload", file_id: "file_1" };
  const search = { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} };
  const note = { type: "note_delta", note: "later" };
  const { decoder } = decode([
    start,
    blockStart(0, upload),
    blockStart(1, search),
    delta(1, "input_json_delta", { partial_json: '{"query":"beds"}' }),
    blockStart(2, { type: "text", text: "Yes." }),
    { type: "content_block_delta", index: 2, delta: note },
  ]);
  expect(decoder.partial().blocks).toEqual([
    { type: "opaque", kind: "container_upload", value: upload },
    {
      type: "opaque",
      kind: "server_tool_use",
      value: { ...search, input: { query: "beds" } },
    },
    { type: "text", text: "Yes." },
    { type: "opaque", kind: "note_delta", value: note },
  ]);
});

Deno.test("ClaudeStreamDecoder does not call reasoning signed before its signature has come", () => {
  const { decoder } = decode([
    start,
    blockStart(0, { type: "thinking", thinking: "", signature: "" }),
    delta(0, "thinking_delta", { thinking: "Hm." }),
  ]);
  expect(decoder.partial().blocks).toEqual([{ type: "thinking", text: "Hm.", signature: null }]);
  decoder.push(delta(0, "signature_delta", { signature: "c2ln" }));
  expect(decoder.partial().blocks).toEqual([{ type: "thinking", text: "Hm.", signature: "c2ln" }]);
});

Deno.test("ClaudeStreamDecoder refuses events out of place, and deltas of another kind than their block", () => {
  const text = blockStart(0, { type: "text", text: "" });
  const thinking = blockStart(0, { type: "thinking", thinking: "" });
  const cases: readonly (readonly unknown[])[] = [
    [start, stop],
    [start, delta(0, "text_delta", { text: "a" })],
    [start, { type: "content_block_stop", index: 0 }],
    [start, text, text],
    [start, text, delta(1, "text_delta", { text: "a" })],
    [start, text, delta(0, "thinking_delta", { thinking: "a" })],
    [start, text, delta(0, "signature_delta", { signature: "a" })],
    [start, text, delta(0, "text_delta", { text: 7 })],
    [start, thinking, delta(0, "text_delta", { text: "a" })],
    [start, thinking, delta(0, "citations_delta", { citation: {} })],
  ];
  for (const events of cases) {
    expect(() => decode(events)).toThrow(expect.objectContaining({ code: "bedrock_bad_response" }));
  }
});

Deno.test("ClaudeStreamDecoder throws what an error event means, and does not quote it", () => {
  const cases: readonly (readonly [Record<string, unknown>, ErrorCode])[] = [
    [{ type: "overloaded_error", message: "Overloaded" }, "bedrock_unavailable"],
    [{ type: "rate_limit_error", message: "secret" }, "bedrock_throttled"],
    [{ type: "timeout_error", message: "secret" }, "bedrock_timeout"],
    [{ type: "request_too_large", message: "secret" }, "input_too_long"],
    [
      { type: "invalid_request_error", message: "prompt is too long: 200049 tokens > 200000" },
      "input_too_long",
    ],
    [{ type: "invalid_request_error", message: "secret" }, "bedrock_refusal_unknown"],
    [{ type: "authentication_error", message: "secret" }, "bedrock_credentials_rejected"],
    [{ type: "permission_error", message: "secret" }, "bedrock_access_denied"],
    [{ type: "not_found_error", message: "secret" }, "bedrock_model_unavailable"],
    [{ type: "api_error", message: "secret" }, "bedrock_model_error"],
    [{}, "bedrock_model_error"],
  ];
  for (const [error, code] of cases) {
    expect(() => decode([start, { type: "error", error }])).toThrow(
      expect.objectContaining({
        code,
        message: expect.not.stringContaining("secret"),
        upstreamText: error["type"] === "invalid_request_error" ? error["message"] : undefined,
      }),
    );
  }
});
