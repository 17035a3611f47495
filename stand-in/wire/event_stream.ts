import { EventStreamCodec } from "@smithy/eventstream-codec";
import type { AwsError } from "./aws_error.ts";

/** An event before it is framed. */
export interface StreamEvent {
  /** `chunk` for InvokeModelWithResponseStream, the member's name for ConverseStream. */
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The type of the block that it is a piece of; not sent. */
  readonly inside?: string;
}

const encoder = new TextEncoder();
const codec = new EventStreamCodec(
  (bytes) => typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes),
  (text) => encoder.encode(text),
);

/** AWS pads every event with a random length of this, against guessing text by frame sizes. */
const padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Frames an event; its padding depends on its length only, so that bytes are repeatable. */
export function eventFrame(event: StreamEvent): Uint8Array {
  const length = JSON.stringify(event.payload).length;
  const p = padding.slice(0, 1 + length % padding.length);
  return frame({ ":message-type": "event", ":event-type": event.type }, { ...event.payload, p });
}

/** Frames an exception that ends the stream. */
export function exceptionFrame(error: AwsError): Uint8Array {
  const type = error.exception.charAt(0).toLowerCase() + error.exception.slice(1);
  return frame({ ":message-type": "exception", ":exception-type": type }, error.body);
}

/** Frames an error that the service did not model. */
export function errorFrame(code: string, message: string): Uint8Array {
  return frame({ ":message-type": "error", ":error-code": code, ":error-message": message }, {});
}

/** The same frame with a message checksum that does not match. */
export function withBadChecksum(frame: Uint8Array): Uint8Array {
  const bad = frame.slice();
  const last = bad.length - 1;
  bad[last] = (bad[last] ?? 0) ^ 0xff;
  return bad;
}

/** A payload of InvokeModelWithResponseStream: base64 of the model's own JSON. */
export function chunkEvent(native: unknown): StreamEvent {
  return { type: "chunk", payload: { bytes: base64(encoder.encode(JSON.stringify(native))) } };
}

function frame(headers: Record<string, string>, payload: unknown): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries({ ...headers, ":content-type": "application/json" })
        .map(([name, value]) => [name, { type: "string" as const, value }]),
    ),
    body: encoder.encode(JSON.stringify(payload)),
  });
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
