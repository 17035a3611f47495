/**
 * Runs the commands that the pages print to start the stack, word for word and on other ports, until
 * the stack is there.
 */
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { acceptsConnections, freePort } from "../../local/ports.ts";
import { blocksRunBy } from "../support/printed_commands.ts";
import { temporaryState } from "./temporary_stack.ts";

const blocks = blocksRunBy("tests/local/printed_start_test.ts");
const apiKey = "ABSK-a-key-of-a-test";

Deno.test("the start that README.md and AGENTS.md print starts the stack with the stand-in", async () => {
  const starts = blocks.filter(({ page }) => ["AGENTS.md", "README.md"].includes(page));
  expect(starts.map(({ page }) => page)).toEqual(["AGENTS.md", "README.md"]);
  expect(new Set(starts.map(({ text }) => text)).size).toBe(1);
  const printed = await printedAtStart(starts[0]!.text, "");
  expect(printed).toContain("a stand-in: no model is called, nothing costs money");
});

Deno.test("the start that docs/operate.md prints moves every part of the stack", async () => {
  const [start, ...others] = blocks.filter(({ page }) => page === "docs/operate.md");
  expect(others).toEqual([]);
  await using state = await temporaryState();
  const moved: string[] = [];
  // Others may use the ports of the page.
  const commands = start!.text.replaceAll(/(SWITCHBOARD_\w+)=(\S+)/g, (_, name, value) => {
    if (name === "SWITCHBOARD_STATE_DIR") return `${name}='${state.dir}'`;
    expect(value).toMatch(/^55\d{3}$/);
    moved.push(String(freePort()));
    return `${name}=${moved.at(-1)}`;
  });
  const printed = await printedAtStart(commands, "");
  expect(moved).toHaveLength(4);
  for (const port of moved) expect(printed).toContain(`127.0.0.1:${port}`);
  expect(await Array.fromAsync(Deno.readDir(state.dir))).not.toEqual([]);
});

Deno.test("the start with a Bedrock API key calls AWS from then on, and shows no key", async () => {
  const lines = blocks.filter(({ page }) => page === "docs/tour.md").map(({ text }) => text);
  expect(lines).toHaveLength(2);
  const printed = await printedAtStart(lines.join("\n"), `${apiKey}\n`);
  expect(printed).toContain("calls go to Amazon Bedrock in eu-central-1 and cost money");
  expect(printed).not.toContain(apiKey);
});

/** Runs the commands until the stack has printed all it prints at its start; then ends it. */
async function printedAtStart(commands: string, input: string): Promise<string> {
  await using state = await temporaryState();
  const api = freePort();
  const process = new Deno.Command("bash", {
    args: ["-euc", commands],
    cwd: projectRoot,
    env: {
      SWITCHBOARD_STATE_DIR: state.dir,
      SWITCHBOARD_API_PORT: String(api),
      SWITCHBOARD_DB_PORT: String(freePort()),
      SWITCHBOARD_CONSOLE_PORT: String(freePort()),
      SWITCHBOARD_BEDROCK_PORT: String(freePort()),
      NO_COLOR: "1",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    detached: true,
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  let printed = "";
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const readUntil = async (end: (text: string) => boolean) => {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      printed += read.value;
      if (end(printed)) return;
    }
  };
  await readUntil((text) => text.includes("Ctrl-C stops everything"));
  // As the terminal sends Ctrl-C: to npx and to all that it started.
  Deno.kill(-process.pid, "SIGINT");
  await readUntil(() => false);
  await process.status;
  expect(await acceptsConnections(api)).toBe(false);
  return printed;
}
