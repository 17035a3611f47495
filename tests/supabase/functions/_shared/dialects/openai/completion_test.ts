import { expect } from "@std/expect";
import type { StopReason } from "../../../../../../supabase/functions/_shared/core/answer.ts";
import { stopReasons } from "../../../../../../supabase/functions/_shared/core/answer.ts";
import { openaiDialect } from "../../../../../../supabase/functions/_shared/dialects/openai/openai.ts";
import { ask } from "./ask.ts";
import { completed, head } from "./run_events.ts";

const whole = (...outcome: Parameters<typeof completed>) =>
  openaiDialect.wholeAnswer(ask(), completed(...outcome), head);

Deno.test("wholeAnswer() gives a text, the model that wrote it, and the tokens", () => {
  expect(whole()).toEqual({
    id: "chatcmpl-6f1b1c9e0d5a4c559a3e0123456789ab",
    object: "chat.completion",
    created: 1_796_025_600,
    model: "vendor.first-v1:0",
    choices: [{
      index: 0,
      message: { role: "assistant", content: "Fine.", refusal: null },
      logprobs: null,
      finish_reason: "stop",
    }],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    },
  });
});

Deno.test("wholeAnswer() counts cached tokens among those of the prompt", () => {
  const record = {
    input_tokens: 10,
    cache_read_tokens: 2_048,
    cache_write_tokens: 512,
    output_tokens: 90,
    thinking_tokens: 40,
  };
  expect(whole({}, record)).toMatchObject({
    usage: {
      prompt_tokens: 2_570,
      completion_tokens: 90,
      total_tokens: 2_660,
      prompt_tokens_details: { cached_tokens: 2_048, cache_write_tokens: 512 },
      completion_tokens_details: { reasoning_tokens: 40 },
    },
  });
});

Deno.test("wholeAnswer() leaves out tokens that were not told", () => {
  expect(whole({}, { output_tokens: null })).not.toHaveProperty("usage");
  expect(whole({}, { cache_read_tokens: null, cache_write_tokens: null })).toMatchObject({
    usage: { prompt_tokens: 3, prompt_tokens_details: {} },
  });
});

Deno.test("wholeAnswer() gives calls of tools with their arguments as JSON", () => {
  const call = (id: string, input: unknown) => ({
    type: "tool-use" as const,
    id,
    name: "find_bed",
    input,
  });
  const blocks = [call("a", { ward: "B" }), call("b", undefined), call("c", {})];
  const answer = whole({ blocks, stopReason: "end_turn" });
  expect(answer).toMatchObject({
    choices: [{
      finish_reason: "tool_calls",
      message: {
        content: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "find_bed", arguments: '{"ward":"B"}' } },
          { id: "b", type: "function", function: { name: "find_bed", arguments: "{}" } },
          { id: "c", type: "function", function: { name: "find_bed", arguments: "{}" } },
        ],
      },
    }],
  });
});

Deno.test("wholeAnswer() shows thinking, but never its proof, and none where tools are called", () => {
  const blocks = [
    { type: "thinking", text: "Weigh both.", signature: "EqQB" },
    { type: "redacted-thinking", data: "EmwK" },
    { type: "text", text: "The first." },
  ] as const;
  const shown = whole({ blocks });
  expect(shown).toMatchObject({
    choices: [{ message: { content: "The first.", reasoning_content: "Weigh both." } }],
  });
  expect(JSON.stringify(shown)).not.toMatch(/EqQB|EmwK/);
  const tools = [{ type: "function", function: { name: "find_bed" } }];
  const hidden = openaiDialect.wholeAnswer(ask({ tools }), completed({ blocks }), head);
  expect(JSON.stringify(hidden)).not.toContain("Weigh both.");
});

const finishReasons: Readonly<Record<StopReason, string | null>> = {
  end_turn: "stop",
  max_tokens: "length",
  stop_sequence: "stop",
  tool_use: "tool_calls",
  pause_turn: "stop",
  refusal: "content_filter",
  content_filtered: "content_filter",
  guardrail_intervened: "content_filter",
  context_window_exceeded: "length",
  malformed_output: null,
  unknown: null,
};

for (const stopReason of stopReasons) {
  const expected = finishReasons[stopReason];
  Deno.test(`wholeAnswer() tells ${stopReason} as ${expected ?? "an error"}`, () => {
    if (expected === null) {
      expect(() => whole({ stopReason })).toThrow(
        expect.objectContaining({ code: "bedrock_bad_response" }),
      );
    } else {
      expect(whole({ stopReason })).toMatchObject({
        choices: [{ finish_reason: expected, message: { content: "Fine." } }],
      });
    }
  });
}
