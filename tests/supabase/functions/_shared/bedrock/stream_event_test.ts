import "./node_crc32.ts";
import { expect } from "@std/expect";
import type { ErrorCode } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { EventFrame } from "../../../../../supabase/functions/_shared/bedrock/event_frame.ts";
import { FrameSplitter } from "../../../../../supabase/functions/_shared/bedrock/frame_splitter.ts";
import {
  readStreamEvent,
  type StreamKind,
} from "../../../../../supabase/functions/_shared/bedrock/stream_event.ts";
import { chunkFrame, eventFrame, exceptionFrame, frame } from "./stream_bytes.ts";

const modelId = "vendor.model-v1";

function read(bytes: Uint8Array, kind: StreamKind = "chunks"): unknown {
  const frames: EventFrame[] = [];
  new FrameSplitter().split(bytes, (frame) => frames.push(frame));
  return readStreamEvent(frames[0]!, kind, modelId);
}

function withCode(code: ErrorCode) {
  return expect.objectContaining({ code });
}

Deno.test("readStreamEvent() takes the model's own JSON out of a chunk", () => {
  expect(read(chunkFrame({ text: "日本 \ud83d" }))).toEqual({ text: "日本 \ud83d" });
});

Deno.test("readStreamEvent() puts a named event under its name", () => {
  expect(read(eventFrame("messageStop", { stopReason: "end_turn" }), "named-events"))
    .toEqual({ messageStop: { stopReason: "end_turn", p: "abcdefghijkl" } });
});

Deno.test("readStreamEvent() maps each exception of a stream by its name or its text", () => {
  const cases: readonly (readonly [string, string, ErrorCode])[] = [
    ["internalServerException", "secret", "bedrock_unavailable"],
    ["serviceUnavailableException", "secret", "bedrock_unavailable"],
    ["modelStreamErrorException", "secret", "bedrock_model_error"],
    ["modelTimeoutException", "secret", "bedrock_timeout"],
    ["throttlingException", "Too many requests, please wait.", "bedrock_throttled"],
    ["throttlingException", "Too many tokens per day, please wait.", "bedrock_quota_exhausted"],
    ["validationException", "secret", "bedrock_refusal_unknown"],
    [
      "validationException",
      "The model returned the following errors: Input Tokens Exceeded: secret",
      "input_too_long",
    ],
    ["modelMeltdownException", "secret", "bedrock_unknown_frame"],
    ["", "", "bedrock_unknown_frame"],
  ];
  for (const kind of ["chunks", "named-events"] as const) {
    for (const [type, message, code] of cases) {
      expect(() => read(exceptionFrame(type, message), kind)).toThrow(withCode(code));
      expect(() => read(exceptionFrame(type, message), kind)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("secret") }),
      );
    }
  }
});

Deno.test("readStreamEvent() reads an exception whose payload is no JSON", () => {
  const headers = { ":message-type": "exception", ":exception-type": "throttlingException" };
  for (const payload of ["", "slow down", "null"]) {
    expect(() => read(frame(headers, payload))).toThrow(withCode("bedrock_throttled"));
  }
});

Deno.test("readStreamEvent() maps a frame of the type error where its code is known", () => {
  const errorFrame = (code: string) =>
    frame({ ":message-type": "error", ":error-code": code, ":error-message": "secret" }, "{}");
  expect(() => read(errorFrame("InternalServerException")))
    .toThrow(withCode("bedrock_unavailable"));
  expect(() => read(errorFrame("InternalFailure"))).toThrow(withCode("bedrock_unknown_frame"));
});

Deno.test("readStreamEvent() passes over no frame that it does not know", () => {
  const unknown = [
    frame({ ":message-type": "surprise", ":event-type": "chunk" }, "{}"),
    frame({ ":event-type": "chunk" }, '{"bytes":"e30="}'),
    frame({ ":message-type": "event" }, "{}"),
    frame({}, ""),
  ];
  for (const kind of ["chunks", "named-events"] as const) {
    for (const bytes of unknown) {
      expect(() => read(bytes, kind)).toThrow(withCode("bedrock_unknown_frame"));
    }
  }
  expect(() => read(eventFrame("surprise", {}))).toThrow(withCode("bedrock_unknown_frame"));
});

Deno.test("readStreamEvent() reports what cannot be read as bedrock_bad_response", () => {
  const headers = { ":message-type": "event", ":event-type": "chunk" };
  const payloads = ["", "{", "null", "{}", '{"bytes":7}', '{"bytes":"*"}', '{"bytes":"ew=="}'];
  for (const payload of payloads) {
    expect(() => read(frame(headers, payload))).toThrow(withCode("bedrock_bad_response"));
  }
  const notUtf8 = Uint8Array.of(0x22, 0xff, 0x22);
  expect(() => read(frame(headers, notUtf8), "named-events"))
    .toThrow(withCode("bedrock_bad_response"));
});
