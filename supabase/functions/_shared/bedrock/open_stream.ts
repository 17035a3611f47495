import {
  type BedrockRuntimeClient,
  ConverseStreamCommand,
  type ConverseStreamCommandInput,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import { formats } from "../formats/formats.ts";
import type { JsonObject, ModelFormat, ModelRequest } from "../formats/model_format.ts";
import { type ResponseHeaders, watchResponse } from "./bedrock_transport.ts";
import type { CallGuard } from "./call_guard.ts";
import { toSdkInput } from "./converse_bytes.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { ResponseReader } from "./response_reader.ts";
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
 * Has the SDK sign and send the call, and takes the stream from it when the headers are there. The
 * SDK does not read the stream itself: it passes over events that it does not know, takes a stream
 * that just ends for a whole one, and on Deno 2.1.4, the hosted runtime's, it cannot check a frame,
 * because `crc32` of node:zlib throws there.
 *
 * @param onHeaders Called at that moment, of an error too.
 * @throws What the SDK throws of an error's response; `bedrock_bad_response` when something else
 * than an event stream comes back.
 */
export async function openStream(
  client: BedrockRuntimeClient,
  request: ModelRequest,
  guard: CallGuard,
  onHeaders: (headers: ResponseHeaders) => void,
): Promise<OpenStream> {
  const format = formats[request.model.format];
  const modelId = request.model.model_id;
  const body = format.encodeRequest(request);
  let headers: ResponseHeaders = {};
  let stream: ResponseReader | null = null;
  watchResponse({
    guard,
    onHeaders(received) {
      headers = received;
      onHeaders(received);
    },
    maxBytes: maxStreamBytes,
    takeBody: (body) => stream = body,
  });
  try {
    await send(client, { operation: format.operation, modelId, body }, guard.signal);
  } catch (error) {
    // With the stream in our hands, it is of no matter what the SDK says.
    if (stream === null) throw error;
  }
  if (stream === null || headers["content-type"]?.split(";")[0] !== eventStreamType) {
    throw new AppError("bedrock_bad_response", "Bedrock's endpoint did not answer with a stream.", {
      hint: "Check AWS_ENDPOINT_URL_BEDROCK_RUNTIME and what stands between.",
    });
  }
  return {
    headers,
    body: new ReadAhead(stream),
    kind: format.operation === "invoke" ? "chunks" : "named-events",
  };
}

/** Has the SDK sign and send a call; resolves or rejects when the headers are there. */
async function send(
  client: BedrockRuntimeClient,
  call: {
    readonly operation: ModelFormat["operation"];
    readonly modelId: string;
    readonly body: JsonObject;
  },
  abortSignal: AbortSignal,
): Promise<void> {
  const { operation, modelId, body } = call;
  switch (operation) {
    case "invoke": {
      const command = new InvokeModelWithResponseStreamCommand({
        modelId,
        contentType: "application/json",
        accept: "application/json",
        body: JSON.stringify(body),
      });
      await client.send(command, { abortSignal });
      return;
    }
    case "converse": {
      const input = { ...toSdkInput(body) as object, modelId } as ConverseStreamCommandInput;
      await client.send(new ConverseStreamCommand(input), { abortSignal });
      return;
    }
    default:
      operation satisfies never;
  }
}
