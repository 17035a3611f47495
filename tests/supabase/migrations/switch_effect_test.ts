/** What a switch did, and whether it reached everyone. */
import { expect } from "@std/expect";
import {
  anon,
  clinician,
  patient,
  platformAdmin,
  refusal,
  serviceRole,
  type Session,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import {
  beginTurn,
  completeTurn,
  converse,
  novaLite,
  novaMicro,
  novaPro,
} from "../../support/turns.ts";

interface Effect {
  readonly switch_id: number;
  readonly action: string;
  readonly from_model_id: string | null;
  readonly to_model_id: string | null;
  readonly assistant_type: string | null;
  readonly before: Figures;
  readonly after: Figures;
  readonly convergence: {
    answers: number;
    older: number;
    first_asked_ms: number | null;
    first_answer_ms: number | null;
  };
}

interface Figures {
  readonly turns: number;
  readonly errors: number;
  readonly error_rate: number | null;
  readonly fallbacks: number;
  readonly mean_ms: number | null;
  readonly p95_ms: number | null;
  readonly cost_per_turn_usd: number | null;
}

/** The switches of the last hour, the newest first. */
async function effects(sql: Session): Promise<Effect[]> {
  const [row] = await sql`
    select public.switch_effect_report(now() - interval '1 hour', now() + interval '1 minute')
      as report`;
  return row?.report.switches;
}

function assign(sql: Session, model: string) {
  return sql`
    update public.ai_assistants set model_version = ${model} where assistant_type = 'health'`;
}

Deno.test("switch_effect_report() measures the model left before a switch, and the model taken after it", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const lite = { model: novaLite, tokens: [1_000_000, 0, 0, 0] };
    await converse(database, patient, "1", undefined, { ...lite, responseTimeMs: 100 });
    await converse(database, patient, "2", undefined, { ...lite, responseTimeMs: 300 });
    await converse(database, patient, "3", undefined, {
      model: novaLite,
      status: "failed",
      tokens: [null, null, null, null],
    });
    // Another stepped in for it.
    await converse(database, patient, "4", undefined, {
      model: novaPro,
      requestedModel: novaLite,
      fallbackCode: "bedrock_throttled",
      reason: "fallback",
      tokens: [1_000_000, 0, 0, 0],
      responseTimeMs: 500,
    });
    // Neither its model nor its assistant.
    await converse(database, clinician, "5", undefined, { model: novaMicro });
    await assign(sql, novaMicro);
    await converse(database, patient, "6", undefined, {
      model: novaMicro,
      tokens: [1_000_000, 0, 0, 0],
      responseTimeMs: 50,
    });
    // A conversation that is pinned to the old one.
    await converse(database, patient, "7", undefined, { ...lite, responseTimeMs: 9000 });

    const [effect, ...others] = await effects(sql);
    expect(others).toEqual([]);
    expect(effect).toMatchObject({
      action: "assign",
      assistant_type: "health",
      from_model_id: novaLite,
      to_model_id: novaMicro,
      before: {
        turns: 4,
        errors: 1,
        error_rate: 0.25,
        fallbacks: 1,
        mean_ms: 300,
        p95_ms: 480,
        // Of those whose cost is known: twice 0.078 and once 1.05.
        cost_per_turn_usd: 0.402,
      },
      after: {
        turns: 1,
        errors: 0,
        error_rate: 0,
        fallbacks: 0,
        mean_ms: 50,
        p95_ms: 50,
        cost_per_turn_usd: 0.046,
      },
      convergence: { answers: 2, older: 0 },
    });
    expect(effect?.convergence.first_answer_ms).toBeGreaterThanOrEqual(0);
  });
});

