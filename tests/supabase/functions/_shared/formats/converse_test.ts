import { expect } from "@std/expect";
import type { ReplayableMessage } from "../../../../../supabase/functions/_shared/formats/replayable.ts";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import { converseFormat } from "../../../../../supabase/functions/_shared/formats/converse.ts";
import { fixture } from "./fixture.ts";
import { modelRow } from "../model_row.ts";
import { modelRequest, systemPrompt, userMessage } from "./model_request.ts";

Deno.test("converseFormat.encodeRequest() writes system, history, own reasoning and settings", () => {
  const answer: ReplayableMessage = {
    role: "assistant",
    blocks: [
      { type: "thinking", text: "Hm.", signature: "c2ln" },
      { type: "redacted-thinking", data: "ZGF0YQ==" },
      { type: "text", text: "Two" },
    ],
  };
  const body = converseFormat.encodeRequest(modelRequest({
    model: modelRow({ model_id: "vendor.model", format: "converse" }),
    system: systemPrompt("Be brief."),
    messages: [userMessage("One"), answer, userMessage("Three")],
    inference: { maxTokens: 100, temperature: 0, topP: 0.9, topK: 40, stopSequences: [] },
  }));
  expect(body).toEqual({
    system: [{ text: "Be brief." }],
    messages: [
      { role: "user", content: [{ text: "One" }] },
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "Hm.", signature: "c2ln" } } },
          { reasoningContent: { redactedContent: "ZGF0YQ==" } },
          { text: "Two" },
        ],
      },
      { role: "user", content: [{ text: "Three" }] },
    ],
    inferenceConfig: { maxTokens: 100, temperature: 0, topP: 0.9 },
  });
});

Deno.test("converseFormat.decodeResponse() reads usage that excludes the cached tokens", () => {
  expect(converseFormat.decodeResponse(fixture("converse_cached"), modelRequest())).toEqual({
    blocks: [{ type: "text", text: "The ward is full until Monday." }],
    stopReason: "end_turn",
    providerStopReason: "end_turn",
    usage: {
      inputTokens: 18,
      outputTokens: 386,
      cacheReadTokens: 0,
      cacheWriteTokens: 7502,
      cacheWrite1hTokens: 0,
      thinkingTokens: null,
    },
  });
});

Deno.test("converseFormat.decodeResponse() brings cited text to the reader and loses no block", () => {
  const body = fixture("converse_blocks") as {
    output: { message: { content: Record<string, unknown>[] } };
  };
  const sent = body.output.message.content;
  const { blocks } = converseFormat.decodeResponse(body, modelRequest());
  expect(textOf(blocks)).toBe("Visiting hours end at eight.");
  expect(blocks).toEqual([
    { type: "thinking", text: "Look at the list.", signature: "c2lnbmVk" },
    { type: "redacted-thinking", data: "cmVkYWN0ZWQ=" },
    { type: "text", text: "Visiting hours end at eight." },
    { type: "opaque", kind: "citationsContent", value: sent[2] },
    { type: "tool-use", id: "tooluse_1", name: "find_bed", input: { ward: "B" } },
    { type: "opaque", kind: "hologram", value: { hologram: { bytes: "AAAA" } } },
  ]);
});

Deno.test("converseFormat.decodeResponse() reads cited text without citations as plain text", () => {
  const content = [{ citationsContent: { content: [{ text: "Plain." }], citations: [] } }];
  const { blocks } = converseFormat.decodeResponse({
    output: { message: { role: "assistant", content } },
    stopReason: "end_turn",
    providerStopReason: "end_turn",
  }, modelRequest());
  expect(blocks).toEqual([{ type: "text", text: "Plain." }]);
});
