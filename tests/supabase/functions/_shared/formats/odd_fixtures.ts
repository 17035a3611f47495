/** Answers whose form is unusual, of which recordings are public; the words are made up. */
import type { StreamFixture } from "./stream_fixture.ts";

/** Encrypted reasoning in one part; it is joined from as many as come. */
const redacted = "cnNuX3BVUGgxNnRvNFZLWURnSkFQeW1iRUFJRmVCTFpz";

/**
 * Open models behind Converse, as recorded in https://github.com/vercel/ai/issues/11409 and in
 * `packages/amazon-bedrock/src/__fixtures__` of that repository (`bedrock-tool-no-args`,
 * `amazon-bedrock-redacted-content`): a text with an empty start, ids with dots and colons, a tool
 * without arguments in one empty fragment, an empty text at the end, keys that AWS does not
 * document, and the word of an answer that is done beside a call that waits.
 */
const openModel: StreamFixture = {
  name: "converse: empty starts, fragments and texts, encrypted reasoning, a foreign id",
  format: "converse",
  body: {
    metrics: { latencyMs: 1430 },
    output: {
      message: {
        content: [
          { reasoningContent: { redactedContent: redacted } },
          { text: " I update the list — “now”." },
          {
            toolUse: {
              input: {},
              name: "updateList",
              toolUseId: "functions.updateList:1",
              type: "tool_use",
            },
          },
          { text: "" },
        ],
        role: "assistant",
      },
    },
    stopReason: "end_turn",
    usage: { inputTokens: 260, outputTokens: 116, serverToolUsage: {}, totalTokens: 376 },
  },
  events: [
    { messageStart: { role: "assistant", p: "abcd" } },
    {
      contentBlockDelta: {
        contentBlockIndex: 0,
        delta: { reasoningContent: { redactedContent: redacted } },
      },
    },
    { contentBlockStop: { contentBlockIndex: 0 } },
    { contentBlockStart: { contentBlockIndex: 1, start: {} } },
    ...["", " I up", "date ", "the ", "list — “", "now”."].map((text) => ({
      contentBlockDelta: { contentBlockIndex: 1, delta: { text } },
    })),
    { contentBlockStop: { contentBlockIndex: 1 } },
    {
      contentBlockStart: {
        contentBlockIndex: 2,
        start: { toolUse: { name: "updateList", toolUseId: "functions.updateList:1" } },
      },
    },
    { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: "" } } } },
    { contentBlockStop: { contentBlockIndex: 2 } },
    { contentBlockDelta: { contentBlockIndex: 3, delta: { text: "" } } },
    { contentBlockStop: { contentBlockIndex: 3 } },
    { messageStop: { stopReason: "end_turn" } },
    {
      metadata: {
        metrics: { latencyMs: 1430 },
        usage: { inputTokens: 260, outputTokens: 116, serverToolUsage: {}, totalTokens: 376 },
      },
    },
  ],
};

const assessment = {
  topicPolicy: { topics: [{ action: "BLOCKED", name: "Restricted topic", type: "DENY" }] },
};
const sorry = ["Sorry, ", "the model ", "cannot ", "answer ", "this question."];

/**
 * An intervention through Converse, as in
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html: tokens are
 * counted although the question was blocked.
 */
const guardedConverse: StreamFixture = {
  name: "converse: an intervention of a guardrail",
  format: "converse",
  body: {
    output: { message: { content: [{ text: sorry.join("") }], role: "assistant" } },
    stopReason: "guardrail_intervened",
    trace: { guardrail: { inputAssessment: { "1abcd2ef34gh": assessment } } },
    usage: { inputTokens: 18, outputTokens: 12, totalTokens: 30 },
  },
  events: [
    { messageStart: { role: "assistant" } },
    ...sorry.map((text) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } })),
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: "guardrail_intervened" } },
    {
      metadata: {
        trace: { guardrail: { inputAssessment: { "1abcd2ef34gh": assessment } } },
        usage: { inputTokens: 18, outputTokens: 12, totalTokens: 30 },
      },
    },
  ],
};

const beside = {
  "amazon-bedrock-guardrailAction": "INTERVENED",
  "amazon-bedrock-trace": { guardrail: { input: { "1abcd2ef34gh": assessment } } },
};

/**
 * The same through InvokeModel, whose members stand in
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-invoke-api.html. In which
 * chunks of a stream they are is not documented.
 */
const guardedClaude: StreamFixture = {
  name: "claude: an intervention of a guardrail",
  format: "claude",
  body: {
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: sorry.join("") }],
    stop_reason: "end_turn",
    usage: { input_tokens: 18, output_tokens: 12 },
    ...beside,
  },
  events: [
    {
      type: "message_start",
      message: { role: "assistant", usage: { input_tokens: 18, output_tokens: 1 } },
      "amazon-bedrock-guardrailAction": "NONE",
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...sorry.map((text) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text },
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: 12 },
    },
    { type: "message_stop", ...beside },
  ],
};

export const oddFixtures: readonly StreamFixture[] = [openModel, guardedConverse, guardedClaude];
