import { expect } from "@std/expect";
import { ConsoleServer, type ConsoleServerOptions } from "../../../local/console/server.ts";
import { localKeys } from "../../../local/keys.ts";
import { freePort } from "../../../local/ports.ts";

async function serve(
  bundle: NonNullable<ConsoleServerOptions["bundle"]>,
  test: (url: string, server: ConsoleServer, lines: string[]) => Promise<void>,
): Promise<void> {
  const port = freePort();
  const lines: string[] = [];
  const server = new ConsoleServer({
    port,
    apiUrl: "http://127.0.0.1:1",
    keys: await localKeys(),
    bundle,
    log: (line) => lines.push(line),
  });
  await server.start();
  try {
    await test(`http://127.0.0.1:${port}`, server, lines);
  } finally {
    await server.close();
  }
}

async function get(url: string, method = "GET") {
  const response = await fetch(url, { method });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

const site = (text: string) =>
  Promise.resolve(new Map([["index.html", new TextEncoder().encode(text)]]));

Deno.test("ConsoleServer bundles at the first request, once, and again after a change", async () => {
  let bundles = 0;
  await serve(() => site(`page ${++bundles}`), async (url, server) => {
    expect(bundles).toBe(0);
    const [first, second] = await Promise.all([get(`${url}/`), get(`${url}/index.html`)]);
    expect([first, second]).toEqual([
      { status: 200, type: "text/html; charset=utf-8", text: "page 1" },
      { status: 200, type: "text/html; charset=utf-8", text: "page 1" },
    ]);
    server.invalidate();
    expect((await get(url)).text).toBe("page 2");
  });
});

Deno.test("ConsoleServer names the stack's project, and no secret of it", async () => {
  await serve(() => site(""), async (url) => {
    const { text } = await get(`${url}/config.json`);
    expect(JSON.parse(text)).toMatchObject({ supabase_url: "http://127.0.0.1:1" });
    expect(text).not.toContain("sb_secret_");
  });
});

Deno.test("ConsoleServer says what keeps it from bundling, and tries again", async () => {
  let broken = true;
  const bundle = () => broken ? Promise.reject(new Error("main.tsx: a mistake")) : site("mended");
  await serve(bundle, async (url, _server, lines) => {
    expect(await get(url)).toMatchObject({
      status: 500,
      text: expect.stringContaining("main.tsx: a mistake"),
    });
    expect(lines).toEqual(["[console] main.tsx: a mistake"]);
    broken = false;
    expect((await get(url)).text).toBe("mended");
  });
});

Deno.test("ConsoleServer answers for files of the console only", async () => {
  await serve(() => site(""), async (url) => {
    expect((await get(`${url}/../deno.json`)).status).toBe(404);
    expect((await get(`${url}/nothing.js`)).status).toBe(404);
    expect((await get(url, "POST")).status).toBe(405);
  });
});
