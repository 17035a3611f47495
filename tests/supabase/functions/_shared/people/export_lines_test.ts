import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type {
  ExportLine,
  ExportPage,
} from "../../../../../supabase/functions/_shared/people/export_line.ts";
import { exportLines } from "../../../../../supabase/functions/_shared/people/export_lines.ts";

const userId = "00000000-0000-4000-8000-000000000001";

function attachment(name: string, bucket = "switchboard-content") {
  return {
    type: "image" as const,
    bucket,
    path: name,
    media_type: "image/png",
    size: 3,
  };
}

async function all(lines: AsyncGenerator<ExportLine>): Promise<ExportLine[]> {
  const read: ExportLine[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

/** Pages of one line each; notes from where they are asked for. */
function pagesOf(lines: ExportPage["lines"]) {
  const asked: (string | null)[] = [];
  const readPage = (after: string | null): Promise<ExportPage> => {
    asked.push(after);
    const at = Number(after ?? 0);
    const next = at + 1 < lines.length ? String(at + 1) : null;
    return Promise.resolve({ lines: lines.slice(at, at + 1), next });
  };
  return { asked, readPage };
}

/** Objects that are there; notes which are read, and with which token. */
function objectsOf(there: Readonly<Record<string, string>>) {
  const read: unknown[] = [];
  return {
    read,
    objects: {
      read: (place: { bucket: string; path: string }, token: string | null) => {
        read.push([place.bucket, place.path, token]);
        const text = there[place.path];
        return Promise.resolve(
          text === undefined
            ? null
            : { bytes: new TextEncoder().encode(text), contentType: "image/png" },
        );
      },
    },
  };
}

Deno.test("exportLines() gives every page's lines, the type first, and an end that counts them", async () => {
  const { asked, readPage } = pagesOf([
    { id: userId, type: "user" },
    { id: "c", type: "conversation" },
    { id: "m", type: "message", attachments: [] },
  ]);
  const lines = await all(exportLines({ userId, readPage, objects: objectsOf({}).objects }));
  expect(lines.map((line) => JSON.stringify(line))).toEqual([
    `{"type":"user","id":"${userId}"}`,
    '{"type":"conversation","id":"c"}',
    '{"type":"message","id":"m","attachments":[]}',
    '{"type":"end","lines":3}',
  ]);
  expect(asked).toEqual([null, "1", "2"]);
});

Deno.test("exportLines() gives each attachment once, and says of which no bytes are left", async () => {
  const [kept, gone, foreign] = [`${userId}/a.png`, `${userId}/b.png`, "another/c.png"];
  const { readPage } = pagesOf([
    { type: "message", id: "1", attachments: [attachment(kept), attachment(gone)] },
    { type: "message", id: "2", attachments: [attachment(kept), attachment(foreign)] },
    { type: "message", id: "3", attachments: [attachment(`${userId}/own.png`, "scans")] },
  ]);
  const { read, objects } = objectsOf({ [kept]: "abc", [foreign]: "secret" });
  const lines = await all(exportLines({ userId, readPage, objects }));
  expect(lines.map(({ type, path, missing, data }) => [type, path, missing, data])).toEqual([
    ["message", undefined, undefined, undefined],
    ["attachment", kept, false, btoa("abc")],
    ["attachment", gone, true, null],
    ["message", undefined, undefined, undefined],
    ["attachment", foreign, true, null],
    ["message", undefined, undefined, undefined],
    ["end", undefined, undefined, undefined],
  ]);
  expect(lines.at(-1)).toEqual({ type: "end", lines: 6 });
  // No folder of another user is looked into, and no bucket of the project's own.
  expect(read).toEqual([
    ["switchboard-content", kept, null],
    ["switchboard-content", gone, null],
  ]);
});

Deno.test("exportLines() reads a page and an object only when the line is asked for", async () => {
  const path = `${userId}/a.png`;
  const { asked, readPage } = pagesOf([
    { type: "message", id: "1", attachments: [attachment(path)] },
    { type: "message", id: "2" },
  ]);
  const { read, objects } = objectsOf({});
  const lines = exportLines({ userId, readPage, objects });
  await lines.next();
  expect([asked.length, read.length]).toEqual([1, 0]);
  await lines.next();
  expect([asked.length, read.length]).toEqual([1, 1]);
  await lines.return();
  expect(asked.length).toBe(1);
});

Deno.test("exportLines() has no end where Storage or the database fails on the way", async () => {
  const { readPage } = pagesOf([
    { type: "message", id: "1", attachments: [attachment(`${userId}/a.png`)] },
  ]);
  const objects = { read: () => Promise.reject(new AppError("storage_unavailable")) };
  const lines = exportLines({ userId, readPage, objects });
  expect((await lines.next()).value).toMatchObject({ type: "message" });
  await expect(lines.next()).rejects.toMatchObject({ code: "storage_unavailable" });
});
