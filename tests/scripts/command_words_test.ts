/** The words of switch-bedrock-model.sh, compared with the contract and with the pages. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import {
  actionNames,
  manageRequestSchema,
  streamedActions,
} from "../../supabase/functions/_shared/contract/manage.ts";
import { LocalServer } from "../support/local_server.ts";
import { fencedBlocks } from "../support/markdown.ts";
import { runCommand } from "../support/run_command.ts";
import { readSource } from "../support/source_files.ts";

const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");

/** A command as `--help` prints it. */
interface PrintedCommand {
  readonly words: string;
  readonly meaning: string;
  /** Such as `--limit N`. */
  readonly options: readonly string[];
}

interface Help {
  readonly commands: readonly PrintedCommand[];
  /** Names and meanings of the sections that begin with "Options" and "Settings". */
  readonly options: readonly string[];
  readonly settings: readonly string[];
}

async function readHelp(): Promise<Help> {
  const { stdout } = await runCommand("bash", [script, "--help"]);
  const sections = stdout.split(/\n(?=[A-Z][\w, ]*:\n)/).slice(1);
  const names = (title: string) =>
    (sections.find((section) => section.startsWith(`${title}:`)) ?? "").split("\n").slice(1)
      .flatMap((line) => /^ {2}(\S+(?: \S+)?) {2,}/.exec(line)?.[1] ?? []);
  const others = ["Options", "Examples of limits", "Settings", "Environment"];
  const commands = sections
    .filter((section) => !others.some((title) => section.startsWith(`${title}:`)))
    .flatMap((section) =>
      // A command, and below it its options.
      section.split(/\n {2}(?! )/).slice(1).map((entry) => {
        const [line = "", ...options] = entry.split("\n");
        return {
          words: line.slice(0, 33).trim(),
          meaning: line.slice(33).trim(),
          options: options.join(" ").replaceAll(/\s+/g, " ").split(",").map((option) =>
            option.trim()
          ).filter(Boolean),
        };
      })
    );
  return { commands, options: names("Options"), settings: names("Settings") };
}

const help = await readHelp();

/** What stands for the placeholders of commands and options. */
const samples: Readonly<Record<string, string>> = {
  "<model-id>": "eu.a.model",
  "<limit>": "each_user health 60 turns per minute",
  "<number>": "3",
  "<assistant>": "health",
  "<email>": "ann@example.com",
  "<user>": "ann@example.com",
  "<id>": "0b9e1a52-7d0e-4a57-9a0d-0d7a2d0e8c11",
  "<kind>": "error_rate",
  "<name>": "require_mfa",
  "<names>": "claude-one,claude-two",
  "<value>": "true",
  "<share>": "10",
  "<outcome>": "promote",
  "--active VALUE": "true",
  "--allow-provider-retention VALUE": "true",
  "--requires-evaluation VALUE": "true",
  "--protected VALUE": "true",
  "--keeps VALUE": "none",
  "--source URL": "https://aws.example/retention",
  "--checked-on DATE": "2026-11-30",
  "--status STATUS": "open",
  "--result FILE": join(projectRoot, "deno.json"),
  "--on-disconnect VALUE": "stop",
  "--effort VALUE": "high",
  "--guardrail ID:VERSION": "abc1:1",
  "--long-prompt-tokens N": "50000",
  "--latency-ratio N": "1.5",
  "--cost-ratio N": "2",
  "--prompt-file FILE": join(projectRoot, "LICENSE"),
  "--image FILE": join(projectRoot, "docs", "images", "console-usage-light.png"),
  "--document FILE": join(projectRoot, "README.md"),
  "--action ACTION": "assign",
  "--by UNIT": "day",
  "--by GROUP": "user",
  "ZONE": "Europe/Berlin",
  "MODEL-ID": "eu.another.model",
  "TYPE": "health",
  "BOUND": "health",
  "LIST": "openai,anthropic",
  "USD": "1.5",
  "T": "2026-11-01",
  "DAY": "2026-11-30",
  "EMAIL": "ann@example.com",
  "--after-id ID": "0b9e1a52-7d0e-4a57-9a0d-0d7a2d0e8c11",
  "ID": "7",
  "N": "1",
  "ROWS": "2",
};

const sample = (option: string) => samples[option] ?? samples[option.split(" ")[1]!] ?? "some text";

