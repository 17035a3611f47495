/**
 * Runs the tour of docs/tour.md word for word, the commands of README.md, AGENTS.md,
 * docs/operate.md and docs/before-you-open.md, and the pages' examples of SQL and TypeScript. Only the ports are others,
 * and what differs from run to run is put aside before outputs are compared.
 */
import { expect } from "@std/expect";
import { join } from "node:path";
import { banner } from "../../local/banner.ts";
import { projectRoot } from "../../local/config.ts";
import { denoEnvironment } from "../../local/functions/environment.ts";
import { runSql } from "../../local/sql.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { type FencedBlock, fencedBlocks } from "../support/markdown.ts";
import { blocksRunBy } from "../support/printed_commands.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const shared = testStack();
const pageBlocks = (page: string) => fencedBlocks(Deno.readTextFileSync(join(projectRoot, page)));

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
  const tour = pageBlocks("docs/tour.md")
    .filter(({ section }) => section === "A tour in five minutes");
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
  return {
    env: {
      ...denoEnvironment(),
      PATH: `${bin}:${Deno.env.get("PATH")}`,
      SWITCHBOARD_API_PORT: portOf(stack.apiUrl),
      SWITCHBOARD_DB_PORT: portOf(stack.dbUrl),
      npm_config_yes: "true",
    },
    [Symbol.asyncDispose]: () => Deno.remove(bin, { recursive: true }),
  };
}

