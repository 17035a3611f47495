import { AppError } from "../core/app_error.ts";
import { isJsonObject } from "../formats/model_format.ts";
import { toBedrockError } from "./bedrock_error.ts";
import type { EventFrame } from "./event_frame.ts";

/** How the events of an operation are framed: by name, or all as chunks of the model's own. */
export type StreamKind = "chunks" | "named-events";

/**
 * Reads what a frame holds, in the shape that the decoder of the model's format takes.
 *
 * @throws {AppError} what {@linkcode toBedrockError} makes of an exception or an error,
 * `bedrock_unknown_frame`, or `bedrock_bad_response` when the payload cannot be read.
 */
export function readStreamEvent(frame: EventFrame, kind: StreamKind, modelId: string): unknown {
  const messageType = frame.headers.get(":message-type");
  switch (messageType) {
    case "event":
      return readEvent(frame, kind);
    case "exception":
      throw exceptionOf(frame, modelId);
    case "error":
      throw errorOf(frame, modelId);
    default:
      throw unknownFrame("of an unknown type");
  }
}

function readEvent({ headers, payload }: EventFrame, kind: StreamKind): unknown {
  const eventType = headers.get(":event-type");
  if (eventType === undefined) throw unknownFrame("without the name of its event");
  switch (kind) {
    case "named-events":
      return { [eventType]: parseJson(payload) };
    case "chunks": {
      if (eventType !== "chunk") throw unknownFrame("with an unknown event");
      const chunk = parseJson(payload);
      if (!isJsonObject(chunk) || typeof chunk["bytes"] !== "string") throw unreadable();
      return parseBase64Json(chunk["bytes"]);
    }
    default:
      return kind satisfies never;
  }
}

/** An exception of the service's model, with its name in camel case and its text as JSON. */
function exceptionOf({ headers, payload }: EventFrame, modelId: string): AppError {
  const type = headers.get(":exception-type") ?? "";
  return mapped(type.charAt(0).toUpperCase() + type.slice(1), messageOf(payload), modelId);
}

/** An error outside the service's model, with its text in the headers. */
function errorOf({ headers }: EventFrame, modelId: string): AppError {
  return mapped(headers.get(":error-code") ?? "", headers.get(":error-message") ?? "", modelId);
}

function mapped(name: string, message: string, modelId: string): AppError {
  const raised = new Error(message);
  raised.name = name;
  const error = toBedrockError(raised, modelId);
  // Where no rule fits, the fault is AWS's and not ours.
  return error.code === "internal_error" ? unknownFrame("with an unknown error", raised) : error;
}

function messageOf(payload: Uint8Array): string {
  const text = new TextDecoder().decode(payload);
  try {
    const body = JSON.parse(text);
    return String(body.message ?? body.Message ?? text);
  } catch {
    return text;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw unreadable(cause);
  }
}

const asciiOnly = /^[\0-\x7f]*$/;

function parseBase64Json(text: string): unknown {
  try {
    const binary = atob(text);
    // ASCII is UTF-8 as it is.
    if (asciiOnly.test(binary)) return JSON.parse(binary);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): AppError {
  return new AppError("bedrock_bad_response", "An event of the model's stream is invalid.", {
    hint: "Try again.",
    cause,
  });
}

function unknownFrame(what: string, cause?: unknown): AppError {
  return new AppError("bedrock_unknown_frame", `The model's stream has a frame ${what}.`, {
    hint: "Try again, or use another model; AWS's message is in the functions' log.",
    cause,
  });
}
