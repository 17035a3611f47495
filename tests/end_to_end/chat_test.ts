import { expect } from "@std/expect";
import { createClient } from "@supabase/supabase-js";
import { withFreshProject } from "../support/fresh_project.ts";
import { chat, manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

/** A fault that is the request's own, so that nothing is tried again. */
const requestRefused = {
  kind: "error",
  exception: "ValidationException",
  message: "Malformed input request: #: extraneous key [x] is not permitted.",
} as const;

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const sonnet = "eu.anthropic.claude-sonnet-5-5";

Deno.test("chat answers each role with the model of its assistant", () =>
  withFreshProject(stack, async ({ ask }) => {
    const expected = {
      patient: [novaLite, "assistant", "health assistant"],
      clinician: [claude35, "assistant", "clinical assistant"],
      facility: [novaMicro, "assistant", "operations assistant"],
      admin: [novaPro, "default", "administrators"],
    } as const;
    for (const persona of ["patient", "clinician", "facility", "admin"] as const) {
      const [modelId, reason, prompt] = expected[persona];
      const { status, body } = await ask(persona, "What helps against a headache?");
      expect(status).toBe(200);
      expect(body.model).toMatchObject({ model_id: modelId, reason });
      expect(body.message.content).toContain(body.model.model_name);
      expect(body.message.content).toContain("What helps against a headache?");
      expect(body.message.content).toContain(prompt.slice(0, 8));
    }
  }));

Deno.test("chat answers in the shape of its contract, and stores the same", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    const requestId = crypto.randomUUID();
    const { body, headers } = await ask("patient", { message: "Hello", request_id: requestId });
    expect(Object.keys(body).sort()).toEqual([
      "conversation_id",
      "history",
      "message",
      "model",
      "provenance",
      "registry_version",
      "request_id",
      "response_time_ms",
      "usage",
    ]);
    expect(body.message).toMatchObject({
      role: "assistant",
      status: "complete",
      stop_reason: "end_turn",
    });
    expect(body.history).toEqual({ messages_sent: 0, messages_left_out: 0 });
    expect(new Date(body.message.created_at).getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(body.request_id).toBe(requestId);
    expect(headers.get("access-control-allow-origin")).toBe("*");

    const [question, answer] = await sql`
      select * from ai_messages where conversation_id = ${body.conversation_id} order by seq`;
    expect(question).toMatchObject({ role: "user", content: "Hello", status: "complete" });
    expect(answer).toMatchObject({
      id: body.message.id,
      role: "assistant",
      content: body.message.content,
      status: "complete",
      blocks: null,
      model_used: novaLite,
      reason: "assistant",
      input_tokens: body.usage.input_tokens,
      output_tokens: body.usage.output_tokens,
      response_time_ms: body.response_time_ms,
    });
    const { input_tokens, output_tokens } = body.usage;
    // Nova Lite in Frankfurt: $0.078 and $0.312 per million tokens, in billionths of a dollar.
    expect(Math.round(body.usage.cost_usd * 1e9)).toBe(input_tokens * 78 + output_tokens * 312);
    expect(Number(answer?.registry_version)).toBe(body.registry_version);
    expect(answer?.time_to_first_token_ms).toBeLessThanOrEqual(body.response_time_ms);
  }));

Deno.test("chat sends the history and keeps the conversation on its model", () =>
  withFreshProject(stack, async (project) => {
    const { ask, bedrock } = project;
    const first = await ask("admin", "One");
    const { conversation_id } = first.body;
    await manage(project, { action: "set-default", model_id: sonnet, probe: false });
    const second = await ask("admin", { message: "Two", conversation_id });
    expect(second.body.model).toMatchObject({ model_id: novaPro, reason: "pinned" });
    expect(second.body.message.content).toContain("Messages seen: 3");
    const third = await ask("admin", { message: "Three", conversation_id, model_id: novaPro });
    expect(third.body.model.reason).toBe("pinned");

    const [, , sent] = await bedrock.requests();
    const { messages } = sent?.body as {
      messages: { role: string; content: { text: string }[] }[];
    };
    expect(messages.map(({ role, content }) => [role, content[0]?.text])).toEqual([
      ["user", "One"],
      ["assistant", first.body.message.content],
      ["user", "Two"],
      ["assistant", second.body.message.content],
      ["user", "Three"],
    ]);
    const fresh = await ask("admin", "A new one");
    expect(fresh.body.model).toMatchObject({ model_id: sonnet, reason: "default" });
  }));

