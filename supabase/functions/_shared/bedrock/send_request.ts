import {
  type BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import type { ModelFormat, ModelRequest } from "../formats/model_format.ts";
import { type ResponseHeaders, watchResponse } from "./bedrock_transport.ts";
import type { CallGuard } from "./call_guard.ts";
import { type JsonBody, jsonBody } from "./json_body.ts";
import type { ResponseReader } from "./response_reader.ts";

/** Most bytes of a body that Bedrock takes. */
const maxRequestBytes = 25_000_000;

/** What is sent, and how. */
export interface Sending {
  readonly client: BedrockRuntimeClient;
  readonly request: ModelRequest;
  readonly format: ModelFormat;
  /** Whether the answer is to come as a stream. */
  readonly streams: boolean;
  readonly guard: CallGuard;
  /** Called when the headers arrive, of an error too. */
  onHeaders(headers: ResponseHeaders): void;
  /** Most bytes of the answer. */
  readonly maxBytes: number;
}

/**
 * Has the SDK sign and send a call, and takes the answer from it when the headers are there. What
 * is sent is the format's JSON: the SDK takes the media of Converse as bytes, which would be decoded
 * for it and encoded by it. Nor does it read the answer: of a stream it passes over events that it
 * does not know, takes one that just ends for a whole one, and on Deno 2.1.4, the hosted runtime's,
 * cannot check a frame, because `crc32` of node:zlib throws there.
 *
 * @throws {AppError} `input_too_long` when the body is too large.
 * @throws What the SDK throws of an error's response, and of the network.
 */
export async function sendRequest(sending: Sending): Promise<ResponseReader> {
  const { client, request, format, guard } = sending;
  const body = jsonBody(format.encodeRequest(request));
  if (body.size > maxRequestBytes) throw tooLargeToSend(request);
  let answer: ResponseReader | null = null;
  watchResponse({
    guard,
    onHeaders: (headers) => sending.onHeaders(headers),
    maxBytes: sending.maxBytes,
    takeBody: (body) => answer = body,
  });
  // All four commands are sent alike, which the SDK's types do not say of their union.
  const command = commandFor(sending) as ConverseCommand;
  sendInstead(command, body);
  try {
    await client.send(command, { abortSignal: guard.signal });
  } catch (error) {
    // With the answer in our hands, it is of no matter what the SDK says.
    if (answer === null) throw error;
  }
  if (answer === null) throw new TypeError("The SDK sent nothing.");
  return answer;
}

/** Has the SDK send this body instead of the one that it writes. */
export function sendInstead(
  { middlewareStack }: Pick<ConverseCommand | CountTokensCommand, "middlewareStack">,
  body: JsonBody,
): void {
  // Both commands' stacks are alike in what this needs, which their types do not say.
  (middlewareStack as ConverseCommand["middlewareStack"]).addRelativeTo(putInto(body), {
    name: "readyBody",
    relation: "after",
    toMiddleware: "serializerMiddleware",
  });
}

function putInto(written: JsonBody) {
  return <A extends { request?: unknown }, R>(next: (args: A) => R) => (args: A): R => {
    const request = args.request as { body: BodyInit; headers: Record<string, string> };
    request.body = written.body as BodyInit;
    if (written.kind === "blob") request.headers["x-amz-content-sha256"] = written.sha256;
    return next(args);
  };
}

/** The command of a call, without its body. */
function commandFor({ request, format, streams }: Sending) {
  const modelId = request.model.model_id;
  switch (format.operation) {
    case "invoke": {
      // Without a type the SDK names application/octet-stream, which Bedrock refuses.
      const input = {
        modelId,
        contentType: "application/json",
        accept: "application/json",
        ...guardrailHeaders(request),
        ...metadataHeader(request),
      };
      return streams
        ? new InvokeModelWithResponseStreamCommand(input)
        : new InvokeModelCommand(input);
    }
    case "converse":
      return streams ? new ConverseStreamCommand({ modelId }) : new ConverseCommand({ modelId });
    default:
      return format.operation satisfies never;
  }
}

/** The trace says whether a guardrail blocked or only masked. */
function guardrailHeaders({ guardrail }: ModelRequest) {
  if (guardrail === null) return {};
  const { id, version } = guardrail;
  return { guardrailIdentifier: id, guardrailVersion: version, trace: "ENABLED" as const };
}

/** Converse has it in its body. */
function metadataHeader({ metadata }: ModelRequest) {
  return metadata === undefined ? {} : { requestMetadata: JSON.stringify(metadata) };
}

function tooLargeToSend({ model }: ModelRequest): AppError {
  return new AppError(
    "input_too_long",
    `The conversation is too large to be sent to "${model.model_id}".`,
    { hint: "Begin a new conversation, or send smaller images and documents." },
  );
}
