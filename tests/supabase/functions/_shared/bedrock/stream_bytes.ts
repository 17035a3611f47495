import "./node_crc32.ts";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import type { StreamFixture } from "../formats/stream_fixture.ts";

/**
 * Frames as Bedrock sends them, written by the AWS SDK's codec, so that the functions' own reader
 * is held against another's work.
 */

const codec = new EventStreamCodec(
  (bytes) => typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes),
  (text) => new TextEncoder().encode(text),
);

/** One frame with the given headers and payload. */
export function frame(headers: Record<string, string>, payload: Uint8Array | string): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: "string" as const, value }]),
    ),
    body: typeof payload === "string" ? new TextEncoder().encode(payload) : payload,
  });
}

/** A frame of an event, with the padding that Bedrock adds. */
export function eventFrame(type: string, payload: Record<string, unknown>): Uint8Array {
  return frame({
    ":event-type": type,
    ":content-type": "application/json",
    ":message-type": "event",
  }, JSON.stringify({ ...payload, p: "abcdefghijkl" }));
}

/** A frame of InvokeModelWithResponseStream, which wraps the model's own JSON. */
export function chunkFrame(native: unknown): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(native));
  return eventFrame("chunk", { bytes: btoa(String.fromCharCode(...bytes)) });
}

/** An exception inside a stream; its type is in camel case. */
export function exceptionFrame(type: string, message: string): Uint8Array {
  return frame({
    ":exception-type": type,
    ":content-type": "application/json",
    ":message-type": "exception",
  }, JSON.stringify({ message }));
}

/** The frames of a fixture. */
export function framesOf({ format, events }: StreamFixture): Uint8Array[] {
  if (format !== "converse") return events.map(chunkFrame);
  return events.map((event) => {
    const [type, payload] = Object.entries(event)[0]!;
    return eventFrame(type, payload as Record<string, unknown>);
  });
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
