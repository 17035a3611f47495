/** How the clients of each dialect ask, and what of an answer they read. */
import { expect } from "@std/expect";
import type { ErrorCode } from "../../../supabase/functions/_shared/core/app_error.ts";

/** What a client has got. */
export interface Told {
  readonly text: string;
  readonly tokens: { readonly input: number; readonly output: number } | null;
  /** All by which a client knows that an answer is whole, in order. */
  readonly ends: readonly string[];
  /** The body of an error, which is the last that was told; null: none. */
  readonly error: unknown;
}

/** An error as its client reads it. */
interface TypedError {
  readonly status: number;
  readonly type: string;
  /** OpenAI's only. */
  readonly code?: string | null;
  readonly param?: string;
}

export interface TestedDialect {
  readonly name: "openai" | "anthropic";
  readonly path: string;
  /** Asked for beside the model, the question and how many tokens at most. */
  readonly streamOptions: object;
  /** All by which a whole answer ends. */
  readonly ends: { readonly plain: readonly string[]; readonly streamed: readonly string[] };
  readonly errors: Readonly<Partial<Record<ErrorCode, TypedError>>>;
  /** The body of an error with these words. */
  errorBody(error: TypedError, message: unknown, requestId: string): unknown;
  // deno-lint-ignore no-explicit-any -- the tests assert on its shape
  readAnswer(body: any): Told;
  readStream(text: string): Told;
}

const invalid = { status: 400, type: "invalid_request_error", code: null };
const failed = { status: 502, type: "api_error" };

export const openai: TestedDialect = {
  name: "openai",
  path: "/v1/chat/completions",
  streamOptions: { stream_options: { include_usage: true } },
  ends: { plain: ["stop"], streamed: ["stop", "[DONE]"] },
  errors: {
    bedrock_request_refused: invalid,
    bedrock_refusal_unknown: invalid,
    input_too_long: { ...invalid, code: "context_length_exceeded", param: "messages" },
    bedrock_throttled: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
    bedrock_quota_exhausted: {
      status: 429,
      type: "insufficient_quota",
      code: "insufficient_quota",
    },
    bedrock_access_denied: { ...failed, code: "bedrock_access_denied" },
    bedrock_credentials_rejected: { ...failed, code: "bedrock_credentials_rejected" },
    bedrock_model_unavailable: { ...failed, code: "bedrock_model_unavailable" },
    bedrock_model_end_of_life: { ...failed, code: "bedrock_model_end_of_life" },
    bedrock_model_error: { ...failed, code: "bedrock_model_error" },
    bedrock_bad_response: { ...failed, code: "bedrock_bad_response" },
    bedrock_stream_truncated: { ...failed, code: "bedrock_stream_truncated" },
    bedrock_stream_corrupt: { ...failed, code: "bedrock_stream_corrupt" },
    bedrock_unknown_frame: { ...failed, code: "bedrock_unknown_frame" },
    bedrock_unavailable: {
      status: 503,
      type: "service_unavailable_error",
      code: "server_is_overloaded",
    },
    bedrock_timeout: { status: 504, type: "api_error", code: "timeout" },
  },
  errorBody: ({ type, code, param = null }, message) => ({
    error: { message, type, param, code },
  }),
  readAnswer({ choices, usage, error }) {
    if (error !== undefined) return { text: "", tokens: null, ends: [], error: { error } };
    const [{ message, finish_reason }] = choices;
    const tokens = { input: usage.prompt_tokens, output: usage.completion_tokens };
    return { text: message.content, tokens, ends: [finish_reason], error: null };
  },
  readStream(stream) {
    let told: Told = { text: "", tokens: null, ends: [], error: null };
    for (const block of blocksOf(stream)) {
      expect(told.error).toBeNull();
      const data = block.replace(/^data: /, "");
      if (data === "[DONE]") {
        told = { ...told, ends: [...told.ends, data] };
        continue;
      }
      const { error, choices, usage } = JSON.parse(data);
      if (error !== undefined) {
        told = { ...told, error: { error } };
        continue;
      }
      const [choice] = choices;
      const reason = choice?.finish_reason ?? null;
      told = {
        ...told,
        text: told.text + (choice?.delta.content ?? ""),
        ...(usage && { tokens: { input: usage.prompt_tokens, output: usage.completion_tokens } }),
        ...(reason !== null && { ends: [...told.ends, reason] }),
      };
    }
    return told;
  },
};

const misconfigured = { status: 502, type: "api_error" };
const broken = { status: 500, type: "api_error" };
const limited = { status: 429, type: "rate_limit_error" };

export const anthropic: TestedDialect = {
  name: "anthropic",
  path: "/v1/messages",
  streamOptions: {},
  ends: { plain: ["end_turn"], streamed: ["end_turn", "message_stop"] },
  errors: {
    bedrock_request_refused: invalid,
    bedrock_refusal_unknown: invalid,
    input_too_long: invalid,
    bedrock_throttled: limited,
    bedrock_quota_exhausted: limited,
    bedrock_access_denied: misconfigured,
    bedrock_credentials_rejected: misconfigured,
    bedrock_model_unavailable: misconfigured,
    bedrock_model_end_of_life: misconfigured,
    bedrock_model_error: broken,
    bedrock_bad_response: broken,
    bedrock_stream_truncated: broken,
    bedrock_stream_corrupt: broken,
    bedrock_unknown_frame: broken,
    bedrock_unavailable: { status: 529, type: "overloaded_error" },
    bedrock_timeout: { status: 504, type: "timeout_error" },
  },
  errorBody: ({ type }, message, requestId) => ({
    type: "error",
    error: { type, message },
    request_id: requestId,
  }),
  readAnswer(body) {
    if (body.type === "error") return { text: "", tokens: null, ends: [], error: body };
    const [{ text }] = body.content;
    const { input_tokens: input, output_tokens: output } = body.usage;
    return { text, tokens: { input, output }, ends: [body.stop_reason], error: null };
  },
  readStream(stream) {
    let told: Told = { text: "", tokens: null, ends: [], error: null };
    for (const block of blocksOf(stream)) {
      expect(told.error).toBeNull();
      const [, name, json = ""] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? [];
      const event = JSON.parse(json);
      expect(event.type).toBe(name);
      told = { ...told, ...afterEvent(told, event) };
    }
    return told;
  },
};

// deno-lint-ignore no-explicit-any -- as it came
function afterEvent({ text, ends }: Told, event: any): Partial<Told> {
  switch (event.type) {
    case "content_block_delta":
      return { text: text + event.delta.text };
    case "message_delta":
      return {
        tokens: { input: event.usage.input_tokens, output: event.usage.output_tokens },
        ends: [...ends, event.delta.stop_reason],
      };
    case "message_stop":
      return { ends: [...ends, event.type] };
    case "error":
      return { error: event };
    default:
      return {};
  }
}

/** The events of a stream, without comments. */
function blocksOf(stream: string): readonly string[] {
  expect(stream.endsWith("\n\n")).toBe(true);
  return stream.split("\n\n").filter((block) => block !== "" && !block.startsWith(":"));
}