/** Runs the command on an API that notes requests, and returns the last. */
async function requestOf(args: readonly string[]): Promise<Record<string, unknown>> {
  let request: Record<string, unknown> = {};
  await using server = new LocalServer(async (incoming) => {
    request = await incoming.json();
    return Response.json(
      request.action === "list-assistants"
        ? { success: true, assistants: [], registry_version: 3, default_model_id: null }
        : { success: false, error: { code: "forbidden", message: "No." } },
    );
  });
  const { stderr } = await runCommand("bash", [script, ...args], {
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_KEY: "sb_secret_of-a-test",
    SWITCHBOARD_ACCESS_TOKEN: "a.users.token",
  });
  expect({ args, stderr: stderr.replace(/^.*\(forbidden\)\n$/, "") }).toEqual({ args, stderr: "" });
  return request;
}

/** The options of a command in as many calls as it takes: some exclude each other. */
function callsOf({ words, options }: PrintedCommand): string[][] {
  const exclusive = [
    ...["--days N", "--prompt TEXT", "--impact", "--dry-run", "--keep", "--remove"],
    // Nothing is asked where it cannot be written.
    "--output FILE",
  ];
  const together = options.filter((option) => !exclusive.includes(option));
  const alone = options
    .filter((option) => exclusive.includes(option) && option !== "--output FILE")
    .map((option) => [option]);
  const needed = words.endsWith("create <assistant>")
    ? ["--name NAME"]
    : words.endsWith(" rollout")
    ? ["--share N"]
    : words.endsWith(" retention set")
    ? ["--keeps VALUE", "--source URL"]
    : [];
  return [together, ...alone.map((option) => [...needed, ...option])].map((chosen) => [
    ...words.split(" ").map((word) => samples[word] ?? word),
    ...chosen.flatMap((option) =>
      option.includes(" ") ? [option.split(" ")[0]!, sample(option)] : [option]
    ),
  ]);
}

Deno.test("every command of the help makes requests that the contract takes, with all its options", async () => {
  const asked = new Set<unknown>();
  for (const command of help.commands) {
    for (const args of callsOf(command)) {
      if (args[0] === "settings" && args.includes("--impact")) args[2] = "allowed_geographies";
      if (args[0] === "settings" && args.includes("--impact")) args[3] = "eu";
      const request = await requestOf(args);
      asked.add(request.action);
      // With --propose among its options, the action is that of the proposed change.
      if (request.action === "propose") asked.add(Object(request.change).action);
      const { success, error } = manageRequestSchema.safeParse(request);
      expect({ args, success, message: error?.message }).toEqual({ args, success: true });
    }
  }
  // `limits` shows how far each is used, too.
  asked.add("list-limits");
  expect([...asked].sort()).toEqual([...actionNames, ...Object.keys(streamedActions)].sort());
});

Deno.test("every setting of the help is set by its name", async () => {
  const values: Readonly<Record<string, string>> = {
    allowed_geographies: "eu,uk",
    function_geographies: "eu",
    require_mfa: "true",
    require_person: "true",
    allow_anonymous_users: "false",
    allow_provider_retention: "true",
    on_role_change: "move",
    backup_days: "7",
  };
  expect(help.settings.map((line) => line.split(" ")[0]!)).toEqual(Object.keys(values));
  for (const [name, value] of Object.entries(values)) {
    const request = await requestOf(["settings", "set", name, value]);
    expect(manageRequestSchema.safeParse(request).success).toBe(true);
    expect(Object.keys(request)).toEqual(["action", name]);
  }
});

Deno.test("the help explains every option that a command takes, and no other", () => {
  const taken = new Set(help.commands.flatMap(({ options }) => options));
  const explained = help.options.filter((option) => !["--json", "--help"].includes(option));
  expect([...taken].sort()).toEqual([...explained].sort());
});

Deno.test("docs/operate.md has every command in the words of the help", () => {
  const printed = fencedBlocks(readSource("docs/operate.md"))
    .filter(({ language }) => language === "text")
    .flatMap(({ text }) => text.split("\n")).filter(Boolean);
  const normal = (line: string) => line.replaceAll(/\s+/g, " ");
  expect(printed.map(normal).sort()).toEqual(
    help.commands.map(({ words, meaning }) => normal(`${words} ${meaning}`)).sort(),
  );
});

Deno.test("docs/console.md names the command of each action", () => {
  const named = [...readSource("docs/console.md").matchAll(/`([^`]+)`/g)].map(([, text]) => text);
  const missing = help.commands.map(({ words }) => words).filter((words) => !named.includes(words));
  expect(missing).toEqual([]);
});
