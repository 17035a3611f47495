import { expect } from "@std/expect";
import { withChatProcess } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { collectEvents } from "../support/event_stream.ts";
import { type Answer, chat, manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";
import { base64, png } from "../supabase/functions/_shared/media_files.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const sonnet = "eu.anthropic.claude-sonnet-5-5";

type Ask = (body: string | Record<string, unknown>) => Promise<Answer>;

/** Runs a test as the clinician, whose assistant has a model with a successor. */
function asClinician(test: (project: FreshProject, ask: Ask) => Promise<void>): Promise<void> {
  return withFreshProject(
    stack,
    (project) => test(project, (body) => project.ask("clinician", body)),
  );
}

const denied = { kind: "error", exception: "AccessDeniedException" } as const;
const throttled = { kind: "error", exception: "ThrottlingException" } as const;

Deno.test("chat lets another model answer, and tells the user and the record for whom and why", () =>
  asClinician(async ({ bedrock, sql }, ask) => {
    await bedrock.addFaultRule(denied, { model: claude35 });
    const { status, body } = await ask("Hi");
    expect(status).toBe(200);
    expect(body.model).toEqual({
      model_id: sonnet,
      model_name: "Claude Sonnet 5.5",
      reason: "fallback",
      requested_model: claude35,
      fallback_code: "bedrock_access_denied",
    });
    const [stored] = await sql`
      select model_used, requested_model, fallback_code, reason from ai_messages
      where id = ${body.message.id}`;
    expect(stored).toEqual({
      model_used: sonnet,
      requested_model: claude35,
      fallback_code: "bedrock_access_denied",
      reason: "fallback",
    });
  }));

Deno.test("chat lets no other model answer when the request says so", () =>
  asClinician(async ({ bedrock }, ask) => {
    await bedrock.addFaultRule(denied, { model: claude35 });
    const { status, body } = await ask({ message: "Hi", fallback: false });
    expect([status, body.error.code]).toEqual([502, "bedrock_access_denied"]);
  }));

Deno.test("chat falls back only to the models that the assistant allows", () =>
  asClinician(async ({ bedrock, sql }, ask) => {
    await sql`
      update ai_assistants set fallback_models = ${[novaPro]} where assistant_type = 'clinical'`;
    await bedrock.addFaultRule(denied, { model: claude35, times: 2 });
    expect((await ask("Hi")).body.model).toMatchObject({ model_id: novaPro, reason: "fallback" });
    await sql`update ai_assistants set fallback_models = '{}' where assistant_type = 'clinical'`;
    const { status, body } = await ask("Hi");
    expect([status, body.error.code]).toEqual([502, "bedrock_access_denied"]);
  }));

/** How the patient's turn is told whose model is disabled. */
const standIn = {
  model_id: novaPro,
  model_name: "Amazon Nova Pro",
  reason: "fallback",
  requested_model: novaLite,
  fallback_code: "model_not_available",
};

Deno.test("chat declares and counts the answers for a disabled model of an assistant's own", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await manage(project, { action: "disable", model_id: novaLite });
    expect((await project.ask("patient", "Hi")).body.model).toEqual(standIn);
    const { answered } = await streamed(project, { message: "Hi" });
    expect(answered).toMatchObject([
      ["turn-start", { model: standIn }],
      ["done", { model: standIn }],
    ]);
    for (const [table, model] of [["ai_usage", "model_id"], ["ai_messages", "model_used"]]) {
      expect(
        await sql`
        select ${sql(model!)} as model, reason, requested_model, fallback_code
        from ${sql(table!)} where reason is not null`,
      ).toEqual(
        Array(2).fill({
          model: novaPro,
          reason: "fallback",
          requested_model: novaLite,
          fallback_code: "model_not_available",
        }),
      );
    }
    const { totals } = (await manage(project, { action: "usage" })).body;
    expect(totals).toMatchObject({ turns: 2, fallbacks: 2 });
  }));