Deno.test("chat takes null for a field that is left out", () =>
  withFreshProject(stack, async ({ ask }) => {
    const nothing = {
      conversation_id: null,
      model_id: null,
      use_case: null,
      request_id: null,
      stream: null,
      fallback: null,
    };
    const { status, body } = await ask("patient", { message: "Hi", ...nothing });
    expect([status, body.model?.model_id]).toEqual([200, novaLite]);
  }));

Deno.test("chat answers with the model that a request names", () =>
  withFreshProject(stack, async ({ ask }) => {
    const { body } = await ask("clinician", { message: "Hi", model_id: sonnet });
    expect(body.model).toMatchObject({ model_id: sonnet, reason: "requested" });
  }));

Deno.test("chat chooses by the use case that a request names", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    await sql`update bedrock_models set use_case = 'reports' where model_id = ${sonnet}`;
    const { body } = await ask("admin", { message: "Hi", use_case: "reports" });
    expect(body.model).toMatchObject({ model_id: sonnet, reason: "use_case" });
    const { conversation_id } = body;
    const again = await ask("admin", { message: "Hi again", conversation_id });
    expect(again.body.model).toMatchObject({ model_id: sonnet, reason: "pinned" });
  }));

Deno.test("chat refuses a model that cannot be had, lists the available ones, and leaves no row", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    const opus3 = "anthropic.claude-3-opus-20240229-v1:0";
    await sql`update bedrock_models set lifecycle = 'retired' where model_id = ${claude35}`;
    const table = [
      ["no.such-model", 404, "model_not_found"],
      [opus3, 409, "model_not_available"],
      [claude35, 409, "model_retired"],
    ] as const;
    for (const [model_id, status, code] of table) {
      const answer = await ask("admin", { message: "Hi", model_id });
      expect([answer.status, answer.body.error.code]).toEqual([status, code]);
      expect(`${answer.body.error.message} ${answer.body.error.hint}`).toContain(
        code === "model_retired" ? sonnet : novaLite,
      );
    }
    expect(await sql`select from ai_conversations`).toHaveLength(0);
  }));

Deno.test("chat refuses another model in a pinned conversation and leaves no row", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    const { conversation_id } = (await ask("admin", "Hi")).body;
    const refused = await ask("admin", { message: "Hi", conversation_id, model_id: sonnet });
    expect([refused.status, refused.body.error.code]).toEqual([409, "conversation_pinned"]);
    expect(await sql`select from ai_messages`).toHaveLength(2);
  }));

Deno.test("chat goes on with a disabled model in its conversations, until it is disabled at once", () =>
  withFreshProject(stack, async (project) => {
    const { ask } = project;
    const { conversation_id } = (await ask("patient", "Hi")).body;
    await manage(project, { action: "disable", model_id: novaLite });
    const kept = await ask("patient", { message: "Still you?", conversation_id });
    expect(kept.body.model).toMatchObject({ model_id: novaLite, reason: "pinned" });
    const fresh = await ask("patient", "A new one");
    const standIn = {
      model_id: novaPro,
      reason: "fallback",
      requested_model: novaLite,
      fallback_code: "model_not_available",
    };
    expect(fresh.body.model).toMatchObject(standIn);

    await manage(project, { action: "disable", model_id: novaLite, now: true });
    const moved = await ask("patient", { message: "And now?", conversation_id });
    expect(moved.body.model).toMatchObject(standIn);
    const stays = await ask("patient", { message: "Go on", conversation_id });
    expect(stays.body.model).toMatchObject({ model_id: novaPro, reason: "pinned" });
  }));

