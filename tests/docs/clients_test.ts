/** Runs the lines of docs/clients.md: the clients as they are published, against the embedded stack. */
import { join } from "node:path";
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { type FencedBlock, fencedBlocks } from "../support/markdown.ts";
import { blocksRunBy } from "../support/printed_commands.ts";
import { runCommand } from "../support/run_command.ts";
import { filesBelow, readSource } from "../support/source_files.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const page = Deno.readTextFileSync(join(projectRoot, "docs", "clients.md"));
const blocks = fencedBlocks(page);
const notRun = "Configuration, not run";

/** What a client needs of this machine to find its packages, and nothing that names a project. */
const machine = Object.fromEntries(
  ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "NPM_CONFIG_REGISTRY"]
    .flatMap((name) => Deno.env.get(name) ? [[name, Deno.env.get(name)!]] : []),
);

/** The settings of the page's first commands, and what its other commands print. */
async function runCommands(): Promise<{ settings: Record<string, string>; printed: string }> {
  const [first, ...others] = blocksRunBy("tests/docs/clients_test.ts", "docs/clients.md");
  const mark = `-- ${crypto.randomUUID()} --`;
  const script = [
    `cd '${projectRoot}'`,
    first!.text.replaceAll("http://127.0.0.1:54321", stack.apiUrl),
    "env -0",
    `printf '%s' '${mark}'`,
    ...others.map(({ text }) => text),
  ].join("\n");
  const { code, stdout, stderr } = await runCommand("bash", ["-euo", "pipefail", "-c", script], {
    ...machine,
    NO_PROXY: "127.0.0.1",
  });
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const [environment = "", printed = ""] = stdout.split(mark);
  const settings = environment.split("\0").filter((line) => /^(?:OPENAI|ANTHROPIC)_/.test(line))
    .map((line) => /^([^=]+)=(.*)$/s.exec(line)!.slice(1) as [string, string]);
  return { settings: Object.fromEntries(settings), printed };
}

/** The text that follows a block. */
function shownBy(block: FencedBlock): string {
  const next = blocks[blocks.indexOf(block) + 1];
  expect([block.section, next?.language]).toEqual([block.section, "text"]);
  return next!.text;
}

/** Runs programs with their types checked at once, and returns what each prints. */
async function runPrograms(
  programs: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<string[]> {
  // Beside the project's own files, where the packages are known.
  const dir = await Deno.makeTempDir({ dir: projectRoot, prefix: ".example-" });
  try {
    const paths = programs.map((_, index) => join(dir, `${index}.ts`));
    for (const [index, path] of paths.entries()) await Deno.writeTextFile(path, programs[index]!);
    const env = { ...machine, ...settings, NO_PROXY: "127.0.0.1", NO_COLOR: "1" };
    await deno(["check", "--quiet", ...paths], env);
    const printed: string[] = [];
    for (const path of paths) {
      printed.push(await deno(["run", "--quiet", "--no-check", "-A", path], env));
    }
    return printed;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function deno(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runCommand(Deno.execPath(), args, env);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  return stdout.trimEnd();
}

Deno.test("docs/clients.md: each client answers as the page shows, with the page's two settings", () =>
  withFreshProject(stack, async ({ sql }) => {
    const { settings, printed } = await runCommands();
    expect(Object.keys(settings).sort()).toEqual([
      "ANTHROPIC_AUTH_TOKEN",
      "ANTHROPIC_BASE_URL",
      "OPENAI_API_KEY",
      "OPENAI_BASE_URL",
    ]);
    const curl = blocks.find(({ language, section }) => language === "sh" && section === "curl");
    expect(printed.trimEnd()).toBe(shownBy(curl!));

    const examples = blocks.filter(({ language }) => language === "ts")
      .map((block) => ({ client: block.section, program: block.text, shown: shownBy(block) }));
    expect(examples.map(({ client }) => client)).toEqual([
      "openai",
      "@anthropic-ai/sdk",
      "AI SDK: @ai-sdk/openai-compatible",
      "AI SDK: @ai-sdk/openai",
      "AI SDK: @ai-sdk/anthropic",
      "LangChain: @langchain/openai",
      "LangChain: @langchain/anthropic",
    ]);
    // The page says that the earlier version runs the same lines.
    const earlier = examples.filter(({ client }) => client === "@anthropic-ai/sdk")
      .map((example) => ({
        ...example,
        client: "@anthropic-ai/sdk 0.122",
        program: example.program.replace('"@anthropic-ai/sdk"', '"@anthropic-ai/sdk-0.122"'),
      }));
    const all = [...examples, ...earlier];
    const outputs = await runPrograms(all.map(({ program }) => program), settings);
    expect(all.map(({ client }, index) => [client, outputs[index]]))
      .toEqual(all.map(({ client, shown }) => [client, shown]));

    const rows = await sql`
      select surface, count(*)::integer as calls, count(api_key_id)::integer as of_keys,
        count(cost_usd)::integer as priced
      from ai_usage group by surface order by surface`;
    expect(rows).toEqual([
      { surface: "anthropic", calls: 7, of_keys: 7, priced: 7 },
      { surface: "openai", calls: 6, of_keys: 6, priced: 6 },
    ]);
  }));

Deno.test("docs/clients.md: every example names the region of the function", () => {
  const calls = blocks.filter(({ language, section }) =>
    language === "ts" || language === "python" || section === "curl" && language === "sh"
  );
  expect(calls.length).toBeGreaterThan(8);
  for (const { section, text } of calls) {
    expect([section, text.includes("x-region")]).toEqual([section, true]);
  }
});

Deno.test("every page's call of a function that answers users names the region of the function", () => {
  const call =
    /functions\/v1\/(?:chat|openai\/v1|anthropic\/v1)|\.invoke(?:<\w+>)?\("chat"|new (?:OpenAI|Anthropic)\(/;
  const calls = filesBelow().filter((path) => /^(?:[^/]+|docs\/[^/]+)\.md$/.test(path))
    .flatMap((path) =>
      fencedBlocks(readSource(path)).filter(({ language, text }) =>
        ["sh", "ts", "js"].includes(language) && call.test(text)
      ).map(({ line, text }) => ({ place: `${path}:${line}`, text }))
    );
  expect(calls.length).toBeGreaterThan(12);
  // What only says where the functions are, for the commands below it.
  const settings = /^(?:export \w+=.*\n?)+$/;
  expect(
    calls.filter(({ text }) => !/x-region|FunctionRegion\.|region: "/.test(text))
      .filter(({ text }) => !settings.test(text)).map(({ place }) => place),
  ).toEqual([]);
});

Deno.test("docs/clients.md marks what no test runs", () => {
  const languages = blocks.filter(({ section }) => section === notRun)
    .map(({ language }) => language);
  expect(languages).toEqual(["python", "json", "text", "yaml"]);
  const others = blocks.filter(({ section }) => section !== notRun);
  expect(others.filter(({ language }) => !["sh", "ts", "text"].includes(language))).toEqual([]);
});
