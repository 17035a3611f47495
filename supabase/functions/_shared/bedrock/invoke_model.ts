import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import type { ModelAnswer, Usage } from "../core/answer.ts";
import { AppError } from "../core/app_error.ts";
import { formatOf } from "../formats/formats.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import { completeUsage, tokenCount, unknownUsage } from "../formats/usage.ts";
import { toBedrockError } from "./bedrock_error.ts";
import type { ResponseHeaders } from "./bedrock_transport.ts";
import { type CallLimits, guardCall } from "./call_guard.ts";
import { requestIdOf, withRequestId } from "./request_id.ts";
import { sendRequest } from "./send_request.ts";

/** The largest response that Bedrock sends, in bytes. */
const maxResponseBytes = 25_000_000;

/** What one call of a model takes. */
export interface InvokeModelOptions {
  /** The client of the model's region. */
  readonly client: BedrockRuntimeClient;
  /** What is asked, and of which model; its row names the format. */
  readonly request: ModelRequest;
  readonly limits: CallLimits;
  /** Aborted when the caller no longer wants the answer. */
  readonly signal?: AbortSignal;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
}

/** What came of it. */
export interface ModelCall {
  readonly answer: ModelAnswer;
  /** AWS's id of the call, for its support; null when the response named none. */
  readonly requestId: string | null;
  /** Until the first byte of the response. */
  readonly timeToFirstByteMs: number;
}

/**
 * Calls a model once and waits for the whole answer. Nothing is tried again here.
 *
 * @throws {AppError} `bedrock_timeout` when a limit passes, `bedrock_bad_response` when the answer
 * cannot be read, `input_too_long` when the request is too large, and what
 * {@linkcode toBedrockError} makes of AWS's and the network's errors.
 * @throws The reason of `signal` when the caller aborts.
 */
export async function invokeModel(options: InvokeModelOptions): Promise<ModelCall> {
  const { client, request, limits, now } = options;
  const { model } = request;
  const format = formatOf(request);

  const guard = guardCall(limits, options.signal);
  const startedAt = now();
  let firstByteAt = startedAt;
  let headers: ResponseHeaders = {};
  try {
    const response = await sendRequest({
      client,
      request,
      format,
      streams: false,
      guard,
      onHeaders(received) {
        firstByteAt = now();
        headers = received;
      },
      maxBytes: maxResponseBytes,
    });
    const body = parseJson(await response.readAll());
    const answer = format.decodeResponse(body, request);
    return {
      answer: { ...answer, usage: completeUsage(answer.usage, headerUsage(headers)) },
      requestId: requestIdOf(headers),
      timeToFirstByteMs: firstByteAt - startedAt,
    };
  } catch (error) {
    // Whatever broke after the call was given up, broke because of that.
    if (guard.signal.aborted) throw guard.reason();
    const failure = withRequestId(toBedrockError(error, model.model_id), headers);
    // The model has written an answer, though it cannot be read.
    failure.upstreamUsage = headerUsage(headers);
    throw failure;
  } finally {
    guard.stop();
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new AppError("bedrock_bad_response", "The model's answer is not JSON.", { cause });
  }
}

/** The counts in the headers of a response, for a body that has none. */
function headerUsage(headers: ResponseHeaders): Usage {
  return {
    ...unknownUsage,
    inputTokens: headerCount(headers["x-amzn-bedrock-input-token-count"]),
    outputTokens: headerCount(headers["x-amzn-bedrock-output-token-count"]),
  };
}

function headerCount(value: string | undefined): number | null {
  return value !== undefined && /^\d+$/.test(value) ? tokenCount(Number(value)) : null;
}
