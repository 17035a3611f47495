import { expect } from "@std/expect";
import fc from "fast-check";
import { imageTypes } from "../../../../../supabase/functions/_shared/core/content.ts";
import { imageSize } from "../../../../../supabase/functions/_shared/core/image_size.ts";

const base64 = (...bytes: (number | string)[]) =>
  btoa(bytes.map((part) => typeof part === "string" ? part : String.fromCharCode(part)).join(""));

/** A segment of a JPEG, with so many bytes in it. */
const segment = (marker: number, length: number) =>
  String.fromCharCode(0xff, marker, (length + 2) >> 8, (length + 2) & 0xff) + "x".repeat(length);

const frame = (marker: number) =>
  String.fromCharCode(0xff, marker, 0, 17, 8, 0x04, 0x38, 0x07, 0x80) + "x".repeat(10);

const riff = (chunk: string) => `RIFF\x1a\0\0\0WEBP${chunk}`;

Deno.test("imageSize() reads the header of each type", () => {
  const png = base64("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x1f\x41\0\0\x10\0\x08");
  expect(imageSize("image/png", png)).toEqual({ width: 8001, height: 4096 });
  expect(imageSize("image/gif", base64("GIF89a", 0x40, 0x01, 0xc8, 0x00, "...")))
    .toEqual({ width: 320, height: 200 });
  const lossy = base64(riff("VP8 \x0e\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01"));
  expect(imageSize("image/webp", lossy)).toEqual({ width: 640, height: 480 });
  const lossless = base64(riff("VP8L\x05\0\0\0\x2f\x7f\xc2\x77\0....."));
  expect(imageSize("image/webp", lossless)).toEqual({ width: 640, height: 480 });
  const extended = base64(riff("VP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0"));
  expect(imageSize("image/webp", extended)).toEqual({ width: 640, height: 480 });
});

Deno.test("imageSize() finds the frame of a JPEG behind segments of any length", () => {
  for (const before of ["", segment(0xe1, 60_000), segment(0xc4, 1) + segment(0xe0, 2), "\xff"]) {
    for (const marker of [0xc0, 0xc2, 0xcf]) {
      const jpeg = base64("\xff\xd8", before, frame(marker), segment(0xda, 0));
      expect(imageSize("image/jpeg", jpeg)).toEqual({ width: 1920, height: 1080 });
    }
  }
  expect(imageSize("image/jpeg", base64("\xff\xd8", segment(0xda, 9), frame(0xc0)))).toBeNull();
});

Deno.test("imageSize() is null or a size for whatever data", () => {
  const data = fc.oneof(fc.base64String(), fc.string());
  fc.assert(fc.property(fc.constantFrom(...imageTypes), data, (type, data) => {
    const size = imageSize(type, data);
    if (size === null) return;
    expect(size.width).toBeGreaterThanOrEqual(0);
    expect(size.height).toBeGreaterThanOrEqual(0);
  }));
  expect(imageSize("image/png", "")).toBeNull();
});
