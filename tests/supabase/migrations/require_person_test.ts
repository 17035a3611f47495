/** Where changes need a person: what a secret key alone may record, and what is refused. */
import { expect } from "@std/expect";
import {
  patient,
  platformAdmin,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaPro, sonnet35 } from "../../support/turns.ts";

const turnOn = `update public.registry_settings set require_person = true`;

const ofUsers = (scope: string) =>
  `select public.set_limit('{${scope}, "unit": "turns", "amount": 9, "period": "day"}')`;

/** Changes of audited tables, each of which PostgREST runs as one statement. */
const changes: Readonly<Record<string, string>> = {
  "set the default": `select public.set_default_model('${novaLite}')`,
  "named by a key": `select public.set_default_model('${novaLite}', p_actor_key_name => 'ci')`,
  "that AWS is said to make":
    `select public.retire_model('${novaLite}', '${novaPro}', p_source => 'chat')`,
  "that a verdict is said to make":
    `select public.disable_model('${novaLite}', p_source => 'watch')`,
  "a row by hand": `update public.bedrock_models set priority = 77 where model_id = '${novaLite}'`,
  "an API key": `select public.create_api_key(
    '{"name": "x", "digest": "${"a1".repeat(32)}", "prefix": "bsk_abc-_1"}')`,
  "a user's role": `select public.set_user_role('patient@example.com', 'clinical')`,
  "a scheduled price": `select public.set_model_price('${novaLite}',
    '{"input_cost_per_mtok": 9, "output_cost_per_mtok": 9}', '2099-01-01')`,
  "a limit": ofUsers('"scope": "project"'),
  "erasing a user": `select public.erase_user('${patient.userId}')`,
  "the setting itself": `select public.set_registry_settings('{"require_person": false}')`,
  "the setting by hand": `update public.registry_settings set require_person = false`,
};

async function refusalOf({ as }: TestDatabase, statement: string) {
  const error = await refused(as(serviceRole, (sql) => sql.unsafe(statement)));
  return [error.code, error.detail];
}

Deno.test("where a person is required, every change by a secret key alone is refused", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`
      update auth.users set email = 'patient@example.com', email_confirmed_at = now()
      where id = ${patient.userId}`;
    await sql.unsafe(turnOn);
    const state = async () =>
      await sql`select version, last_switch_hash from public.registry_version`;
    const before = await state();
    for (const [what, statement] of Object.entries(changes)) {
      expect([what, ...await refusalOf(database, statement)])
        .toEqual([what, "PT403", "person_required"]);
    }
    expect(await state()).toEqual(before);
  });
});

Deno.test("a person passes: named, proven or as a role of their own; and may turn it off", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    await sql.unsafe(turnOn);
    const named = `, p_actor_user_id => '${platformAdmin.userId}'`;
    await as(
      serviceRole,
      (api) => api.unsafe(`select public.set_default_model('${novaLite}'${named})`),
    );
    await sql`select public.set_default_model(${novaPro})`;
    const entries = await sql`
      select actor_user_id, actor_proven, database_role from public.model_switches
      where action = 'set-default' order by id desc limit 2`;
    expect(entries).toMatchObject([
      { actor_user_id: null, actor_proven: true, database_role: "postgres" },
      { actor_user_id: platformAdmin.userId, actor_proven: false, database_role: "service_role" },
    ]);
    await as(
      serviceRole,
      (api) =>
        api.unsafe(`select public.set_registry_settings('{"require_person": false}'${named})`),
    );
    await as(serviceRole, (api) => api.unsafe(changes["set the default"] ?? ""));
  });
});

Deno.test("a secret key may turn it on, and then needs a person", async () => {
  await withDatabase(async (database) => {
    await database.as(
      serviceRole,
      (api) => api.unsafe(`select public.set_registry_settings('{"require_person": true}')`),
    );
    expect(await refusalOf(database, changes["the setting itself"] ?? ""))
      .toEqual(["PT403", "person_required"]);
  });
});

Deno.test("what no person decides is recorded all the same: AWS's word, due prices, the tick", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    await sql.unsafe(ofUsers(`"scope": "user", "user_id": "${patient.userId}"`));
    await sql`delete from auth.users where id = ${patient.userId}`;
    await sql`
      select public.set_model_price(${novaPro},
        '{"input_cost_per_mtok": 9, "output_cost_per_mtok": 9}',
        clock_timestamp() + interval '0.2 seconds')`;
    await sql`update public.bedrock_models set retires_on = current_date - 1
      where model_id = ${novaLite}`;
    await sql.unsafe(turnOn);
    const [last] = await sql`select max(id) as id from public.model_switches`;
    await sql`select pg_sleep(0.3)`;
    await as(serviceRole, (api) => api`select public.tick()`);
    await as(serviceRole, (api) => api`select public.record_model_end(${novaLite})`);
    await as(serviceRole, (api) =>
      api`
      select public.apply_catalog_changes(jsonb_build_array(jsonb_build_object(
        'kind', 'set-lifecycle', 'model_id', ${novaPro}::text, 'lifecycle', 'legacy',
        'legacy_on', '2026-11-01', 'extended_access_on', null, 'retires_on', '2099-01-01')),
        p_actor_key_name => 'cron')`);
    // To look is no change.
    await as(serviceRole, (api) => api`select public.foresee_retirement(${novaPro}, ${sonnet35})`);
    const entries = await sql`
      select action from public.model_switches where id > ${last?.id} order by action`;
    expect(entries.map(({ action }) => action).sort())
      .toEqual(["adopt-price", "remove-limit", "retire", "update"]);
    // None of them leaves the door open for the rest of its transaction.
    await expect(as(serviceRole, (api) =>
      api.unsafe(`
        select public.apply_catalog_changes('[]');
        update public.bedrock_models set priority = 78`))).rejects.toThrow("without a person");
  });
});
