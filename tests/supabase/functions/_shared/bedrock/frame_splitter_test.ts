import "./node_crc32.ts";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { expect } from "@std/expect";
import fc from "fast-check";
import { crc32 } from "../../../../../supabase/functions/_shared/bedrock/crc32.ts";
import type { EventFrame } from "../../../../../supabase/functions/_shared/bedrock/event_frame.ts";
import { FrameSplitter } from "../../../../../supabase/functions/_shared/bedrock/frame_splitter.ts";
import { frame, joined } from "./stream_bytes.ts";

const corrupt = expect.objectContaining({ code: "bedrock_stream_corrupt" });

/** The frames that a part completes. */
function split(splitter: FrameSplitter, part: Uint8Array): EventFrame[] {
  const frames: EventFrame[] = [];
  splitter.split(part, (frame) => frames.push(frame));
  return frames;
}

/** All frames in the parts of a stream. */
function framesIn(parts: readonly Uint8Array[]): EventFrame[] {
  const splitter = new FrameSplitter();
  const frames = parts.flatMap((part) => split(splitter, part));
  expect(splitter.isInsideFrame).toBe(false);
  return frames;
}

/** A frame with a prelude of one's choice, under a checksum that fits it. */
function withLengths(total: number, headers: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, total);
  view.setUint32(4, headers);
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  view.setUint32(12, crc32(bytes.subarray(0, 12)));
  return bytes;
}

Deno.test("FrameSplitter finds the frames however the network splits their bytes", () => {
  const header = fc.stringMatching(/^[:a-zé-]{1,12}$/);
  const content = fc.record({
    headers: fc.dictionary(header, fc.string({ unit: "grapheme", maxLength: 20 }), { maxKeys: 4 }),
    payload: fc.uint8Array({ maxLength: 60 }),
  });
  const cuts = fc.array(fc.nat(400), { maxLength: 8 });
  fc.assert(fc.property(fc.array(content, { maxLength: 5 }), cuts, (contents, cuts) => {
    const bytes = joined(contents.map(({ headers, payload }) => frame(headers, payload)));
    const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
    const parts = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
    const found = framesIn(parts);
    expect(found.map(({ headers, payload }) => ({
      headers: Object.fromEntries(headers),
      payload: [...payload],
    }))).toEqual(contents.map(({ headers, payload }) => ({
      headers: { ...headers },
      payload: [...payload],
    })));
  }));
});

Deno.test("FrameSplitter reads byte by byte, and knows when it stands inside a frame", () => {
  const bytes = frame({ ":message-type": "event" }, "{}");
  const splitter = new FrameSplitter();
  const found: EventFrame[] = [];
  for (const [at, byte] of bytes.entries()) {
    found.push(...split(splitter, Uint8Array.of(byte)));
    expect(splitter.isInsideFrame).toBe(at < bytes.length - 1);
  }
  expect(found).toHaveLength(1);
});

Deno.test("FrameSplitter passes over headers of every other type", () => {
  const codec = new EventStreamCodec(
    (bytes) => typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes),
    (text) => new TextEncoder().encode(text),
  );
  const bytes = codec.encode({
    headers: {
      yes: { type: "boolean", value: true },
      no: { type: "boolean", value: false },
      byte: { type: "byte", value: 1 },
      short: { type: "short", value: 2 },
      integer: { type: "integer", value: 3 },
      binary: { type: "binary", value: Uint8Array.of(1, 2, 3) },
      time: { type: "timestamp", value: new Date(0) },
      uuid: { type: "uuid", value: "d3b07384-d9a0-4c9b-8f1e-7d2c1a0b5e6f" },
      last: { type: "string", value: "here" },
    },
    body: Uint8Array.of(7),
  });
  const [found] = framesIn([bytes]);
  expect([...found!.headers]).toEqual([["last", "here"]]);
  expect([...found!.payload]).toEqual([7]);
});

Deno.test("FrameSplitter notices every flipped bit, those of the length at once", () => {
  const bytes = frame({ ":message-type": "event", ":event-type": "chunk" }, '{"bytes":"e30="}');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const bad = bytes.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    const read = () => split(new FrameSplitter(), bad);
    expect(read).toThrow(corrupt);
    if (bit < 12 * 8) {
      expect(() => split(new FrameSplitter(), bad.subarray(0, 12))).toThrow(corrupt);
    }
  }
});

Deno.test("FrameSplitter refuses lengths that cannot be, whatever their checksum says", () => {
  for (const [total, headers] of [[0, 0], [15, 0], [16, 1], [2 ** 31, 0], [2 ** 32 - 1, 8]]) {
    const read = () => split(new FrameSplitter(), withLengths(total!, headers!));
    expect(read).toThrow(corrupt);
  }
  expect(split(new FrameSplitter(), withLengths(16, 0))).toHaveLength(1);
});

Deno.test("FrameSplitter refuses headers that do not fit, whatever the checksum says", () => {
  for (
    const headers of [[1], [1, 97], [1, 97, 10], [1, 97, 7], [1, 97, 7, 0, 9], [9, 97, 7, 0, 0]]
  ) {
    const length = 16 + headers.length;
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    bytes.set(withLengths(length, headers.length).subarray(0, 12));
    bytes.set(headers, 12);
    view.setUint32(length - 4, crc32(bytes.subarray(0, length - 4)));
    expect(() => split(new FrameSplitter(), bytes)).toThrow(corrupt);
  }
});
