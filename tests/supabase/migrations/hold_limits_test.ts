/** Holds: what a run reserves of each limit, and when it is refused. */
import { expect } from "@std/expect";
import { anyDigest, createKey } from "../../support/api_keys.ts";
import {
  addLimit,
  expectProven,
  type HeldRun,
  holdCall,
  holdTurn,
  type LimitColumns,
  onlyLimit,
  smallDemand,
  stateOf,
} from "../../support/held_runs.ts";
import {
  clinician,
  otherPatient,
  patient,
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import {
  beginTurn,
  completeTurn,
  converse,
  type HeldBudget,
  novaLite,
  novaPro,
} from "../../support/turns.ts";

const perDay = { period: "day", amount: 2, unit: "turns" } as const;

Deno.test("each scope holds for its own turns and calls, and for no others", async (t) => {
  const turn = (person: typeof patient) => async (database: TestDatabase) => {
    await (await holdTurn(database, person)).complete();
  };
  const call = (digest: string) => async (database: TestDatabase) => {
    await (await holdCall(database, { kind: "api-key", digest })).complete();
  };
  const [digest, otherDigest] = [anyDigest(), anyDigest()];
  const health = { assistant_type: "health" };
  const scopes: Record<string, {
    row: LimitColumns;
    inside: (database: TestDatabase) => Promise<void>;
    outside: (database: TestDatabase) => Promise<void>;
  }> = {
    assistant: { row: health, inside: turn(patient), outside: turn(clinician) },
    each_user: { row: {}, inside: turn(patient), outside: turn(otherPatient) },
    "each_user of an assistant": { row: health, inside: turn(patient), outside: turn(clinician) },
    user: { row: { user_id: patient.userId }, inside: turn(patient), outside: turn(otherPatient) },
    api_key: { row: {}, inside: call(digest), outside: call(otherDigest) },
  };
  for (const [name, { row, inside, outside }] of Object.entries(scopes)) {
    await t.step(name, () =>
      withDatabase(async (database) => {
        const key = await createKey(database, digest);
        await createKey(database, otherDigest);
        const [scope] = name.split(" ") as [string];
        const of = scope === "api_key" ? { api_key_id: key.id } : row;
        const id = await onlyLimit(database, { ...perDay, scope, ...of });
        await inside(database);
        await inside(database);
        expect(await refused(inside(database)))
          .toMatchObject({ code: "PT429", detail: "limit_exceeded" });
        await outside(database);
        await outside(database);
        const spent = scope === "each_user" && name === scope ? 4 : 2;
        expect(await stateOf(database, id)).toEqual({ spent, held: 0, holds: 0 });
        await expectProven(database);
      }));
  }
});

/** What a refusal says, in a form that can be compared. */
async function refusalOf(statement: Promise<unknown>) {
  const { code, message, detail, hint } = await refused(statement);
  return { code, message, detail, hint };
}

Deno.test("a refusal names the limit and when it ends, tells no amount, and leaves no row", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await onlyLimit(database, { scope: "each_user", unit: "turns", period: "minute", amount: 0 });
    expect(await refusalOf(holdTurn(database, patient))).toEqual({
      code: "PT429",
      message: "The limit is reached: turns per minute for each user.",
      detail: expect.stringMatching(/^limit_exceeded retry_after=[1-6]?[0-9]$/),
      hint: expect.stringMatching(/^It resets at \d{4}-\d\d-\d\d \d\d:\d\d:00 UTC\.$/),
    });
    // What never has so much is nothing to wait for.
    await onlyLimit(database, { scope: "project", unit: "tokens", period: "minute", amount: 50 });
    expect(await refusalOf(holdTurn(database, patient))).toMatchObject({
      detail: "limit_exceeded",
      hint: "It allows less than this needs: ask with fewer words, or have it raised.",
    });
    await onlyLimit(database, { scope: "project", unit: "concurrent", amount: 0 });
    expect(await refusalOf(holdTurn(database, patient))).toMatchObject({
      detail: "limit_exceeded",
      hint: "It does not reset: an operator can raise it.",
    });
    // Of two that are reached, the one that lasts.
    await onlyLimit(database, { scope: "each_user", unit: "turns", period: "minute", amount: 0 });
    await addLimit(sql, { scope: "project", unit: "tokens", period: "total", amount: 0 });
    expect(await refusalOf(holdTurn(database, patient))).toMatchObject({
      message: "The limit is reached: tokens in total for the project.",
      detail: "limit_exceeded",
      hint: "It does not reset: an operator can raise it.",
    });
    expect([
      ...await sql`select from public.ai_conversations`,
      ...await sql`select from switchboard.limit_windows`,
      ...await sql`select from switchboard.limit_holds`,
    ]).toHaveLength(0);
  });
});

