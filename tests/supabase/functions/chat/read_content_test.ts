import { expect } from "@std/expect";
import type { AskedContent } from "../../../../supabase/functions/_shared/contract/content.ts";
import type { AppError } from "../../../../supabase/functions/_shared/core/app_error.ts";
import { maxMediaBytes } from "../../../../supabase/functions/_shared/media/check_media.ts";
import type { StoredObject } from "../../../../supabase/functions/_shared/media/object_store.ts";
import { readContent } from "../../../../supabase/functions/chat/read_content.ts";
import { base64, bytesOf, files, png } from "../_shared/media_files.ts";

const sender = { userId: "u", accessToken: "token" };

/** Reads blocks with these objects in Storage, by bucket and path. */
function read(
  blocks: AskedContent,
  objects: Readonly<Record<string, StoredObject>> = {},
  asked: string[] = [],
) {
  return readContent(blocks, sender, {
    read: ({ bucket, path }, token, count) => {
      asked.push(`${bucket}/${path} ${token}`);
      const object = objects[`${bucket}/${path}`] ?? null;
      count(object?.bytes.length ?? 0);
      return Promise.resolve(object);
    },
  });
}

async function refusal(...args: Parameters<typeof read>): Promise<AppError> {
  const error = await read(...args).then(() => null, (error) => error);
  expect(error).not.toBe(null);
  return error;
}

function inline(file: string, media_type: "image/png" | "image/gif" = "image/png") {
  return {
    type: "image",
    source: { type: "base64", media_type, data: base64(file) },
  } as const;
}

function stored(path: string, bucket = "scans") {
  return { type: "image", source: { type: "storage", bucket, path } } as const;
}

Deno.test("readContent() gives models the bytes and stores references, the same for the same bytes", async () => {
  const document = {
    type: "document",
    name: "Lab.pdf",
    source: {
      type: "base64",
      media_type: "application/pdf",
      data: base64(files["application/pdf"]),
    },
  } as const;
  const blocks: AskedContent = [
    { type: "text", text: "What is " },
    inline(png(90)),
    { type: "text", text: "this?" },
    { type: "tool_result", tool_use_id: "t1", content: "21 °C" },
    { type: "tool_result", tool_use_id: "t2", content: [document], is_error: true },
  ];
  const first = await read(blocks);
  expect(first.text).toBe("What is this?");
  expect(first.content).toEqual([
    { type: "text", text: "What is " },
    { type: "image", mediaType: "image/png", source: { kind: "base64", data: base64(png(90)) } },
    { type: "text", text: "this?" },
    {
      type: "tool-result",
      toolUseId: "t1",
      isError: false,
      content: [{ type: "text", text: "21 °C" }],
    },
    {
      type: "tool-result",
      toolUseId: "t2",
      isError: true,
      content: [{
        type: "document",
        mediaType: "application/pdf",
        name: "Lab.pdf",
        source: { kind: "base64", data: document.source.data },
      }],
    },
  ]);
  expect(first.uploads.map(({ mediaType, data }) => [mediaType, data])).toEqual([
    ["image/png", base64(png(90))],
    ["application/pdf", document.source.data],
  ]);
  const [imagePath, documentPath] = first.uploads.map(({ path }) => path);
  expect(imagePath).toMatch(/^u\/[0-9a-f]{32}\.png$/);
  expect(documentPath).toMatch(/^u\/[0-9a-f]{32}\.pdf$/);
  expect(first.blocks?.[1]).toEqual({
    type: "image",
    mediaType: "image/png",
    source: { kind: "storage", bucket: "switchboard-content", path: imagePath, size: 90 },
  });
  expect(JSON.stringify(first.blocks)).not.toContain(base64(png(90)));

  expect((await read(blocks)).blocks).toEqual(first.blocks);
  const other = await read(blocks.with(1, inline(png(91))));
  expect(other.blocks).not.toEqual(first.blocks);
});

Deno.test("readContent() stores a message of text alone as its text", async () => {
  const blocks: AskedContent = [{ type: "text", text: "Hello" }, { type: "text", text: " there" }];
  const { text, blocks: storedBlocks, uploads } = await read(blocks);
  expect([text, storedBlocks, uploads]).toEqual(["Hello there", null, []]);
});