Deno.test("chat hands the conversations of a retired model to its successor", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    const { conversation_id } = (await ask("clinician", "Hi")).body;
    await sql`update bedrock_models set lifecycle = 'retired' where model_id = ${claude35}`;
    const moved = await ask("clinician", { message: "Go on", conversation_id });
    expect(moved.body.model).toMatchObject({ model_id: sonnet, reason: "fallback" });
    expect(moved.body.message.content).toContain("Messages seen: 3");
    const stays = await ask("clinician", { message: "And on", conversation_id });
    expect(stays.body.model).toMatchObject({ model_id: sonnet, reason: "pinned" });
  }));

Deno.test("chat shows no user another user's conversation", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    const { conversation_id } = (await ask("patient", "Private")).body;
    for (const persona of ["clinician", "admin"] as const) {
      const { status, body } = await ask(persona, { message: "Let me in", conversation_id });
      expect([status, body.error.code]).toEqual([404, "conversation_not_found"]);
    }
    expect(await sql`select from ai_messages`).toHaveLength(2);
  }));

Deno.test("chat takes one turn for a request_id, whether sent again later or at once", () =>
  withFreshProject(stack, async ({ ask, sql, bedrock }) => {
    const once = { message: "Only once", request_id: crypto.randomUUID() };
    const first = await ask("patient", once);
    const again = await ask("patient", once);
    const { history: _, ...answer } = first.body;
    expect(again.body).toEqual(answer);
    expect((await bedrock.requests()).length).toBe(1);

    const twice = { message: "At once", request_id: crypto.randomUUID() };
    await bedrock.addFaultRule({ kind: "latency", ms: 300 });
    const both = await Promise.all([ask("patient", twice), ask("patient", twice)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused = both.find(({ status }) => status === 409);
    expect(refused?.body.error.code).toBe("turn_in_progress");
    expect((await bedrock.requests()).length).toBe(2);
    expect(await sql`select from ai_messages where role = 'user'`).toHaveLength(2);

    const reused = await ask("patient", { ...once, message: "Something else" });
    expect([reused.status, reused.body.error.code]).toEqual([409, "request_id_reused"]);
  }));

Deno.test("chat keeps two turns at once in one conversation apart", () =>
  withFreshProject(stack, async ({ ask, sql, bedrock }) => {
    const { conversation_id } = (await ask("patient", "First")).body;
    await bedrock.addFaultRule({ kind: "latency", ms: 200 }, { times: 8 });
    const turns = await Promise.all(
      Array.from(
        { length: 8 },
        (_, n) => ask("patient", { message: `Turn ${n}`, conversation_id }),
      ),
    );
    expect(turns.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const rows = await sql<{ seq: number; role: string; content: string }[]>`
      select seq, role, content from ai_messages order by seq`;
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 18 }, (_, n) => n + 1));
    for (const { seq, role, content } of rows.slice(2)) {
      const question = rows.find((row) => row.seq === seq - 1);
      if (role === "assistant") expect(content).toContain(question?.content);
    }
    const next = await ask("patient", { message: "After", conversation_id });
    expect(next.body.message.content).toContain("Messages seen: 19");
  }));

