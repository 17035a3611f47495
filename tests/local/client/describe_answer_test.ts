import { expect } from "@std/expect";
import type { ChatAnswer } from "../../../local/client/ask_chat.ts";
import {
  describeAnswer,
  describeContent,
  printable,
} from "../../../local/client/describe_answer.ts";

function answerWith(usage: Partial<ChatAnswer["usage"]>, registry?: "stale"): ChatAnswer {
  return {
    conversation_id: "c",
    message: {
      id: "m",
      role: "assistant",
      content: "Hello",
      status: "complete",
      stop_reason: "end_turn",
      created_at: "2026-11-23T09:30:00Z",
    },
    model: { model_id: "eu.m-1", model_name: "M One", reason: "default" },
    usage: {
      input_tokens: 12,
      output_tokens: 34,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      cache_write_1h_tokens: 0,
      thinking_tokens: null,
      cost_usd: 0.5,
      ...usage,
    },
    registry_version: 7,
    provenance: {
      generated: true,
      model_id: "eu.m-1",
      model_name: "M One",
      profile: "eu.m-1",
      generated_at: "2026-11-23T09:30:00Z",
      reason: "default",
      registry_version: 7,
      function_region: null,
      model_geographies: ["eu"],
      prompt_hash: null,
      disclosure: true,
    },
    registry,
    response_time_ms: 89,
    request_id: "r",
    raw: {},
  };
}

Deno.test("describeAnswer() tells model, reason, tokens, cost, time and version in one line", () => {
  expect(describeAnswer(answerWith({}))).toBe(
    "M One (eu.m-1), reason: default, 12 tokens in and 34 out, $0.5, 89 ms, registry version 7",
  );
});

Deno.test("describeAnswer() shows the smallest costs, and says which it does not know", () => {
  const cases: [number | null, string][] = [
    [0.00000184, "$0.00000184"],
    [0.0000243, "$0.0000243"],
    [0.0012345, "$0.00123"],
    [12.345, "$12.3"],
    [0, "$0"],
    [null, "cost unknown"],
  ];
  for (const [cost, text] of cases) {
    expect(describeAnswer(answerWith({ cost_usd: cost }))).toContain(`out, ${text}, 89 ms`);
  }
});

Deno.test("describeAnswer() counts cached tokens, and says which counts are unknown", () => {
  expect(describeAnswer(answerWith({ cache_read_tokens: 5, cache_write_tokens: 6 })))
    .toContain("12 tokens in (and 11 cached) and 34 out");
  expect(describeAnswer(answerWith({ input_tokens: null, output_tokens: null })))
    .toContain("unknown tokens in and unknown out");
});

Deno.test("describeAnswer() says when the registry was a stale one", () => {
  expect(describeAnswer(answerWith({}, "stale"))).toContain("registry version 7 (stale)");
});

Deno.test("printable() keeps text and takes what a terminal would obey", () => {
  expect(printable("Grüße\t以上\nb\u001b[31m\u0007\r\u009b\u0000c")).toBe("Grüße\t以上\nb[31mc");
});

Deno.test("describeContent() prints text alone as it is, and every other block in its place", () => {
  const answer = answerWith({});
  expect(describeContent(answer)).toBe("Hello");
  const blocks = [
    { type: "thinking" as const, text: "Which day?" },
    { type: "text" as const, text: "I look it up." },
    { type: "tool_use" as const, id: "t", name: "opening_hours", input: { day: "Monday" } },
  ];
  expect(describeContent({ ...answer, message: { ...answer.message, blocks } })).toBe([
    "(Thinking: Which day?)",
    "I look it up.",
    '(Calls the tool opening_hours with {"day":"Monday"})',
  ].join("\n\n"));
});

Deno.test("describeContent() says what the model was not sent, and that a guardrail intervened", () => {
  const answer = answerWith({});
  const text = describeContent({
    ...answer,
    message: { ...answer.message, stop_reason: "guardrail_intervened" },
    history: { messages_sent: 2, messages_left_out: 0, blocks_left_out: { image: 2 } },
  });
  expect(text).toBe("Hello\n\n(The guardrail intervened.)\n\n(Not sent to the model: image ×2.)");
});