Deno.test("the tour gives the output that it shows", async () => {
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
  const [alias, start, ...steps] = tourSteps();
  expect(await aliased(alias!.command)).toMatch(/^deno 2\.9\.6 /);
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

/** What `deno --version` prints in a terminal in which the alias was defined. */
async function aliased(alias: string): Promise<string> {
  const script = `shopt -s expand_aliases\n${alias}\ndeno --version`;
  const env = { HOME: Deno.env.get("HOME") ?? "", npm_config_yes: "true" };
  return (await runCommand("bash", ["-c", script], env)).stdout;
}

/** Runs the commands of a page in one terminal, and returns what they print. */
async function runPage(
  page: string,
  variables: Record<string, string> = {},
  folder = projectRoot,
): Promise<string> {
  await using prompt = await terminal(shared);
  const commands = blocksRunBy("tests/end_to_end/tour_test.ts", page).map(({ text }) => text);
  const script = ["set -e", `cd '${folder}'`, ...commands].join("\n");
  const env = { ...prompt.env, SUPABASE_URL: shared.apiUrl, ...variables };
  const { code, stdout, stderr } = await runCommand("bash", ["-c", here(script, shared)], env);
  expect({ page, code, stderr: code === 0 ? "" : stderr }).toEqual({ page, code: 0, stderr: "" });
  return stdout;
}

const defaultModels = "select model_id from bedrock_models where is_default";

Deno.test("the README's switch switches, and its rollback goes back", () =>
  withFreshProject(shared, async ({ sql }) => {
    const before = await sql.unsafe(defaultModels);
    expect(await runPage("README.md")).toContain("Claude Haiku 5.5 is now the default.");
    expect(await sql.unsafe(defaultModels)).toEqual(before);
    expect(
      await sql`select source, rollback_of is not null as rolls_back from model_switches
        order by id desc limit 1`,
    ).toEqual([{ source: "cli", rolls_back: true }]);
  }));

Deno.test("by AGENTS.md alone one can switch, tell which model answered and why, and roll back", () =>
  withFreshProject(shared, async ({ sql }) => {
    const before = await sql.unsafe(defaultModels);
    const printed = await runPage("AGENTS.md");
    expect(printed).toContain("Claude Haiku 5.5 is now the default.");
    expect(printed).toContain('"model_name": "Claude Haiku 5.5",\n  "reason": "default"');
    expect(printed).toMatch(/^eu\.anthropic\.claude-haiku-5-5 +default +null/m);
    expect(await sql.unsafe(defaultModels)).toEqual(before);
    const commands = pageBlocks("AGENTS.md").filter(({ language }) => language === "sh")
      .flatMap(({ text }) => text.replaceAll("\\\n", " ").split("\n"));
    expect(commands.length).toBeLessThanOrEqual(25);
  }));

Deno.test("before-you-open's command moves the clinicians' assistant to the successor", () =>
  withFreshProject(shared, async ({ sql }) => {
    const assigned = await sql`
      select a.model_version, m.successor_model_id from ai_assistants as a
      join bedrock_models as m on m.model_id = a.model_version
      where a.assistant_type = 'clinical' and m.lifecycle = 'legacy' and m.retires_on < now()`;
    expect(assigned).toHaveLength(1);
    await runPage("docs/before-you-open.md", { SUPABASE_SERVICE_KEY: shared.keys.secret });
    expect(await sql`select model_version from ai_assistants where assistant_type = 'clinical'`)
      .toEqual([{ model_version: assigned[0]!.successor_model_id }]);
  }));

Deno.test("operate.md's commands change a model, an assistant and a role without SQL", () =>
  withFreshProject(shared, async ({ ask, sql }) => {
    const before = await sql.unsafe(defaultModels);
    await ask("patient", "Hello");
    // What the commands write stays out of the project.
    const folder = await Deno.makeTempDir();
    let printed, exported;
    try {
      await Deno.symlink(join(projectRoot, "scripts"), join(folder, "scripts"));
      const variables = { SUPABASE_SERVICE_KEY: shared.keys.secret };
      printed = await runPage("docs/operate.md", variables, folder);
      exported = await Deno.readTextFile(join(folder, "patient.jsonl"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    const lines = exported.trimEnd().split("\n").map((line) => JSON.parse(line));
    expect(lines.filter(({ type }) => type === "message").map(({ content }) => content))
      .toContain("Hello");
    expect(lines.at(-1).type).toBe("end");
    expect(printed).toContain("Nothing was changed\n");
    expect(printed).toContain("    Reason: half the price\n");
    expect(printed).toContain("--- Claude Opus 4.8 (eu.anthropic.claude-opus-4-8)\n[stand-in: ");
    expect(printed).toMatch(/^clinician@example\.com +triage /m);
    expect(await sql.unsafe(defaultModels)).toEqual(before);
    expect(await sql`select purpose, model_id from ai_usage order by model_id`).toEqual([
      { purpose: "turn", model_id: "eu.amazon.nova-lite-v1:0" },
      { purpose: "trial", model_id: "eu.amazon.nova-pro-v1:0" },
      { purpose: "trial", model_id: "eu.anthropic.claude-opus-4-8" },
    ]);
    expect(
      await sql`select model_config, fallback_models from ai_assistants
      where assistant_type = 'triage'`,
    )
      .toEqual([{ model_config: { temperature: 0.2 }, fallback_models: [] }]);
  }));

Deno.test("before-you-open's statement stops all answers, and conversations remain readable", () =>
  withFreshProject(shared, async ({ ask, sql, apiUrl, keys, token }) => {
    const { body: { conversation_id } } = await ask("patient", "Hello");
    const [stop, ...others] = pageBlocks("docs/before-you-open.md")
      .filter(({ language, section }) => language === "sql" && section === "Stop all answers");
    expect(others).toEqual([]);
    await sql.unsafe(stop!.text);
    for (const turn of [{ message: "Hi" }, { message: "Go on", conversation_id }]) {
      for (const persona of ["patient", "clinician", "facility", "admin"] as const) {
        if (persona !== "patient" && "conversation_id" in turn) continue;
        const { status, body } = await ask(persona, turn);
        expect([persona, status, body.error?.code]).toEqual([persona, 409, "assistant_inactive"]);
      }
    }
    const response = await fetch(`${apiUrl}/rest/v1/ai_messages?select=content`, {
      headers: { apikey: keys.publishable, authorization: `Bearer ${await token("patient")}` },
    });
    expect(await response.json()).toHaveLength(2);
  }));

Deno.test("the README's example for an app runs as it stands", () =>
  withFreshProject(shared, async () => {
    const examples = pageBlocks("README.md").filter(({ language }) => language === "ts");
    expect(examples).toHaveLength(1);
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
    const examples = ["docs/operate.md", "docs/before-you-open.md"].flatMap(pageBlocks)
      .filter(({ language }) => language === "sql");
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
