import { expect } from "@std/expect";
import { type StoredMessage, toTurns } from "../../../console/src/chat/stored_conversations.ts";

const message: StoredMessage = {
  id: "q",
  seq: 1,
  role: "user",
  content: "Hello?",
  status: "complete",
  model_used: null,
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  cost_usd: null,
  response_time_ms: null,
  registry_version: null,
  reason: null,
  requested_model: null,
  fallback_code: null,
  error_code: null,
};

Deno.test("toTurns() puts each answer to its question, also where one has none", () => {
  const answer: StoredMessage = {
    ...message,
    id: "a",
    seq: 2,
    role: "assistant",
    content: "Hi.",
    model_used: "m",
    reason: "pinned",
  };
  const failed: StoredMessage = {
    ...message,
    id: "q2",
    seq: 3,
    content: "More?",
    status: "failed",
    error_code: "bedrock_timeout",
  };
  expect(toTurns([message, answer, failed])).toEqual([
    expect.objectContaining({
      question: "Hello?",
      answer: "Hi.",
      state: "complete",
      error: null,
      model: expect.objectContaining({ model_id: "m", reason: "pinned" }),
    }),
    expect.objectContaining({
      question: "More?",
      answer: "",
      state: "failed",
      model: null,
      error: expect.objectContaining({ code: "bedrock_timeout" }),
    }),
  ]);
});
