/** Limits as their callers meet them: through `chat`, and with the makers' clients. */
import { expect } from "@std/expect";
import OpenAI from "openai";
import type postgres from "postgres";
import { asking, clientOf, versions } from "../support/anthropic_clients.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { madeKey } from "../support/made_key.ts";
import { openaiClient } from "../support/openai_client.ts";
import { manage, post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();

type Row = Record<string, string | number>;

/** Sets a limit of the project in SQL, in the place of all others. */
async function onlyLimit({ sql }: FreshProject, row: Row): Promise<void> {
  await sql`delete from ai_limits`;
  await sql`insert into ai_limits ${sql({ scope: "project", ...row })}`;
}

/** The enabled models in the order in which they answer those who name none. */
async function models(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`
    select model_id from bedrock_models
    where is_available and lifecycle <> 'retired' order by is_default desc, priority, model_id`;
  return rows.map(({ model_id }) => model_id);
}

/** Rows that turns and calls leave, and holds that have not ended. */
async function traces(sql: postgres.Sql) {
  const [counts] = await sql`
    select
      (select count(*)::int from ai_conversations) as conversations,
      (select count(*)::int from ai_messages) as messages,
      (select count(*)::int from ai_usage) as ledger,
      (select count(*)::int from switchboard.limit_holds) as holds`;
  return counts;
}

const nothing = { conversations: 0, messages: 0, ledger: 0, holds: 0 };

/** USD of a prompt of 2,500 tokens and an answer of 200, by the default model. */
const aShortAnswer = (sql: postgres.Sql) =>
  sql`
    select (switchboard.most_cost(switchboard.price_at(model_id, now()), 2500, 200))::float8 as usd
    from bedrock_models where is_default`
    .then(([row]) => row!.usd as number);

Deno.test("a limit that is reached is 429 to every caller, before anything is stored", () =>
  withFreshProject(stack, async (project) => {
    const { openai, exchanges } = await openaiClient(project, { maxRetries: 0 });
    const { anthropic, exchanges: others } = await clientOf(project, "1.14", { maxRetries: 0 });
    const told = /^The limit is reached: turns per minute for the project\./;
    const refusals = async () => {
      const ofChat = await project.ask("patient", "Hello");
      const ofOpenai = await openai.chat.completions.create({
        model: "default",
        messages: [{ role: "user", content: "Hello" }],
      }).then(() => null, (error) => error);
      const ofAnthropic = await anthropic.messages.create(asking()).then(
        () => null,
        (error) => error,
      );
      return { ofChat, ofOpenai, ofAnthropic };
    };

    // Whenever a minute ends, nothing is left of it.
    await onlyLimit(project, { unit: "turns", amount: 0, period: "minute" });
    const soon = await refusals();
    expect([soon.ofChat.status, soon.ofChat.body.error]).toMatchObject([429, {
      code: "limit_exceeded",
      message: expect.stringMatching(told),
      hint: expect.stringMatching(/^It resets at \d{4}-/),
    }]);
    expect(Number(soon.ofChat.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(soon.ofOpenai).toBeInstanceOf(OpenAI.RateLimitError);
    expect(soon.ofOpenai).toMatchObject({
      status: 429,
      code: "limit_exceeded",
      type: "rate_limit_error",
      error: { message: expect.stringMatching(told) },
    });
    expect(soon.ofAnthropic).toBeInstanceOf(versions["1.14"].RateLimitError);
    expect(soon.ofAnthropic.error.error).toMatchObject({
      type: "rate_limit_error",
      message: expect.stringMatching(told),
    });
    for (const { response: { headers } } of [...exchanges, ...others]) {
      expect(headers.get("x-should-retry")).toBe("true");
      const wait = Number(headers.get("retry-after"));
      expect([wait >= 1, wait <= 60]).toEqual([true, true]);
      expect(headers.get("x-switchboard-model")).toBeNull();
    }

    // What does not come back within a minute is not worth a wait.
    await onlyLimit(project, { unit: "tokens", amount: 0, period: "total" });
    const late = await refusals();
    expect([late.ofChat.status, late.ofChat.headers.get("retry-after")]).toEqual([429, null]);
    expect(late.ofOpenai.status).toBe(429);
    expect(late.ofAnthropic.status).toBe(429);
    for (const { response: { headers } } of [exchanges.at(-1)!, others.at(-1)!]) {
      expect([headers.get("x-should-retry"), headers.get("retry-after")]).toEqual(["false", null]);
    }
    expect(await traces(project.sql)).toEqual(nothing);
    expect(await project.bedrock.requests()).toEqual([]);

    // A soft one counts, and refuses none.
    await onlyLimit(project, { unit: "turns", amount: 0, period: "total", enforcement: "soft" });
    const open = await refusals();
    expect([open.ofChat.status, open.ofOpenai, open.ofAnthropic]).toEqual([200, null, null]);
    const [soft] = await project.sql`
      select sum(spent)::int as turns from switchboard.limit_windows`;
    expect(soft!.turns).toBe(3);
  }));

Deno.test("an answer is cut to what money is left, and its caller is told", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await sql`update ai_assistants set model_version = null`;
    const [due = ""] = await models(sql);
    const usd = await aShortAnswer(sql);
    const askedTokens = async () => {
      const last = (await project.bedrock.requests()).at(-1);
      return JSON.stringify(last?.body).match(/"max_?[tT]okens":(\d+)/)?.[1];
    };
    // What the answers so far cost is spent.
    const setLimit = async () => {
      const [spent] = await sql`select coalesce(sum(cost_usd), 0)::float8 as usd from ai_usage`;
      await onlyLimit(project, { unit: "usd", amount: usd + spent!.usd, period: "total" });
    };
    const expectCut = async (told: unknown) => {
      const left = Number(told);
      expect([left >= 256, left < 4_000]).toEqual([true, true]);
      expect(await askedTokens()).toBe(String(left));
      const [row] = await sql`
        select model_id, answer_tokens_left, granted_usd::float8 as granted
        from ai_usage order by id desc limit 1`;
      expect(row).toMatchObject({ model_id: due, answer_tokens_left: left });
      expect(row!.granted).toBeGreaterThan(0);
      expect(row!.granted).toBeLessThanOrEqual(usd * 1.000001);
    };

    await setLimit();
    const whole = await project.ask("patient", "Hello");
    expect(whole.status).toBe(200);
    await expectCut(whole.body.answer_tokens_left);

    await setLimit();
    const streamed = await fetch(`${project.apiUrl}/functions/v1/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${await project.token("patient")}` },
      body: JSON.stringify({ message: "Hello", stream: true }),
    });
    const events = await streamed.text();
    await expectCut(/event: done\ndata: .*"answer_tokens_left":(\d+)/.exec(events)?.[1]);

    const { openai, exchanges } = await openaiClient(project, { maxRetries: 0 });
    const { anthropic, exchanges: others } = await clientOf(project, "1.14", { maxRetries: 0 });
    for (const stream of [false, true]) {
      await setLimit();
      const completion = await openai.chat.completions.create({
        model: "default",
        messages: [{ role: "user", content: "Hello" }],
        stream,
      });
      if ("controller" in completion) await Array.fromAsync(completion);
      const { headers } = exchanges.at(-1)!.response;
      await expectCut(headers.get("x-switchboard-answer-tokens-left"));

      await setLimit();
      const message = await anthropic.messages.create({
        ...asking(),
        model: "default",
        max_tokens: 4_000,
        stream,
      });
      if ("controller" in message) await Array.fromAsync(message);
      await expectCut(others.at(-1)!.response.headers.get("x-switchboard-answer-tokens-left"));
    }
    // Where there is room, no cut is told, and no hold is left.
    await sql`delete from ai_limits`;
    expect((await project.ask("patient", "Hello")).body.answer_tokens_left).toBeUndefined();
    expect((await traces(sql))?.["holds"]).toBe(0);
  }));

