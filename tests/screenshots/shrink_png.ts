/** Makes a picture of a page small: 256 colours are enough for text, areas and lines. */
import { deflateSync, inflateSync } from "node:zlib";
import { crc32 } from "../../supabase/functions/_shared/bedrock/crc32.ts";
import { unfilter } from "./unfilter_png.ts";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const trueColour = 2;
const indexed = 3;

/**
 * The same picture with the 256 colours that it has the most of; others become the nearest of them.
 *
 * @param png With eight bits for each of red, green and blue, as Chromium makes them.
 * @see https://www.w3.org/TR/png-3/
 */
export function shrinkPng(png: Uint8Array): Uint8Array {
  const { width, height, data } = readPng(png);
  const pixels = unfilter(inflateSync(data), width * 3, 3);
  const counts = new Map<number, number>();
  for (let place = 0; place < pixels.length; place += 3) {
    const colour = colourAt(pixels, place);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
  const indexes = new Map([...counts.keys()].map((colour) => [colour, nearest(colour, palette)]));
  const rows = new Uint8Array((width + 1) * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const colour = colourAt(pixels, (row * width + column) * 3);
      rows[row * (width + 1) + 1 + column] = indexes.get(colour)!;
    }
  }
  return concat([
    Uint8Array.from(signature),
    chunk("IHDR", Uint8Array.from([...bytesOf(width), ...bytesOf(height), 8, indexed, 0, 0, 0])),
    chunk("PLTE", Uint8Array.from(palette.flatMap((colour) => bytesOf(colour).slice(1)))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

function readPng(png: Uint8Array): { width: number; height: number; data: Uint8Array } {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const parts: Uint8Array[] = [];
  let size = { width: 0, height: 0 };
  for (let place = signature.length; place < png.length;) {
    const length = view.getUint32(place);
    const type = new TextDecoder().decode(png.subarray(place + 4, place + 8));
    const content = place + 8;
    if (type === "IHDR") {
      size = { width: view.getUint32(content), height: view.getUint32(content + 4) };
      if (view.getUint8(content + 9) !== trueColour) throw new RangeError("not in true colour");
    }
    if (type === "IDAT") parts.push(png.subarray(content, content + length));
    place = content + length + 4;
  }
  return { ...size, data: concat(parts) };
}

function colourAt(pixels: Uint8Array, place: number): number {
  return pixels[place]! << 16 | pixels[place + 1]! << 8 | pixels[place + 2]!;
}

function nearest(colour: number, palette: readonly number[]): number {
  let found = 0;
  let least = Infinity;
  for (const [index, other] of palette.entries()) {
    const distance = square((colour >> 16) - (other >> 16)) +
      square((colour >> 8 & 255) - (other >> 8 & 255)) + square((colour & 255) - (other & 255));
    if (distance >= least) continue;
    least = distance;
    found = index;
  }
  return found;
}

function square(value: number): number {
  return value * value;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const named = concat([new TextEncoder().encode(type), content]);
  return concat([
    Uint8Array.from(bytesOf(content.length)),
    named,
    Uint8Array.from(bytesOf(crc32(named))),
  ]);
}

function bytesOf(value: number): number[] {
  return [value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255];
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}