Deno.test("switch_effect_report() tells the time until somebody asked from the time of the answer", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await assign(sql, novaMicro);
    await converse(database, patient, "1", undefined, { model: novaMicro });
    await sql`alter table public.ai_usage disable trigger refuse_change`;
    const put = (begun: string, ended: string) =>
      sql`
        update public.ai_usage as u
        set begun_at = ms.created_at + ${begun}::interval,
          ended_at = ms.created_at + ${ended}::interval
        from public.model_switches as ms where ms.action = 'assign'`;
    const first = async () => (await effects(sql))[0]?.convergence;
    await put("115.4 s", "116.2 s");
    expect(await first()).toMatchObject({ first_asked_ms: 115_400, first_answer_ms: 116_200 });
    // It was under way when the switch was committed.
    await put("-0.3 s", "0.5 s");
    expect(await first()).toMatchObject({ first_asked_ms: 0, first_answer_ms: 500 });
  });
});

Deno.test("switch_effect_report() ends a window where the next switch of the same kind begins", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await converse(database, patient, "1");
    await assign(sql, novaMicro);
    await converse(database, patient, "2", undefined, { model: novaMicro });
    await sql`update public.bedrock_models set is_default = true where model_id = ${novaMicro}`;
    await converse(database, patient, "3", undefined, { model: novaMicro });
    await assign(sql, novaLite);
    await converse(database, patient, "4");

    const found = await effects(sql);
    expect(found.map((effect) => [effect.action, effect.from_model_id, effect.to_model_id]))
      .toEqual([
        ["assign", novaMicro, novaLite],
        ["set-default", novaPro, novaMicro],
        ["assign", novaLite, novaMicro],
      ]);
    expect(found.map(({ before, after }) => [before.turns, after.turns]))
      .toEqual([[2, 1], [0, 1], [1, 2]]);
  });
});

Deno.test("switch_effect_report() knows the former default that was deleted and added again", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`update public.bedrock_models set is_default = true where model_id = ${novaLite}`;
    const [former] = await sql`
      delete from public.bedrock_models where model_id = ${novaPro} returning to_jsonb(bedrock_models) as model`;
    await sql`update public.bedrock_models set is_default = false where model_id = ${novaLite}`;
    await sql`
      insert into public.bedrock_models select * from jsonb_populate_record(
        null::public.bedrock_models, ${sql.json({ ...former?.model, is_default: true })})`;
    await sql`update public.bedrock_models set is_default = true where model_id = ${novaMicro}`;
    const [effect] = await effects(sql);
    expect(effect).toMatchObject({ from_model_id: novaPro, to_model_id: novaMicro });
  });
});

/** Begins a turn and ends it with what a version of the registry chose. */
async function answerBy(database: TestDatabase, version: number): Promise<void> {
  const turn = await beginTurn(database, patient);
  await completeTurn(database, turn.question_id, { registryVersion: version });
}

async function version(sql: Session): Promise<number> {
  const [row] = await sql`select version::int as version from public.registry_version`;
  return row?.version;
}

Deno.test("convergence counts an answer that an older version chose after the commit, and no other", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const before = await version(sql);
    await answerBy(database, before);
    await assign(sql, novaMicro);
    const after = await version(sql);
    expect(after).toBeGreaterThan(before);
    expect((await effects(sql))[0]?.convergence).toMatchObject({ answers: 0, older: 0 });
    await answerBy(database, after);
    expect((await effects(sql))[0]?.convergence).toMatchObject({ answers: 1, older: 0 });
    await answerBy(database, before);
    expect((await effects(sql))[0]?.convergence).toMatchObject({ answers: 2, older: 1 });
  });
});

Deno.test("convergence does not count a turn that began between a switch's statement and its commit", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const before = await version(sql);
    const operator = database.session();
    let turn: Awaited<ReturnType<typeof beginTurn>> | undefined;
    await operator.begin(async (transaction) => {
      await assign(transaction, novaMicro);
      turn = await beginTurn(database, patient);
      // What it was told: the switch is not committed.
      expect(turn.registry_version).toBe(before);
    });
    await completeTurn(database, turn!.question_id, { registryVersion: before });
    const [effect] = await effects(sql);
    const [row] = await sql`
      select u.begun_at > ms.created_at as began_later
      from public.ai_usage as u
      cross join public.model_switches as ms where ms.action = 'assign'`;
    // By the clock it would be one that the switch did not reach.
    expect(row?.began_later).toBe(true);
    expect(effect?.convergence).toEqual({
      answers: 0,
      older: 0,
      first_asked_ms: null,
      first_answer_ms: null,
    });
  });
});

