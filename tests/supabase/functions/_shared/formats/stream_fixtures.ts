/**
 * One answer of each format, as the body of a plain response and as the events of a stream that
 * bring the same. The words are made up; keys, nesting and order follow the source that stands
 * beside each. No live call was made for them.
 */
import type { FormatId } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { oddFixtures } from "./odd_fixtures.ts";
import type { StreamFixture } from "./stream_fixture.ts";

/** U+1F600, as a stream of JSON may split it: half an escaped pair in each of two deltas. */
const firstHalf = "\ud83d";
const secondHalf = "\ude00";

const text = "Grüß Gott 😀, 日本語 — “ja”.";

const claudeUsage = {
  input_tokens: 8,
  cache_creation_input_tokens: 512,
  cache_read_input_tokens: 2048,
};

/**
 * Types of `@anthropic-ai/sdk` 1.12 (`RawMessageStreamEvent`) and
 * https://platform.claude.com/docs/en/build-with-claude/streaming; the metrics beside
 * `message_stop` as in https://github.com/BerriAI/litellm/issues/34373.
 */
const claude: StreamFixture = {
  name: "claude: thinking, redacted thinking, two texts, citations, two tools",
  format: "claude",
  body: {
    type: "message",
    role: "assistant",
    content: [
      { type: "thinking", thinking: "Weigh 😀 both.", signature: "EqQBCgIYAhIM1gbc" },
      { type: "redacted_thinking", data: "EmwKAhgBEgy3va3pzix" },
      { type: "text", text },
      {
        type: "text",
        text: " The first is cheaper.",
        citations: [{ type: "char_location", cited_text: "cheaper", document_index: 0 }],
      },
      {
        type: "tool_use",
        id: "toolu_bdrk_01",
        name: "find_bed",
        input: { ward: "B", near: ["é"] },
      },
      { type: "tool_use", id: "toolu_bdrk_02", name: "list_wards", input: {} },
    ],
    stop_reason: "tool_use",
    usage: { ...claudeUsage, output_tokens: 90 },
  },
  events: [
    {
      type: "message_start",
      message: {
        id: "msg_bdrk_01",
        type: "message",
        role: "assistant",
        model: "claude",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...claudeUsage, output_tokens: 4 },
      },
    },
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "thinking", thinking: "", signature: "" },
    },
    { type: "ping" },
    ...[`Weigh ${firstHalf}`, `${secondHalf} both.`].map((thinking) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "thinking_delta", thinking },
    })),
    {
      type: "content_block_delta",
      index: 0,
      delta: { type: "signature_delta", signature: "EqQBCgIYAhIM1gbc" },
    },
    { type: "content_block_stop", index: 0 },
    {
      type: "content_block_start",
      index: 1,
      content_block: { type: "redacted_thinking", data: "EmwKAhgBEgy3va3pzix" },
    },
    { type: "content_block_stop", index: 1 },
    { type: "content_block_start", index: 2, content_block: { type: "text", text: "" } },
    ...["Grü", `ß Gott ${firstHalf}`, `${secondHalf}, 日`, "本語 — “", "ja”."].map((text) => ({
      type: "content_block_delta",
      index: 2,
      delta: { type: "text_delta", text },
    })),
    { type: "content_block_stop", index: 2 },
    {
      type: "content_block_start",
      index: 3,
      content_block: { type: "text", text: "", citations: [] },
    },
    {
      type: "content_block_delta",
      index: 3,
      delta: {
        type: "citations_delta",
        citation: { type: "char_location", cited_text: "cheaper", document_index: 0 },
      },
    },
    {
      type: "content_block_delta",
      index: 3,
      delta: { type: "text_delta", text: " The first is cheaper." },
    },
    { type: "content_block_stop", index: 3 },
    {
      type: "content_block_start",
      index: 4,
      content_block: { type: "tool_use", id: "toolu_bdrk_01", name: "find_bed", input: {} },
    },
    ...["", '{"ward": "B"', ', "near": ["', 'é"]}'].map((partial_json) => ({
      type: "content_block_delta",
      index: 4,
      delta: { type: "input_json_delta", partial_json },
    })),
    { type: "content_block_stop", index: 4 },
    {
      type: "content_block_start",
      index: 5,
      content_block: { type: "tool_use", id: "toolu_bdrk_02", name: "list_wards", input: {} },
    },
    // A tool without arguments has one empty fragment.
    {
      type: "content_block_delta",
      index: 5,
      delta: { type: "input_json_delta", partial_json: "" },
    },
    { type: "content_block_stop", index: 5 },
    {
      type: "message_delta",
      delta: { stop_reason: "tool_use", stop_sequence: null },
      usage: { output_tokens: 90, cache_read_input_tokens: null },
    },
    {
      type: "message_stop",
      "amazon-bedrock-invocationMetrics": {
        inputTokenCount: 8,
        outputTokenCount: 90,
        invocationLatency: 911,
        firstByteLatency: 201,
      },
    },
  ],
};

