import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { acceptsConnections, freePort } from "../../local/ports.ts";
import { isOurs } from "../../local/processes.ts";
import { postgresHome } from "../../local/postgres/home.ts";
import { runningPid } from "../../local/postgres/server.ts";
import { temporaryState } from "./temporary_stack.ts";

Deno.test("deno task dev --help explains itself", async () => {
  const { code, stdout } = await dev(["--help"], {}).output();
  expect(code).toBe(0);
  expect(new TextDecoder().decode(stdout)).toContain("SWITCHBOARD_STATE_DIR");
});

Deno.test("deno task dev refuses an option it does not know", async () => {
  const { code, stderr } = await dev(["--rest"], {}).output();
  expect(code).toBe(2);
  expect(new TextDecoder().decode(stderr)).toContain("There is no option --rest.");
});

Deno.test("deno task dev says in one line what a variable should be", async () => {
  const { code, stderr } = await dev([], { SWITCHBOARD_API_PORT: "api" }).output();
  expect(code).toBe(1);
  expect(new TextDecoder().decode(stderr).trim())
    .toBe('SWITCHBOARD_API_PORT must be a port from 1 to 65535, but it is "api".');
});

Deno.test("deno task dev runs until it is stopped, however it is stopped", async (test) => {
  await using state = await temporaryState();
  const ports = { api: freePort(), db: freePort(), bedrock: freePort(), console: freePort() };
  const env = {
    SWITCHBOARD_STATE_DIR: state.dir,
    SWITCHBOARD_API_PORT: String(ports.api),
    SWITCHBOARD_DB_PORT: String(ports.db),
    SWITCHBOARD_BEDROCK_PORT: String(ports.bedrock),
    SWITCHBOARD_CONSOLE_PORT: String(ports.console),
  };

  await test.step("it prints where it is and what to try, and Ctrl-C ends all of it", async () => {
    const running = await started(env);
    expect(running.printed()).toContain(`API URL  http://127.0.0.1:${ports.api}`);
    expect(running.printed()).toContain(`Console  http://127.0.0.1:${ports.console}`);
    expect(running.printed()).toContain("a stand-in: no model is called, nothing costs money");
    expect(running.printed()).toContain(`SUPABASE_URL=http://127.0.0.1:${ports.api} SUPABASE_SE`);
    const functions = await recorded(state.dir);
    expect(functions).toHaveLength(4);
    // As the terminal and `deno task` send it: twice for one key.
    running.child.kill("SIGINT");
    running.child.kill("SIGINT");
    expect((await running.ended()).code).toBe(0);
    for (const port of Object.values(ports)) expect(await acceptsConnections(port)).toBe(false);
    for (const process of functions) expect(await isOurs(process)).toBe(false);
    expect(await runningPid(postgresHome(await Deno.realPath(state.dir)))).toBeUndefined();
  });

  await test.step("when it was killed, the next start ends what was left, and starts", async () => {
    const killed = await started(env);
    const functions = await recorded(state.dir);
    killed.child.kill("SIGKILL");
    await killed.ended();
    expect(await acceptsConnections(ports.db)).toBe(true);
    const running = await started(env);
    for (const process of functions) expect(await isOurs(process)).toBe(false);
    running.child.kill("SIGTERM");
    expect((await running.ended()).code).toBe(0);
    expect(await acceptsConnections(ports.db)).toBe(false);
  });
});

function dev(args: string[], env: Record<string, string>): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "local/dev.ts", ...args],
    cwd: projectRoot,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Starts it and waits until it says that it runs. */
async function started(env: Record<string, string>) {
  const child = dev([], env).spawn();
  let printed = "";
  const running = Promise.withResolvers<void>();
  const take = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      printed += text;
      if (printed.includes("Ctrl-C stops everything")) running.resolve();
    }
  };
  const read = Promise.all([take(child.stdout), take(child.stderr)]);
  read.then(() => running.reject(new Error(`It ended before it ran:\n${printed}`)));
  await running.promise;
  return {
    child,
    printed: () => printed,
    ended: async () => {
      const status = await child.status;
      await read;
      return status;
    },
  };
}

async function recorded(stateDir: string): Promise<{ pid: number; mark: string }[]> {
  return JSON.parse(await Deno.readTextFile(join(stateDir, "processes.json")));
}
