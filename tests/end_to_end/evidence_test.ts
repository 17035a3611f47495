/** The evidence of every kind of answer, and what answers say of themselves. */
import { expect } from "@std/expect";
import { createHash } from "node:crypto";
import { apiKeyOf } from "../support/api_key_of.ts";
import { collectEvents } from "../support/event_stream.ts";
import { evidenceOf, linksIn } from "../support/evidence.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { claude35, novaLite, novaPro, playTurns, sonnet } from "../support/played_turns.ts";
import { type Answer, manage, type Persona, post } from "../support/project_client.ts";
import { promptfooResult } from "../support/promptfoo_result.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

// deno-lint-ignore no-explicit-any -- the schema is what it is checked against
type Evidence = any;

const novaMicro = "eu.amazon.nova-micro-v1:0";

async function evidenceOfAnswer(project: FreshProject, { body }: Answer, more = {}) {
  return await evidenceOf(project, { message_id: body.message.id, ...more });
}

/** The events of a streamed answer. */
async function eventsOf(project: FreshProject, persona: Persona, body: Record<string, unknown>) {
  const response = await fetch(`${project.apiUrl}/functions/v1/chat`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await project.token(persona)}`,
      apikey: project.keys.publishable,
      "content-type": "application/json",
    },
    body: JSON.stringify({ ...body, stream: true }),
  });
  return await collectEvents(response);
}

/** The `done` of a streamed answer. */
async function streamed(project: FreshProject, persona: Persona, body: Record<string, unknown>) {
  const last = (await eventsOf(project, persona, body)).at(-1);
  expect(last?.event).toBe("done");
  return last!.data;
}

/** The provenance that the user of a stored answer builds from its row, as app.md says. */
async function storedProvenance(project: FreshProject, persona: Persona, id: string) {
  const columns = "model_used,model_name,generated_at,reason,registry_version,function_region," +
    "model_geographies,prompt_hash,disclosure";
  const response = await fetch(
    `${project.apiUrl}/rest/v1/ai_messages?id=eq.${id}&select=${columns}`,
    {
      headers: {
        authorization: `Bearer ${await project.token(persona)}`,
        apikey: project.keys.publishable,
      },
    },
  );
  const [{ model_used, generated_at, ...row }] = await response.json();
  return {
    generated: true,
    model_id: model_used,
    ...row,
    generated_at: new Date(generated_at).toISOString(),
  };
}

const callUrl = { openai: "openai/v1/chat/completions", anthropic: "anthropic/v1/messages" };

/** A call of a dialect, whole or as a stream; its headers and what was read of its body. */
async function call(dialect: keyof typeof callUrl, key: string, more: Record<string, unknown>) {
  const response = await fetch(`${stack.apiUrl}/functions/v1/${callUrl[dialect]}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "assistant/health",
      max_tokens: 50,
      messages: [{ role: "user", content: "What helps against a cold?" }],
      ...more,
    }),
  });
  await response.text();
  return { status: response.status, headers: response.headers };
}

/** What the head of a call's answer says of it, in the names of the provenance. */
function provenanceIn(headers: Headers) {
  const of = (name: string) => headers.get(`x-switchboard-${name}`);
  return {
    generated: of("generated") === "true",
    generated_at: of("generated-at"),
    model_id: of("model"),
    reason: of("reason"),
    registry_version: Number(of("registry-version")),
    function_region: of("function-region"),
    prompt_hash: of("prompt-hash"),
  };
}

async function promptHashOf({ sql }: FreshProject, type: string): Promise<string> {
  const [row] = await sql`
    select switchboard.prompt_version(to_jsonb(a)) as hash
    from ai_assistants as a where assistant_type = ${type}`;
  return row!.hash;
}

