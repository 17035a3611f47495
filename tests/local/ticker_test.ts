import { expect } from "@std/expect";
import { startTicker } from "../../local/ticker.ts";
import { until } from "../support/until.ts";

/** A server in place of the gateway, and what a ticker that ticks there does. */
async function withTicker(
  answer: (tick: number) => Response | Promise<Response>,
  test: (
    seen: { requests: string[][]; lines: string[]; end: () => Promise<void> },
  ) => Promise<void>,
): Promise<void> {
  const requests: string[][] = [];
  const lines: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    ({ method, url, headers }) =>
      answer(requests.push([method, new URL(url).pathname, headers.get("apikey") ?? ""])),
  );
  const end = startTicker({
    apiUrl: `http://127.0.0.1:${server.addr.port}`,
    secretKey: "a secret key",
    everyMs: 1,
    log: (line) => lines.push(line),
  });
  try {
    await test({ requests, lines, end });
  } finally {
    await end();
    await server.shutdown();
  }
}

Deno.test("startTicker() runs the tick at once and again, with the secret key, and quietly", () =>
  withTicker(() => Response.json({ success: true }), async ({ requests, lines }) => {
    await until(() => Promise.resolve(requests.length >= 3), "three ticks");
    expect(requests[0])
      .toEqual(["POST", "/functions/v1/manage-bedrock-models/tick", "a secret key"]);
    expect(lines).toEqual([]);
  }));

Deno.test("startTicker() tells of ticks that fail once, until one does not", () =>
  withTicker(
    (tick) => new Response("away", { status: tick === 4 ? 200 : 503 }),
    async ({ requests, lines }) => {
      await until(() => Promise.resolve(requests.length >= 7), "seven ticks");
      expect(lines).toEqual(Array(2).fill("The tick failed: HTTP 503 away"));
    },
  ));

Deno.test("startTicker() ends a tick that runs", async () => {
  const held = Promise.withResolvers<Response>();
  await withTicker(() => held.promise, async ({ requests, lines, end }) => {
    await until(() => Promise.resolve(requests.length === 1), "the tick");
    await end();
    expect([requests.length, lines]).toEqual([1, []]);
    held.resolve(new Response());
  });
});
