import { expect } from "@std/expect";
import { type HttpServer, serveHttp } from "../../../stand-in/http/serve_http.ts";
import { piecesOf, writeBody } from "../../../stand-in/wire/write_body.ts";

const limits = { headersMs: 600, requestMs: 1_200 };

/** Runs a test against a server; `seen` are the bodies that it read, or why it could not. */
async function serving(
  test: (port: number, seen: string[]) => Promise<void>,
  answer?: (request: Request) => Response | Promise<Response>,
): Promise<void> {
  const seen: string[] = [];
  const read = async (request: Request) => {
    const text = await request.text().catch((error) => String(error));
    seen.push(text);
    return new Response(text);
  };
  const server: HttpServer = await serveHttp({ port: 0, limits }, answer ?? read);
  try {
    await test(server.port, seen);
  } finally {
    await server.close();
  }
}

/** Sends text, then one byte at a time, and returns all that comes until the other side ends it. */
async function dribble(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const send = (text: string) => connection.write(new TextEncoder().encode(text)).catch(() => {});
  await send(text);
  const timer = setInterval(() => send("x"), 100);
  try {
    return await new Response(connection.readable).text().catch(() => "(cut)");
  } finally {
    clearInterval(timer);
  }
}

/** The answer that the other side gave, unless it was lost with the connection. */
const cutOff = /^(HTTP\/1\.1 200 .*)?HTTP\/1\.1 408 |^\(cut\)$/s;

const post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n";
const slow: Record<string, string> = {
  "half a line": "GET /",
  "half the headers": "GET / HTTP/1.1\r\nHost: localhost\r\nx-a: ",
  "half a body": `${post}\r\nhalf`,
  "half a body in chunks":
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nhalf",
  "a second request of which half comes":
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHo",
};

for (const [given, text] of Object.entries(slow)) {
  Deno.test(`serveHttp() cuts off a caller who sends ${given}`, () =>
    serving(async (port) => {
      expect(await dribble(port, text)).toMatch(cutOff);
    }));
}

Deno.test("serveHttp() cuts off a caller who sends nothing at all", () =>
  serving(async (port) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    expect(await new Response(connection.readable).text()).toContain(" 408 ");
  }));

Deno.test("serveHttp() ends hundreds of half-sent requests, and goes on answering", () =>
  serving(async (port) => {
    const held = Array.from({ length: 300 }, () => dribble(port, "GET / HTTP/1.1\r\nHost: "));
    const other = await fetch(`http://127.0.0.1:${port}/`);
    expect([other.status, await other.text()]).toEqual([200, ""]);
    for (const ended of await Promise.all(held)) expect(ended).toMatch(cutOff);
  }));

Deno.test("serveHttp() lets an answer take longer than a request may", () =>
  serving(async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" });
    expect(await response.text()).toBe("1234567");
  }, () => {
    let sent = 0;
    return new Response(
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 300));
          if (++sent > 7) return controller.close();
          controller.enqueue(new TextEncoder().encode(String(sent)));
        },
      }),
    );
  }));

Deno.test("serveHttp() passes method, path, headers and body, and status and headers back", () =>
  serving(async (port) => {
    const body = "grüß ".repeat(100_000);
    const response = await fetch(`http://127.0.0.1:${port}/a%20b?c=d`, {
      method: "PUT",
      headers: { "x-asked": "yes" },
      body,
    });
    expect([response.status, response.headers.getSetCookie()]).toEqual([203, ["a=1", "b=2"]]);
    expect(await response.json()).toEqual(["PUT", "/a%20b?c=d", "yes", body.length]);
    const head = await fetch(`http://127.0.0.1:${port}/`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([203, ""]);
  }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const seen = [request.method, pathname + search, request.headers.get("x-asked"), text.length];
    const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
    return Response.json(seen, { status: 203, headers });
  }));

Deno.test("serveHttp() answers before it has read the body, and drops the rest", () =>
  serving(async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      body: new Uint8Array(3_000_000),
    });
    expect([response.status, await response.text()]).toEqual([413, "too large"]);
  }, async (request) => {
    await request.body?.cancel();
    return new Response("too large", { status: 413 });
  }));

Deno.test("serveHttp() breaks the connection where a body fails or is shorter than announced", async () => {
  const broken = [
    () => new Response("half", { headers: { "content-length": "9" } }),
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new TextEncoder().encode("half"));
            controller.error(new Error("on purpose"));
          },
        }),
      ),
    () => Promise.reject(new Error("on purpose")),
  ];
  for (const answer of broken) {
    await serving(async (port) => {
      const text = async () => await (await fetch(`http://127.0.0.1:${port}/`)).text();
      await expect(text()).rejects.toThrow();
    }, answer);
  }
});

Deno.test("serveHttp() tells an answer that its caller has hung up", async () => {
  const ended = Promise.withResolvers<string>();
  await serving(async (port) => {
    const reader = (await fetch(`http://127.0.0.1:${port}/`)).body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(await ended.promise).toBe("cancelled, aborted");
  }, (request) =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        cancel: () => ended.resolve(`cancelled, ${request.signal.aborted ? "aborted" : "not"}`),
      }),
    ));
});

Deno.test("serveHttp() ends an answer whose caller has hung up before it came", async () => {
  const asked = Promise.withResolvers<void>();
  // What the stand-in's request log has of the end.
  const end = Promise.withResolvers<{ framesSent: number; clientDisconnected: boolean }>();
  await serving(async (port) => {
    const caller = new AbortController();
    const response = fetch(`http://127.0.0.1:${port}/`, { signal: caller.signal });
    await asked.promise;
    caller.abort();
    await expect(response).rejects.toThrow();
    expect(await end.promise).toEqual({ framesSent: 0, clientDisconnected: true });
  }, async (request) => {
    asked.resolve();
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    const frames = ["a", "b"].map((text) => new TextEncoder().encode(text));
    const closing = new AbortController().signal;
    return new Response(writeBody(piecesOf(frames), { paceMs: 0, closing, onEnd: end.resolve }));
  });
});

Deno.test("serveHttp() refuses a port that is taken, and frees its own", async () => {
  const first = await serveHttp({ port: 0 }, () => new Response());
  await expect(serveHttp({ port: first.port }, () => new Response())).rejects
    .toBeInstanceOf(Deno.errors.AddrInUse);
  await first.close();
  await (await serveHttp({ port: first.port }, () => new Response())).close();
});
