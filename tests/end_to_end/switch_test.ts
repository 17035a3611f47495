import { expect } from "@std/expect";
import { withFunctionProcesses } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { type Answer, chat, manage } from "../support/project_client.ts";
import { switchDefault } from "../support/switch_default.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";

/** The statements of docs/operate.md's SQL section, as an operator pastes them into Studio. */
const statements = [
  `UPDATE bedrock_models SET is_available = FALSE, is_default = FALSE WHERE model_id = 'eu.amazon.nova-pro-v1:0';`,
  `UPDATE bedrock_models SET is_available = TRUE, is_default = TRUE WHERE model_id = 'anthropic.claude-3-5-sonnet-20241022-v2:0';`,
  `SELECT model_id, model_name, is_default FROM bedrock_models WHERE is_available = TRUE;`,
  `UPDATE ai_assistants SET model_version = 'eu.amazon.nova-lite-v1:0' WHERE assistant_type = 'health';`,
  `UPDATE bedrock_models SET use_case = 'clinical' WHERE model_id = 'anthropic.claude-3-5-sonnet-20241022-v2:0';`,
];

Deno.test("a switch by any way is followed by the very next request in every one of four processes", () =>
  withFreshProject(stack, (project) =>
    withFunctionProcesses(stack, "chat", 4, async (urls) => {
      const token = await project.token("admin");
      const ask = (url: string) => chat(project, token, { message: "Who are you?" }, url);
      const askAll = () => Promise.all(urls.map(ask));
      const models = (answers: Answer[]) => answers.map(({ body }) => body.model?.model_id);

      expect(models(await askAll())).toEqual(Array(4).fill(novaPro));
      let [current, next] = [novaPro, claude35];
      for (const [way, switchTo] of Object.entries(switchDefault)) {
        for (let round = 0; round < 5; round++) {
          await switchTo(project, next);
          const answers = [...await askAll(), ...await askAll()];
          expect({ way, models: models(answers) }).toEqual({ way, models: Array(8).fill(next) });
          [current, next] = [next, current];
        }
      }
    })));

Deno.test("no answer begun after a switch carries an older registry version, under constant load", () =>
  withFreshProject(stack, (project) =>
    withFunctionProcesses(stack, "chat", 4, async (urls) => {
      const token = await project.token("admin");
      let switching = true;
      const askOn = async (url: string) => {
        for (let n = 0; switching && n < 500; n++) {
          const { status } = await chat(project, token, { message: "Still here?" }, url);
          expect(status).toBe(200);
        }
      };
      const load = urls.map(askOn);
      const committed: { version: number; modelId: string; at: Date }[] = [];
      for (let n = 0; n < 12; n++) {
        const modelId = n % 2 === 0 ? claude35 : novaPro;
        const { body } = await manage(project, { action: "set-default", model_id: modelId });
        const [{ at }] = await project.sql`select clock_timestamp() as at` as [{ at: Date }];
        committed.push({ version: body.registry_version, modelId, at });
      }
      switching = false;
      await Promise.all(load);

      const answers = await project.sql<{ begun_at: Date; version: string; model: string }[]>`
        select q.begun_at, a.registry_version as version, a.model_used as model
        from ai_messages as a
        join ai_messages as q on q.conversation_id = a.conversation_id and q.seq = a.seq - 1
        where a.role = 'assistant'`;
      expect(answers.length).toBeGreaterThan(12);
      for (const { begun_at, version, model } of answers) {
        const last = committed.findLast(({ at }) => at < begun_at);
        if (last === undefined) continue;
        expect(Number(version)).toBeGreaterThanOrEqual(last.version);
        if (Number(version) === last.version) expect(model).toBe(last.modelId);
      }
    })));

async function expectSwitched({ ask, sql }: FreshProject): Promise<void> {
  const [admin, clinician, patient] = [
    await ask("admin", "Hi"),
    await ask("clinician", "Hi"),
    await ask("patient", "Hi"),
  ].map(({ body }) => body.model.model_id);
  expect([admin, clinician, patient]).toEqual([claude35, claude35, novaLite]);
  expect(await sql`select model_id from bedrock_models where is_default`)
    .toEqual([{ model_id: claude35 }]);
}

Deno.test("the SQL of Studio switches as one transaction", () =>
  withFreshProject(stack, async (project) => {
    // Several statements in one simple query are one transaction, as Studio sends them.
    await project.sql.unsafe(statements.join("\n"));
    await expectSwitched(project);
  }));

Deno.test("the SQL of Studio switches as separate statements", () =>
  withFreshProject(stack, async (project) => {
    for (const statement of statements) await project.sql.unsafe(statement);
    await expectSwitched(project);
  }));

Deno.test("an assistant's own model is followed at once, and the default again when it has none", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    const modelNow = async () => (await ask("patient", "Hi")).body.model;
    expect(await modelNow()).toMatchObject({ model_id: novaLite, reason: "assistant" });
    await sql`update ai_assistants set model_version = ${claude35} where assistant_type = 'health'`;
    expect(await modelNow()).toMatchObject({ model_id: claude35, reason: "assistant" });
    await sql`update ai_assistants set model_version = null where assistant_type = 'health'`;
    expect(await modelNow()).toMatchObject({ model_id: novaPro, reason: "default" });
  }));

Deno.test("an assistant's new system prompt and settings are followed at once", () =>
  withFreshProject(stack, async ({ ask, sql, bedrock }) => {
    await ask("patient", "Hi");
    await sql`
      update ai_assistants
      set system_prompt = 'Answer in rhymes.', model_config = '{"max_tokens": 77, "temperature": 0.1}'
      where assistant_type = 'health'`;
    const { body } = await ask("patient", "Hi");
    expect(body.message.content).toContain("Answer in rhymes.");
    const sent = (await bedrock.requests()).at(-1)?.body;
    expect(sent).toMatchObject({
      system: [{ text: "Answer in rhymes." }],
      inferenceConfig: { maxTokens: 77, temperature: 0.1 },
    });
  }));
