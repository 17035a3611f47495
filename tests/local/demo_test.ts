import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { demo } from "../../local/demo.ts";
import { freePort } from "../../local/ports.ts";
import { runCommand } from "../support/run_command.ts";

Deno.test("demo() says that the stack is not running", async () => {
  const port = String(freePort());
  const play = demo(
    (name) => name === "SWITCHBOARD_API_PORT" ? port : undefined,
    () => {},
    new AbortController().signal,
  );
  await expect(play).rejects.toThrow(
    `not answering at http://127.0.0.1:${port}`,
  );
});

Deno.test("deno task demo shows its usage, and refuses what it does not understand", async () => {
  const run = (...args: string[]) =>
    runCommand(Deno.execPath(), [
      "run",
      "-A",
      join(projectRoot, "local", "demo.ts"),
      ...args,
    ], {
      HOME: Deno.env.get("HOME") ?? "",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
    });
  const usage = await run("--help");
  expect({ code: usage.code, stderr: usage.stderr }).toEqual({
    code: 0,
    stderr: "",
  });
  expect(usage.stdout).toContain("Usage: deno task demo");
  expect(await run("--loud")).toMatchObject({ code: 2, stdout: "" });
});
