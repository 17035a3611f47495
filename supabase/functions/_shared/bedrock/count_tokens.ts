import { type BedrockRuntimeClient, CountTokensCommand } from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import { formatOf } from "../formats/formats.ts";
import type { JsonObject, ModelFormat, ModelRequest } from "../formats/model_format.ts";
import { tokenCount } from "../formats/usage.ts";
import { encode } from "../media/base64.ts";
import { toBedrockError } from "./bedrock_error.ts";
import type { BedrockClients } from "./bedrock_client.ts";
import { watchResponse } from "./bedrock_transport.ts";
import { guardCall } from "./call_guard.ts";
import { jsonBody } from "./json_body.ts";
import { sendInstead } from "./send_request.ts";

/** Milliseconds that a count may take: who asks for one is about to ask for more. */
const timeoutMs = 5_000;

/** A count is a few bytes. */
const maxResponseBytes = 100_000;

/** Counts the tokens of what a model would be sent. */
export type TokenCounter = (request: ModelRequest, signal?: AbortSignal) => Promise<number>;

/**
 * Has Bedrock count tokens, which works for the models whose row says so, costs nothing and takes
 * the permission `bedrock:CountTokens`.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
 */
export function createTokenCounter(clients: BedrockClients): TokenCounter {
  return (request, signal) => countTokens(clients.forRegion(request.model.region), request, signal);
}

/** @throws {AppError} what {@linkcode toBedrockError} makes of AWS's and the network's errors. */
async function countTokens(
  client: BedrockRuntimeClient,
  request: ModelRequest,
  signal: AbortSignal | undefined,
): Promise<number> {
  const modelId = request.model.model_id;
  const guard = guardCall({ firstByteMs: timeoutMs, totalMs: timeoutMs }, signal);
  watchResponse({ guard, onHeaders() {}, maxBytes: maxResponseBytes });
  const command = new CountTokensCommand({ modelId, input: undefined });
  sendInstead(command, jsonBody({ input: countedInput(formatOf(request), request) }));
  try {
    const { inputTokens } = await client.send(command, { abortSignal: guard.signal });
    const count = tokenCount(inputTokens);
    if (count === null) throw new AppError("bedrock_bad_response");
    return count;
  } catch (error) {
    if (guard.signal.aborted) throw guard.reason();
    throw toBedrockError(error, modelId);
  } finally {
    guard.stop();
  }
}

/** Members of Converse's body that are counted; it takes no others. */
const countedMembers = ["messages", "system", "toolConfig", "additionalModelRequestFields"];

function countedInput(
  { operation, encodeRequest }: ModelFormat,
  request: ModelRequest,
): JsonObject {
  // A guardrail is named in headers or beside what is counted.
  const body = encodeRequest({ ...request, guardrail: null });
  switch (operation) {
    case "invoke":
      return { invokeModel: { body: encode(new TextEncoder().encode(JSON.stringify(body))) } };
    case "converse": {
      const counted = Object.entries(body).filter(([name]) => countedMembers.includes(name));
      return { converse: Object.fromEntries(counted) };
    }
    default:
      return operation satisfies never;
  }
}
