import { expect } from "@std/expect";
import { type DelayProxy, serveDelayed } from "../../../bench/processes/delay_proxy.ts";
import { freePort } from "../../../local/ports.ts";

const roundTripMs = 40;

const encode = (text: string) => new TextEncoder().encode(text);

/** A server that is played by a test, behind a proxy. */
async function withProxy(
  serve: (connection: Deno.TcpConn) => Promise<void>,
  run: (proxy: DelayProxy) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      served.push(serve(connection).finally(() => connection.close()));
    }
  })();
  const proxy = serveDelayed({ targetPort: listener.addr.port, roundTripMs });
  try {
    await run(proxy);
  } finally {
    await proxy.stop();
    listener.close();
    await accepting;
    await Promise.all(served);
  }
}

/** Reads to the end. */
async function readAll(connection: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const buffer = new Uint8Array(1000);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return text;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}

async function echo(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1000);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return;
    await connection.write(buffer.subarray(0, length));
  }
}

/** Milliseconds until what is sent has come back. */
async function exchange(connection: Deno.TcpConn, text: string): Promise<number> {
  const startedAt = performance.now();
  await connection.write(encode(text));
  const buffer = new Uint8Array(1000);
  let back = "";
  while (back.length < text.length) {
    const length = await connection.read(buffer);
    back += new TextDecoder().decode(buffer.subarray(0, length ?? 0));
    if (length === null) break;
  }
  expect(back).toBe(text);
  return performance.now() - startedAt;
}

Deno.test("serveDelayed() takes a round trip for an exchange, and one more for the handshake", () =>
  withProxy(echo, async ({ port }) => {
    using connection = await Deno.connect({ port });
    expect(await exchange(connection, "first")).toBeGreaterThanOrEqual(2 * roundTripMs);
    expect(await exchange(connection, "second")).toBeGreaterThanOrEqual(roundTripMs);
    expect(await exchange(connection, "third")).toBeGreaterThanOrEqual(roundTripMs);
  }));

Deno.test("serveDelayed() holds each chunk for a round trip of its own", () =>
  withProxy(echo, async ({ port }) => {
    using connection = await Deno.connect({ port });
    await exchange(connection, "warm");
    const sentAt: number[] = [];
    const cameAt: number[] = [];
    const chunks = 10;
    const reading = (async () => {
      const buffer = new Uint8Array(1);
      for (let n = 0; n < chunks; n++) {
        await connection.read(buffer);
        cameAt.push(performance.now());
      }
    })();
    for (let n = 0; n < chunks; n++) {
      sentAt.push(performance.now());
      await connection.write(encode(String(n)));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await reading;
    for (const [n, at] of cameAt.entries()) {
      expect(at - sentAt[n]!).toBeGreaterThanOrEqual(roundTripMs);
    }
  }));

Deno.test("serveDelayed() keeps the order of bytes in each of many connections", () =>
  withProxy(echo, async ({ port }) => {
    await Promise.all(Array.from({ length: 20 }, async (_, n) => {
      using connection = await Deno.connect({ port });
      const sent = Array.from({ length: 50 }, (_, part) => `${n}:${part},`);
      const received = readAll(connection);
      for (const [at, part] of sent.entries()) {
        await connection.write(encode(part));
        if (at % 10 === n % 10) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await connection.closeWrite();
      expect(await received).toBe(sent.join(""));
    }));
  }));

Deno.test("serveDelayed() passes the caller's end on, after which the server can still answer", () =>
  withProxy(
    async (connection) => {
      const question = await readAll(connection);
      await connection.write(encode(`${question.length} bytes`));
    },
    async ({ port }) => {
      using connection = await Deno.connect({ port });
      await connection.write(encode("x".repeat(200_000)));
      await connection.closeWrite();
      expect(await readAll(connection)).toBe("200000 bytes");
    },
  ));

Deno.test("serveDelayed() passes the server's end on", () =>
  withProxy(
    async (connection) => {
      await connection.write(encode("goodbye"));
    },
    async ({ port }) => {
      using connection = await Deno.connect({ port });
      expect(await readAll(connection)).toBe("goodbye");
    },
  ));

Deno.test("serveDelayed() ends connections to a server that is not there", async () => {
  const proxy = serveDelayed({ targetPort: freePort(), roundTripMs });
  try {
    using connection = await Deno.connect({ port: proxy.port });
    const startedAt = performance.now();
    expect(await readAll(connection).catch(() => "")).toBe("");
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(roundTripMs);
  } finally {
    await proxy.stop();
  }
});