Deno.test("chat calls no model in place of a disabled one where none may stand in", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    await manage(project, { action: "disable", model_id: novaLite });
    const strict = await project.ask("patient", { message: "Hi", fallback: false });
    expect([strict.status, strict.body.error]).toMatchObject([409, {
      code: "model_not_available",
      message: `${novaLite} is not available. ` +
        "The request allows no other model to answer in its place.",
    }]);
    const { answered } = await streamed(project, { message: "Hi", fallback: false });
    expect(answered).toMatchObject([["error", { code: "model_not_available" }]]);
    for (const [allowed, expected] of [[[], 409], [[sonnet], 200]] as const) {
      await sql`
        update ai_assistants set fallback_models = ${allowed as unknown as string[]}
        where assistant_type = 'health'`;
      await bedrock.clearRequests();
      const { status, body } = await project.ask("patient", "Hi");
      expect([status, body.model?.model_id]).toEqual([expected, allowed[0]]);
      expect((await bedrock.requests()).map(({ modelId }) => modelId)).toEqual([...allowed]);
    }
    expect(
      await sql`
      select status, error_code, model_id from ai_usage where status = 'failed'`,
    )
      .toEqual(
        Array(3).fill({
          status: "failed",
          error_code: "model_not_available",
          model_id: null,
        }),
      );
  }));

Deno.test("chat keeps to the assistant's choice when a pin has ended and no fallback is allowed", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await sql`
      update ai_assistants set fallback_models = '{}', allowed_models = ${[sonnet]}
      where assistant_type = 'health'`;
    const { conversation_id } = (await project.ask("patient", { message: "Hi", model_id: sonnet }))
      .body;
    await manage(project, { action: "disable", model_id: sonnet, now: true });
    const moved = await project.ask("patient", { message: "And now?", conversation_id });
    expect([moved.status, moved.body.model]).toMatchObject([200, {
      model_id: novaLite,
      reason: "fallback",
      requested_model: sonnet,
      fallback_code: "model_not_available",
    }]);
    await manage(project, { action: "disable", model_id: novaLite, now: true });
    const refused = await project.ask("patient", { message: "And now?", conversation_id });
    expect([refused.status, refused.body.error?.code]).toEqual([409, "model_not_available"]);
  }));

/** Asks the patient's assistant for a stream: the events that say who answers. */
async function streamed(project: FreshProject, body: Record<string, unknown>) {
  const response = await fetch(`${project.apiUrl}/functions/v1/chat`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await project.token("patient")}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ ...body, stream: true }),
  });
  const events = await collectEvents(response);
  const answered = events.filter(({ event }) => event !== "text-delta" && event !== "usage")
    .map(({ event, data }) => [event, data]);
  return { answered };
}

Deno.test("chat keeps a conversation's pin when a fallback answers for a while", () =>
  asClinician(async ({ bedrock }, ask) => {
    const { conversation_id } = (await ask("One")).body;
    await bedrock.addFaultRule(throttled, { model: claude35, times: 3 });
    const second = await ask({ message: "Two", conversation_id });
    expect(second.body.model).toMatchObject({
      reason: "fallback",
      requested_model: claude35,
      fallback_code: "bedrock_throttled",
    });
    const third = await ask({ message: "Three", conversation_id });
    expect(third.body.model).toEqual({
      model_id: claude35,
      model_name: "Claude 3.5 Sonnet v2",
      reason: "pinned",
    });
    expect(third.body.message.content).toContain("Messages seen: 5");
  }));

Deno.test("chat keeps a conversation's pin when its model cannot take one question, and explain says so", () =>
  withFreshProject(stack, async (project) => {
    const { ask, sql } = project;
    await sql`update ai_assistants set model_version = ${novaMicro}, fallback_models = null
      where assistant_type = 'health'`;
    const { conversation_id } = (await ask("patient", "One")).body;
    const source = { type: "base64", media_type: "image/png", data: base64(png()) };
    const content = [{ type: "text", text: "Two" }, { type: "image", source }];
    const second = await ask("patient", { content, conversation_id });
    expect(second.body.model).toMatchObject({
      reason: "fallback",
      requested_model: novaMicro,
      fallback_code: "modality_not_supported",
    });
    const third = await ask("patient", { message: "Three", conversation_id });
    expect(third.body.model).toMatchObject({ model_id: novaMicro, reason: "pinned" });
    expect(third.body.history).toEqual({
      messages_sent: 4,
      messages_left_out: 0,
      blocks_left_out: { image: 1 },
    });
    const { request_id } = second.body;
    const { body: { explanation } } = await manage(project, { action: "explain", request_id });
    expect(explanation.summary).toMatch(
      /, in place of .*: The model does not take such content\. The message had 1 image\.$/,
    );
    expect(explanation.rules[0]).toMatchObject({
      rule: "pinned",
      model_id: novaMicro,
      outcome: "passed-over",
      code: "modality_not_supported",
      message: `${novaMicro} takes no images.`,
    });
    expect(explanation.rules.at(-1)).toMatchObject({
      model_id: second.body.model.model_id,
      outcome: "answered",
    });
  }));

