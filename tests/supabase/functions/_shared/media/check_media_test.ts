import { expect } from "@std/expect";
import fc from "fast-check";
import type { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import {
  documentFormats,
  type DocumentType,
  type ImageType,
  imageTypes,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { checkMedia } from "../../../../../supabase/functions/_shared/media/check_media.ts";
import { base64, files, jpeg, png } from "../media_files.ts";

type MediaType = ImageType | DocumentType;

/** The kind of file that media of each type are. */
const kinds: Readonly<Record<string, keyof typeof files>> = {
  ...Object.fromEntries(imageTypes.map((type) => [type, type])),
  "application/pdf": "application/pdf",
  "application/msword": "application/x-ole-storage",
  "application/vnd.ms-excel": "application/x-ole-storage",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "application/zip",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "application/zip",
};
const kindOf = (type: MediaType) => kinds[type] ?? "text/plain";
const types = [...imageTypes, ...Object.keys(documentFormats) as DocumentType[]];

function refusal(type: MediaType, data: string): AppError {
  try {
    checkMedia("content.1", type, data);
  } catch (error) {
    return error as AppError;
  }
  throw new Error(`${type} is taken`);
}

Deno.test("checkMedia() takes each type whose bytes show it, and counts its bytes", () => {
  for (const type of types) {
    const file = files[kindOf(type)];
    expect(checkMedia("content.1", type, base64(file))).toBe(file.length);
  }
  for (const size of [100, 101, 102]) {
    expect(checkMedia("content.1", "image/png", base64(png(size)))).toBe(size);
  }
});

Deno.test("checkMedia() refuses bytes of another type, naming the block and both types", () => {
  for (const type of types) {
    for (const [kind, file] of Object.entries(files)) {
      const isText = type.startsWith("text/") && kind === "image/svg+xml";
      if (kind === kindOf(type) || isText) continue;
      const error = refusal(type, base64(file));
      expect([error.code, error.status, error.message]).toEqual([
        "invalid_request",
        400,
        `The request is not valid. content.1: declared as ${type}, but the bytes are ${kind}.`,
      ]);
    }
  }
  expect(refusal("image/png", base64("\0\x01\x02")).message)
    .toContain("but the bytes are of an unknown type");
});

Deno.test("checkMedia() refuses base64 that is cut off, or is none", () => {
  const whole = base64(png());
  const none = ["=", "====", "a", "ab=c", "a===", "ab-_", `${whole}\n`, `data:,${whole}`];
  for (const data of [...none, whole.slice(0, -1)]) {
    expect(refusal("image/png", data).message).toContain("is not base64");
  }
});

Deno.test("checkMedia() refuses files that are cut off", () => {
  const cut = ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"] as const;
  for (const type of cut) {
    const error = refusal(type, base64(files[type].slice(0, -6)));
    expect(error.message).toContain(`the ${type} file was cut off`);
  }
  const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  expect(refusal(docx, base64(files["application/zip"].slice(0, 44))).message).toContain("cut off");
});

Deno.test("checkMedia() refuses images that have a beginning and an end and nothing between", () => {
  const hollow = [
    ["image/jpeg", "\xff\xd8\xff"],
    ["image/jpeg", "\xff\xd8\xff\xd9"],
    ["image/gif", "GIF89a"],
    ["image/gif", "GIF89a\0\0\0\0\0\0\0;"],
    ["image/png", `\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB\x60\x82`],
    ["image/png", `\x89PNG\r\n\x1a\n${"x".repeat(40)}\0\0\0\0IEND\xaeB\x60\x82`],
  ] as const;
  for (const [type, file] of hollow) {
    expect(refusal(type, base64(file)).message).toContain(`the ${type} file was cut off`);
  }
});

Deno.test("checkMedia() finds a JPEG's own end before what cameras append, past its thumbnail's", () => {
  const thumbnail = "\xff\xd8\xff\xd9";
  for (const appended of ["", "x", "xx", "x".repeat(49_148), "x".repeat(200_000)]) {
    const file = jpeg(thumbnail, appended);
    expect(checkMedia("content.1", "image/jpeg", base64(file))).toBe(file.length);
  }
  const cut = jpeg(thumbnail).slice(0, -2) + "x".repeat(200_000);
  expect(refusal("image/jpeg", base64(cut)).message).toContain("cut off");
});

Deno.test("checkMedia() takes text in UTF-8 only, however long and wherever it breaks", () => {
  const long = new TextEncoder().encode(`${"x".repeat(49_151)}é${"€".repeat(30_000)}`);
  expect(checkMedia("content.1", "text/markdown", base64(long))).toBe(long.length);
  const wrong = [long.slice(0, -1), new TextEncoder().encode(`${"x".repeat(90_000)}\0`)];
  for (const bytes of [...wrong, new Uint8Array([0x47, 0x72, 0xfc, 0xdf, 0x65])]) {
    expect(refusal("text/csv", base64(bytes)).message).toContain("the bytes are not UTF-8");
  }
});

Deno.test("checkMedia() says nothing of what the bytes are, in its words and for the log", () => {
  fc.assert(fc.property(
    fc.constantFrom(...types),
    fc.uint8Array({ minLength: 30, maxLength: 90 }),
    (type, bytes) => {
      const data = base64(bytes);
      try {
        checkMedia("content.1", type, data);
      } catch (error) {
        const { message, hint = "", logged } = error as AppError;
        for (const words of [message, hint, logged]) {
          expect(words).not.toContain(data.slice(0, 12));
          expect(words.length).toBeLessThan(300);
        }
      }
    },
  ));
});
