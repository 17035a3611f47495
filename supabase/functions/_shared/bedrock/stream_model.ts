import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import { formatOf } from "../formats/formats.ts";
import type { ModelFormat, ModelRequest } from "../formats/model_format.ts";
import { truncatedStream } from "../formats/stream_fault.ts";
import { toBedrockError } from "./bedrock_error.ts";
import type { ResponseHeaders } from "./bedrock_transport.ts";
import { type CallGuard, guardCall } from "./call_guard.ts";
import type { ModelStream, StreamLimits } from "./model_stream.ts";
import { type OpenStream, openStream } from "./open_stream.ts";
import { requestIdOf, withRequestId } from "./request_id.ts";
import { readEvents, type StreamEnd } from "./stream_reader.ts";

/** What one streamed call of a model takes. */
export interface StreamModelOptions {
  /** The client of the model's region. */
  readonly client: BedrockRuntimeClient;
  /** What is asked, and of which model; its row names the format. */
  readonly request: ModelRequest;
  readonly limits: StreamLimits;
  /** Aborted when the caller no longer wants the answer; the call is hung up at once. */
  readonly signal?: AbortSignal;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
}

/**
 * Calls a model once and returns its answer while it arrives, as soon as Bedrock has accepted the
 * call. Nothing is tried again here.
 *
 * @throws {AppError} `bedrock_timeout`, `bedrock_bad_response` when something else than a stream
 * comes back, `input_too_long` when the request is too large, and what {@linkcode toBedrockError}
 * makes of AWS's and the network's errors.
 * @throws The reason of `signal` when the caller aborts.
 */
export async function streamModel(options: StreamModelOptions): Promise<ModelStream> {
  const { client, request, limits, now } = options;
  const format = formatOf(request);
  const guard = guardCall(
    { firstByteMs: limits.firstEventMs, totalMs: limits.totalMs },
    options.signal,
  );
  // From then on there is nothing left to watch over.
  guard.signal.addEventListener("abort", () => guard.stop(), { once: true });
  const startedAt = now();
  let headersAt = startedAt;
  let headers: ResponseHeaders = {};
  let opened: OpenStream;
  try {
    opened = await openStream(client, request, format, guard, (received) => {
      headersAt = now();
      headers = received;
    });
  } catch (error) {
    const failure = guard.signal.aborted
      ? guard.reason()
      : withRequestId(toBedrockError(error, modelIdOf(request)), headers);
    // Hangs up where something other than a stream has come, which has no reader.
    guard.giveUp(failure);
    guard.stop();
    throw failure;
  }
  return arrivingAnswer(opened, format, options, guard, headersAt - startedAt);
}

function arrivingAnswer(
  opened: OpenStream,
  format: ModelFormat,
  { request, limits, now }: StreamModelOptions,
  guard: CallGuard,
  timeToFirstByteMs: number,
): ModelStream {
  const decoder = format.createStreamDecoder(request);
  let end: StreamEnd | null = null;

  /** Hangs up; after the whole answer there are only timers to let go of. */
  function close(): void {
    if (end?.kind === "complete") guard.stop();
    else guard.giveUp(closed());
  }

  return {
    requestId: requestIdOf(opened.headers),
    timeToFirstByteMs,
    events: readEvents(opened, {
      decoder,
      guard,
      limits,
      now,
      modelId: modelIdOf(request),
      waitedMs: timeToFirstByteMs,
      onEnd(reached) {
        end = reached;
        close();
      },
    }),
    answer() {
      if (end?.kind === "broken") throw end.error;
      if (end?.kind !== "complete") throw truncatedStream();
      return decoder.finish();
    },
    partial: () => decoder.partial(),
    close,
  };
}

function closed(): AppError {
  return new AppError(
    "bedrock_stream_truncated",
    "The call was closed before the answer was complete.",
  );
}

function modelIdOf(request: ModelRequest): string {
  return request.model.model_id;
}
