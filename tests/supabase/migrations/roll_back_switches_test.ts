/** roll_back_switches(): the registry is what it was, or the refusal says why not. */
import { expect } from "@std/expect";
import {
  patient,
  platformAdmin,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { converse, novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

/** Everything that an operator can switch. */
async function content({ sql }: TestDatabase) {
  const [row] = await sql`
    select
      (select jsonb_agg(to_jsonb(bm) - 'updated_at' order by bm.model_id) from public.bedrock_models as bm)
        as models,
      (select jsonb_agg(to_jsonb(a) - 'updated_at' order by a.assistant_type)
        from public.ai_assistants as a) as assistants,
      (select rs.allowed_geographies from public.registry_settings as rs) as allowed`;
  return { ...row };
}

function rollBack({ as }: TestDatabase, to: number | null = null, expected: number | null = null) {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.roll_back_switches(${to}, ${platformAdmin.userId}, 'api', ${expected}) as result`;
    return row?.result;
  });
}

async function lastId({ sql }: TestDatabase): Promise<number> {
  const [row] = await sql`select max(id)::int as id from public.model_switches`;
  return row?.id;
}

/** Each is one switch; a rollback must undo exactly it. */
const switches: Record<string, string> = {
  "a default set by function": `select public.set_default_model('${sonnet35}')`,
  "a default set in SQL":
    `update public.bedrock_models set is_default = true where model_id = '${novaLite}'`,
  "the pair of statements of the first users": `
    update public.bedrock_models set is_available = false, is_default = false where model_id = '${novaPro}';
    update public.bedrock_models set is_available = true, is_default = true where model_id = '${sonnet35}'`,
  "no default": `update public.bedrock_models set is_default = false`,
  "a model disabled at once": `select public.disable_model('${novaLite}', true)`,
  "a model enabled": `select public.enable_model('anthropic.claude-3-opus-20240229-v1:0')`,
  "an assistant's model":
    `select public.assign_model('health', '${novaPro}', true, '{${novaMicro}}')`,
  "an assistant that follows the default": `select public.assign_model('clinical', null)`,
  "everything else of a row": `
    update public.bedrock_models set
      model_name = 'Other', provider = 'Other', format = 'converse', region = 'eu-west-1',
      geographies = '{eu,uk}', max_tokens = 9, context_window = 10, temperature = null, top_p = 1,
      input_cost_per_mtok = null, output_cost_per_mtok = 0, cache_read_cost_per_mtok = 9,
      cache_write_cost_per_mtok = 9, use_case = 'triage', priority = 9, is_available = false,
      serves_pinned = false, lifecycle = 'legacy', retires_on = '2030-01-01',
      successor_model_id = '${novaPro}', sampling = 'none', system_prompt = 'unsupported',
      source_url = null, checked_on = null, description = null
    where model_id = '${novaLite}'`,
  "everything of an assistant": `
    update public.ai_assistants set name = 'Other', system_prompt = 'x', model_config = '{}',
      is_active = false where assistant_type = 'health'`,
  "a renamed model":
    `update public.bedrock_models set model_id = 'eu.amazon.nova-x' where model_id = '${novaLite}'`,
};

for (const [what, statements] of Object.entries(switches)) {
  Deno.test(`roll_back_switches() takes back ${what}`, async () => {
    await withDatabase(async (database) => {
      const before = await content(database);
      const first = await lastId(database) + 1;
      await database.sql.unsafe(statements).simple();
      const after = await content(database);
      expect(after).not.toEqual(before);

      const result = await rollBack(database);
      expect(await content(database)).toEqual(before);
      expect(result.first_id).toBe(first);
      expect(result.changes.length).toBeGreaterThan(0);
      const entries = await database.sql`
        select distinct rollback_of::int, source, probe, actor_user_id from public.model_switches
        where id > ${result.last_id}`;
      expect([...entries]).toEqual([{
        rollback_of: first,
        source: "api",
        probe: "skipped",
        actor_user_id: platformAdmin.userId,
      }]);

      expect(result.next).toBeNull();
      const again = await refused(rollBack(database));
      expect([again.code, again.detail]).toEqual(["PT404", "switch_not_found"]);
      // Going back before the rollback restores what it took back.
      await rollBack(database, result.last_id + 1);
      expect(await content(database)).toEqual(after);
      const [chain] = await database.sql`select public.verify_model_switches() ->> 'ok' as ok`;
      expect(chain?.ok).toBe("true");
    });
  });
}

Deno.test("roll_back_switches(to) takes back a named switch and everything since", async () => {
  await withDatabase(async (database) => {
    const before = await content(database);
    const first = await lastId(database) + 1;
    for (const statements of Object.values(switches)) {
      // Some stand in the way of others; what is refused is no switch.
      await database.sql.unsafe(statements).simple().catch(() => {});
    }
    const [models] = await database.sql`
      insert into public.bedrock_models (
        model_id, model_name, provider, format, geographies, max_tokens, context_window,
        is_available, is_default)
      values ('eu.new.model', 'New', 'New', 'converse', '{eu}', 1, 2, true, true) returning id`;
    await database.sql`
      insert into public.ai_assistants (assistant_type, name, model_version)
      values ('billing', 'Billing', 'eu.new.model')`;
    expect(models).toBeDefined();
    await database
      .sql`delete from public.bedrock_models where model_id = 'eu.amazon.nova-2-lite-v1:0'`;
    const last = await lastId(database);

    // Any entry of the first switch names it, not only the first of its entries.
    const result = await rollBack(database, first + 1);
    expect(await content(database)).toEqual(before);
    expect(result).toMatchObject({ first_id: first, last_id: last });
  });
});

Deno.test("roll_back_switches() leaves what AWS answered and the settings as they are", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const first = await lastId(database) + 1;
    await sql`update public.bedrock_models set priority = 1 where model_id = ${sonnet35}`;
    await sql`select switchboard.end_model(${sonnet35})`;
    await sql`update public.registry_settings set allowed_geographies = '{eu,uk}'`;

    await rollBack(database);
    const state = async () => {
      const [row] = await sql`
        select priority, lifecycle, allowed_geographies
        from public.bedrock_models, public.registry_settings where model_id = ${sonnet35}`;
      return { ...row };
    };
    const kept = { priority: 80, lifecycle: "retired", allowed_geographies: ["eu", "uk"] };
    expect(await state()).toEqual(kept);
    await rollBack(database, first);
    expect(await state()).toEqual(kept);
  });
});

Deno.test("roll_back_switches() keeps what others changed in the same row since", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.bedrock_models set is_available = false where model_id = ${novaLite}`;
    const first = await lastId(database);
    await sql`update public.bedrock_models set priority = 3 where model_id = ${novaMicro}`;
    await rollBack(database);
    expect(
      (await sql`select is_available from public.bedrock_models where model_id = ${novaLite}`)[0],
    )
      .toEqual({ is_available: false });
    await rollBack(database, first);
    expect(
      (await sql`select is_available from public.bedrock_models where model_id = ${novaLite}`)[0],
    )
      .toEqual({ is_available: true });
  });
});

