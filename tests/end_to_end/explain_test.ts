/** Why a model answered, over the API, long after the registry has changed. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { claude35, novaLite, novaPro, playTurns, sonnet } from "../support/played_turns.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

interface Id {
  readonly message_id?: string;
  readonly request_id?: string;
}

async function explain(project: FreshProject, id: Id) {
  const { status, body } = await manage(project, { action: "explain", ...id });
  expect([status, body.error]).toEqual([200, undefined]);
  return body.explanation;
}

/** Each rule as `rule model outcome code`. */
function told(explanation: { rules: Record<string, string | null>[] }): string[] {
  return explanation.rules.map(({ rule, model_id, outcome, code }) =>
    [rule, model_id, outcome, code].filter((part) => part !== null).join(" ")
  );
}

/** Changes all that the turns depended on. */
async function changeEverything(project: FreshProject) {
  await manage(project, { action: "set-default", model_id: "eu.amazon.nova-micro-v1:0" });
  await manage(project, { action: "disable", model_id: novaLite, now: true });
  await manage(project, {
    action: "set-assistant-model",
    assistant_type: "clinical",
    model_id: null,
  });
  await project.sql`update bedrock_models set model_name = 'Renamed' where model_id = ${novaPro}`;
}

Deno.test("explain tells each turn by the registry that it saw", () =>
  withFreshProject(stack, async (project) => {
    const { patient: [first, second], admin, clinician } = await playTurns(project);
    await changeEverything(project);
    const opening = await explain(project, { message_id: first.body.message.id });
    expect(opening).toMatchObject({
      message_id: first.body.message.id,
      conversation_id: first.body.conversation_id,
      assistant_type: "health",
      status: "complete",
      model_id: novaLite,
      reason: "assistant",
      registry_version: first.body.registry_version,
      registry_known: true,
      summary: "Amazon Nova Lite answered, because it is the own model of health.",
    });
    expect(told(opening)).toEqual([
      "pinned names-none",
      "requested names-none",
      `assistant ${novaLite} answered`,
    ]);
    expect(told(await explain(project, { message_id: second.body.message.id })))
      .toEqual([`pinned ${novaLite} answered`]);
    const ofDefault = await explain(project, { request_id: admin.body.request_id });
    expect([ofDefault.model_name, told(ofDefault).at(-1)])
      .toEqual(["Amazon Nova Pro", `default ${novaPro} answered`]);
    const stoodIn = await explain(project, { request_id: clinician.body.request_id });
    expect(told(stoodIn).slice(2)).toEqual([
      `assistant ${claude35} passed-over bedrock_access_denied`,
      `successor ${sonnet} answered`,
    ]);
    expect(stoodIn.summary).toBe(
      `Claude Sonnet 5.5 answered, in place of ${claude35}: AWS denied access to the model.`,
    );
    // As the question names it.
    const [question] = await project.sql`
      select q.id from ai_messages as q join ai_messages as a
        on a.conversation_id = q.conversation_id and a.seq = q.seq + 1
      where a.id = ${first.body.message.id}`;
    expect(await explain(project, { message_id: question?.id })).toEqual(opening);
  }));

