import { expect } from "@std/expect";
import { ClientError } from "../../local/client/client_error.ts";
import { asked, runAskTask } from "../support/asked.ts";
import { changeProject } from "../support/changed_project.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";
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
      JSON.parse(await asked(project.apiUrl, "--as", "patient", "--json", ...args, "Hello")).model;
    expect(await model("--model", novaLite)).toMatchObject(
      { model_id: novaLite, reason: "requested" },
    );
    expect(await model("--use-case", "triage")).toMatchObject(
      { model_id: novaMicro, reason: "use_case" },
    );
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
    const refused = asked(project.apiUrl, "--as", "patient", "--model", "no-such-model", "Hello");
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
