import { AppError } from "../core/app_error.ts";
import { formats } from "../formats/formats.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { BedrockClient } from "./bedrock_client.ts";
import { BedrockException } from "./bedrock_exception.ts";
import type { CallGuard } from "./call_guard.ts";
import { tooLarge } from "./invoke_model.ts";
import { ResponseReader } from "./response_reader.ts";
import type { StreamKind } from "./stream_event.ts";

/**
 * Most bytes of a stream: the longest answers have some 128,000 tokens, and a frame for each with
 * its padding takes a few hundred bytes.
 */
const maxStreamBytes = 200_000_000;

const eventStreamType = "application/vnd.amazon.eventstream";

/** Most bytes of an error that comes instead of a stream. */
const maxErrorBytes = 1_000_000;

/** A stream that Bedrock has begun, of which nothing is read yet. */
export interface OpenStream {
  readonly requestId: string | null;
  /** Fails and hangs up when the guard gives the call up. */
  readonly body: Pick<ResponseReader, "read">;
  readonly kind: StreamKind;
}

/**
 * Sends the call, and takes its stream when the head of the response is there.
 *
 * @param onHeaders Called at that moment, of an error too.
 * @throws {BedrockException} what AWS answers instead; `bedrock_bad_response` when something else
 * than an event stream comes back.
 */
export async function openStream(
  client: BedrockClient,
  request: ModelRequest,
  guard: CallGuard,
  onHeaders: () => void,
): Promise<OpenStream> {
  const format = formats[request.model.format];
  const body = JSON.stringify(format.encodeRequest(request));
  const { operation, kind } = streamed[format.operation];
  const call = { operation, modelId: request.model.model_id, body };
  const response = await client.send(call, guard.signal);
  guard.firstByteArrived();
  onHeaders();
  const { headers, ok } = response;
  const maxBytes = ok ? maxStreamBytes : maxErrorBytes;
  const reader = new ResponseReader(response.body, {
    signal: guard.signal,
    maxBytes,
    onTooLarge: () => guard.giveUp(tooLarge(maxBytes)),
  });
  if (!ok) throw new BedrockException(response, await reader.readAll());
  if (headers.get("content-type")?.split(";")[0] !== eventStreamType) {
    throw new AppError("bedrock_bad_response", "Bedrock's endpoint did not answer with a stream.", {
      hint: "Check AWS_ENDPOINT_URL_BEDROCK_RUNTIME and what stands between.",
    });
  }
  return { requestId: headers.get("x-amzn-requestid"), body: reader, kind };
}

/** The streamed form of each operation, and how its events are framed. */
const streamed = {
  "invoke": { operation: "invoke-with-response-stream", kind: "chunks" },
  "converse": { operation: "converse-stream", kind: "named-events" },
} as const satisfies Record<string, { operation: string; kind: StreamKind }>;
