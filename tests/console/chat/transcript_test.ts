import { expect } from "@std/expect";
import { ApiError } from "../../../console/src/api/api_error.ts";
import type { ChatEvent } from "../../../console/src/chat/chat_types.ts";
import { plainSettings, type Question } from "../../../console/src/chat/question.ts";
import { emptyTranscript } from "../../../console/src/chat/shown_turn.ts";
import { applyEvent, beginTurn, failTurn, stopTurn } from "../../../console/src/chat/transcript.ts";

const model = { model_id: "m", model_name: "Model", reason: "default" };
const usage = {
  input_tokens: 3,
  output_tokens: 4,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  thinking_tokens: null,
  cost_usd: 0.001,
};
const start: ChatEvent = {
  type: "turn-start",
  data: { conversation_id: "c", message_id: "m", model, registry_version: 7, request_id: "r" },
};
const delta = (text: string): ChatEvent => ({ type: "text-delta", data: { text } });
const done: Extract<ChatEvent, { type: "done" }> = {
  type: "done",
  data: {
    conversation_id: "c",
    model,
    usage,
    provenance: {
      generated: true,
      model_id: "m",
      model_name: "Model",
      profile: null,
      generated_at: "2026-11-23T09:30:00.000Z",
      reason: "default",
      registry_version: 7,
      function_region: "eu-central-1",
      model_geographies: ["eu"],
      prompt_hash: "h".repeat(64),
      disclosure: true,
    },
    registry_version: 7,
    response_time_ms: 12,
    request_id: "r",
    message: {
      id: "m",
      role: "assistant",
      content: "Hello there",
      status: "complete",
      stop_reason: "end_turn",
      created_at: "2026-11-23T09:30:00Z",
    },
  },
};
const question: Question = {
  text: "Hello?",
  attachments: [],
  results: [],
  modelId: "m",
  settings: plainSettings,
};
const asked = beginTurn(emptyTranscript, "r", question);

Deno.test("a transcript grows with the events of an answer", () => {
  const streaming = [start, delta("Hello"), delta(" th")].reduce(applyEvent, asked);
  expect(streaming.conversationId).toBe("c");
  expect(streaming.turns).toEqual([expect.objectContaining({
    question: "Hello?",
    answer: "Hello th",
    state: "streaming",
    model,
    registryVersion: 7,
  })]);
  expect(applyEvent(streaming, done).turns).toEqual([expect.objectContaining({
    answer: "Hello there",
    state: "complete",
    usage,
    responseTimeMs: 12,
    error: null,
  })]);
});

Deno.test("a transcript keeps what came before an error, and says what is stored", () => {
  const broken: ChatEvent = {
    type: "error",
    data: {
      code: "bedrock_timeout",
      message: "Too slow.",
      request_id: "r",
      retryable: true,
      stored: { status: "partial", message_id: "m", characters: 5 },
    },
  };
  const { turns } = [start, delta("Hello"), broken].reduce(applyEvent, asked);
  expect(turns[0]).toMatchObject({
    answer: "Hello",
    state: "partial",
    error: { code: "bedrock_timeout", message: "Too slow.", hint: null },
  });
});

Deno.test("a turn that is asked again takes the place of itself", () => {
  const failed = failTurn(asked, new ApiError("stream_broken", "Broken."));
  expect(failed.turns[0]?.state).toBe("failed");
  const again = beginTurn(failed, "r", question);
  expect(again.turns).toHaveLength(1);
  expect(again.turns[0]).toMatchObject({ state: "waiting", error: null });
});

Deno.test("a turn that was stopped says so, and keeps what had come", () => {
  const stopped = stopTurn([start, delta("Hel")].reduce(applyEvent, asked));
  expect(stopped.turns[0]).toMatchObject({
    answer: "Hel",
    state: "stopped",
    notes: ["You stopped this answer. What had come is stored."],
  });
});

Deno.test("a turn that was stopped before it began says nothing of what is stored", () => {
  expect(stopTurn(asked).turns[0]?.notes).toEqual(["You stopped this before an answer began."]);
});

const thinking = (model_id: string, text?: string): ChatEvent => ({
  type: "thinking",
  data: { model_id, ...(text !== undefined && { text }) },
});
const call: ChatEvent = {
  type: "tool-use",
  data: { id: "t", name: "opening_hours", input: { day: "Monday" } },
};

Deno.test("a transcript says that a model thinks until something else comes, and keeps the words", () => {
  const thinks = [thinking("m"), thinking("m", "Let me "), thinking("m", "see.")]
    .reduce(applyEvent, asked);
  expect(thinks.turns[0]).toMatchObject({
    state: "waiting",
    thinking: { modelId: "m", text: "Let me see.", goesOn: true },
  });
  for (const next of [delta("Hi"), call, done]) {
    expect(applyEvent(applyEvent(thinks, start), next).turns[0]?.thinking)
      .toEqual({ modelId: "m", text: "Let me see.", goesOn: false });
  }
  expect(stopTurn(thinks).turns[0]?.thinking?.goesOn).toBe(false);
  expect(failTurn(thinks, new ApiError("network", "Away.")).turns[0]?.thinking?.goesOn).toBe(false);
});

Deno.test("a transcript shows the thinking of the model that answers, not of one that gave up", () => {
  const { turns } = [thinking("first", "Hm."), thinking("second", "Well.")]
    .reduce(applyEvent, asked);
  expect(turns[0]?.thinking).toMatchObject({ modelId: "second", text: "Well." });
});

Deno.test("a transcript shows the thinking of a model's last call, not also of one that was repeated", () => {
  const repeated = [thinking("m"), thinking("m", "Hm."), thinking("m"), thinking("m", "Hm. Well.")]
    .reduce(applyEvent, asked);
  expect(repeated.turns[0]?.thinking?.text).toBe("Hm. Well.");
  // Once the turn has begun, no other call follows.
  const more = [start, thinking("m"), thinking("m", " Yes.")].reduce(applyEvent, repeated);
  expect(more.turns[0]?.thinking?.text).toBe("Hm. Well. Yes.");
});

Deno.test("a transcript has the calls of tools as they come, and those of the answer at its end", () => {
  const called = [start, call].reduce(applyEvent, asked);
  expect(called.turns[0]?.toolUses).toEqual([call.data]);
  expect(applyEvent(called, done).turns[0]?.toolUses).toEqual([call.data]);
  const blocks = [
    { type: "tool_use" as const, ...(call.data as { id: string; name: string; input: unknown }) },
    { type: "tool_use" as const, id: "t2", name: "book", input: {} },
  ];
  const whole: ChatEvent = {
    type: "done",
    data: { ...done.data, message: { ...done.data.message, blocks } },
  };
  expect(applyEvent(called, whole).turns[0]?.toolUses.map(({ id }) => id)).toEqual(["t", "t2"]);
});

Deno.test("a transcript says what was left out for the model, and that a guardrail intervened", () => {
  const end: ChatEvent = {
    type: "done",
    data: {
      ...done.data,
      message: { ...done.data.message, stop_reason: "guardrail_intervened" },
      history: {
        messages_sent: 3,
        messages_left_out: 0,
        blocks_left_out: { image: 2, thinking: 1 },
      },
    },
  };
  expect(applyEvent(applyEvent(asked, start), end).turns[0]?.notes).toEqual([
    "The assistant's guardrail intervened: it blocked the question or the answer.",
    "Of the conversation, the model was not sent 2 images and a piece of another model's thinking.",
  ]);
});