Deno.test("explain tells failures, broken answers and what only the ledger still has", () =>
  withFreshProject(stack, async (project) => {
    const { clinician } = await playTurns(project);
    await changeEverything(project);
    const idOf = async (status: string) =>
      (await project.sql`
        select id from ai_messages where role = 'assistant' and status = ${status}`)[0]?.id;
    const failed = await explain(project, { message_id: await idOf("failed") });
    expect(failed).toMatchObject({
      status: "failed",
      error_code: "bedrock_access_denied",
      model_id: null,
      reason: null,
      summary: `No model answered: AWS denied access to the model. (${novaPro})`,
    });
    expect(told(failed).at(-1)).toBe(`default ${novaPro} passed-over bedrock_access_denied`);
    const partial = await explain(project, { message_id: await idOf("partial") });
    expect(partial).toMatchObject({ status: "partial", model_id: novaLite });
    expect(partial.rules.at(-1).message).toMatch(/^It answered, until the answer was cut short: /);

    await project.sql`delete from ai_conversations where id = ${clinician.body.conversation_id}`;
    const deleted = await explain(project, { message_id: clinician.body.message.id });
    expect(deleted).toMatchObject({ request_id: null, model_id: sonnet, registry_known: true });
    expect(deleted.rules[0].message)
      .toBe("The conversation is deleted, and with it what it was pinned to.");

    // As of a history that a restore has lost.
    const lost = crypto.randomUUID();
    await project.sql`
      insert into ai_usage (
        question_id, attempt, message_id, conversation_id, assistant_type, model_id, status, reason,
        registry_version, begun_at, ended_at, begins_conversation)
      values (
        ${crypto.randomUUID()}, 1, ${lost}, ${crypto.randomUUID()}, 'health', ${novaLite},
        'complete', 'default', 1000000, now(), now(), true)`;
    expect(await explain(project, { message_id: lost })).toMatchObject({
      registry_known: false,
      rules: [],
      summary: "Amazon Nova Lite answered, because it is the default. The registry of version " +
        "1000000 is not on record, so the rules are not listed.",
    });
  }));

Deno.test("explain follows a conversation's pin through its end", () =>
  withFreshProject(stack, async (project) => {
    const first = await project.ask("patient", "What helps against a headache?");
    const { conversation_id } = first.body;
    await manage(project, { action: "disable", model_id: novaLite, now: true });
    const moved = await project.ask("patient", { message: "And else?", conversation_id });
    const after = await project.ask("patient", { message: "Anything more?", conversation_id });
    await manage(project, { action: "enable", model_id: novaLite });
    const explained = await explain(project, { message_id: moved.body.message.id });
    expect(told(explained)).toEqual([
      `pinned ${novaLite} passed-over model_not_available`,
      "requested names-none",
      `assistant ${novaLite} passed-over model_not_available`,
      "use_case names-none",
      `default ${novaPro} answered`,
    ]);
    expect(told(await explain(project, { message_id: after.body.message.id })))
      .toEqual([`pinned ${novaPro} answered`]);
  }));

Deno.test("explain shows no words, is for operators only, and says what it does not know", () =>
  withFreshProject(stack, async (project) => {
    const words = "my very own headache";
    const { body } = await project.ask("patient", words);
    const message_id = body.message.id;
    expect(JSON.stringify(await explain(project, { message_id }))).not.toContain("headache");
    const denied = await manage(
      project,
      { action: "explain", message_id },
      await project.token("patient"),
    );
    expect([denied.status, denied.body.error.code]).toEqual([403, "forbidden"]);
    await project.sql`update registry_settings set require_mfa = true`;
    const admin = await project.token("admin");
    expect((await manage(project, { action: "explain", message_id }, admin)).status).toBe(200);

    const unknown = await manage(project, { action: "explain", message_id: crypto.randomUUID() });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "turn_not_found"]);
    const request = await manage(project, { action: "explain", request_id: crypto.randomUUID() });
    expect([request.status, request.body.error.code]).toEqual([404, "turn_not_found"]);
    for (const ids of [{}, { message_id, request_id: message_id }]) {
      const neither = await manage(project, { action: "explain", ...ids });
      expect([neither.status, neither.body.error.code]).toEqual([400, "invalid_request"]);
    }

    await project.sql`
      update ai_messages set status = 'pending' where conversation_id = ${body.conversation_id}
        and role = 'user'`;
    await project.sql`alter table ai_usage disable trigger refuse_change`;
    await project.sql`delete from ai_usage where conversation_id = ${body.conversation_id}`;
    await project.sql`alter table ai_usage enable trigger refuse_change`;
    const running = await manage(project, { action: "explain", message_id });
    expect([running.status, running.body.error.code]).toEqual([409, "turn_in_progress"]);
  }));
