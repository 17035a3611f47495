import { expect } from "@std/expect";
import { unfilter } from "./unfilter_png.ts";
import { shrinkPng } from "./shrink_png.ts";
import { deflateSync, inflateSync } from "node:zlib";

/** A picture of two rows: the first as it is, the second as the difference from what is above. */
const rows = Uint8Array.from([
  ...[0, 10, 20, 30, 10, 20, 30],
  ...[2, 0, 0, 0, 90, 80, 70],
]);

function png(data: Uint8Array): Uint8Array {
  const chunk = (type: string, content: Uint8Array) => {
    const bytes = new Uint8Array(content.length + 12);
    new DataView(bytes.buffer).setUint32(0, content.length);
    bytes.set(new TextEncoder().encode(type), 4);
    bytes.set(content, 8);
    return [...bytes];
  };
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", Uint8Array.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0])),
    ...chunk("IDAT", deflateSync(data)),
    ...chunk("IEND", new Uint8Array()),
  ]);
}

Deno.test("unfilter() takes back every filter of a PNG", () => {
  expect([...unfilter(rows, 6, 3)]).toEqual([10, 20, 30, 10, 20, 30, 10, 20, 30, 100, 100, 100]);
  const filtered = (filter: number) => [...unfilter(Uint8Array.of(filter, 8, 4, 2), 3, 1)];
  expect([0, 1, 2, 3, 4].map(filtered)).toEqual([
    ...[[8, 4, 2], [8, 12, 14], [8, 4, 2], [8, 8, 6], [8, 12, 14]],
  ]);
});

Deno.test("shrinkPng() keeps the colours of a picture that has few", () => {
  const shrunk = shrinkPng(png(rows));
  const text = new TextDecoder("latin1").decode(shrunk);
  const palette = text.indexOf("PLTE") + 4;
  expect([...shrunk.slice(palette, palette + 6)]).toEqual([10, 20, 30, 100, 100, 100]);
  const data = text.indexOf("IDAT");
  const length = new DataView(shrunk.buffer).getUint32(data - 4);
  expect([...inflateSync(shrunk.slice(data + 4, data + 4 + length))])
    .toEqual([0, 0, 0, 0, 0, 1]);
});