Deno.test("an answer says what it is: as JSON, in a stream, repeated, stored, and as evidence", () =>
  withFreshProject(stack, async (project) => {
    const request_id = crypto.randomUUID();
    const asked = { message: "What helps against a cold?", request_id };
    const first = await project.ask("patient", asked);
    const { provenance, conversation_id, message } = first.body;
    expect(provenance).toEqual({
      generated: true,
      model_id: novaLite,
      model_name: "Amazon Nova Lite",
      profile: novaLite,
      generated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      reason: "assistant",
      registry_version: first.body.registry_version,
      function_region: "eu-central-1",
      model_geographies: ["eu"],
      prompt_hash: await promptHashOf(project, "health"),
      disclosure: true,
    });
    expect(Math.abs(Date.parse(provenance.generated_at) - Date.now())).toBeLessThan(60_000);

    // Whatever its row is called since.
    await project
      .sql`update bedrock_models set model_name = 'Renamed' where model_id = ${novaLite}`;
    expect((await project.ask("patient", asked)).body.provenance).toEqual(provenance);
    expect((await streamed(project, "patient", asked)).provenance).toEqual(provenance);
    const { profile: _, ...columns } = provenance;
    expect(await storedProvenance(project, "patient", message.id)).toEqual(columns);
    expect((await evidenceOfAnswer(project, first)).provenance).toEqual(provenance);

    const goOn = { message: "And else?", conversation_id };
    const second = await streamed(project, "patient", goOn);
    expect(second.provenance).toMatchObject({ model_name: "Renamed", disclosure: false });
    const { profile: _profile, ...secondColumns } = second.provenance;
    expect(await storedProvenance(project, "patient", second.message.id)).toEqual(secondColumns);
    const { provenance: told, pinned_by, switches } = await evidenceOf(project, {
      message_id: second.message.id,
    });
    expect(told).toEqual(second.provenance);
    expect(pinned_by).toEqual({ table: "ai_messages", id: message.id });
    expect(switches.model).toMatchObject({ action: "create", assistant_type: "health" });
  }));

Deno.test("the first answer of a conversation discloses, also after a failure", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.addFaultRule(
      { kind: "error", exception: "AccessDeniedException" },
      { model: novaPro },
    );
    const failed = await project.ask("admin", { message: "Who fails?", fallback: false });
    expect(failed.status).toBe(502);
    const [row] = await project.sql`
      select id, conversation_id, disclosure, generated_at from ai_messages
      where role = 'assistant'`;
    expect([row!.disclosure, row!.generated_at]).toEqual([false, null]);
    const evidence = await evidenceOf(project, { message_id: row!.id });
    expect(evidence.provenance).toBe(null);
    await project.bedrock.clearFaultRules();
    const { conversation_id } = row!;
    const second = await project.ask("admin", { message: "And now?", conversation_id });
    expect(second.body.provenance.disclosure).toBe(true);
  }));

Deno.test("answers disclose up to the first complete one: of one that broke off, no end told it", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.addFaultRule({
      kind: "exception-frame",
      exception: "ModelStreamErrorException",
      atFrame: 4,
    });
    const broken = await eventsOf(project, "patient", { message: "Who breaks off?" });
    expect(broken.at(-1)).toMatchObject({
      event: "error",
      data: { stored: { status: "partial" } },
    });
    const { conversation_id } = broken[0]!.data;
    const disclosures: boolean[] = [];
    for (const message of ["And now?", "And then?"]) {
      const { body } = await project.ask("patient", { message, conversation_id });
      disclosures.push(body.provenance.disclosure);
    }
    expect(disclosures).toEqual([true, false]);
  }));

Deno.test("calls of both dialects carry their provenance in their heads, streams too", () =>
  withFreshProject(stack, async (project) => {
    const key = await apiKeyOf(project.sql);
    const prompt_hash = await promptHashOf(project, "health");
    for (const dialect of ["openai", "anthropic"] as const) {
      for (const stream of [false, true]) {
        const { status, headers } = await call(dialect, key, { stream });
        expect(status).toBe(200);
        const evidence = await evidenceOf(project, { request_id: headers.get("x-request-id")! });
        expect(evidence.provenance).toMatchObject({
          ...provenanceIn(headers),
          model_name: "Amazon Nova Lite",
          model_geographies: ["eu"],
          prompt_hash,
          disclosure: null,
        });
        expect(evidence.asked).toMatchObject({
          surface: dialect,
          user_hash: null,
          api_key: { name: "a client" },
        });
        expect(evidence.records).toMatchObject({ conversation: null, question: null });
      }
    }
    const { headers } = await call("openai", key, { model: "default" });
    expect(headers.get("x-switchboard-generated")).toBe("true");
    expect(headers.get("x-switchboard-prompt-hash")).toBe(null);
    const { status, headers: refused } = await call("openai", key, { model: "no-such-model" });
    expect([status, refused.get("x-switchboard-generated")]).toEqual([404, null]);
  }));