/** What Nova and Converse have in common, with the usage in the spelling of each. */
function amazon(
  name: string,
  format: FormatId,
  usage: Record<string, unknown>,
  beside: Record<string, unknown>,
): StreamFixture {
  return {
    name,
    format,
    body: {
      output: {
        message: {
          role: "assistant",
          content: [
            { reasoningContent: { reasoningText: { text: "Look 😀 up.", signature: "c2ln" } } },
            { reasoningContent: { redactedContent: "AQIDBAU=" } },
            { text },
            { text: " More." },
            {
              toolUse: {
                toolUseId: "tooluse_1",
                name: "find_bed",
                input: { ward: "B", near: ["é"] },
              },
            },
            { toolUse: { toolUseId: "tooluse_2", name: "list_wards", input: {} } },
          ],
        },
      },
      stopReason: "tool_use",
      usage,
    },
    events: [
      { messageStart: { role: "assistant" } },
      ...[{ text: `Look ${firstHalf}` }, { text: `${secondHalf} up.` }, { signature: "c2ln" }]
        .map((reasoningContent) => ({
          contentBlockDelta: { delta: { reasoningContent }, contentBlockIndex: 0 },
        })),
      { contentBlockStop: { contentBlockIndex: 0 } },
      ...["AQID", "BAU="].map((redactedContent) => ({
        contentBlockDelta: {
          delta: { reasoningContent: { redactedContent } },
          contentBlockIndex: 1,
        },
      })),
      { contentBlockStop: { contentBlockIndex: 1 } },
      ...["Grü", `ß Gott ${firstHalf}`, `${secondHalf}, 日`, "本語 — “", "ja”."].map((text) => ({
        contentBlockDelta: { delta: { text }, contentBlockIndex: 2 },
      })),
      { contentBlockStop: { contentBlockIndex: 2 } },
      { contentBlockDelta: { delta: { text: " More." }, contentBlockIndex: 3 } },
      { contentBlockStop: { contentBlockIndex: 3 } },
      {
        contentBlockStart: {
          start: { toolUse: { toolUseId: "tooluse_1", name: "find_bed" } },
          contentBlockIndex: 4,
        },
      },
      ...['{"ward":"B",', '"near":["é"]}'].map((input) => ({
        contentBlockDelta: { delta: { toolUse: { input } }, contentBlockIndex: 4 },
      })),
      { contentBlockStop: { contentBlockIndex: 4 } },
      {
        contentBlockStart: {
          start: { toolUse: { toolUseId: "tooluse_2", name: "list_wards" } },
          contentBlockIndex: 5,
        },
      },
      { contentBlockStop: { contentBlockIndex: 5 } },
      { messageStop: { stopReason: "tool_use" } },
      { metadata: { usage, metrics: {} }, ...beside },
    ],
  };
}

/**
 * https://docs.aws.amazon.com/nova/latest/userguide/using-invoke-api.html and
 * https://docs.aws.amazon.com/nova/latest/userguide/tool-use-invocation.html; reasoning as in Nova
 * 2, https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html.
 */
const nova = amazon(
  "nova: reasoning, two texts, two tools",
  "nova",
  {
    inputTokens: 42,
    outputTokens: 17,
    cacheReadInputTokenCount: 30,
    cacheWriteInputTokenCount: 2,
  },
  {
    "amazon-bedrock-invocationMetrics": {
      inputTokenCount: 42,
      outputTokenCount: 17,
      invocationLatency: 404,
      firstByteLatency: 120,
    },
  },
);

/**
 * The union of
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html,
 * as JSON on the wire, where bytes are base64.
 */
const converse = amazon("converse: reasoning, two texts, two tools", "converse", {
  inputTokens: 11,
  outputTokens: 22,
  totalTokens: 33,
}, {});

export const streamFixtures: readonly StreamFixture[] = [claude, nova, converse, ...oddFixtures];
