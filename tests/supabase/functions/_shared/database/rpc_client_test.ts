import { expect } from "@std/expect";
import {
  createRpcClient,
  type RpcClient,
} from "../../../../../supabase/functions/_shared/database/rpc_client.ts";

/** A client whose `fetch` is this. */
function clientOf(answer: (request: Request) => Response | Promise<Response>, timeoutMs = 1000) {
  return createRpcClient({
    url: "http://project.example",
    secretKey: "sb_secret_x",
    timeoutMs,
    fetch: async (input, init) => await answer(new Request(input, init as RequestInit)),
  });
}

Deno.test("rpc() calls the function as service_role and gives what it returns", async () => {
  let asked: unknown;
  const client = clientOf(async (request) => {
    asked = {
      method: request.method,
      url: request.url,
      apikey: request.headers.get("apikey"),
      authorization: request.headers.get("authorization"),
      body: await request.json(),
    };
    return Response.json({ version: 7 });
  });
  const result = await client.rpc("retire_model", { p_model_id: "m" });
  expect(result).toEqual({ data: { version: 7 }, error: null, status: 200 });
  expect(asked).toEqual({
    method: "POST",
    url: "http://project.example/rest/v1/rpc/retire_model",
    apikey: "sb_secret_x",
    authorization: "Bearer sb_secret_x",
    body: { p_model_id: "m" },
  });
});

Deno.test("rpc() tells nothing from null, which is an answer", async () => {
  const nothing = clientOf(() => new Response(null, { status: 204 }));
  const empty = clientOf(() => new Response(""));
  const none = clientOf(() => new Response("null"));
  const dataOf = async ({ rpc }: RpcClient) => (await rpc("read_registry")).data;
  expect([await dataOf(nothing), await dataOf(empty), await dataOf(none)])
    .toEqual([undefined, undefined, null]);
});

Deno.test("rpc() gives the database's error with its status", async () => {
  const error = { code: "PT409", message: "No.", details: "turn_in_progress", hint: null };
  const client = clientOf(() => Response.json(error, { status: 409 }));
  expect(await client.rpc("read_registry")).toEqual({ data: null, error, status: 409 });
});

Deno.test("rpc() gives the status of an answer that is not the database's", async () => {
  const client = clientOf(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  expect(await client.rpc("read_registry")).toMatchObject({ data: null, status: 502 });
});

Deno.test("rpc() gives status 0 where no answer came, or one that cannot be read", async () => {
  const away = clientOf(() => Promise.reject(new TypeError("connection refused")));
  expect(await away.rpc("read_registry")).toMatchObject({
    status: 0,
    error: { message: "TypeError: connection refused" },
  });
  const page = clientOf(() => new Response("<h1>Hello</h1>"));
  expect(await page.rpc("read_registry")).toMatchObject({ data: null, status: 0 });
});

Deno.test("rpc() quotes nothing of an answer that it cannot read", async () => {
  const words = "my knee hurts";
  const plain = clientOf(() => new Response(words));
  expect((await plain.rpc("read_registry")).error?.message)
    .toBe("TypeError: the answer is not JSON");
  const packed = clientOf(() => new Response(words, { headers: { "content-encoding": "br" } }));
  expect((await packed.rpc("read_registry")).error?.message)
    .toBe("TypeError: the answer is not JSON: it is br-encoded, but identity was requested");
});

Deno.test("rpc() gives up when the time is over, also in the middle of an answer", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const half = new TextEncoder().encode('{"half":');
    return new Response(new ReadableStream({ start: (c) => c.enqueue(half) }));
  });
  const client = createRpcClient({
    url: `http://127.0.0.1:${server.addr.port}`,
    secretKey: "sb_secret_x",
    timeoutMs: 50,
    fetch,
  });
  expect(await client.rpc("read_registry")).toMatchObject({
    status: 0,
    error: { message: expect.stringContaining("TimeoutError") },
  });
  await server.shutdown();
});
