import { expect } from "@std/expect";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import { claudeFormat } from "../../../../../supabase/functions/_shared/formats/claude.ts";
import type { ReplayableMessage } from "../../../../../supabase/functions/_shared/formats/replayable.ts";
import { fixture } from "./fixture.ts";
import { modelRow } from "../model_row.ts";
import { modelRequest, systemPrompt, userMessage } from "./model_request.ts";

const claude = modelRow({ model_id: "anthropic.claude-own", format: "claude" });

Deno.test("claudeFormat.encodeRequest() writes a body of the Messages API", () => {
  const answer: ReplayableMessage = {
    role: "assistant",
    blocks: [
      { type: "thinking", text: "Hm.", signature: "c2ln" },
      { type: "redacted-thinking", data: "ZGF0YQ==" },
      { type: "text", text: "Two" },
    ],
  };
  const body = claudeFormat.encodeRequest(modelRequest({
    model: claude,
    system: systemPrompt("Be brief."),
    messages: [userMessage("One"), answer, userMessage("Three")],
    inference: { maxTokens: 100, temperature: 0, topP: 0.9, topK: 40, stopSequences: [] },
  }));
  expect(body).toEqual({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 100,
    system: [{ type: "text", text: "Be brief." }],
    messages: [
      { role: "user", content: [{ type: "text", text: "One" }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "c2ln" },
          { type: "redacted_thinking", data: "ZGF0YQ==" },
          { type: "text", text: "Two" },
        ],
      },
      { role: "user", content: [{ type: "text", text: "Three" }] },
    ],
    temperature: 0,
    top_p: 0.9,
    top_k: 40,
  });
});

Deno.test("claudeFormat.encodeRequest() leaves out what is not set", () => {
  expect(claudeFormat.encodeRequest(modelRequest({ model: claude })))
    .toEqual({
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 512,
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    });
});

Deno.test("claudeFormat.decodeResponse() reads text, stop reason and usage without caches", () => {
  expect(claudeFormat.decodeResponse(fixture("claude_text"), modelRequest())).toEqual({
    blocks: [{ type: "text", text: "Check the renal function first." }],
    stopReason: "end_turn",
    providerStopReason: "end_turn",
    usage: {
      inputTokens: 25,
      outputTokens: 9,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      thinkingTokens: null,
    },
  });
});

Deno.test("claudeFormat.decodeResponse() reads the text after thinking, in several blocks, with citations", () => {
  const answer = claudeFormat.decodeResponse(fixture("claude_thinking"), modelRequest());
  expect(textOf(answer.blocks)).toBe("Both work. The first is cheaper.");
  expect(answer.blocks.map((block) => block.type)).toEqual([
    "thinking",
    "redacted-thinking",
    "text",
    "text",
    "opaque",
  ]);
  expect(answer.blocks[0]).toEqual({
    type: "thinking",
    text: "Weigh both options.",
    signature: "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk=",
  });
  expect(answer.usage).toEqual({
    inputTokens: 8,
    outputTokens: 90,
    cacheReadTokens: 2048,
    cacheWriteTokens: 512,
    cacheWrite1hTokens: 0,
    thinkingTokens: 70,
  });
});

Deno.test("claudeFormat.decodeResponse() reads an answer without any text", () => {
  expect(claudeFormat.decodeResponse(fixture("claude_no_text"), modelRequest())).toEqual({
    blocks: [{ type: "thinking", text: "", signature: "EqQBCgIYAhIM" }],
    stopReason: "max_tokens",
    providerStopReason: "max_tokens",
    usage: {
      inputTokens: 8,
      outputTokens: 64,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      thinkingTokens: null,
    },
  });
});

Deno.test("claudeFormat.decodeResponse() reads a tool call and keeps an unknown block as it came", () => {
  expect(claudeFormat.decodeResponse(fixture("claude_tool_and_unknown"), modelRequest()).blocks)
    .toEqual([
      { type: "tool-use", id: "toolu_bdrk_01", name: "find_bed", input: { ward: "B" } },
      {
        type: "opaque",
        kind: "container_upload",
        value: { type: "container_upload", file_id: "file_1" },
      },
    ]);
});
