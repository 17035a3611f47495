import { expect } from "@std/expect";
import type { ModelRequest } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { novaFormat } from "../../../../../supabase/functions/_shared/formats/nova.ts";
import { novaTopK } from "../../../../../supabase/functions/_shared/formats/nova_request.ts";
import { fixture } from "./fixture.ts";
import { assistantMessage, modelRequest, systemPrompt, userMessage } from "./model_request.ts";

Deno.test("novaFormat.encodeRequest() writes system, history and settings in Nova's schema", () => {
  const body = novaFormat.encodeRequest(modelRequest({
    system: systemPrompt("Be brief."),
    messages: [userMessage("One"), assistantMessage("Two"), userMessage("Three")],
    inference: { maxTokens: 100, temperature: 0.3, topP: 0.9, topK: 50, stopSequences: [] },
  }));
  expect(body).toEqual({
    schemaVersion: "messages-v1",
    system: [{ text: "Be brief." }],
    messages: [
      { role: "user", content: [{ text: "One" }] },
      { role: "assistant", content: [{ text: "Two" }] },
      { role: "user", content: [{ text: "Three" }] },
    ],
    inferenceConfig: { maxTokens: 100, temperature: 0.3, topP: 0.9, topK: 50 },
  });
});

Deno.test("novaFormat.encodeRequest() leaves out what is not set", () => {
  expect(novaFormat.encodeRequest(modelRequest())).toEqual({
    schemaVersion: "messages-v1",
    messages: [{ role: "user", content: [{ text: "Hello" }] }],
    inferenceConfig: { maxTokens: 512 },
  });
});

Deno.test("novaFormat.encodeRequest() raises a temperature of 0 to the least that Nova documents", () => {
  const body = novaFormat.encodeRequest(modelRequest({
    inference: { maxTokens: 1, temperature: 0, topP: 0, topK: null, stopSequences: [] },
  }));
  expect(body["inferenceConfig"]).toEqual({ maxTokens: 1, temperature: 0.00001, topP: 0 });
});

Deno.test("novaTopK() gives what is asked for up to Nova's highest, greedy for tools, and none while it thinks", () => {
  const topK = (topK: number, more: Partial<ModelRequest> = {}) => {
    const request = modelRequest(more);
    return novaTopK({ ...request, inference: { ...request.inference, topK } });
  };
  const tools = { tools: [], choice: null, parallel: true, names: new Map<string, string>() };
  expect(topK(128)).toBe(128);
  expect(topK(500)).toBe(128);
  expect(topK(500, { tools })).toBe(1);
  expect(topK(500, { thinking: { kind: "level", effort: "low" } })).toBeNull();
});

Deno.test("novaFormat.decodeResponse() reads text, stop reason and usage", () => {
  expect(novaFormat.decodeResponse(fixture("nova_text"), modelRequest())).toEqual({
    blocks: [{
      type: "text",
      text: "Drink water, rest, and call your clinic if the fever lasts.",
    }],
    stopReason: "end_turn",
    providerStopReason: "end_turn",
    usage: {
      inputTokens: 42,
      outputTokens: 17,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      thinkingTokens: null,
    },
  });
});

Deno.test("novaFormat.decodeResponse() counts cached tokens once when they come in both spellings", () => {
  expect(novaFormat.decodeResponse(fixture("nova_cached_both_spellings"), modelRequest()).usage)
    .toEqual({
      inputTokens: 12,
      outputTokens: 6,
      cacheReadTokens: 1500,
      cacheWriteTokens: 44,
      cacheWrite1hTokens: 0,
      thinkingTokens: null,
    });
});

Deno.test("novaFormat.decodeResponse() keeps reasoning apart from the text after it", () => {
  expect(novaFormat.decodeResponse(fixture("nova_reasoning"), modelRequest()).blocks).toEqual([
    { type: "thinking", text: "The dose depends on weight.", signature: null },
    { type: "text", text: "It depends on your weight." },
  ]);
});

Deno.test("novaFormat.decodeResponse() reads a tool call", () => {
  const answer = novaFormat.decodeResponse(fixture("nova_tool_use"), modelRequest());
  expect(answer.stopReason).toBe("tool_use");
  expect(answer.blocks[1]).toEqual({
    type: "tool-use",
    id: "tooluse_8f1",
    name: "find_bed",
    input: { ward: "B" },
  });
});