Deno.test("chat answers by the successor when a call is told that its model has ended, and moves when that is proven", () =>
  asClinician(async ({ bedrock, sql }, ask) => {
    await sql`update bedrock_models set retires_on = null where model_id = ${claude35}`;
    const { conversation_id } = (await ask("One")).body;
    await bedrock.setModel(claude35, { lifecycle: "retired" });
    const second = await ask({ message: "Two", conversation_id });
    expect(second.body.model).toMatchObject({
      model_id: sonnet,
      reason: "fallback",
      fallback_code: "bedrock_model_end_of_life",
    });
    // One error proves nothing: the model is left out, and keeps its conversation.
    const third = await ask({ message: "Three", conversation_id });
    expect(third.body.model).toMatchObject({
      model_id: sonnet,
      reason: "fallback",
      requested_model: claude35,
    });
    expect(third.body.message.content).toContain("Messages seen: 5");
    const lifecycle = async () =>
      (await sql`select lifecycle from bedrock_models where model_id = ${claude35}`)[0]?.lifecycle;
    await until(
      async () =>
        (await sql`select from switchboard.model_ends where model_id = ${claude35}`).length === 1,
      "what the call was told",
    );
    expect(await lifecycle()).toBe("legacy");

    // Once its date has passed, one is enough.
    await sql`
      update bedrock_models set retires_on = (now() at time zone 'UTC')::date
      where model_id = ${claude35}`;
    await ask("Any model may answer");
    await until(async () => await lifecycle() === "retired", "the end of the model");
    expect(await lifecycle()).toBe("retired");
    const fourth = await ask({ message: "Four", conversation_id });
    expect(fourth.body.model).toMatchObject({ model_id: sonnet, fallback_code: "model_retired" });
    const fifth = await ask({ message: "Five", conversation_id });
    expect(fifth.body.model).toMatchObject({ model_id: sonnet, reason: "pinned" });
    const fresh = await ask("A new conversation");
    expect(fresh.body.model).toMatchObject({ model_id: sonnet, fallback_code: "model_retired" });
  }));

Deno.test("chat tries a throttled model again before it lets another answer", () =>
  asClinician(async ({ bedrock }, ask) => {
    await bedrock.addFaultRule(throttled, { model: claude35, times: 2 });
    expect((await ask("Hi")).body.model).toMatchObject({ model_id: claude35, reason: "assistant" });
    expect((await bedrock.requests()).length).toBe(3);
  }));

Deno.test("chat asks no second time when the tokens of the day are used up", () =>
  asClinician(async ({ bedrock }, ask) => {
    const message = "Too many tokens per day, please wait before trying again.";
    await bedrock.addFaultRule({ ...throttled, message }, { model: claude35 });
    expect((await ask("Hi")).body.model).toMatchObject({
      reason: "fallback",
      fallback_code: "bedrock_quota_exhausted",
    });
    expect((await bedrock.requests()).length).toBe(2);
  }));

Deno.test("chat leaves out a model that keeps failing, and says so", () =>
  asClinician(async ({ bedrock }, ask) => {
    await bedrock.addFaultRule(denied, { model: claude35 });
    await ask("Hi");
    await bedrock.clearRequests();
    expect((await ask("Hi")).body.model).toMatchObject({
      reason: "fallback",
      requested_model: claude35,
      fallback_code: "model_suspended",
    });
    const called = (await bedrock.requests()).map(({ modelId }) => modelId);
    expect(called).not.toContain(claude35);
  }));

Deno.test("chat takes a model back at once when an operator changes the registry", () =>
  asClinician(async ({ bedrock, sql }, ask) => {
    await bedrock.addFaultRule(denied, { model: claude35 });
    await ask("Hi");
    await sql`update bedrock_models set priority = priority + 1 where model_id = ${novaPro}`;
    expect((await ask("Hi")).body.model).toMatchObject({ model_id: claude35, reason: "assistant" });
  }));

