import type { ModelAnswer, Usage } from "../core/answer.ts";
import { AppError } from "../core/app_error.ts";
import { formats } from "../formats/formats.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import { completeUsage, tokenCount, unknownUsage } from "../formats/usage.ts";
import type { BedrockClient } from "./bedrock_client.ts";
import { toBedrockError } from "./bedrock_error.ts";
import { BedrockException } from "./bedrock_exception.ts";
import { type CallLimits, guardCall } from "./call_guard.ts";
import { ResponseReader } from "./response_reader.ts";

/** The largest response that Bedrock sends, in bytes. */
const maxResponseBytes = 25_000_000;

/** What one call of a model takes. */
export interface InvokeModelOptions {
  /** The client of the model's region. */
  readonly client: BedrockClient;
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
  /** Until the last byte. */
  readonly latencyMs: number;
  /** Until the first byte of the response. */
  readonly timeToFirstByteMs: number;
}

/**
 * Calls a model once and waits for the whole answer. Nothing is tried again here.
 *
 * @throws {AppError} `bedrock_timeout` when a limit passes, `bedrock_bad_response` when the answer
 * cannot be read, `invalid_request` when there is nothing to ask, and what
 * {@linkcode toBedrockError} makes of AWS's and the network's errors.
 * @throws The reason of `signal` when the caller aborts.
 */
export async function invokeModel(options: InvokeModelOptions): Promise<ModelCall> {
  const { client, request, limits, now } = options;
  const { model } = request;
  const format = formats[model.format];
  const body = JSON.stringify(format.encodeRequest(request));

  const guard = guardCall(limits, options.signal);
  const startedAt = now();
  try {
    const call = { operation: format.operation, modelId: model.model_id, body };
    const response = await client.send(call, guard.signal);
    const firstByteAt = now();
    guard.firstByteArrived();
    const reader = new ResponseReader(response.body, {
      signal: guard.signal,
      maxBytes: maxResponseBytes,
      onTooLarge: () => guard.giveUp(tooLarge(maxResponseBytes)),
    });
    const bytes = await reader.readAll();
    if (!response.ok) throw new BedrockException(response, bytes);
    const answer = format.decodeResponse(parseJson(bytes));
    return {
      answer: { ...answer, usage: completeUsage(answer.usage, headerUsage(response.headers)) },
      requestId: response.headers.get("x-amzn-requestid"),
      latencyMs: now() - startedAt,
      timeToFirstByteMs: firstByteAt - startedAt,
    };
  } catch (error) {
    // Whatever broke after the call was given up, broke because of that.
    if (guard.signal.aborted) throw guard.reason();
    throw toBedrockError(error, model.model_id);
  } finally {
    guard.stop();
  }
}

/** Why a call is given up whose response does not end. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError(
    "bedrock_bad_response",
    `The model's answer is larger than ${maxBytes} bytes.`,
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError("bedrock_bad_response", "The model's answer is not JSON.", { cause });
  }
}

/** The counts in the headers of a response, for a body that has none. */
function headerUsage(headers: Headers): Usage {
  return {
    ...unknownUsage,
    inputTokens: headerCount(headers.get("x-amzn-bedrock-input-token-count")),
    outputTokens: headerCount(headers.get("x-amzn-bedrock-output-token-count")),
  };
}

function headerCount(value: string | null): number | null {
  return value !== null && /^\d+$/.test(value) ? tokenCount(Number(value)) : null;
}
