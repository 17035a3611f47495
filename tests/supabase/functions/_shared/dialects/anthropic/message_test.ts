import { expect } from "@std/expect";
import { AppError } from "../../../../../../supabase/functions/_shared/core/app_error.ts";
import type { StopReason } from "../../../../../../supabase/functions/_shared/core/answer.ts";
import { anthropicDialect } from "../../../../../../supabase/functions/_shared/dialects/anthropic/anthropic.ts";
import { tagProof } from "../../../../../../supabase/functions/_shared/dialects/anthropic/thinking_tag.ts";
import { completed, head, modelId, read } from "./calls.ts";

const { wholeAnswer } = anthropicDialect;

Deno.test("wholeAnswer() writes every field that the API's clients declare", () => {
  const blocks = [
    { type: "thinking", text: "Hm", signature: "sig" },
    { type: "redacted-thinking", data: "data" },
    { type: "text", text: "Yes" },
    { type: "tool-use", id: "tooluse_A-1", name: "look.up", input: { word: "a" } },
  ] as const;
  const record = {
    input_tokens: 10,
    output_tokens: 20,
    cache_read_tokens: 30,
    cache_write_tokens: 40,
    cache_write_1h_tokens: 15,
    thinking_tokens: 5,
  };
  expect(wholeAnswer(read(), completed(blocks, { stopReason: "tool_use" }, record), head)).toEqual({
    id: "msg_11111111222243338444555555555555",
    type: "message",
    role: "assistant",
    model: modelId,
    content: [
      { type: "thinking", thinking: "Hm", signature: tagProof("sig", modelId) },
      { type: "redacted_thinking", data: tagProof("data", modelId) },
      { type: "text", text: "Yes", citations: null },
      { type: "tool_use", id: "tooluse_A-1", name: "look.up", input: { word: "a" } },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: {
      input_tokens: 10,
      output_tokens: 20,
      cache_creation_input_tokens: 40,
      cache_read_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 25, ephemeral_1h_input_tokens: 15 },
      output_tokens_details: { thinking_tokens: 5 },
      server_tool_use: null,
      service_tier: null,
    },
  });
});

Deno.test("wholeAnswer() has numbers for tokens that are not known", () => {
  const unknown = { input_tokens: null, output_tokens: null, cache_read_tokens: null };
  const { usage } = wholeAnswer(read(), completed([], {}, unknown), head) as {
    usage: { input_tokens: number };
  };
  expect(usage).toMatchObject({ output_tokens: 0, cache_read_input_tokens: null });
  // By estimate.
  expect(usage.input_tokens).toBeGreaterThan(0);
});

Deno.test("wholeAnswer() has the API's word for why a model stopped", () => {
  const words: Readonly<Record<StopReason, string | null>> = {
    end_turn: "end_turn",
    max_tokens: "max_tokens",
    stop_sequence: "stop_sequence",
    tool_use: "tool_use",
    pause_turn: "pause_turn",
    refusal: "refusal",
    content_filtered: "refusal",
    guardrail_intervened: "refusal",
    context_window_exceeded: "model_context_window_exceeded",
    malformed_output: null,
    unknown: null,
  };
  for (const [stopReason, word] of Object.entries(words) as [StopReason, string | null][]) {
    const write = () => wholeAnswer(read(), completed([], { stopReason }), head);
    if (word === null) expect(write).toThrow(AppError);
    else expect(write()).toMatchObject({ stop_reason: word });
  }
});

Deno.test("wholeAnswer() names the stop sequence where the model does, or there is only one", () => {
  const sequenceOf = (stop_sequences: string[], stopSequence?: string) =>
    wholeAnswer(
      read({ stop_sequences }),
      completed([], { stopReason: "stop_sequence", ...(stopSequence && { stopSequence }) }),
      head,
    ) as { stop_sequence: unknown };
  expect(sequenceOf(["END"]).stop_sequence).toBe("END");
  expect(sequenceOf(["END", "STOP"]).stop_sequence).toBeNull();
  expect(sequenceOf(["END", "STOP"], "STOP").stop_sequence).toBe("STOP");
});