const held: Record<string, { columns: LimitColumns; another: string }> = {
  "turns at once": {
    columns: { scope: "project", unit: "concurrent", amount: 1 },
    another: "another answer",
  },
  "turns at once for each user": {
    columns: { scope: "each_user", unit: "concurrent", amount: 1 },
    another: "another of your answers",
  },
  "the last turn of a month": {
    columns: { scope: "user", user_id: patient.userId, unit: "turns", period: "month", amount: 1 },
    another: "another of your answers",
  },
  "the last tokens of a day": {
    columns: { scope: "project", unit: "tokens", period: "day", amount: 2_000 },
    another: "another answer",
  },
};

Deno.test("what runs under way hold is worth another try at once", async (t) => {
  for (const [name, { columns, another }] of Object.entries(held)) {
    await t.step(name, () =>
      withDatabase(async (database) => {
        await onlyLimit(database, columns);
        const wanted = { ...smallDemand, input_tokens: 1_500 };
        const first = await holdTurn(database, patient, wanted);
        expect(await refusalOf(holdTurn(database, patient, wanted))).toMatchObject({
          detail: "limit_exceeded retry_after=1",
          hint: `Ask again when ${another} is there.`,
        });
        if (columns.unit === "concurrent") return;
        await first.complete({ input_tokens: 2_000 });
        expect((await refused(holdTurn(database, patient, wanted))).hint).toMatch(/^It resets at /);
      }));
  }
});

Deno.test("a call that is begun again is not refused by its own hold", async () => {
  await withDatabase(async (database) => {
    const id = await onlyLimit(database, { scope: "project", unit: "concurrent", amount: 1 });
    const { id: callId } = await holdCall(database, { kind: "service" });
    await holdCall(database, { kind: "service" }, smallDemand, { id: callId });
    expect(await stateOf(database, id)).toEqual({ spent: 0, held: 1, holds: 1 });
  });
});

Deno.test("a key's call that a limit refuses writes nothing", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const digest = anyDigest();
    await createKey(database, digest);
    await onlyLimit(database, { scope: "project", unit: "turns", period: "day", amount: 0 });
    const lastUse = async () =>
      (await sql`select xmin::text, last_used_on from public.ai_api_keys`)[0];
    const before = await lastUse();
    // A row that was written counts here also after its rollback.
    const written = async () => {
      await sql`select pg_stat_force_next_flush()`;
      return (await sql`select n_tup_upd::int as updated from pg_stat_user_tables
        where relname = 'ai_api_keys'`)[0]!.updated;
    };
    const updates = await written();
    expect((await refused(holdCall(database, { kind: "api-key", digest }))).code).toBe("PT429");
    expect([await lastUse(), await written()]).toEqual([before, updates]);
    await sql`delete from public.ai_limits`;
    await holdCall(database, { kind: "api-key", digest });
    expect((await lastUse())!.last_used_on).not.toBeNull();
  });
});

/** USD of a run with 1,000 tokens of input beside what the database adds, and 100 of the answer. */
const demand = { ...smallDemand, input_tokens: 1_000 };

