/**
 * Runs the README's tour word for word, and its examples of SQL and TypeScript. Only the ports are
 * others, and what differs from run to run is put aside before outputs are compared.
 */
import { expect } from "@std/expect";
import { join } from "node:path";
import { banner } from "../../local/banner.ts";
import { projectRoot } from "../../local/config.ts";
import { runSql } from "../../local/sql.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { type FencedBlock, fencedBlocks } from "../support/markdown.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const shared = testStack();
const readme = Deno.readTextFileSync(join(projectRoot, "README.md"));
const blocks = fencedBlocks(readme);

type RunningStack = Pick<
  Stack,
  "apiUrl" | "dbUrl" | "bedrockUrl" | "consoleUrl" | "keys" | "functionsEnv"
>;

const portOf = (url: string) => new URL(url).port;

/** The documented text with the ports of the stack that runs. */
function here(text: string, stack: RunningStack): string {
  const ports = new Map([
    ["54321", stack.apiUrl],
    ["54322", stack.dbUrl],
    ["54323", stack.consoleUrl],
    ["54330", stack.bedrockUrl],
  ]);
  return text.replaceAll(/\b543(?:21|22|23|30)\b/g, (port) => portOf(ports.get(port)!));
}

/** What differs from run to run, by what stands for it. */
const variables: readonly [RegExp, string][] = [
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<id>"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|\+00:00)/g, "<time>"],
  [/\b\d+ ms\b/g, "<n> ms"],
  [/("response_time_ms": ?)\d+/g, "$1<n>"],
  [/(registry[_ ]version"?:?) ?\d+/gi, "$1 <n>"],
  // The version in the rows of the receipts, between the model and the count.
  [/^((?:cli|api|sql) +\S+ +)\d+/gm, "$1<n>"],
];

/** Lines without variable parts, and without the widths that columns take from them. */
function comparable(text: string): string[] {
  const plain = variables.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), text);
  return plain.trim().split("\n").map((line) => line.replaceAll(/ +/g, " ").trimEnd());
}

/** Expects what is shown; a line that is `…` stands for any lines. */
function expectShown(shown: string, actual: string, command: string): void {
  const lines = comparable(actual);
  const parts = comparable(shown).join("\n").split(/^…$/m)
    .map((part) => part.replaceAll(/^\n|\n$/g, "").split("\n"));
  parts.forEach((part, index) => {
    const isLast = index === parts.length - 1;
    if (isLast && index > 0 && part.join("") === "") return;
    const at = index === 0 ? 0 : indexOfLines(lines, part);
    const found = isLast ? lines.slice(at) : lines.slice(at, at + part.length);
    expect({ command, output: found.join("\n") }).toEqual({ command, output: part.join("\n") });
    lines.splice(0, at + part.length);
  });
}

/** Where a part begins in the lines; at 0 where it is not, so that the difference is shown. */
function indexOfLines(lines: readonly string[], part: readonly string[]): number {
  const at = lines.findIndex((_, index) => part.every((line, n) => lines[index + n] === line));
  return Math.max(0, at);
}

/** A command of the tour and what it shows. */
interface Step {
  readonly command: string;
  readonly shown: string | undefined;
}

function tourSteps(): Step[] {
  const tour = blocks.filter(({ section }) => section === "A tour in five minutes");
  return tour.flatMap((block, index) => {
    if (block.language !== "sh") return [];
    const next: FencedBlock | undefined = tour[index + 1];
    return [{
      command: block.text,
      shown: next?.language === "text" ? next.text : undefined,
    }];
  });
}

/** What other terminals than the first need, besides the commands themselves. */
async function terminal(
  stack: RunningStack,
): Promise<{ env: Record<string, string> } & AsyncDisposable> {
  const bin = await Deno.makeTempDir();
  await Deno.symlink(Deno.execPath(), join(bin, "deno"));
  const [home = "", denoDir = ""] = ["HOME", "DENO_DIR"].map((name) => Deno.env.get(name));
  return {
    env: {
      PATH: `${bin}:${Deno.env.get("PATH")}`,
      HOME: home,
      ...(denoDir && { DENO_DIR: denoDir }),
      NO_COLOR: "1",
      SWITCHBOARD_API_PORT: portOf(stack.apiUrl),
      SWITCHBOARD_DB_PORT: portOf(stack.dbUrl),
    },
    [Symbol.asyncDispose]: () => Deno.remove(bin, { recursive: true }),
  };
}

Deno.test("the README's tour gives the output that it shows", async () => {
  const stateDir = await Deno.makeTempDir();
  // Root runs Postgres as another user, who has to get in.
  await Deno.chmod(stateDir, 0o755);
  // Of its own: what other tests broke in the functions' memory is no part of a fresh start.
  const stack = await startStack({
    stateDir,
    durable: false,
    functionsDeno: shared.functionsDeno,
  });
  try {
    await takeTour(stack);
  } finally {
    await stack.stop();
    await Deno.remove(stateDir, { recursive: true });
  }
});

async function takeTour(stack: RunningStack): Promise<void> {
  const [start, ...steps] = tourSteps();
  expect(start?.command).toBe("deno task dev --reset");
  expectShown(here(start!.shown!, stack), banner(stack, () => undefined), start!.command);

  await using second = await terminal(stack);
  const mark = `-- ${crypto.randomUUID()} --`;
  // In one shell, as in one terminal: what a step exports, the next one has.
  const script = [
    "set -e",
    `cd '${projectRoot}'`,
    ...steps.map(({ command }) => `${here(command, stack)}\necho '${mark}'`),
  ].join("\n");
  const { code, stdout, stderr } = await runCommand("bash", ["-c", script], second.env);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const outputs = stdout.split(mark);
  expect(outputs).toHaveLength(steps.length + 1);
  steps.forEach(({ command, shown }, index) => {
    if (shown !== undefined) expectShown(here(shown, stack), outputs[index]!, command);
  });
  expect(steps.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(8);
}

Deno.test("the README's examples for an app run as they stand", () =>
  withFreshProject(shared, async () => {
    const examples = blocks.filter(({ language }) => language === "ts");
    expect(examples).toHaveLength(2);
    const config = join(projectRoot, "deno.json");
    for (const { text } of examples) {
      const path = await Deno.makeTempFile({ suffix: ".ts" });
      await Deno.writeTextFile(path, here(text, shared));
      await using prompt = await terminal(shared);
      const args = [
        "run",
        "--no-lock",
        "--check",
        "--allow-net",
        "--allow-env",
        "--config",
        config,
      ];
      const { code, stdout, stderr } = await runCommand(
        Deno.execPath(),
        [...args, path],
        prompt.env,
      );
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain("[stand-in: A");
    }
  }));

Deno.test("the SQL of the documentation runs", () =>
  withFreshProject(shared, async ({ ask, sql }) => {
    await ask("patient", "Hello");
    const deploy = fencedBlocks(Deno.readTextFileSync(join(projectRoot, "docs", "deploy.md")));
    const examples = [...blocks, ...deploy].filter(({ language }) => language === "sql");
    expect(examples.length).toBeGreaterThan(5);
    const printed: string[] = [];
    for (const { text } of examples) {
      await runSql(text, Number(portOf(shared.dbUrl)), (line) => printed.push(line));
    }
    expect(printed.join("\n")).toContain("eu.amazon.nova-lite-v1:0  1              1");
    expect(
      await sql`select assistant_type from ai_user_roles where user_id =
      (select id from auth.users where email = 'patient@example.com')`,
    )
      .toEqual([{ assistant_type: "platform" }]);
  }));
