import { expect } from "@std/expect";
import { ApiError } from "../../../console/src/api/api_error.ts";
import type { ChatEvent } from "../../../console/src/chat/chat_types.ts";
import {
  applyEvent,
  beginTurn,
  emptyTranscript,
  failTurn,
  stopTurn,
} from "../../../console/src/chat/transcript.ts";

const model = { model_id: "m", model_name: "Model", reason: "default" };
const usage = {
  input_tokens: 3,
  output_tokens: 4,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost_usd: 0.001,
};
const start: ChatEvent = {
  type: "turn-start",
  data: { conversation_id: "c", model, registry_version: 7 },
};
const delta = (text: string): ChatEvent => ({ type: "text-delta", data: { text } });
const done: ChatEvent = {
  type: "done",
  data: {
    conversation_id: "c",
    model,
    usage,
    registry_version: 7,
    response_time_ms: 12,
    message: { content: "Hello there", status: "complete" },
  },
};
const asked = beginTurn(emptyTranscript, "r", "Hello?", "m");

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
      stored: { status: "partial", characters: 5 },
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
  const again = beginTurn(failed, "r", "Hello?", "m");
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
