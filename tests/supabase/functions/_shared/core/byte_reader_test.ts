import { expect } from "@std/expect";
import {
  ByteReader,
  joinBytes,
} from "../../../../../supabase/functions/_shared/core/byte_reader.ts";

const pieces = [
  Uint8Array.of(1, 2, 3),
  new Uint8Array(40_000).map((_, at) => at % 251),
  Uint8Array.of(4),
];

/** A stream of bytes, as the runtime makes its bodies. */
function byteStream(): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const piece = left.shift();
      // A copy, because the stream detaches the memory that is put in.
      if (piece !== undefined) return controller.enqueue(piece.slice());
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

const streams = { "of bytes": byteStream, "of anything": () => ReadableStream.from(pieces) };

for (const [name, makeStream] of Object.entries(streams)) {
  Deno.test(`ByteReader reads all of a stream ${name}, and what it gave stays`, async () => {
    const reader = new ByteReader(makeStream());
    const parts: Uint8Array[] = [];
    for (let part = await reader.read(); part !== null; part = await reader.read()) {
      parts.push(part);
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    expect(joinBytes(parts, length)).toEqual(joinBytes(pieces, 40_004));
    expect(await reader.read()).toBe(null);
  });
}

Deno.test("ByteReader gives each piece of a response as it comes", async () => {
  const sending = new TransformStream<Uint8Array, Uint8Array>();
  const writer = sending.writable.getWriter();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(sending.readable),
  );
  const asked = fetch(`http://127.0.0.1:${server.addr.port}`);
  await writer.write(Uint8Array.of(1));
  const reader = new ByteReader((await asked).body!);
  expect(await reader.read()).toEqual(Uint8Array.of(1));
  await writer.write(Uint8Array.of(2, 3));
  expect(await reader.read()).toEqual(Uint8Array.of(2, 3));
  const waiting = reader.read();
  await reader.cancel();
  expect(await waiting).toBe(null);
  await server.shutdown();
});

Deno.test("ByteReader throws what the body throws", async () => {
  const reader = new ByteReader(
    new ReadableStream({
      type: "bytes",
      pull: (controller) => controller.error(new Error("The connection broke.")),
    }),
  );
  await expect(reader.read()).rejects.toThrow("The connection broke.");
});

Deno.test("joinBytes() puts parts together, and takes one as it is", () => {
  expect(joinBytes([], 0)).toEqual(new Uint8Array());
  const only = Uint8Array.of(1, 2);
  expect(joinBytes([only], 2)).toBe(only);
  expect(joinBytes([only, Uint8Array.of(3)], 3)).toEqual(Uint8Array.of(1, 2, 3));
});
