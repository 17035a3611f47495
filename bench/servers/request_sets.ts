/** The requests that each measured server is sent. */
import type { FollowUp, RequestSpec } from "../load/job.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import {
  pacedQuestion,
  question,
  questionForTool,
  recordedModel,
  tool,
  toolConfig,
} from "../upstream/recorded_answers.ts";

/**
 * The kind of answer that is requested: at once, streamed, or streamed at the pace at which a model
 * writes; with tools, of a model that calls one.
 */
export type Mode = "json" | "stream" | "paced" | "tools" | "streamedTools";

const isStreamed = (mode: Mode) => mode !== "json" && mode !== "tools";
const hasTools = (mode: Mode) => mode === "tools" || mode === "streamedTools";

function asked(mode: Mode): string {
  if (mode === "paced") return pacedQuestion;
  return hasTools(mode) ? questionForTool : question;
}

/** Part of every answer in its own words, or of the call of the tool. */
function answered(mode: Mode): string {
  if (mode === "paced") return "word";
  return hasTools(mode) ? tool.name : "stand-in";
}

/** Requests to a server, and the marks of a good answer. */
export interface RequestSet {
  readonly requests: readonly RequestSpec[];
  /** Part of every good answer. */
  readonly expect: string;
  /** Part of an answer at which its text begins. */
  readonly firstText?: string;
  readonly followUp?: FollowUp;
}

/** Bedrock's own requests, for the upstream. */
export function bedrockRequests(mode: Mode): RequestSet {
  const operation = isStreamed(mode) ? "invoke-with-response-stream" : "invoke";
  const body = JSON.stringify({
    schemaVersion: "messages-v1",
    messages: [{ role: "user", content: [{ text: asked(mode) }] }],
    inferenceConfig: { maxTokens: 512 },
    ...(hasTools(mode) && { toolConfig }),
  });
  const path = `/model/${encodeURIComponent(recordedModel)}/${operation}`;
  const requests = [{ path, headers: {}, body }];
  return isStreamed(mode)
    ? { requests, expect: "chunk", firstText: "chunk" }
    : { requests, expect: answered(mode) };
}

/** Requests of the minimal servers. */
export function minimalRequests(mode: Mode): RequestSet {
  const body = JSON.stringify({
    model: recordedModel,
    message: asked(mode),
    stream: isStreamed(mode),
    ...(hasTools(mode) && { toolConfig }),
  });
  return requestSet({ path: "/", headers: {}, body }, mode, "[DONE]");
}

/** @param end with what a stream ends */
function requestSet(request: RequestSpec, mode: Mode, end: string): RequestSet {
  const requests = [request];
  return isStreamed(mode)
    ? { requests, expect: end, firstText: answered(mode) }
    : { requests, expect: answered(mode) };
}

export function portkeyRequests(upstreamUrl: string): (mode: Mode) => RequestSet {
  const headers = {
    "x-portkey-provider": "bedrock",
    "x-portkey-aws-region": "eu-central-1",
    "x-portkey-aws-access-key-id": "bench",
    "x-portkey-aws-secret-access-key": "bench",
    "x-portkey-custom-host": upstreamUrl,
  };
  return (mode) => chatCompletions("/v1/chat/completions", headers, mode);
}

/** Calls of `openai` with an API key. */
export function openaiRequests(key: string): (mode: Mode) => RequestSet {
  const headers = { authorization: `Bearer ${key}` };
  return (mode) => chatCompletions("/openai/v1/chat/completions", headers, mode);
}

/** Calls of `anthropic` with an API key. */
export function anthropicRequests(key: string): (mode: Mode) => RequestSet {
  const headers = { "x-api-key": key, "anthropic-version": "2023-06-01" };
  const { name, description, schema: input_schema } = tool;
  return (mode) => {
    const body = completionBody(mode, [{ name, description, input_schema }]);
    return requestSet({ path: "/anthropic/v1/messages", headers, body }, mode, "message_stop");
  };
}

function chatCompletions(
  path: string,
  headers: Readonly<Record<string, string>>,
  mode: Mode,
): RequestSet {
  const { name, description, schema: parameters } = tool;
  const body = completionBody(mode, [{
    type: "function",
    function: { name, description, parameters },
  }]);
  return requestSet({ path, headers, body }, mode, "[DONE]");
}

/** A question, in either maker's words. */
function completionBody(mode: Mode, tools: readonly object[]): string {
  return JSON.stringify({
    model: recordedModel,
    messages: [{ role: "user", content: asked(mode) }],
    max_tokens: 512,
    ...(hasTools(mode) && { tools }),
    ...(isStreamed(mode) && { stream: true }),
  });
}

/** Turns of `chat`, one user after the other. */
export function chatRequests(tokens: readonly string[]): (mode: Mode) => RequestSet {
  return (mode) => {
    const body = JSON.stringify({
      message: asked(mode),
      ...(isStreamed(mode) && { stream: true }),
    });
    const requests = tokens.map((token) => ({
      path: "/chat",
      headers: { authorization: `Bearer ${token}` },
      body,
    }));
    return isStreamed(mode)
      ? { requests, expect: "event: done", firstText: answered(mode) }
      : { requests, expect: answered(mode) };
  };
}

/** The two database calls of a turn, sent to the API server directly. */
export function rpcRequests(stack: RunningStack, userIds: readonly string[]): RequestSet {
  const headers = {
    apikey: stack.keys.secret,
    authorization: `Bearer ${stack.keys.secret}`,
  };
  return {
    requests: userIds.map((userId) => ({
      path: "/rest/v1/rpc/begin_chat_turn",
      headers,
      body: JSON.stringify({
        p_turn: {
          user_id: userId,
          request_id: "{uuid}",
          message: question,
          history_turns: 50,
          history_characters: 128_000,
          stale_after_ms: 155_000,
        },
      }),
    })),
    followUp: {
      path: "/rest/v1/rpc/complete_chat_turn",
      capture: '"question_id": ?"([^"]+)"',
      body: JSON.stringify({
        p_end: {
          question_id: "{captured}",
          answer_id: "{uuid}",
          attempt: 1,
          content: "x".repeat(250),
          run: {
            status: "complete",
            model_id: recordedModel,
            reason: "assistant",
            registry_version: 1,
            input_tokens: 70,
            output_tokens: 60,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
            response_time_ms: 5,
            time_to_first_token_ms: 5,
            stop_reason: "end_turn",
          },
        },
      }),
    },
    expect: "cost_usd",
  };
}