Deno.test("a hold in USD takes the dearest of the models that may answer", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await onlyLimit(database, { scope: "project", unit: "usd", period: "day", amount: 10 });
    await sql`update public.ai_assistants set system_prompt = '', fallback_models = '{}'`;
    const held = async (begin: Promise<HeldRun>) => (await begin).budget?.usd?.amount;
    const cost = async (id: string, { input = 1_001, output = 100 } = {}) => {
      const [row] = await sql`
        select switchboard.most_cost(switchboard.price_at(${id}, now()), ${input}, ${output})::float8
          as usd`;
      return row!.usd;
    };
    const opus = "eu.anthropic.claude-opus-5-5";
    const haiku = "eu.anthropic.claude-haiku-5-5";
    const call = (more: Record<string, string>, wanted = demand) =>
      holdCall(database, { kind: "service" }, wanted, more);
    const withFallback = { ...demand, fallback: true };

    expect(await held(holdTurn(database, patient, withFallback))).toBe(await cost(novaLite));
    expect(await held(call({ model: "default" }))).toBe(await cost(novaPro));
    expect(await held(call({ model: "assistant/health" }, withFallback)))
      .toBe(await cost(novaLite));
    expect(await held(call({ model: "claude-haiku-5-5" }))).toBe(await cost(haiku));
    // A model with an assistant's prompt: the model's price.
    expect(await held(call({ model: `assistant/health/${haiku}` }))).toBe(await cost(haiku));
    expect(await held(call({ model: "assistant/health/claude-haiku-5-5" })))
      .toBe(await cost(haiku));
    // The first three others may stand in.
    expect(await held(call({ model: haiku }, withFallback))).toBe(await cost(novaPro));
    await sql`update public.bedrock_models set priority = 1 where model_id = ${opus}`;
    expect(await held(call({ model: haiku }, withFallback))).toBe(await cost(opus));
    await sql`update public.ai_assistants set fallback_models = ${[haiku]}`;
    expect(await held(holdTurn(database, patient, withFallback))).toBe(await cost(haiku));
    const keyDigest = anyDigest();
    await createKey(database, keyDigest, { models: ["nova-pro", "claude-haiku-5-5"] });
    const key = { kind: "api-key", digest: keyDigest };
    expect(await held(holdCall(database, key, withFallback, { model: "nova-pro" })))
      .toBe(await cost(novaPro));

    // What a long prompt costs, all of it written to the cache for an hour.
    expect(await cost(haiku, { input: 200_000, output: 1_000 }))
      .toBeCloseTo((200_000 * 0.22 + 1_000 * 0.55) * 1e-6 * 5, 12);
    // Thinking comes on top of the answer, as far as the assistant and the model have room.
    const thinking = { ...demand, thinks: true };
    await sql`
      update public.bedrock_models
      set capabilities = jsonb_set(capabilities, '{thinking}', '{"mode": "budget",
        "efforts": ["low"], "by_default": false, "off": "omitted", "forced_tools": false}')
      where model_id = ${haiku}`;
    expect(await held(call({ model: haiku }, thinking))).toBe(
      await cost(haiku, { output: 128_000 }),
    );
    await sql`update public.ai_assistants set max_output_tokens = 50, system_prompt = ''`;
    expect(await held(call({ model: "assistant/health" })))
      .toBe(await cost(novaLite, { output: 50 }));
    // And the assistant's largest answer.
    expect(await held(call({ model: `assistant/health/${haiku}` })))
      .toBe(await cost(haiku, { output: 50 }));
  });
});

Deno.test("a pinned conversation holds for its model, and its history counts", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await onlyLimit(database, { scope: "project", unit: "tokens", period: "day", amount: 1e9 });
    await addLimit(sql, { scope: "project", unit: "usd", period: "day", amount: 1e6 });
    await sql`update public.ai_assistants set system_prompt = repeat('ü', 300)`;
    const first = await converse(database, patient, "w".repeat(3_000), undefined, {
      model: novaPro,
      content: "y",
      blocks: [
        { type: "text", text: "y".repeat(6_000) },
        {
          type: "document",
          name: "a",
          mediaType: "application/pdf",
          source: { kind: "storage", bucket: "b", path: "p", size: 90_000 },
        },
        {
          type: "image",
          mediaType: "image/png",
          source: { kind: "storage", bucket: "b", path: "p", size: 9 },
        },
      ],
    });
    const { budget } = await beginTurn(database, patient, {
      conversationId: first.conversationId,
      demand,
    });
    const estimate = 1_000 + 200 + 1_000 + 2_000 + 3_000 + 1_600 + 100;
    expect(budget?.tokens?.amount).toBeGreaterThan(estimate);
    expect(budget?.tokens?.amount).toBeLessThan(estimate + 300);
    const [price] = await sql`
      select switchboard.most_cost(
        switchboard.price_at(${novaPro}, now()), ${
      budget!.tokens!.amount - 100
    }, 100)::float8 as usd`;
    expect(budget?.usd?.amount).toBe(price!.usd);
  });
});