Deno.test("chat fails with the error of the model that should have answered when none can", () =>
  asClinician(async ({ bedrock, sql }, ask) => {
    await bedrock.addFaultRule(denied, { model: claude35 });
    await bedrock.addFaultRule({ kind: "error", exception: "ServiceUnavailableException" }, {
      times: 20,
    });
    const { status, body } = await ask("Hi");
    expect([status, body.error.code]).toEqual([502, "bedrock_access_denied"]);
    expect(await sql`select status, error_code from ai_messages order by seq`).toEqual([
      { status: "failed", error_code: "bedrock_access_denied" },
      { status: "failed", error_code: "bedrock_access_denied" },
    ]);
    await bedrock.clearFaultRules();
    expect((await ask("Hi")).status).toBe(200);
  }));

Deno.test("chat asks another model in time when one does not answer at all", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      const token = await project.token("patient");
      // The first turn of a process loads much, which is not to use up the time of the next.
      await chat(project, token, { message: "Are you there?" }, url);
      await project.bedrock.addFaultRule({ kind: "hang" }, { model: novaLite });
      const { status, body } = await chat(project, token, { message: "Hi" }, url);
      expect([status, body.model]).toEqual([
        200,
        expect.objectContaining({ requested_model: novaLite, fallback_code: "bedrock_timeout" }),
      ]);

      await project.bedrock.addFaultRule({ kind: "hang" }, { model: novaLite });
      const alone = await chat(project, token, { message: "Hi", fallback: false }, url);
      expect([alone.status, alone.body.error?.code]).toEqual([504, "bedrock_timeout"]);
    }, { CHAT_TIMEOUT_MS: "4500" })));

Deno.test("chat asks a model of another maker when AWS refuses for a reason that it does not know", () =>
  asClinician(async ({ bedrock, sql }, ask) => {
    const message = "This wording is new.";
    const refused = { kind: "error", exception: "ValidationException", message } as const;
    // The first rows have more models of one maker than a turn tries.
    for (const asked of [claude35, novaLite]) {
      await bedrock.clearFaultRules();
      await bedrock.addFaultRule(refused, { model: asked });
      const { status, body } = await ask({ message: "Hi", model_id: asked });
      expect([status, body.model]).toEqual([
        200,
        expect.objectContaining({
          reason: "fallback",
          requested_model: asked,
          fallback_code: "bedrock_refusal_unknown",
        }),
      ]);
      const makers = await sql`
        select distinct provider from bedrock_models
        where model_id in (${body.model.model_id}, ${asked})`;
      expect(makers).toHaveLength(2);
    }

    // Refused by both, it is the request's.
    await bedrock.addFaultRule(refused, { times: "until-removed" });
    await bedrock.clearRequests();
    const again = await ask({ message: "Hi", model_id: claude35 });
    expect([again.status, again.body.error?.code]).toEqual([502, "bedrock_refusal_unknown"]);
    expect(await bedrock.requests()).toHaveLength(2);
  }));

Deno.test("chat makes the history of one format acceptable to another", () =>
  asClinician(async ({ bedrock, sql }, ask) => {
    const order = ["eu.anthropic.claude-opus-5-5", novaLite, claude35, sonnet, novaPro];
    let conversation_id: string | undefined;
    for (const [n, model_id] of order.entries()) {
      if (conversation_id !== undefined) {
        await sql`update ai_conversations set model_id = ${model_id} where id = ${conversation_id}`;
      }
      const { status, body } = await ask({
        message: `Question ${n}`,
        conversation_id,
        ...(n === 0 && { model_id }),
        fallback: false,
      });
      expect([n, status, body.model?.model_id]).toEqual([n, 200, model_id]);
      expect(body.message.content).toContain(`Messages seen: ${2 * n + 1}`);
      conversation_id = body.conversation_id;
    }
    expect((await bedrock.requests()).every(({ status }) => status === 200)).toBe(true);
  }));

Deno.test("chat uses no model whose region is its own, where that lies outside the geographies", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      const token = await project.token("clinician");
      const { status, body } = await chat(project, token, { message: "Hi" }, url);
      expect([status, body.error.code]).toEqual([503, "no_model_available"]);
      expect(await project.bedrock.requests()).toEqual([]);
    }, { BEDROCK_REGION: "us-east-1" })));