Deno.test("a stand-in that costs more than is left is passed over, which explain tells", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    await sql`update ai_assistants set model_version = null, fallback_models = null`;
    const [due = "", dear = "", next = ""] = await models(sql);
    await sql`update bedrock_models set output_cost_per_mtok = 1000 where model_id = ${dear}`;
    await onlyLimit(project, { unit: "usd", amount: 0.05, period: "total" });
    await bedrock.addFaultRule(
      { kind: "error", exception: "AccessDeniedException" },
      { model: due, times: "until-removed" },
    );
    const { status, body } = await project.ask("patient", "Hello");
    expect([status, body.model.model_id, body.model.requested_model]).toEqual([200, next, due]);
    const { body: { explanation } } = await manage(project, {
      action: "explain",
      message_id: body.message.id,
    });
    expect(explanation.rules).toContainEqual(expect.objectContaining({
      model_id: dear,
      outcome: "passed-over",
      code: "limit_exceeded",
    }));
  }));

Deno.test("a stand-in for a model that broke off is paid for where the limit has room, and else passed over", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    await sql`update ai_assistants set model_version = null, fallback_models = null`;
    // What a call costs is its prompt, the same with each model.
    await sql`update bedrock_models set input_cost_per_mtok = 1000, output_cost_per_mtok = 0.001`;
    const [due = "", next = ""] = await models(sql);
    const ask = async () => {
      const response = await fetch(`${project.apiUrl}/functions/v1/chat`, {
        method: "POST",
        headers: { authorization: `Bearer ${await project.token("patient")}` },
        // So long that two calls cost more than was held for one, by estimate from above.
        body: JSON.stringify({ message: "word ".repeat(2_400), stream: true }),
      });
      const events = await response.text();
      const [row] = await sql`
        select model_id, status, error_code, answer_tokens_left, granted_usd::float8 as granted
        from ai_usage where status <> 'unanswered' order by id desc limit 1`;
      return { events, row: row! };
    };
    await onlyLimit(project, { unit: "usd", amount: 1e6, period: "total" });
    const { row: { granted } } = await ask();

    await bedrock.addFaultRule(
      { kind: "cut", afterFrames: 1 },
      { model: due, times: "until-removed" },
    );
    const { events, row } = await ask();
    expect(events).toMatch(/event: done\n/);
    expect(events).not.toContain("answer_tokens_left");
    expect(row).toMatchObject({ model_id: next, status: "complete", answer_tokens_left: null });
    expect(row.granted).toBeGreaterThan(granted);

    const [spent] = await sql`select sum(cost_usd)::float8 as usd from ai_usage`;
    await onlyLimit(project, { unit: "usd", amount: spent!.usd + granted, period: "total" });
    expect((await ask()).row).toMatchObject({
      model_id: due,
      status: "failed",
      error_code: "bedrock_stream_truncated",
    });
    const [used] = await sql`select sum(cost_usd)::float8 as usd from ai_usage`;
    expect(used!.usd).toBeLessThanOrEqual(spent!.usd + granted);
    expect((await traces(sql))?.["holds"]).toBe(0);
    const [verified] = await sql`select verify_limits() ->> 'ok' as ok`;
    expect(verified!.ok).toBe("true");
  }));