Deno.test("chat stores a failed turn as failed, and answers it when it is asked again", () =>
  withFreshProject(stack, async ({ ask, sql, bedrock }) => {
    const turn = { message: "Please", request_id: crypto.randomUUID() };
    await bedrock.addFaultRule(requestRefused);
    const failed = await ask("patient", turn);
    expect([failed.status, failed.body.error.code]).toEqual([502, "bedrock_request_refused"]);
    expect(failed.body.error.request_id).toBe(turn.request_id);
    const rows =
      await sql`select role, status, error_code, model_used from ai_messages order by seq`;
    expect(rows).toEqual([
      { role: "user", status: "failed", error_code: "bedrock_request_refused", model_used: null },
      {
        role: "assistant",
        status: "failed",
        error_code: "bedrock_request_refused",
        model_used: novaLite,
      },
    ]);
    const [conversation] = await sql`select id, model_id from ai_conversations`;
    expect(conversation?.model_id).toBeNull();

    const answered = await ask("patient", turn);
    expect(answered.status).toBe(200);
    expect(answered.body.conversation_id).toBe(conversation?.id);
    expect(await sql`select status, error_code from ai_messages order by seq`).toEqual([
      { status: "complete", error_code: null },
      { status: "complete", error_code: null },
    ]);
  }));

Deno.test("chat leaves a failed turn out of what the model sees next", () =>
  withFreshProject(stack, async ({ ask, bedrock }) => {
    const { conversation_id } = (await ask("patient", "One")).body;
    await bedrock.addFaultRule(requestRefused);
    expect((await ask("patient", { message: "Two", conversation_id })).status).toBe(502);
    const third = await ask("patient", { message: "Three", conversation_id });
    expect(third.body.message.content).toContain("Messages seen: 3");
  }));

const notShownAgain = [
  ["clinician", ["refusal"]],
  ["patient", ["content_filtered", "guardrail_intervened"]],
] as const;

Deno.test("chat shows no model again what was refused, blocked or answered with nothing", () =>
  withFreshProject(stack, async ({ ask, bedrock }) => {
    for (const [persona, stops] of notShownAgain) {
      const { conversation_id } = (await ask(persona, "One")).body;
      const blocked = stops.map((stopReason) => ({ text: "I cannot help with that.", stopReason }));
      for (const { text, stopReason } of [...blocked, { text: " \n", stopReason: "end_turn" }]) {
        await bedrock.scriptAnswer({ content: [{ type: "text", text }], stopReason });
        expect((await ask(persona, { message: "Two", conversation_id })).status).toBe(200);
      }
      const { body } = await ask(persona, { message: "Three", conversation_id });
      expect(body.message.content).toContain("Messages seen: 3");
      expect(body.history)
        .toEqual({ messages_sent: 2, messages_left_out: 2 * (stops.length + 1) });
    }
  }));

const blocksByFormat = [
  ["patient", novaLite, "nova"],
  ["clinician", claude35, "claude"],
  ["admin", "openai.gpt-oss-120b-1:0", "converse"],
] as const;

for (const [persona, modelId, format] of blocksByFormat) {
  Deno.test(`chat reads thinking before text, several texts and cached tokens in the ${format} format`, () =>
    withFreshProject(stack, async ({ ask, sql, bedrock }) => {
      if (format === "converse") {
        await sql`
          insert into bedrock_models (model_id, model_name, provider, format, geographies, max_tokens,
            context_window, is_available, is_default)
          values (${modelId}, 'gpt-oss 120b', 'OpenAI', 'converse', '{eu}', 4096, 131000, true, true)`;
      }
      await bedrock.scriptAnswer({
        content: [
          { type: "thinking", text: "Hm…", signature: "c2ln" },
          { type: "text", text: "Grüße, " },
          { type: "text", text: "世界 👋" },
        ],
        usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 40, cacheWriteTokens: 0 },
      });
      const { status, body } = await ask(persona, "Hello");
      expect(status).toBe(200);
      expect(body.model.model_id).toBe(modelId);
      expect(body.message.content).toBe("Grüße, 世界 👋");
      expect(body.usage).toMatchObject({
        input_tokens: 100,
        output_tokens: 20,
        cache_read_tokens: 40,
        cache_write_tokens: 0,
      });
      const [answer] = await sql`select blocks from ai_messages where role = 'assistant'`;
      expect(answer?.blocks.map((block: { type: string }) => block.type))
        .toEqual(["thinking", "text", "text"]);
      const { conversation_id } = body;
      const next = await ask(persona, { message: "And then?", conversation_id });
      expect(next.status).toBe(200);
      expect(next.body.message.content).toContain("Messages seen: 3");
    }));
}