Deno.test("near a limit a run is granted what is left, until that buys no answer worth a call", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.ai_assistants set system_prompt = ''`;
    const id = await onlyLimit(database, {
      scope: "project",
      unit: "tokens",
      period: "month",
      amount: 1_101 + 1_040,
    });
    await addLimit(sql, { scope: "each_user", unit: "tokens", period: "month", amount: 1e6 });
    const first = await holdTurn(database, patient, demand);
    expect(first.budget).toEqual({
      usd: null,
      tokens: {
        amount: 1_101,
        limit: "tokens per month for the project",
        retry_after: null,
      },
    });
    const second = await holdTurn(database, patient, demand);
    expect(second.budget?.tokens?.amount).toBe(1_040);
    expect(await refusalOf(holdTurn(database, patient, demand))).toMatchObject({ code: "PT429" });
    // 1,021 are needed for the shortest answer that is worth a call.
    await first.complete({ input_tokens: 70, output_tokens: 10 });
    expect((await holdTurn(database, otherPatient, demand)).budget?.tokens?.amount).toBe(1_021);
    await second.complete({ input_tokens: 1_039, output_tokens: 0 });
    expect(await refusalOf(holdTurn(database, patient, demand))).toMatchObject({ code: "PT429" });
    expect(await stateOf(database, id)).toEqual({ spent: 1_119, held: 1_021, holds: 1 });
    await expectProven(database);
  });
});

Deno.test("a hard limit in USD refuses where no price is known, and others do not", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await onlyLimit(database, { scope: "project", unit: "usd", period: "day", amount: 10 });
    await sql`update public.bedrock_models set output_cost_per_mtok = null where model_id = ${novaLite}`;
    expect(await refusalOf(holdTurn(database, patient, demand))).toMatchObject({
      code: "PT409",
      detail: "price_unknown",
    });
    // No other is taken in silence. Where none is due, those that stand in have a price.
    const withFallback = { ...demand, fallback: true };
    expect(await refusalOf(holdTurn(database, patient, withFallback)))
      .toMatchObject({ code: "PT409", detail: "price_unknown" });
    await sql`update public.bedrock_models set is_available = false where model_id = ${novaLite}`;
    const { budget } = await holdTurn(database, patient, withFallback);
    expect(budget?.usd?.amount).toBeGreaterThan(0);
    // That there is no such model is the functions' to say.
    const none = await holdCall(database, { kind: "service" }, demand, { model: "no-such-model" });
    expect(none.budget?.usd?.amount).toBeGreaterThan(0);
    await onlyLimit(database, {
      scope: "project",
      unit: "usd",
      period: "day",
      amount: 0,
      enforcement: "soft",
    });
    expect((await holdTurn(database, patient, demand)).budget).toBeNull();
  });
});

Deno.test("what is too little for the model that is due begins no run, also where others are cheaper", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await onlyLimit(database, {
      scope: "project",
      unit: "usd",
      period: "day",
      amount: 0.0005,
    });
    await sql`update public.ai_assistants set model_version = ${novaPro}, system_prompt = ''`;
    const wanted = { ...demand, fallback: true };
    expect(await refusalOf(holdTurn(database, patient, wanted))).toMatchObject({ code: "PT429" });
    expect(await stateOf(database, id)).toEqual({ spent: 0, held: 0, holds: 0 });
    expect(await sql`select from public.ai_messages`).toHaveLength(0);
    await sql`update public.ai_assistants set model_version = ${novaLite}`;
    expect((await holdTurn(database, patient, wanted)).budget?.usd?.amount).toBe(0.0005);
  });
});

Deno.test("a turn that is taken up again has one hold, and a superseded attempt ends none", async () => {
  await withDatabase(async (database) => {
    const id = await onlyLimit(database, { scope: "each_user", unit: "concurrent", amount: 1 });
    const request = { requestId: crypto.randomUUID(), demand, staleAfterMs: 0 };
    const turn = await beginTurn(database, patient, request);
    const again = await beginTurn(database, patient, request);
    expect(again.attempt).toBe(2);
    expect(await stateOf(database, id)).toMatchObject({ held: 1, holds: 1 });
    await completeTurn(database, turn.question_id, { attempt: 1, status: "failed" });
    expect(await stateOf(database, id)).toMatchObject({ held: 1, holds: 1 });
    expect(await refusalOf(holdTurn(database, patient))).toMatchObject({ code: "PT429" });
    await completeTurn(database, turn.question_id, { attempt: 2 });
    expect(await stateOf(database, id)).toEqual({ spent: 0, held: 0, holds: 0 });
    await expectProven(database);
  });
});

Deno.test("a turn that is taken up again goes on with what it holds, however full its limit is", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await onlyLimit(database, {
      scope: "project",
      unit: "tokens",
      period: "day",
      amount: 10_000,
    });
    const request = { requestId: crypto.randomUUID(), demand, staleAfterMs: 0 };
    const turn = await beginTurn(database, patient, request);
    const { held } = await stateOf(database, id);
    // An answer may use more than was held for it.
    const other = await holdTurn(database, otherPatient, demand);
    await other.complete({ input_tokens: 20_000, output_tokens: 50 });
    expect(await refusalOf(holdTurn(database, otherPatient, demand)))
      .toMatchObject({ code: "PT429" });
    const again = await beginTurn(database, patient, request);
    expect([again.question_id, again.attempt]).toEqual([turn.question_id, 2]);
    expect(await stateOf(database, id)).toEqual({ spent: 20_050, held, holds: 1 });
    // Once its hold has expired, it is a turn like others.
    await sql`update switchboard.limit_holds set expires_at = now()`;
    expect(await refusalOf(beginTurn(database, patient, request))).toMatchObject({ code: "PT429" });
  });
});

Deno.test("an expired hold is given back to the next run, and its late end is counted all the same", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await onlyLimit(database, {
      scope: "project",
      unit: "tokens",
      period: "day",
      amount: 1_500,
    });
    const late = await holdTurn(database, patient, demand);
    expect(await refusalOf(holdTurn(database, otherPatient, demand)))
      .toMatchObject({ code: "PT429" });
    const [{ lasts }] = await sql`
      select extract(epoch from expires_at - now())::int as lasts from switchboard.limit_holds` as [
      { lasts: number },
    ];
    expect(lasts).toBeGreaterThan(400);
    expect(lasts).toBeLessThanOrEqual(450);
    await sql`update switchboard.limit_holds set expires_at = now()`;
    const next = await holdTurn(database, otherPatient, demand);
    expect(await stateOf(database, id)).toMatchObject({ spent: 0, holds: 1 });
    await late.complete({ input_tokens: 1_000, output_tokens: 50 });
    await next.complete({ input_tokens: 1_000, output_tokens: 50 });
    expect(await stateOf(database, id)).toEqual({ spent: 2_100, held: 0, holds: 0 });
    await expectProven(database);
  });
});

Deno.test("a hold is raised as far as its limits leave it, lasts longer then, and is never lowered", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const columns = { scope: "project", period: "day" };
    const tokens = await onlyLimit(database, { ...columns, unit: "tokens", amount: 10_000 });
    const dollars = await addLimit(sql, { ...columns, unit: "usd", amount: 5 });
    const turns = await addLimit(sql, { ...columns, unit: "turns", amount: 2 });
    await addLimit(sql, { scope: "each_user", unit: "tokens", period: "total", amount: 1e6 });
    const other = await holdCall(database, { kind: "service" }, demand);
    const run = await holdTurn(database, patient, demand);
    const raise = async (usd: number, most: number, id = run.id): Promise<HeldBudget | null> => {
      const [row] = await database.as(
        serviceRole,
        (sql) => sql`select public.raise_hold(${id}, ${usd}, ${most}) as budget`,
      );
      return row!.budget;
    };
    await sql`update switchboard.limit_holds set expires_at = now() + interval '1 minute'`;
    expect(await raise(2.5, 3_000)).toMatchObject({
      usd: { amount: 2.5, limit: "USD per day for the project" },
      tokens: { amount: 3_000, limit: "tokens per day for the project" },
    });
    expect(await stateOf(database, turns)).toMatchObject({ held: 2, holds: 2 });
    const [{ lasts }] = await sql`
      select min(extract(epoch from expires_at - now()))::int as lasts
      from switchboard.limit_holds where run_id = ${run.id}` as [{ lasts: number }];
    expect(lasts).toBeGreaterThan(400);
    expect(await raise(0.1, 1)).toMatchObject({ usd: { amount: 2.5 }, tokens: { amount: 3_000 } });
    // What others hold is left to them.
    const left = 10_000 - other.budget!.tokens!.amount;
    const budget = await raise(100, 1e6);
    expect(budget?.tokens?.amount).toBe(left);
    expect(budget?.usd?.amount).toBe(5 - other.budget!.usd!.amount);
    expect(await stateOf(database, tokens)).toMatchObject({ held: 10_000, holds: 2 });
    expect(await stateOf(database, dollars)).toMatchObject({ held: 5, holds: 2 });
    await expectProven(database);
    await run.complete({ input_tokens: 100, output_tokens: 10 });
    expect(await raise(1, 1)).toBeNull();
    expect(await raise(1, 1, crypto.randomUUID())).toBeNull();
    await other.complete();
    expect(await stateOf(database, tokens)).toEqual({ spent: 230, held: 0, holds: 0 });
    await expectProven(database);
    expect(
      await refusal(database.as(patient, (sql) => sql`select public.raise_hold(${run.id}, 1, 1)`)),
    ).toBe("42501");
  });
});

Deno.test("what a run holds lasts as long as it may still be running", async () => {
  await withDatabase(async (database) => {
    await onlyLimit(database, { scope: "project", unit: "concurrent", amount: 9 });
    const hour = 3_600_000;
    await holdTurn(database, patient, demand, { staleAfterMs: hour });
    await holdCall(database, { kind: "service" }, demand, { stale_after_ms: hour });
    const rows = await database.sql`
      select extract(epoch from expires_at - now())::int as lasts from switchboard.limit_holds`;
    expect(rows.map(({ lasts }) => lasts > 3_500 && lasts <= 3_600)).toEqual([true, true]);
  });
});

Deno.test("what never runs gives back what it holds, once", async () => {
  await withDatabase(async (database) => {
    const id = await onlyLimit(database, { scope: "project", unit: "concurrent", amount: 5 });
    const [one, other] = [
      await holdCall(database, { kind: "service" }),
      await holdTurn(database, patient),
    ];
    for (let times = 0; times < 2; times++) {
      await database.as(serviceRole, (sql) => sql`select public.release_holds(${one.id})`);
    }
    expect(await stateOf(database, id)).toEqual({ spent: 0, held: 1, holds: 1 });
    await other.complete({ status: "failed" });
    expect(await stateOf(database, id)).toEqual({ spent: 0, held: 0, holds: 0 });
    expect(
      await refusal(database.as(patient, (sql) => sql`select public.release_holds(${one.id})`)),
    )
      .toBe("42501");
  });
});

Deno.test("calls that gave no answer count as tokens and USD, and trials are counted but never refused", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    const columns = { scope: "assistant", assistant_type: "health", period: "day" };
    const turns = await addLimit(sql, { ...columns, unit: "turns", amount: 2 });
    const tokens = await addLimit(sql, {
      ...columns,
      unit: "tokens",
      amount: 1e6,
      enforcement: "soft",
    });
    const usd = await addLimit(sql, { ...columns, unit: "usd", amount: 9, enforcement: "soft" });
    const turn = await beginTurn(database, patient, { demand });
    const unanswered = {
      model_id: novaPro,
      error_code: "bedrock_timeout",
      bedrock_request_id: null,
      input_tokens: 1_000_000,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      usage_estimated: true,
    };
    const ended = { tokens: [1, 2, 3, 4], figures: { unanswered_calls: [unanswered] } };
    await completeTurn(database, turn.question_id, ended);
    await completeTurn(database, turn.question_id, ended);
    const trial = {
      id: crypto.randomUUID(),
      assistant_type: "health",
      run: { status: "complete", model_id: novaPro, input_tokens: 1_000_000, output_tokens: 0 },
    };
    for (let times = 0; times < 3; times++) {
      await database.as(serviceRole, (as) => as`select public.record_trial(${as.json(trial)})`);
    }
    expect(await stateOf(database, turns)).toMatchObject({ spent: 2 });
    expect(await stateOf(database, tokens)).toMatchObject({ spent: 2_000_010 });
    expect((await stateOf(database, usd)).spent).toBeCloseTo(1.05, 5);
    await database.as(
      serviceRole,
      (as) => as`select public.record_trial(${as.json({ ...trial, id: crypto.randomUUID() })})`,
    );
    expect(await stateOf(database, turns)).toMatchObject({ spent: 3 });
    expect((await sql`select distinct limit_ids from public.ai_usage`).map((row) => row.limit_ids))
      .toEqual([[turns, tokens, usd]]);
    await expectProven(database);
  });
});