Deno.test("a model without a price is refused under a hard limit in USD, and not replaced", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    await sql`update ai_assistants set model_version = null`;
    const { key } = await madeKey(sql);
    const statuses = async () => {
      const { status, body } = await project.ask("patient", "Hello");
      const calls = [];
      for (const path of ["openai/v1/chat/completions", "anthropic/v1/messages"]) {
        const answer = await post(
          `${project.apiUrl}/functions/v1/${path}`,
          { ...asking(), model: "default" },
          { "x-api-key": key },
        );
        calls.push([answer.status, answer.body.error?.type, answer.headers.get("x-should-retry")]);
      }
      return [[status, body.error?.code], ...calls];
    };
    const refused = [
      [409, "price_unknown"],
      [403, "invalid_request_error", "false"],
      [403, "permission_error", "false"],
    ];
    await sql`update bedrock_models set output_cost_per_mtok = null, input_cost_per_mtok = null
      where is_default`;
    await onlyLimit(project, { unit: "usd", amount: 100, period: "total" });
    expect(await statuses()).toEqual(refused);
    // Where no model has one, Postgres says so.
    await sql`update bedrock_models set output_cost_per_mtok = null, input_cost_per_mtok = null`;
    expect(await statuses()).toEqual(refused);
    expect(await bedrock.requests()).toEqual([]);
    await onlyLimit(project, { unit: "usd", amount: 100, period: "total", enforcement: "soft" });
    expect((await statuses()).map(([status]) => status)).toEqual([200, 200, 200]);
  }));

Deno.test("a call that begins and cannot run gives back what it held", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await onlyLimit(project, { unit: "concurrent", amount: 1 });
    const { key } = await madeKey(sql);
    const ask = (model: string) =>
      post(
        `${project.apiUrl}/functions/v1/openai/v1/chat/completions`,
        { model, messages: [{ role: "user", content: "Hello" }] },
        { "x-api-key": key },
      );
    expect((await ask("no-such-model")).status).toBe(404);
    await until(
      async () => (await traces(sql))?.["holds"] === 0,
      "what the refused call held",
    );
    expect((await ask("default")).status).toBe(200);
    // Reading what there is, and counting, hold nothing.
    await sql`update ai_limits set amount = 0`;
    const headers = { "x-api-key": key };
    const list = await fetch(`${project.apiUrl}/functions/v1/openai/v1/models`, { headers });
    expect([list.status, (await list.json()).object]).toEqual([200, "list"]);
    const count = await post(
      `${project.apiUrl}/functions/v1/anthropic/v1/messages/count_tokens`,
      { model: "default", messages: [{ role: "user", content: "Hello" }] },
      headers,
    );
    expect(count.status).toBe(200);
    const refused = await ask("default");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, null]);
    expect((await traces(sql))?.["holds"]).toBe(0);
  }));

Deno.test("a user asks for the models that the assistant allows, and gets no longer answers", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    const other = (await models(sql)).at(-1);
    const [health] = await sql`
      select model_version from ai_assistants where assistant_type = 'health'`;
    expect(other).not.toBe(health!.model_version);
    const ask = async () => {
      const { status, body } = await project.ask("patient", { message: "Hi", model_id: other });
      return [status, body.error?.code ?? body.model.model_id];
    };
    expect(await ask()).toEqual([403, "key_scope"]);
    expect(await traces(sql)).toEqual(nothing);
    await sql`update ai_assistants set allowed_models = ${[
      other!,
    ]} where assistant_type = 'health'`;
    expect(await ask()).toEqual([200, other]);
    await sql`update ai_assistants set allowed_models = null where assistant_type = 'health'`;
    expect(await ask()).toEqual([200, other]);

    await sql`update ai_assistants set max_output_tokens = 70`;
    const turn = await project.ask("patient", "Hello");
    expect(turn.body.message.content).toContain("max tokens 70");
    expect(turn.body.answer_tokens_left).toBeUndefined();
    const { key } = await madeKey(sql, { assistant_type: "health" });
    const { body } = await post(
      `${project.apiUrl}/functions/v1/anthropic/v1/messages`,
      { ...asking(), model: "default" },
      { "x-api-key": key },
    );
    expect(JSON.stringify(body)).toContain("max tokens 70");
  }));
