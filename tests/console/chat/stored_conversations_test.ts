import { expect } from "@std/expect";
import { type StoredMessage, toTurns } from "../../../console/src/chat/stored_conversations.ts";

const message: StoredMessage = {
  id: "q",
  seq: 1,
  role: "user",
  content: "Hello?",
  shown_blocks: null,
  status: "complete",
  stop_reason: null,
  model_used: null,
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  cache_write_1h_tokens: null,
  thinking_tokens: null,
  cost_usd: null,
  response_time_ms: null,
  registry_version: null,
  reason: null,
  requested_model: null,
  fallback_code: null,
  error_code: null,
  model_name: null,
  generated_at: null,
  function_region: null,
  model_geographies: null,
  prompt_hash: null,
  disclosure: false,
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

Deno.test("toTurns() shows files, results and calls, and asks no question again without its files", () => {
  const asked: StoredMessage = {
    ...message,
    shown_blocks: [
      {
        type: "tool_result",
        tool_use_id: "t",
        content: [{ type: "text", text: "8 to 5" }, {
          type: "image",
          media_type: "image/png",
          size: 9,
        }],
        is_error: true,
      },
      { type: "image", media_type: "image/jpeg", size: 3_700_000 },
      { type: "document", name: "Lab report", media_type: "application/pdf", size: 12_000 },
      { type: "text", text: "Hello?" },
    ],
  };
  const answer: StoredMessage = {
    ...message,
    id: "a",
    seq: 2,
    role: "assistant",
    content: "",
    shown_blocks: [{ type: "tool_use", id: "u", name: "book", input: { at: 9 } }],
    stop_reason: "guardrail_intervened",
  };
  const [turn] = toTurns([asked, answer]);
  expect(turn).toMatchObject({
    attached: [
      { name: null, mediaType: "image/jpeg", size: 3_700_000 },
      { name: "Lab report", mediaType: "application/pdf", size: 12_000 },
    ],
    results: [{ toolUseId: "t", text: "8 to 5\n[image/png]", isError: true }],
    asked: null,
    toolUses: [{ id: "u", name: "book", input: { at: 9 } }],
    notes: [expect.stringContaining("guardrail intervened")],
  });
  const [plain] = toTurns([message]);
  expect(plain?.asked).toMatchObject({ text: "Hello?", attachments: [], results: [] });
});
