import { Buffer } from "node:buffer";
import { join } from "node:path";
import { expect } from "@std/expect";
import { ClientError } from "../../local/client/client_error.ts";
import { asked, runAskTask } from "../support/asked.ts";
import { changeProject } from "../support/changed_project.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";
import { tinyPng } from "../support/tiny_png.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";
const novaMicro = "eu.amazon.nova-micro-v1:0";

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
      JSON.parse(await asked(project.apiUrl, "--as", "clinician", "--json", ...args, "Hello"))
        .model;
    expect(await model("--model", novaLite)).toMatchObject(
      { model_id: novaLite, reason: "requested" },
    );
    expect(await model("--use-case", "triage")).toMatchObject(
      { model_id: novaMicro, reason: "use_case" },
    );
  }));

Deno.test("ask() sends files, from the folder where it was called, and prints what the model calls", () =>
  withFreshProject(stack, async (project) => {
    const folder = await Deno.makeTempDir();
    try {
      const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
      await Deno.writeFile(join(folder, "rash.png"), Buffer.from(tinyPng, "base64"));
      await write("values.csv", "date,haemoglobin\n2026-11-02,13.1\n");
      await write(
        "tools.json",
        JSON.stringify([{ name: "book", input_schema: { type: "object" } }]),
      );
      await project.bedrock.scriptAnswer({
        content: [{ type: "tool_use", id: "t", name: "book", input: { day: "Monday" } }],
      }, { model: novaLite });
      const env = { SUPABASE_URL: project.apiUrl, INIT_CWD: folder };
      const options = ["--image", "rash.png", "--document", "values.csv", "--tools", "tools.json"];
      const text = await asked(env, "--as", "patient", ...options, "Is it bad?");
      expect(text).toContain('(Calls the tool book with {"day":"Monday"})');
      const body = JSON.stringify((await project.bedrock.requests())[0]?.body);
      expect(body).toContain("png");
      expect(body).toContain("book");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("ask() prints thinking where told to, and JSON that fits a schema", () =>
  withFreshProject(stack, async (project) => {
    const folder = await Deno.makeTempDir();
    try {
      const schema = {
        type: "object",
        properties: { urgency: { type: "string" } },
        required: ["urgency"],
        additionalProperties: false,
      };
      await Deno.writeTextFile(join(folder, "schema.json"), JSON.stringify(schema));
      const env = { SUPABASE_URL: project.apiUrl, INIT_CWD: folder };
      const args = ["--as", "patient", "--schema", "schema.json", "My head hurts."];
      const json = await asked(env, ...args);
      expect(Object.keys(JSON.parse(json.split("\n\n")[0]!))).toEqual(["urgency"]);

      const thinking = { type: "thinking", text: "A riddle." } as const;
      await project.bedrock.scriptAnswer(
        { content: [thinking, { type: "text", text: "A needle." }] },
        { model: haiku, times: 2 },
      );
      const question = ["--as", "clinician", "--model", haiku, "What has an eye?"];
      expect(await asked(project.apiUrl, "--thinking", "--effort", "low", ...question))
        .toMatch(/^\(Thinking: A riddle\.\)\n\nA needle\.\n/);
      expect(await asked(project.apiUrl, ...question)).toMatch(/^A needle\.\n/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("ask() calls the function that --chat-name names", () =>
  withFreshProject(stack, async (project) => {
    const called: string[] = [];
    await using changed = changeProject(project, ({ path, passOn }) => {
      if (!path.startsWith("/functions/")) return passOn();
      called.push(path);
      return passOn("/functions/v1/chat");
    });
    const answer = await asked(changed.url, "--as", "admin", "--chat-name", "our-chat", "Hello");
    expect(answer).toContain("reason: default");
    expect(called).toEqual(["/functions/v1/our-chat"]);
  }));

Deno.test("ask() says message and hint of a refusal", () =>
  withFreshProject(stack, async (project) => {
    const refused = asked(project.apiUrl, "--as", "admin", "--model", "no-such-model", "Hello");
    await expect(refused).rejects.toThrow(ClientError);
    await expect(refused).rejects.toThrow(/no-such-model.*\(model_not_found\)\nAvailable: /);
  }));

Deno.test("deno task ask answers with the permissions of its task", () =>
  withFreshProject(stack, async (project) => {
    const port = Number(new URL(project.apiUrl).port);
    const good = await runAskTask(port, "--as", "clinician", "Hello");
    expect(good).toMatchObject({ code: 0, stderr: "" });
    expect(good.stdout).toContain("reason: assistant");
  }));