Deno.test("chat passes on an answer without text, and the conversation goes on", () =>
  withFreshProject(stack, async ({ ask, bedrock }) => {
    await bedrock.scriptAnswer({
      content: [{ type: "thinking", text: "Let me think about it for very long" }],
      stopReason: "max_tokens",
    });
    const { status, body } = await ask("clinician", "Think");
    expect([status, body.message.content, body.message.stop_reason]).toEqual([
      200,
      "",
      "max_tokens",
    ]);
    const { conversation_id } = body;
    expect((await ask("clinician", { message: "And?", conversation_id })).status).toBe(200);
  }));

Deno.test("chat stores an answer whose tool input Postgres cannot hold, in its keys too", () =>
  withFreshProject(stack, async ({ ask, bedrock, sql }) => {
    for (const persona of ["patient", "clinician"] as const) {
      await bedrock.scriptAnswer({
        content: [
          { type: "text", text: "Let me look." },
          { type: "tool_use", name: "look", input: { "a\0b": "\0", list: [{ "\0": 1 }] } },
        ],
      });
      const { status, body } = await ask(persona, "Look it up");
      expect([status, body.persisted, body.message.content]).toEqual([
        200,
        undefined,
        "Let me look.",
      ]);
      const [answer] = await sql`select blocks from ai_messages where id = ${body.message.id}`;
      expect(answer?.blocks.at(-1)).toMatchObject({
        name: "look",
        input: { "a\uFFFDb": "\uFFFD", list: [{ "\uFFFD": 1 }] },
      });
    }
  }));

Deno.test("chat estimates the tokens of an answer whose model tells none, and says so", () =>
  withFreshProject(stack, async ({ ask, bedrock }) => {
    const content = [{ type: "text" as const, text: "A text of some thirty characters." }];
    await bedrock.scriptAnswer({ content, usage: null });
    const { body } = await ask("patient", "How are you?");
    expect(body.usage).toMatchObject({
      output_tokens: 19,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      estimated: true,
    });
    expect(body.usage.input_tokens).toBeGreaterThan(50);
    expect(body.usage.cost_usd).toBeGreaterThan(0);
    expect((await ask("patient", "And now?")).body.usage.estimated).toBeUndefined();
  }));

Deno.test("chat records a cost of null where a price is not known", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    await sql`update bedrock_models set output_cost_per_mtok = null where model_id = ${novaLite}`;
    const { body } = await ask("patient", "Hi");
    expect(body.usage.cost_usd).toBeNull();
  }));

Deno.test("chat refuses every caller who is not a signed-in user, before anything else", () =>
  withFreshProject(stack, async (project) => {
    const { keys, sql } = project;
    const table = [
      [keys.publishable, 401, "missing_credentials"],
      [keys.anon, 401, "missing_credentials"],
      ["nonsense", 401, "invalid_credentials"],
      [keys.secret, 403, "forbidden"],
      [keys.serviceRole, 403, "forbidden"],
    ] as const;
    for (const [credential, status, code] of table) {
      const { body, ...answer } = await chat(project, credential, "not even JSON");
      expect([answer.status, body.success, body.error.code]).toEqual([status, false, code]);
    }
    expect(await sql`select from ai_messages`).toHaveLength(0);
  }));

