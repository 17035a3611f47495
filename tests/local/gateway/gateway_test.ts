import { expect } from "@std/expect";
import { FunctionHost } from "../../../local/functions/function_host.ts";
import { Gateway } from "../../../local/gateway/gateway.ts";
import { freePort } from "../../../local/ports.ts";
import { ProcessRecord } from "../../../local/processes.ts";
import { fixture } from "../temporary_stack.ts";

Deno.test("Gateway passes requests to functions, and answers for those that are down", async (test) => {
  const dir = await Deno.makeTempDir();
  const lines: string[] = [];
  const functions = new FunctionHost({
    functionsDir: fixture("functions"),
    env: { OWN_SECRET: "own" },
    deno: undefined,
    processes: new ProcessRecord(dir),
    log: (line) => lines.push(line),
  });
  const port = freePort();
  const gateway = new Gateway({ port, functions, api: () => undefined });
  const url = `http://127.0.0.1:${port}/functions/v1`;
  Deno.env.set("SOMETHING_OF_THE_DEVELOPER", "private");
  await functions.start();
  Deno.env.delete("SOMETHING_OF_THE_DEVELOPER");
  await gateway.start();
  try {
    await test.step("the prefix is taken off the path, the query stays", async () => {
      const response = await fetch(`${url}/hello/a?b=c`, { method: "PUT" });
      expect(await response.json()).toEqual({ path: "/hello/a?b=c", method: "PUT", text: "one" });
    });
    await test.step("a function sees what it is given and what Deno needs", async () => {
      const env = await (await fetch(`${url}/hello/env`)).json();
      expect(env).toMatchObject({ OWN_SECRET: "own" });
      expect(env).not.toHaveProperty("SOMETHING_OF_THE_DEVELOPER");
    });
    await test.step("a function may not read files", async () => {
      expect(await (await fetch(`${url}/hello/read`)).text()).toBe("NotCapable");
    });
    await test.step("bodies are streamed in both directions", async () => {
      const { readable, writable } = new TransformStream<Uint8Array>();
      const writer = writable.getWriter();
      const send = (text: string) => writer.write(new TextEncoder().encode(text));
      const pending = fetch(`${url}/hello/echo`, { method: "POST", body: readable });
      await send("first");
      const response = await pending;
      expect(response.headers.get("x-answer")).toBe("yes");
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      // The first part is back before the second is sent: nothing in between waits for the whole.
      expect((await reader.read()).value).toBe("first");
      await send("second");
      expect((await reader.read()).value).toBe("second");
      await writer.close();
      expect((await reader.read()).done).toBe(true);
    });
    await test.step("a client that goes away ends the function's work", async () => {
      const before = await clients(url);
      const reader = (await fetch(`${url}/hello/ticks`)).body!.getReader();
      await reader.read();
      // Not by a signal: Deno forgets it as soon as nothing holds the response.
      await reader.cancel();
      await eventually(async () =>
        expect((await clients(url)).cancelled).toBe(before.cancelled + 1)
      );
    });
    await test.step("so does one that goes away before there is an answer", async () => {
      const before = await clients(url);
      const client = new AbortController();
      const response = fetch(`${url}/hello/wait`, { signal: client.signal });
      await eventually(async () => expect((await clients(url)).begun).toBe(before.begun + 1));
      client.abort();
      await expect(response).rejects.toThrow();
      await eventually(async () =>
        expect((await clients(url)).cancelled).toBe(before.cancelled + 1)
      );
    });
    await test.step("an unknown function is 404, in the functions' envelope", async () => {
      for (const name of ["nothing", "_shared", ""]) {
        const response = await fetch(`${url}/${name}`);
        expect([name, response.status]).toEqual([name, 404]);
        expect(await response.json()).toEqual(envelope("not_found"));
      }
    });
    await test.step("a function that does not start is told of, and answers 503", async () => {
      expect(lines.filter((line) => line.startsWith("The function broken did not start: ")))
        .toEqual([expect.stringContaining("broken on purpose")]);
      const response = await fetch(`${url}/broken`);
      expect([response.status, await response.json()])
        .toEqual([503, envelope("function_unavailable")]);
    });
    await test.step("a function that ends by itself answers 503, until the next change", async () => {
      const response = await fetch(`${url}/hello/exit`);
      expect([response.status, await response.json()])
        .toEqual([503, envelope("function_unavailable")]);
      await eventually(() => expect(functions.originOf("hello")).toBeUndefined());
      expect((await (await fetch(`${url}/hello`)).json()).success).toBe(false);
      await functions.reload();
      expect((await (await fetch(`${url}/hello`)).json()).text).toBe("one");
    });
    await test.step("stopped functions answer 503, and start again", async () => {
      await functions.stop();
      const response = await fetch(`${url}/hello`);
      expect([response.status, await response.json()])
        .toEqual([503, envelope("function_unavailable")]);
      await functions.start();
      expect((await (await fetch(`${url}/hello`)).json()).text).toBe("one");
    });
    await test.step("callers who send half a request are cut off, in time and by hundreds", async () => {
      await gateway.stop();
      const strict = new Gateway({
        port,
        functions,
        api: () => undefined,
        limits: { headersMs: 500, requestMs: 1_000 },
      });
      await strict.start();
      const head = "POST /functions/v1/hello/echo HTTP/1.1\r\nHost: localhost\r\n";
      const halves = [head, `${head}content-length: 1000\r\n\r\nhalf`];
      const cutOff = async (text: string) => {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port });
        await connection.write(new TextEncoder().encode(text));
        await connection.readable.pipeTo(new WritableStream()).catch(() => {});
      };
      await Promise.all(Array.from({ length: 200 }, (_, n) => cutOff(halves[n % 2] ?? "")));
      expect((await (await fetch(`${url}/hello`)).json()).text).toBe("one");
      await strict.stop();
      await gateway.start();
    });
    await test.step("a stopped API answers 503", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/rest/v1/things`);
      expect([response.status, await response.json()])
        .toEqual([503, { message: "The API is stopped." }]);
    });
    await test.step("a stopped gateway refuses connections, and starts again", async () => {
      await gateway.stop();
      await expect(fetch(`${url}/hello`)).rejects.toThrow();
      await gateway.start();
      expect((await (await fetch(`${url}/hello`)).json()).text).toBe("one");
    });
  } finally {
    await functions.stop();
    await gateway.stop();
    await Deno.remove(dir, { recursive: true });
  }
});

function envelope(code: string): object {
  return {
    success: false,
    error: { code, message: expect.any(String), request_id: expect.any(String) },
  };
}

async function clients(url: string): Promise<{ begun: number; cancelled: number }> {
  return await (await fetch(`${url}/hello/clients`)).json();
}

async function eventually(check: () => void | Promise<void>): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    try {
      return await check();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await check();
}
