import { expect } from "@std/expect";
import { join } from "node:path";
import { ClientError } from "../../local/client/client_error.ts";
import { projectRoot } from "../../local/config.ts";
import { demo } from "../../local/demo.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";

/** Where the demo finds the stack. */
const stackPorts: Readonly<Record<string, string>> = {
  SWITCHBOARD_API_PORT: new URL(stack.apiUrl).port,
  SWITCHBOARD_DB_PORT: new URL(stack.dbUrl).port,
};

/** Plays the demo in this process and returns what it prints; `onPrint` sees it line by line. */
async function played(
  { signal = new AbortController().signal, onPrint }: {
    signal?: AbortSignal;
    onPrint?: (text: string) => void;
  } = {},
): Promise<string> {
  const printed: string[] = [];
  await demo((name) => stackPorts[name], (text) => {
    printed.push(text);
    onPrint?.(text);
  }, signal);
  return printed.join("\n");
}

async function defaultModel({ sql }: FreshProject): Promise<string> {
  const [row] = await sql`select model_id from bedrock_models where is_default`;
  return row?.model_id;
}

Deno.test("demo() asks, switches in three ways, shows the records, and switches back", () =>
  withFreshProject(stack, async (project) => {
    const transcript = await played();
    for (
      const line of [
        "$ ./scripts/switch-bedrock-model.sh list",
        '$ deno task ask --as patient "',
        '$ deno task ask --as admin --continue "',
        "$ ./scripts/switch-bedrock-model.sh eu.anthropic.claude-haiku-5-5 switch",
        `-d '{"action":"set-default","model_id":"${novaLite}"}'`,
        '-c "UPDATE bedrock_models SET is_available = TRUE, is_default = TRUE WHERE model_id = ',
        `$ ./scripts/switch-bedrock-model.sh ${novaPro} switch`,
        "\nEverything was as it should be.",
      ]
    ) expect(transcript).toContain(line);

    expect(await defaultModel(project)).toBe(novaPro);
    const switches = await project.sql`
      select source from model_switches where action = 'set-default' order by id desc limit 4`;
    expect(switches.map((row) => row.source)).toEqual(["cli", "sql", "api", "cli"]);
    const answers = await project.sql`
      select count(distinct model_used)::integer as models, count(*)::integer as answers
      from ai_messages where role = 'assistant' and status = 'complete'`;
    // Four assistants, then the platform's on its pin and after each of three switches.
    expect(answers).toEqual([{ models: 5, answers: 8 }]);
  }));

Deno.test("demo() plays with two models, and refuses with one", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set is_available = false
      where model_id not in (${novaPro}, ${novaLite})`;
    expect(await played()).toContain("Everything was as it should be.");
    await project.sql`
      update bedrock_models set is_available = false where model_id = ${novaLite}`;
    await expect(played()).rejects.toThrow("only one is available");
  }));

Deno.test("demo() fails where a new conversation does not follow the default", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update ai_assistants set model_version = ${novaLite} where assistant_type = 'platform'`;
    const error = await played().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ClientError);
    expect(String(error)).toContain(
      "Not as it should be: the platform assistant must follow the default",
    );
    expect(await defaultModel(project)).toBe(novaPro);
  }));

Deno.test("demo() switches back when a model fails in the middle", () =>
  withFreshProject(stack, async (project) => {
    const printed: string[] = [];
    const play = played({
      onPrint: (text) => {
        // After the switch, which proves the model first.
        if (text.includes("Default before:")) {
          project.bedrock.setModel("anthropic.claude-haiku-5-5", { access: "denied" });
        }
        printed.push(text);
      },
    });
    await expect(play).rejects.toThrow(ClientError);
    expect(printed.join("\n")).toContain("Default before: eu.amazon.nova-pro-v1:0");
    expect(await defaultModel(project)).toBe(novaPro);
  }));

Deno.test("demo() stops when told to, and switches back", () =>
  withFreshProject(stack, async (project) => {
    const controller = new AbortController();
    const play = played({
      signal: controller.signal,
      onPrint: (text) => {
        if (text.includes("over REST")) controller.abort(new ClientError("Enough."));
      },
    });
    await expect(play).rejects.toThrow("Enough.");
    expect(await defaultModel(project)).toBe(novaPro);
    const [row] = await project.sql`
      select source from model_switches where action = 'set-default' order by id desc limit 1`;
    expect(row?.source).toBe("cli");
  }));

Deno.test("deno task demo switches back on Ctrl-C, and exits with 130", () =>
  withFreshProject(stack, async (project) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(projectRoot, "local", "demo.ts")],
      env: { ...stackPorts, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr = new Response(child.stderr).text();
    let stdout = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (!stdout.includes("from the shell") && (stdout + text).includes("from the shell")) {
        child.kill("SIGINT");
      }
      stdout += text;
    }
    expect((await child.status).code).toBe(130);
    expect(await stderr).toBe("Stopped.\n");
    expect(stdout).not.toContain("Everything was as it should be.");
    expect(await defaultModel(project)).toBe(novaPro);
  }));