Deno.test("chat refuses the token of a user who has been deleted, and leaves no row", () =>
  withFreshProject(stack, async ({ apiUrl, keys, sql }) => {
    const email = `${crypto.randomUUID()}@example.com`;
    const client = createClient(apiUrl, keys.publishable, { auth: { persistSession: false } });
    const { data } = await client.auth.signUp({ email, password: "switchboard" });
    await client.auth.stopAutoRefresh();
    const token = data.session!.access_token;
    await sql`delete from auth.users where email = ${email}`;
    const answer = await chat({ apiUrl, keys }, token, { message: "Hi" });
    expect([answer.status, answer.body.error.code]).toEqual([401, "invalid_credentials"]);
    expect(await sql`select from ai_conversations`).toHaveLength(0);
  }));

Deno.test("chat refuses malformed bodies of every kind in the envelope and leaves no row", () =>
  withFreshProject(stack, async ({ ask, token, sql, ...project }) => {
    const patient = await token("patient");
    const uuid = crypto.randomUUID();
    const bodies: [string | Uint8Array, number][] = [
      ["", 400],
      ["hello", 400],
      ["{", 400],
      ["null", 400],
      ["[]", 400],
      ["3", 400],
      ["{}", 400],
      ['{"message":null}', 400],
      ['{"message":" \\u200b\\u2060\\u3164\\u2800\\ufe0f "}', 400],
      ['{"message":5}', 400],
      ['{"message":["a"]}', 400],
      ['{"message":""}', 400],
      ['{"message":" \\n\\t "}', 400],
      ['{"message":"a\\u0000b"}', 400],
      ['{"message":"a\\ud800b"}', 400],
      ['{"message":"\\udc00"}', 400],
      [`{"message":"${"x".repeat(32_001)}"}`, 400],
      [`{"message":"${"x".repeat(1_000_000)}"}`, 400],
      [`{"message":"${"x".repeat(24_000_000)}"}`, 413],
      ['{"message":"hi","conversation_id":"mine"}', 400],
      ['{"message":"hi","conversation_id":7}', 400],
      [`{"message":"hi","conversation_id":"${uuid}"}`, 404],
      ['{"message":"hi","request_id":"1"}', 400],
      ['{"message":"hi","model_id":""}', 400],
      ['{"message":"hi","model_id":"a\\u0000b"}', 400],
      [`{"message":"hi","model_id":"${"m".repeat(3000)}"}`, 400],
      ['{"message":"hi","use_case":{}}', 400],
      ['{"message":"hi","stream":"yes"}', 400],
      ['{"message":"hi","user_id":"someone else"}', 400],
      ['{"message":"hi","__proto__":{"a":1},"constructor":1}', 400],
      [new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), 400],
    ];
    for (const [body, expected] of bodies) {
      const { status, body: answer } = await chat(project, patient, body);
      expect([String(body).slice(0, 60), status]).toEqual([String(body).slice(0, 60), expected]);
      expect(answer).toMatchObject({ success: false, error: { code: expect.any(String) } });
    }
    expect(await sql`select from ai_messages`).toHaveLength(0);
    expect(await sql`select from ai_conversations`).toHaveLength(0);
    const longest = await ask("patient", { message: "👋".repeat(32_000) });
    expect(longest.status).toBe(200);
  }));

Deno.test("chat takes no turn with the assistant of a role that the user has lost, or moves the conversation", () =>
  withFreshProject(stack, async (project) => {
    const { ask, sql } = project;
    const { body } = await ask("clinician", "A dose?");
    const next = { message: "And now?", conversation_id: body.conversation_id };
    await sql`delete from ai_user_roles where assistant_type = 'clinical'`;
    const refused = await ask("clinician", next);
    expect([refused.status, refused.body.error.code]).toEqual([403, "assistant_not_allowed"]);
    expect(refused.body.error.hint).toContain("conversation_id");

    await manage(project, { action: "update-settings", on_role_change: "move" });
    const moved = await ask("clinician", next);
    expect([moved.status, moved.body.model.model_id]).toEqual([200, novaLite]);
    expect(moved.body.conversation_id).toBe(body.conversation_id);
    expect(moved.body.history.messages_sent).toBe(2);
    expect(moved.body.message.content).toContain("health a");
  }));