/** What happens, each statement in a transaction of its own, before the rollback is refused. */
const refusals: [string, string, string][] = [
  [
    "a model that is retired meanwhile",
    `select public.set_default_model('${novaLite}');
     select switchboard.end_model('${novaPro}')`,
    "model_retired",
  ],
  [
    "an assistant's model that is retired meanwhile",
    `select public.assign_model('health', null);
     select switchboard.end_model('${novaLite}')`,
    "model_retired",
  ],
  [
    "a model that is outside the allowed geographies by now",
    `update public.registry_settings set allowed_geographies = '{eu,us}';
     update public.bedrock_models set geographies = '{eu,us}' where model_id = '${novaLite}';
     select public.disable_model('${novaLite}');
     update public.registry_settings set allowed_geographies = '{eu}'`,
    "model_outside_geographies",
  ],
];

for (const [what, statements, detail] of refusals) {
  Deno.test(`roll_back_switches() does not bring back ${what}`, async () => {
    await withDatabase(async (database) => {
      for (const statement of statements.split(";")) await database.sql.unsafe(statement);
      const before = await content(database);
      const error = await refused(rollBack(database));
      expect([error.code, error.detail]).toEqual(["PT409", detail]);
      expect(await content(database)).toEqual(before);
    });
  });
}

Deno.test("roll_back_switches() does not delete a model that conversations are pinned to", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`
      insert into public.bedrock_models (
        model_id, model_name, provider, format, geographies, max_tokens, context_window, is_available)
      values ('eu.new.model', 'New', 'New', 'converse', '{eu}', 1, 2, true)`;
    const created = await lastId(database);
    await converse(database, patient, "Hello.", undefined, { model: "eu.new.model" });
    const error = await refused(rollBack(database, created));
    expect(error.detail).toBe("rollback_impossible");
    expect(error.message).toContain("eu.new.model");
    expect(error.message).toContain("conversations are pinned to it");
  });
});

Deno.test("roll_back_switches() deletes a new assistant, whatever became of its former model", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`
      insert into public.ai_assistants (assistant_type, name, model_version)
      values ('billing', 'Billing', ${sonnet35})`;
    const created = await lastId(database);
    await sql`select public.assign_model('billing', ${novaMicro})`;
    await sql`select switchboard.end_model(${sonnet35})`;

    await rollBack(database, created);
    expect([...await sql`select from public.ai_assistants where assistant_type = 'billing'`])
      .toEqual([]);
  });
});

Deno.test("roll_back_switches() leaves a model available, or is refused", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const only = (modelId: string) =>
      sql`update public.bedrock_models set is_available = (model_id = ${modelId}), is_default = false`;
    await only(novaLite);
    await sql`select public.enable_model(${novaMicro})`;
    const enabled = await lastId(database);
    // Past the log, as only an owner can: a rollback does not know of it.
    await sql.unsafe(`
      alter table public.bedrock_models disable trigger record_update;
      update public.bedrock_models set is_available = false where model_id = '${novaLite}';
      set constraints all immediate;
      alter table public.bedrock_models enable trigger record_update;`);
    const error = await refused(rollBack(database, enabled));
    expect([error.code, error.detail]).toEqual(["PT409", "last_available_model"]);
  });
});

Deno.test("roll_back_switches() finds no switch in what was only seeded, and none of an unknown id", async () => {
  await withDatabase(async (database) => {
    for (const to of [null, 999_999]) {
      const error = await refused(rollBack(database, to));
      expect([error.code, error.detail]).toEqual(["PT404", "switch_not_found"]);
    }
    // Everything at once would delete what people are assigned to.
    const error = await refused(rollBack(database, 1));
    expect(error.detail).toBe("rollback_impossible");
  });
});

Deno.test("roll_back_switches() is refused when the registry changed since it was decided", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.bedrock_models set priority = 1 where model_id = ${novaLite}`;
    const [seen] = await sql`select version::int from public.registry_version`;
    await sql`select switchboard.end_model(${sonnet35})`;
    await rollBack(database, null, seen?.version);
    const error = await refused(rollBack(database, null, seen?.version));
    expect([error.code, error.detail]).toEqual(["PT409", "registry_changed"]);
  });
});