Deno.test("convergence does not count an attempt from before a switch that ends after it was superseded", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const before = await version(sql);
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    await assign(sql, novaMicro);
    const after = await version(sql);
    const second = await beginTurn(database, patient, { requestId, staleAfterMs: 0 });
    expect(second.attempt).toBe(2);
    await completeTurn(database, first.question_id, { attempt: 1, registryVersion: before });
    await completeTurn(database, first.question_id, { attempt: 2, registryVersion: after });
    expect((await effects(sql))[0]?.convergence).toMatchObject({ answers: 1, older: 0 });
  });
});

Deno.test("switch_effect_report() shows switches to platform admins and service keys only", async () => {
  await withDatabase(async (database) => {
    await converse(database, patient, "1");
    await assign(database.sql, novaMicro);
    for (const caller of [platformAdmin, serviceRole]) {
      const found = await database.as(caller, effects);
      expect(found.map(({ before }) => before.turns)).toEqual([1]);
    }
    for (const caller of [patient, clinician]) {
      expect(await database.as(caller, effects)).toEqual([]);
    }
    expect(await refusal(database.as(anon, effects))).toBe("42501");
  });
});

/** From and to of each switch of the default, the oldest first. */
async function moves(sql: Session): Promise<[string | null, string | null][]> {
  const switches = await effects(sql);
  return switches.reverse()
    .filter(({ assistant_type }) => assistant_type === null)
    .map(({ from_model_id, to_model_id }) => [from_model_id, to_model_id]);
}

Deno.test("switch_effect_report() knows the former default however the default was switched", async () => {
  await withDatabase(async ({ sql }) => {
    // In two statements that commit one by one, as one would in Studio.
    await sql`
      update public.bedrock_models set is_available = false, is_default = false
      where model_id = ${novaPro}`;
    await sql`update public.bedrock_models set is_default = true where model_id = ${novaLite}`;
    // Twice in one transaction.
    await sql.begin(async (transaction) => {
      for (const model of [novaMicro, novaLite]) {
        await transaction`
          update public.bedrock_models set is_default = true where model_id = ${model}`;
      }
    });
    // By adding a model that is the default.
    await sql`
      insert into public.bedrock_models (model_id, model_name, provider, format, geographies,
        max_tokens, context_window, is_available, is_default)
      values ('new', 'New', 'Somebody', 'converse', '{eu}', 1000, 10000, true, true)`;
    expect(await moves(sql)).toEqual([
      [novaPro, novaLite],
      [novaLite, novaMicro],
      [novaMicro, novaLite],
      [novaLite, "new"],
    ]);
    const [added] = await effects(sql);
    expect(added?.action).toBe("set-default");
  });
});

Deno.test("switch_effect_report() takes no row from before a restore for a late one", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await converse(database, patient, "1");
    // In a new cluster transaction ids start over, so those of old rows are larger.
    await sql.begin(async (transaction) => {
      await transaction.unsafe("alter table public.ai_usage disable trigger refuse_change");
      await transaction`
        update public.ai_usage set
          begun_xmin = begun_xmin + 1000000, registry_version = 1,
          begun_at = begun_at - interval '5 days', ended_at = ended_at - interval '5 days'`;
      await transaction.unsafe("alter table public.ai_usage enable trigger refuse_change");
    });
    await assign(sql, novaMicro);
    expect((await effects(sql)).map(({ convergence }) => convergence.older)).toEqual([0]);
  });
});
