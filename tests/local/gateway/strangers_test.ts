import { expect } from "@std/expect";
import { Gateway } from "../../../local/gateway/gateway.ts";
import { FunctionHost } from "../../../local/functions/function_host.ts";
import { freePort } from "../../../local/ports.ts";
import { ProcessRecord } from "../../../local/processes.ts";

function noFunctions(): FunctionHost {
  return new FunctionHost({
    functionsDir: "",
    env: {},
    deno: undefined,
    processes: new ProcessRecord(""),
    log: () => {},
  });
}

/** The status of a request with these headers, which a browser would set. */
async function statusOf(port: number, headers: readonly string[]): Promise<number> {
  // A connection of our own: with `fetch` the host cannot be chosen.
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = ["POST /rest/v1/rpc/anything HTTP/1.1", ...headers, "connection: close", "", ""];
  await connection.write(new TextEncoder().encode(head.join("\r\n")));
  const answer = await new Response(connection.readable).text();
  return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]);
}

Deno.test("Gateway refuses requests of foreign pages, and of names that are not this machine's", async () => {
  const port = freePort();
  const gateway = new Gateway({
    port,
    functions: noFunctions(),
    api: () => () => Promise.resolve(new Response("reached")),
    allowedHosts: ["app.test"],
  });
  await gateway.start();
  try {
    const here = `host: 127.0.0.1:${port}`;
    const table: [string[], number][] = [
      [[here], 200],
      [[`host: localhost:${port}`], 200],
      [[`host: [::1]:${port}`], 200],
      [[`host: app.test:${port}`], 200],
      [[here, "origin: http://localhost:3000"], 200],
      [[here, "origin: http://127.0.0.1:54323"], 200],
      [[here, "origin: http://shop.localhost"], 200],
      [[here, "origin: https://app.test"], 200],
      [["host: evil.example"], 403],
      [[`host: 127.0.0.1.evil.example:${port}`], 403],
      [["host: "], 403],
      [[here, "origin: https://evil.example"], 403],
      [[here, "origin: http://localhost.evil.example"], 403],
      [[here, "origin: http://localhost@evil.example"], 403],
      [[here, "origin: null"], 403],
      [[here, "origin: nonsense"], 403],
    ];
    for (const [headers, status] of table) {
      expect([headers, await statusOf(port, headers)]).toEqual([headers, status]);
    }
  } finally {
    await gateway.stop();
  }
});

Deno.test("Gateway lets no foreign page read its refusal, and asks it nothing in advance", async () => {
  const port = freePort();
  const gateway = new Gateway({
    port,
    functions: noFunctions(),
    api: () => undefined,
  });
  await gateway.start();
  try {
    const response = await fetch(`http://127.0.0.1:${port}/functions/v1/chat`, {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(response.status).toBe(403);
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control")))
      .toEqual([]);
    expect(await response.json()).toEqual({
      message:
        'This stack does not answer pages of the origin "https://evil.example"; SWITCHBOARD_ALLOWED_HOSTS=<name>,… allows more.',
    });
  } finally {
    await gateway.stop();
  }
});
