import { expect } from "@std/expect";

const main = new URL("../../stand-in/main.ts", import.meta.url).pathname;

function start(args: string[], env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", "--allow-env", main, ...args],
    env,
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test("main.ts runs with network and environment permission, says what it is, and stops on SIGTERM", async () => {
  const child = start(["--quiet"], { SWITCHBOARD_BEDROCK_PORT: "0" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  while (!printed.includes("curl")) {
    const { done, value } = await reader.read();
    if (done) break;
    printed += value;
  }
  expect(printed).toContain("not Amazon; no model runs behind it");
  const url = /at (http:\/\/127\.0\.0\.1:\d+)\./.exec(printed)?.[1] ?? "";
  expect(await (await fetch(url)).text()).toContain("It is not Amazon");
  child.kill("SIGTERM");
  expect((await child.status).code).toBe(0);
  await reader.cancel();
  await child.stderr.cancel();
});

Deno.test("main.ts explains itself, and refuses what it does not know", async () => {
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const help = await start(["--help"]).output();
  expect(help.code).toBe(0);
  expect(decode(help.stdout)).toContain("54330");
  const unknown = await start(["--prot", "1"]).output();
  expect(unknown.code).toBe(1);
  expect(decode(unknown.stderr)).toContain("--prot");
  const taken = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const busy = await start(["--port", String(taken.addr.port)]).output();
  taken.close();
  expect(busy.code).toBe(1);
  expect(decode(busy.stderr)).toMatch(/^Port \d+ is in use\./);
});
