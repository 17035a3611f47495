import { expect } from "@std/expect";
import { join } from "node:path";
import { ask, parseQuestion } from "../../local/ask.ts";
import { ClientError, UsageError } from "../../local/client/client_error.ts";
import { projectRoot } from "../../local/config.ts";
import { freePort } from "../../local/ports.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { LocalServer } from "../support/local_server.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";

/** Asks in this process; returns what is printed. */
async function asked(url: string, ...args: string[]): Promise<string> {
  const question = parseQuestion(args);
  if (question === null) throw new Error("The arguments ask for help.");
  const printed: string[] = [];
  const env: Readonly<Record<string, string>> = { SUPABASE_URL: url };
  await ask(question, (name) => env[name], (text) => printed.push(text));
  return printed.join("\n");
}

/** Runs `deno task ask` with the permissions that the task has. */
function runTask(project: { apiUrl: string }, ...args: string[]) {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(projectRoot, "deno.json")));
  const [, ...command] = tasks.ask.command.replace(
    "local/ask.ts",
    join(projectRoot, "local/ask.ts"),
  )
    .split(" ");
  return runCommand(Deno.execPath(), [...command, ...args], {
    HOME: Deno.env.get("HOME") ?? "",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
    NO_COLOR: "1",
    SWITCHBOARD_API_PORT: new URL(project.apiUrl).port,
  });
}

Deno.test("parseQuestion() reads the command line, the options anywhere", () => {
  expect(parseQuestion(["--as", "admin", "What", "--continue", "now?"])).toEqual({
    persona: "admin",
    message: "What now?",
    continued: true,
    modelId: undefined,
    useCase: undefined,
    json: false,
  });
  expect(parseQuestion(["--model", "m", "--use-case=u", "--json", "--as=patient", "--", "--x"]))
    .toMatchObject({ message: "--x", continued: false, modelId: "m", useCase: "u", json: true });
  expect(parseQuestion(["--help"])).toBeNull();
});

Deno.test("parseQuestion() refuses what it does not understand", () => {
  const cases: [string[], string][] = [
    [["hello"], "--as is missing: one of patient, clinician, facility, admin."],
    [["--as", "doctor", "hello"], 'There is no "doctor" to ask as'],
    [["--as", "toString", "hello"], 'There is no "toString" to ask as'],
    [["--as", "patient"], "The question is missing."],
    [["--as", "patient", "  "], "The question is missing."],
    [["--as", "patient", "--loud", "hello"], "--loud"],
    [["--as"], "--as"],
  ];
  for (const [args, message] of cases) {
    expect(() => parseQuestion(args)).toThrow(UsageError);
    expect(() => parseQuestion(args)).toThrow(message);
  }
});

Deno.test("ask() prints the answer, the model, the reason, and the cost", () =>
  withFreshProject(stack, async (project) => {
    const [answer, empty, figures] = (await asked(project.apiUrl, "--as", "patient", "Good day"))
      .split("\n");
    expect(answer).toContain("Good day");
    expect(empty).toBe("");
    expect(figures).toMatch(
      /^Amazon Nova Lite \(eu\.amazon\.nova-lite-v1:0\), reason: assistant, \d+ tokens in and \d+ out, \$0\.0000\d+, \d+ ms, registry version \d+$/,
    );
  }));

Deno.test("ask() begins a conversation, and goes on with the last one where told to", () =>
  withFreshProject(stack, async (project) => {
    const conversations = () =>
      project.sql`
        select count(m.id)::integer as messages from ai_conversations as c
        join ai_messages as m on m.conversation_id = c.id
        group by c.id order by c.created_at`;
    await expect(asked(project.apiUrl, "--as", "patient", "--continue", "And?")).rejects.toThrow(
      "There is no conversation to continue",
    );
    await asked(project.apiUrl, "--as", "patient", "First");
    await asked(project.apiUrl, "--as", "patient", "Second");
    await asked(project.apiUrl, "--as", "facility", "Another's");
    const answer = await asked(project.apiUrl, "--as", "patient", "--continue", "Third");
    expect(answer).toContain("reason: pinned");
    expect(await conversations()).toEqual([{ messages: 2 }, { messages: 4 }, { messages: 2 }]);
  }));

Deno.test("ask() passes on model and use case, and prints the answer as JSON", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`update bedrock_models set use_case = 'triage' where model_id = ${novaMicro}`;
    await project.sql`update ai_assistants set model_version = null`;
    const model = async (...args: string[]) =>
      JSON.parse(await asked(project.apiUrl, "--as", "patient", "--json", ...args, "Hello")).model;
    expect(await model("--model", novaLite)).toMatchObject(
      { model_id: novaLite, reason: "requested" },
    );
    expect(await model("--use-case", "triage")).toMatchObject(
      { model_id: novaMicro, reason: "use_case" },
    );
  }));

Deno.test("ask() says message and hint of a refusal", () =>
  withFreshProject(stack, async (project) => {
    const refused = asked(project.apiUrl, "--as", "patient", "--model", "no-such-model", "Hello");
    await expect(refused).rejects.toThrow(ClientError);
    await expect(refused).rejects.toThrow(/no-such-model.*\(model_not_found\)\nAvailable: /);
  }));

Deno.test("ask() says in words that nothing answers, or something else does", async () => {
  const nowhere = `http://127.0.0.1:${freePort()}`;
  await expect(asked(nowhere, "--as", "patient", "Hello")).rejects.toThrow(
    `The embedded stack is not answering at ${nowhere}; start it with: deno task dev`,
  );
  await expect(asked("ftp://x", "--as", "patient", "Hello")).rejects.toThrow("must be an http");
  await using stranger = new LocalServer(() => new Response("not a project", { status: 404 }));
  await expect(asked(stranger.url, "--as", "patient", "Hello")).rejects.toThrow(ClientError);
});

Deno.test("ask() says what is wrong when sign-in works and chat does not", async () => {
  const chatAnswers: [() => Response, string][] = [
    [() => Response.json({ hello: 1 }), "is not the function chat"],
    [() => new Response("<html>"), "is not the function chat"],
    [() => new Response("oops", { status: 500 }), "chat answered with HTTP 500"],
  ];
  for (const [chatAnswer, message] of chatAnswers) {
    await using project = new LocalServer((request) =>
      new URL(request.url).pathname === "/auth/v1/token"
        ? Response.json({
          access_token: "a.b.c",
          token_type: "bearer",
          expires_in: 3600,
          refresh_token: "r",
          user: { id: "u" },
        })
        : chatAnswer()
    );
    await expect(asked(project.url, "--as", "patient", "Hello")).rejects.toThrow(message);
  }
});

Deno.test("deno task ask runs with the permissions of its task, and ends as it should", () =>
  withFreshProject(stack, async (project) => {
    const good = await runTask(project, "--as", "clinician", "Hello");
    expect(good).toMatchObject({ code: 0, stderr: "" });
    expect(good.stdout).toContain("reason: assistant");

    const usage = await runTask(project, "--help");
    expect(usage).toMatchObject({ code: 0, stderr: "" });
    expect(usage.stdout).toContain("--as patient|clinician|facility|admin");

    const wrong = await runTask(project, "Hello");
    expect(wrong).toMatchObject({ code: 2, stdout: "" });

    const nowhere = await runTask({ apiUrl: `http://127.0.0.1:${freePort()}` }, "--as=admin", "Hi");
    expect(nowhere).toMatchObject({ code: 1, stdout: "" });
    expect(nowhere.stderr).toMatch(/^The embedded stack is not answering at .*\n$/);
  }));