Deno.test("evidence tells fallbacks, failures, broken answers and deleted conversations", () =>
  withFreshProject(stack, async (project) => {
    const { patient: [first], admin, clinician } = await playTurns(project);
    const ofFirst = await evidenceOfAnswer(project, first);
    expect(ofFirst).toMatchObject({
      schema_version: 1,
      asked: { surface: "chat", api_key: null, user_hash: expect.stringMatching(/^[0-9a-f]{32}$/) },
      explanation: { status: "complete", model_id: novaLite, reason: "assistant" },
      figures: { status: "complete", cost_usd: first.body.usage.cost_usd },
      limits: { was_cut: false },
      regions: { allowed_geographies: ["eu"], model_geographies: ["eu"] },
      audit_log: { ok: true, problem: null },
      words: { available: false, why: "not-asked", question: null, answer: null },
    });
    const [chain] = await project.sql`select last_switch_hash from registry_version`;
    expect(ofFirst.audit_log.hash).toBe(chain!.last_switch_hash.toString("hex"));
    expect(ofFirst.calls).toMatchObject([{
      status: "complete",
      price: {
        input_cost_per_mtok: expect.any(Number),
        source_url: expect.stringMatching(/^https:\/\//),
        checked_on: expect.any(String),
      },
    }]);
    expect(ofFirst.switches.prompt).toMatchObject({ assistant_type: "health" });
    expect((await evidenceOf(project, { request_id: admin.body.request_id })).switches.model)
      .toMatchObject({ model_id: novaPro });

    const stoodIn = await evidenceOfAnswer(project, clinician);
    expect(stoodIn).toMatchObject({
      explanation: { model_id: sonnet, reason: "fallback" },
      provenance: { model_id: sonnet, reason: "fallback", profile: sonnet },
      figures: { requested_model: claude35, fallback_code: "bedrock_access_denied" },
      switches: { model: null, availability: { model_id: sonnet } },
    });

    const idOf = async (status: string) =>
      (await project.sql`
        select id from ai_messages where role = 'assistant' and status = ${status}`)[0]?.id;
    const failed = await evidenceOf(project, { message_id: await idOf("failed") });
    expect(failed).toMatchObject({
      provenance: null,
      figures: { status: "failed", error_code: "bedrock_access_denied" },
    });
    const broken = await evidenceOf(project, { message_id: await idOf("partial") });
    expect(broken.provenance).toMatchObject({ generated: true, model_id: novaLite });

    await project.sql`delete from ai_conversations where id = ${clinician.body.conversation_id}`;
    const deleted = await evidenceOfAnswer(project, clinician, { include_words: true });
    expect(deleted).toMatchObject({
      provenance: stoodIn.provenance,
      records: { conversation: null, question: null, answer: null },
      words: { available: false, why: "deleted", question: null, answer: null },
    });
    expect(deleted.records.ledger).toEqual(stoodIn.records.ledger);
  }));

Deno.test("evidence of an erased conversation has its figures and no word", () =>
  withFreshProject(stack, async (project) => {
    const question = "My mother has had a rash since Monday";
    const answer = await project.ask("patient", question);
    const before = await evidenceOfAnswer(project, answer);
    const { conversation_id } = answer.body;
    const erased = await manage(project, { action: "erase-conversation", conversation_id });
    expect([erased.status, erased.body.status]).toEqual([200, "done"]);
    const after = await evidenceOfAnswer(project, answer, { include_words: true });
    expect(after).toMatchObject({
      provenance: before.provenance,
      asked: before.asked,
      figures: before.figures,
      calls: before.calls,
      switches: before.switches,
      records: { ledger: before.records.ledger, conversation: null, question: null, answer: null },
      words: { available: false, why: "deleted", question: null, answer: null },
      audit_log: { ok: true },
    });
    expect(JSON.stringify(after)).not.toContain(question);
    expect(JSON.stringify(after)).not.toContain(answer.body.message.content);
  }));

Deno.test("evidence tells the login and the application of a switch in SQL, and those of the API", () =>
  withFreshProject(stack, async (project) => {
    await project.sql.begin(async (sql) => {
      await sql`set local application_name = 'Supabase Studio'`;
      await sql`update ai_assistants set model_version = ${novaPro}
        where assistant_type = 'health'`;
    });
    const inSql = await evidenceOfAnswer(project, await project.ask("patient", "Who are you?"));
    const [{ login }] = await project.sql`select session_user as login` as [{ login: string }];
    expect(inSql.switches.model.actor).toEqual({
      user_id: null,
      email: null,
      key_name: null,
      database_role: login,
      session_role: login,
      application_name: "Supabase Studio",
      proven: true,
    });
    await manage(project, {
      action: "set-assistant-model",
      assistant_type: "health",
      model_id: novaMicro,
      probe: false,
    });
    const overApi = await evidenceOfAnswer(project, await project.ask("patient", "And now?"));
    // The API server's own login, which is another one here than on a hosted project.
    const [entry] = await project.sql`
      select session_role, application_name from model_switches
      where id = ${overApi.switches.model.link.id}`;
    expect(overApi.switches.model.actor).toMatchObject({
      key_name: "default",
      database_role: "service_role",
      ...entry,
      proven: false,
    });
  }));

Deno.test("evidence tells the words to a secret key and to the conversation's user only", () =>
  withFreshProject(stack, async (project) => {
    const question = "My mother has had a rash since Monday";
    const patients = await project.ask("patient", question);
    const message_id: string = patients.body.message.id;
    const silent = await evidenceOf(project, { message_id }, await project.token("admin"));
    expect(JSON.stringify(silent)).not.toContain(question);
    expect(JSON.stringify(silent)).not.toContain(patients.body.message.content);
    expect((await evidenceOf(project, { message_id, include_words: true })).words).toEqual({
      available: true,
      why: null,
      question: { content: question, blocks: null },
      answer: { content: patients.body.message.content, blocks: null },
    });
    const request = { action: "evidence", message_id, include_words: true };
    const refused = await manage(project, request, await project.token("admin"));
    expect([refused.status, refused.body.error]).toMatchObject([403, {
      code: "forbidden",
      hint: "Leave include_words out, or send a secret key.",
    }]);
    const patient = await manage(project, request, await project.token("patient"));
    expect([patient.status, patient.body.error.code]).toEqual([403, "forbidden"]);

    const own = await project.ask("admin", "Who answers?");
    const ofOwn = await evidenceOf(
      project,
      { message_id: own.body.message.id, include_words: true },
      await project.token("admin"),
    );
    expect(ofOwn.words).toMatchObject({ available: true, question: { content: "Who answers?" } });

    const key = await apiKeyOf(project.sql);
    const { headers } = await call("openai", key, {});
    const ofCall = await evidenceOf(
      project,
      { request_id: headers.get("x-request-id")!, include_words: true },
      await project.token("admin"),
    );
    expect(ofCall.words).toMatchObject({ available: false, why: "not-stored" });

    for (
      const [body, status, code] of [
        [{ action: "evidence", message_id: crypto.randomUUID() }, 404, "turn_not_found"],
        [{ action: "evidence" }, 400, "invalid_request"],
        [{ action: "evidence", message_id, request_id: message_id }, 400, "invalid_request"],
      ] as const
    ) {
      const answer = await manage(project, body);
      expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    }
    const url = `${project.apiUrl}/functions/v1/manage-bedrock-models`;
    const stranger = await post(url, request, { authorization: `Bearer ${key}` });
    expect([stranger.status, stranger.body.error.code]).toEqual([403, "forbidden"]);
  }));

Deno.test("evidence tells the proposal, its second person, the probe, the evaluation and the signature", () =>
  withFreshProject(stack, async (project) => {
    const admin = await project.token("admin");
    const roleOf = { email: "clinician@example.com", assistant_type: "platform" };
    await manage(project, { action: "set-role", ...roleOf });
    const other = await project.token("clinician");
    await manage(project, {
      action: "set-assistant",
      assistant_type: "health",
      is_protected: true,
    });
    const result = promptfooResult(novaPro, "health");
    const attached = await manage(project, {
      action: "attach-evaluation",
      model_id: novaPro,
      assistant_type: "health",
      result,
    });
    const change = { action: "set-assistant-model", assistant_type: "health", model_id: novaPro };
    const proposed = await manage(project, { action: "propose", change, reason: "Longer." }, admin);
    const { id } = proposed.body.proposal;
    await manage(project, { action: "approve", id }, other);
    const answer = await project.ask("patient", "Who are you?");
    const evidence = await evidenceOfAnswer(project, answer);
    expect(evidence).toMatchObject({
      explanation: { model_id: novaPro, reason: "assistant" },
      switches: {
        model: {
          action: "assign",
          reason: "Longer.",
          actor: { email: "clinician@example.com", proven: true },
          approval: "approved",
          probe_result: "passed",
          proposal: {
            link: { table: "ai_change_proposals", id: String(id) },
            proposed_by_email: "admin@example.com",
            decided_by_email: "clinician@example.com",
          },
          signature: null,
        },
      },
      probe: { passed: true, link: { table: "model_probes" } },
      evaluation: {
        link: { table: "ai_evaluations", id: String(attached.body.evaluation.id) },
        result_hash: createHash("sha256").update(JSON.stringify(result, null, 2)).digest("hex"),
        is_passing: true,
      },
    });
    const [entry] = await project.sql`
      select encode(hash, 'hex') as hash from model_switches
      where id = ${evidence.switches.model.link.id}`;
    expect(evidence.switches.model.hash).toBe(entry!.hash);

    await manage(project, { action: "rollback" }, admin);
    const { body: listed } = await manage(project, { action: "list-proposals" }, admin);
    await manage(project, { action: "sign", id: listed.unsigned[0].id, reason: "Seen." }, other);
    const after = await evidenceOfAnswer(project, await project.ask("patient", "And now?"));
    expect(after.switches.model).toMatchObject({
      approval: "going-back",
      rollback_of: evidence.switches.model.link,
      signature: { email: "clinician@example.com", reason: "Seen." },
    });
    // What stood behind an answer stays so.
    expect((await evidenceOfAnswer(project, answer)).switches).toEqual(evidence.switches);
  }));

Deno.test("evidence tells the rollout that an answer was part of, and the one its model came by", () =>
  withFreshProject(stack, async (project) => {
    const [row] = await project.sql`select start_rollout(${novaMicro}, 100) as made`;
    const id = String(row!.made.rollout.id);
    const canary = await project.ask("admin", "Who are you?");
    const ofCanary = await evidenceOfAnswer(project, canary);
    expect(ofCanary).toMatchObject({
      explanation: { model_id: novaMicro, reason: "canary" },
      switches: { model: { action: "start-rollout", model_id: novaMicro } },
      rollout: { link: { table: "ai_rollouts", id }, side: "canary", share: 100, outcome: null },
    });
    await project.sql`select end_rollout(${id}, 'promote')`;
    const after = await evidenceOfAnswer(project, await project.ask("admin", "And you?"));
    expect(after).toMatchObject({
      explanation: { model_id: novaMicro, reason: "default" },
      switches: { model: { action: "set-default", model_id: novaMicro } },
      rollout: { link: { table: "ai_rollouts", id }, side: null, outcome: "promoted" },
    });
  }));

Deno.test("evidence names the limits that an answer was counted against, and those removed since", () =>
  withFreshProject(stack, async (project) => {
    const set = await manage(project, {
      action: "set-limit",
      scope: { kind: "project" },
      unit: "usd",
      amount: 5,
      period: "day",
    });
    expect(set.status).toBe(200);
    const { id } = set.body.limit;
    const answer = await project.ask("patient", "What helps against a cold?");
    const { limits } = await evidenceOfAnswer(project, answer);
    const countedIn = (evidence: Evidence) =>
      evidence.limits.counted.find((limit: { id: number }) => limit.id === id);
    expect(limits.granted_usd).toEqual(expect.any(Number));
    expect(countedIn({ limits })).toEqual({
      id,
      link: { table: "ai_limits", id: String(id) },
      scope: "project",
      unit: "usd",
      amount: 5,
      period: "day",
      enforcement: "hard",
    });
    expect(linksIn(limits)).toHaveLength(limits.counted.length);
    await manage(project, { action: "remove-limit", id });
    expect(countedIn(await evidenceOfAnswer(project, answer))).toEqual({
      id,
      link: null,
      scope: null,
      unit: null,
      amount: null,
      period: null,
      enforcement: null,
    });
  }));