Deno.test("readContent() reads from Storage with the caller's token, and leaves the object where it is", async () => {
  const asked: string[] = [];
  const table: [path: string, contentType: string, file: string, type: string][] = [
    ["a", "application/octet-stream", files["application/pdf"], "application/pdf"],
    ["notes.md", "application/octet-stream", files["text/plain"], "text/markdown"],
    ["b", "text/csv", files["text/plain"], "text/csv"],
    ["plain", "", files["text/plain"], "text/plain"],
    ["c.xlsx", "application/zip", files["application/zip"], xlsx],
  ];
  for (const [path, contentType, file, mediaType] of table) {
    const source = { type: "storage", bucket: "scans", path } as const;
    const { content, blocks, uploads } = await read(
      [{ type: "document", name: "D", source }],
      { [`scans/${path}`]: { bytes: bytesOf(file), contentType } },
      asked,
    );
    const document = { type: "document", mediaType, name: "D" };
    expect(content).toEqual([{ ...document, source: { kind: "base64", data: base64(file) } }]);
    const place = { kind: "storage", bucket: "scans", path, size: file.length };
    expect([blocks, uploads]).toEqual([[{ ...document, source: place }], []]);
  }
  expect(asked).toEqual(table.map(([path]) => `scans/${path} token`));
});
const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

Deno.test("readContent() tells a missing object and a forbidden one in the same words, by its block", async () => {
  const error = await refusal([{ type: "text", text: "?" }, stored("missing.png")]);
  expect([error.code, error.status, error.message]).toEqual([
    "invalid_request",
    400,
    "The request is not valid. content.1: there is no such object in Storage, or its user may not read it.",
  ]);
  expect(error.logged).not.toContain("missing");
});

Deno.test("readContent() reads nothing of the bucket that messages are kept in", async () => {
  const asked: string[] = [];
  const path = "other/r/0-a.png";
  const objects = {
    [`switchboard-content/${path}`]: { bytes: bytesOf(png()), contentType: "image/png" },
  };
  const error = await refusal([stored(path, "switchboard-content")], objects, asked);
  expect(error.message).toContain("content.0: there is no such object");
  expect(asked).toEqual([]);
});

Deno.test("readContent() refuses objects whose bytes are no type that the block takes", async () => {
  const table: [string, string][] = [
    [files["image/svg+xml"], "image/svg+xml"],
    [files["application/pdf"], "application/pdf"],
    ["\0\x01", "of an unknown type"],
  ];
  for (const [file, found] of table) {
    const objects = { "scans/a": { bytes: bytesOf(file), contentType: "image/png" } };
    const error = await refusal([stored("a")], objects);
    expect(error.message).toContain(`content.0: the bytes are ${found}, which is no image`);
  }
  const cut = { "scans/a": { bytes: bytesOf(png().slice(0, 40)), contentType: "image/png" } };
  expect((await refusal([stored("a")], cut)).message).toContain("the image/png file was cut off");
});

Deno.test("readContent() reads an object once however often it is named, and four at a time", async () => {
  let reading = 0;
  let most = 0;
  const asked: string[] = [];
  const objects = {
    read: async ({ path }: { path: string }) => {
      asked.push(path);
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setTimeout(resolve, 1));
      reading--;
      return { bytes: bytesOf(png(90)), contentType: "image/png" };
    },
  };
  const paths = Array.from({ length: 10 }, (_, nth) => `${nth}.png`);
  const blocks: AskedContent = [
    ...paths.map((path) => stored(path)),
    { type: "tool_result", tool_use_id: "t", content: paths.map((path) => stored(path)) },
  ];
  const { content } = await readContent(blocks, sender, objects);
  expect(asked).toEqual(paths);
  expect(most).toBe(4);
  expect(content[9]).toMatchObject({ type: "image", source: { data: base64(png(90)) } });
  expect(content[10]).toMatchObject({ content: content.slice(0, 10) });
});

Deno.test("readContent() counts an object as often as it is named", async () => {
  const bytes = new Uint8Array(maxMediaBytes / 2 + 1);
  bytes.set(bytesOf(png(90)));
  bytes.set(bytesOf(png(90)).slice(-12), bytes.length - 12);
  const objects = { "scans/a.png": { bytes, contentType: "image/png" } };
  expect((await read([stored("a.png")], objects)).content.length).toBe(1);
  expect(await refusal([stored("a.png"), stored("a.png")], objects))
    .toMatchObject({ code: "body_too_large" });
});

Deno.test("readContent() counts the media of a message together, wherever they come from", async () => {
  const half = png(maxMediaBytes / 2);
  const objects = { "scans/a": { bytes: bytesOf(half), contentType: "image/png" } };
  expect((await read([inline(half), stored("a")], objects)).content).toHaveLength(2);
  const error = await refusal([inline(half), stored("a"), inline(png())], objects);
  expect([error.code, error.status]).toEqual(["body_too_large", 413]);
});
