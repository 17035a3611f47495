/** The example of a user's export on a server that is a fake; `people_test.ts` has it end to end. */
import { expect } from "@std/expect";
import { ExportError, exportOwn } from "../../examples/export.ts";
import { LocalServer } from "../support/local_server.ts";

const lines = [
  '{"type":"user","id":"u"}',
  '{"type":"message","content":"Grüße, 世界 👋🏽 \\n \\"type\\":\\"end\\""}',
  '{"type":"end","lines":2}',
];
const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));

/** What the example yields of a server that answers so, and the error that ends it. */
async function exported(answer: (request: Request) => Response) {
  await using server = new LocalServer(answer);
  const options = { url: server.url, publishableKey: "public", accessToken: "token" };
  const seen: string[] = [];
  try {
    for await (const line of exportOwn({ ...options, region: "eu-central-1" })) seen.push(line);
  } catch (error) {
    return { seen, error };
  }
  return { seen, error: undefined };
}

function inPieces(...pieces: Uint8Array<ArrayBuffer>[]): Response {
  return new Response(ReadableStream.from(pieces));
}

Deno.test("exportOwn() yields each line, wherever the bytes are cut", async () => {
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(await exported(() => inPieces(bytes.slice(0, cut), bytes.slice(cut))))
      .toEqual({ seen: lines, error: undefined });
  }
});

Deno.test("exportOwn() asks as the user, in the region", async () => {
  let asked: unknown[] = [];
  await exported(({ method, url, headers }) => {
    asked = [
      ...[method, new URL(url).pathname, headers.get("authorization"), headers.get("apikey")],
      headers.get("x-region"),
    ];
    return inPieces(bytes);
  });
  expect(asked).toEqual([
    ...["GET", "/functions/v1/chat/export", "Bearer token", "public", "eu-central-1"],
  ]);
});

Deno.test("exportOwn() takes no cut export for a whole one", async () => {
  const end = bytes.length - 1;
  for (const length of [0, 5, 30, end - 10, end]) {
    const { error } = await exported(() => inPieces(bytes.slice(0, length)));
    expect([length, `${error}`]).toEqual([length, expect.stringContaining("cut off")]);
  }
  const lacking = await exported(() => new Response(`${lines[0]}\n${lines[2]}\n`));
  expect(lacking).toMatchObject({
    seen: [lines[0]],
    error: { message: expect.stringContaining("lacks lines") },
  });
});

Deno.test("exportOwn() throws what the function says, before and behind the first line", async () => {
  const error = { code: "forbidden", message: "No." };
  const refused = await exported(() => Response.json({ success: false, error }, { status: 403 }));
  expect(refused).toEqual({ seen: [], error: new ExportError("forbidden", "No.") });
  const foreign = await exported(() => new Response("<html>", { status: 502 }));
  expect(foreign.error).toMatchObject({ code: "http_502" });
  const broken = `${lines[0]}\n{"type":"error","code":"storage_unavailable","request_id":"r"}\n`;
  expect(await exported(() => new Response(broken)))
    .toMatchObject({ seen: [lines[0]], error: { code: "storage_unavailable" } });
});
