import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import type { ModelFormat, ModelRequest } from "../formats/model_format.ts";
import type { ResponseHeaders } from "./bedrock_transport.ts";
import type { CallGuard } from "./call_guard.ts";
import { ReadAhead } from "./read_ahead.ts";
import { sendRequest } from "./send_request.ts";
import type { StreamKind } from "./stream_event.ts";

/**
 * Most bytes of a stream: the longest answers have some 128,000 tokens, and a frame for each with
 * its padding takes a few hundred bytes.
 */
const maxStreamBytes = 200_000_000;

const eventStreamType = "application/vnd.amazon.eventstream";

/** A stream that Bedrock has begun, of which nothing is taken yet. */
export interface OpenStream {
  readonly headers: ResponseHeaders;
  /** Fails and hangs up when the guard gives the call up. */
  readonly body: Pick<ReadAhead, "take">;
  readonly kind: StreamKind;
}

/**
 * Begins the stream of an answer.
 *
 * @param onHeaders Called when the headers are there, of an error too.
 * @throws see {@linkcode sendRequest}; `bedrock_bad_response` when something else than an event
 * stream comes back.
 */
export async function openStream(
  client: BedrockRuntimeClient,
  request: ModelRequest,
  format: ModelFormat,
  guard: CallGuard,
  onHeaders: (headers: ResponseHeaders) => void,
): Promise<OpenStream> {
  let headers: ResponseHeaders = {};
  const stream = await sendRequest({
    client,
    request,
    format,
    streams: true,
    guard,
    onHeaders(received) {
      headers = received;
      onHeaders(received);
    },
    maxBytes: maxStreamBytes,
  });
  if (headers["content-type"]?.split(";")[0] !== eventStreamType) {
    throw new AppError("bedrock_bad_response", "Bedrock's endpoint did not answer with a stream.", {
      hint: "Check AWS_ENDPOINT_URL_BEDROCK_RUNTIME and the proxies in between.",
    });
  }
  return {
    headers,
    body: new ReadAhead(stream),
    kind: format.operation === "invoke" ? "chunks" : "named-events",
  };
}
