/** Protected assistants: what changes them needs a second person, on every surface. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  approve,
  entries,
  listed,
  propose,
  protect,
  sign,
  twoAdmins,
} from "../../support/second_person.ts";
import {
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

type Statement = (sql: postgres.TransactionSql) => Promise<unknown>;

const asService = ({ as }: TestDatabase, statement: Statement) => as(serviceRole, statement);

async function expectApprovalRequired(database: TestDatabase, statement: Statement) {
  const error = await refused(asService(database, statement));
  expect([error.code, error.detail]).toEqual(["PT409", "approval_required"]);
  return error;
}

/** An assistant of the first rows that follows the default: `platform` or one that is made to. */
async function followDefault({ sql }: TestDatabase) {
  await sql`update public.ai_assistants set model_version = null where assistant_type = 'health'`;
}

const ownColumns: Readonly<Record<string, Statement>> = {
  "another model": (sql) => sql`select public.assign_model('health', ${novaPro})`,
  "no model of its own": (sql) => sql`select public.assign_model('health')`,
  "another model by a plain update": (sql) =>
    sql`update public.ai_assistants set model_version = ${novaPro} where assistant_type = 'health'`,
  "its fallbacks": (sql) =>
    sql`select public.assign_model('health', ${novaLite}, true, ${[novaPro]})`,
  "its allowed models": (sql) =>
    sql`select public.set_assistant('health', ${sql.json({ allowed_models: [novaPro] })})`,
  "its prompt": (sql) => sql`select public.set_assistant('health', '{"system_prompt": "Obey."}')`,
  "its protection": (sql) => sql`select public.set_assistant('health', '{"is_protected": false}')`,
  "its protection and its model at once": (sql) =>
    sql`
      update public.ai_assistants set is_protected = false, model_version = ${novaPro}
      where assistant_type = 'health'`,
  "its type": (sql) =>
    sql`update public.ai_assistants set assistant_type = 'other' where assistant_type = 'health'`,
  "its id, with which its past would be another's": (sql) =>
    sql`update public.ai_assistants set id = gen_random_uuid() where assistant_type = 'health'`,
  "that it is there": (sql) =>
    sql`
      with users as (delete from public.ai_user_roles where assistant_type = 'health')
      delete from public.ai_assistants where assistant_type = 'health'`,
  "the id of its model": (sql) =>
    sql`update public.bedrock_models set model_id = 'eu.other' where model_id = ${novaLite}`,
  "the successor of its model": (sql) =>
    sql`
      update public.bedrock_models set successor_model_id = ${novaPro}
      where model_id = ${novaLite}`,
};

Deno.test("a protected assistant: none of what is guarded changes without approval, also with forged settings", async () => {
  await withDatabase(async (database) => {
    await protect(database, "health");
    const [before] = await database.sql`select max(id)::int as id from public.model_switches`;
    const forged: Statement = (sql) =>
      sql`
        select set_config(name, value, true) from (values
          ('switchboard.actor_user_id', gen_random_uuid()::text), ('switchboard.source', 'api'),
          ('switchboard.approval', 'approved'), ('switchboard.proposal_id', '1'),
          ('switchboard.rollback_of', '1'), ('switchboard.adopts_prices', 'true')
        ) as s (name, value)`;
    for (const [what, change] of Object.entries(ownColumns)) {
      try {
        await expectApprovalRequired(database, change);
        await expectApprovalRequired(database, async (sql) => {
          await forged(sql);
          await change(sql);
        });
      } catch (cause) {
        throw new Error(`changed: ${what}`, { cause });
      }
    }
    const [after] = await database.sql`select max(id)::int as id from public.model_switches`;
    expect(after?.id).toBe(before?.id);
  });
});

Deno.test("a protected assistant that follows the default: nothing makes another model due", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await followDefault(database);
    await sql`
      update public.bedrock_models set use_case = 'health', priority = 900, is_available = true
      where model_id = ${novaMicro}`;
    await sql`
      update public.bedrock_models set use_case = 'health', is_available = false
      where model_id = ${novaLite}`;
    await protect(database, "health");
    const ways: Readonly<Record<string, Statement>> = {
      "another default": (tx) => tx`select public.set_default_model(${novaMicro})`,
      "another default by update": (tx) =>
        tx`update public.bedrock_models set is_default = true where model_id = ${novaMicro}`,
      "no default": (tx) =>
        tx`update public.bedrock_models set is_default = false where is_default`,
      "a new default row": (tx) =>
        tx`
          insert into public.bedrock_models (
            model_id, model_name, provider, format, geographies, max_tokens, context_window,
            is_available, is_default)
          values ('eu.evil', 'Evil', 'evil', 'nova', '{eu}', 100, 1000, true, true)`,
      "a new row of the use case": (tx) =>
        tx`
          insert into public.bedrock_models (
            model_id, model_name, provider, format, geographies, max_tokens, context_window,
            is_available, use_case, priority)
          values ('eu.evil', 'Evil', 'evil', 'nova', '{eu}', 100, 1000, true, 'health', 1)`,
      "one that stands by for when the first is disabled": (tx) =>
        tx`
          insert into public.bedrock_models (
            model_id, model_name, provider, format, geographies, max_tokens, context_window,
            is_available, use_case, priority)
          values ('eu.evil', 'Evil', 'evil', 'nova', '{eu}', 100, 1000, true, 'health', 999)`,
      "the use case of an enabled model": (tx) =>
        tx`update public.bedrock_models set use_case = 'health' where model_id = ${novaPro}`,
      "a model of the use case enabled": (tx) => tx`select public.enable_model(${novaLite})`,
      "the successor of a model of the use case": (tx) =>
        tx`
          update public.bedrock_models set successor_model_id = ${novaPro}
          where model_id = ${novaMicro}`,
      "settings, models and all in one": (tx) =>
        tx`
          with evil as (
            update public.bedrock_models set use_case = null where model_id = ${novaMicro})
          update public.bedrock_models set use_case = 'health', priority = 1
          where model_id = ${novaPro}`,
    };
    for (const [what, change] of Object.entries(ways)) {
      try {
        await expectApprovalRequired(database, change);
      } catch (cause) {
        throw new Error(`passed: ${what}`, { cause });
      }
    }
    // What concerns it not at all is free.
    await asService(database, (tx) => tx`select public.assign_model('operations', ${novaPro})`);
    await asService(database, (tx) =>
      tx`
      update public.bedrock_models set priority = 5 where model_id = ${novaPro}`);
    expect(await entries(database, 2)).toEqual(["assign null", "update null"]);
    const { hint } = await expectApprovalRequired(
      database,
      (tx) => tx`select public.set_default_model(${novaMicro})`,
    );
    expect(hint).toBe(
      `Propose it: ${novaMicro} switch --propose, or over REST ` +
        `{"action":"propose","change":{"action": "set-default", "model_id": "${novaMicro}"}}.`,
    );
  });
});

Deno.test("the order of a use case's models is guarded, and a priority that keeps it is not", async () => {
  await withDatabase(async (database) => {
    await followDefault(database);
    await database.sql`
      update public.bedrock_models set use_case = 'health', is_available = true,
        priority = case model_id when ${novaMicro} then 1 else 2 end
      where model_id in (${novaMicro}, ${novaLite})`;
    await protect(database, "health");
    const setPriority = (model: string, priority: number): Statement => (sql) =>
      sql`update public.bedrock_models set priority = ${priority} where model_id = ${model}`;
    const { hint } = await expectApprovalRequired(database, setPriority(novaLite, 0));
    // No action sets it, so there is none to propose.
    expect(hint).toMatch(/^Use case, priority and successor, which no action sets/);
    await asService(database, setPriority(novaLite, 500));
  });
});

Deno.test("disabling, retiring and going back need no approval, and are to be signed by another admin", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const { sql } = database;
    await protect(database, "health");
    const byAda: Statement = (tx) =>
      tx`select public.disable_model(${novaLite}, p_actor_user_id => ${ada.userId})`;
    await asService(database, byAda);
    expect(await entries(database, 1)).toEqual(["disable going-back"]);
    await asService(database, (tx) => tx`select public.enable_model(${novaLite})`);
    expect(await entries(database, 1)).toEqual(["enable going-back"]);
    await asService(database, (tx) =>
      tx`
      update public.bedrock_models set lifecycle = 'retired' where model_id = ${novaLite}`);
    expect(await entries(database, 1)).toEqual(["retire going-back"]);

    const { unsigned } = await listed(database);
    expect(unsigned).toHaveLength(3);
    const oldest = unsigned.at(-1)?.id ?? 0;
    expect((await refused(sign(database, ada, oldest))).detail).toBe("second_person_required");
    await sign(database, ben, oldest);
    await sign(database, ben, oldest);
    const [signature] = await sql`
      select signed_by, reason from public.model_switch_signatures where switch_id = ${oldest}`;
    expect({ ...signature }).toEqual({ signed_by: ben.userId, reason: "Seen." });
    expect((await listed(database)).unsigned).toHaveLength(2);
    const [seeded] = await sql`select min(id)::int as id from public.model_switches`;
    expect((await refused(sign(database, ben, seeded?.id))).detail).toBe("nothing_to_sign");
    expect((await sql`select public.verify_model_switches() ->> 'ok' as ok`)[0]?.ok).toBe("true");
  });
});

Deno.test("rollback of an approved switch needs no approval, of an assistant's model and of the default", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await followDefault(database);
    await protect(database, "health");
    await protect(database, "clinical");
    const { id } = await propose(database, { action: "set-default", model_id: novaLite }, {
      by: ada,
    });
    expect(await approve(database, ben, id)).toMatchObject({ status: "applied" });
    expect(await entries(database, 2)).toEqual(["set-default approved", "unset-default approved"]);
    await asService(database, (tx) => tx`select public.roll_back_switches()`);
    expect((await entries(database, 2)).sort()).toEqual([
      "set-default going-back",
      "unset-default going-back",
    ]);

    const other = await propose(database, {
      action: "set-assistant-model",
      assistant_type: "clinical",
      model_id: novaPro,
    }, { by: ada });
    await approve(database, ben, other.id);
    // By hand, the way back is as free as by a rollback.
    await asService(database, (tx) => tx`select public.assign_model('clinical', ${sonnet35})`);
    expect(await entries(database, 2)).toEqual(["assign approved", "assign going-back"]);
    await asService(database, (tx) => tx`select public.roll_back_switches()`);
    expect(await entries(database, 1)).toEqual(["assign going-back"]);
    const [row] = await database.sql`
      select model_version from public.ai_assistants where assistant_type = 'clinical'`;
    expect(row?.model_version).toBe(novaPro);
  });
});

Deno.test("a rollback over several rows passes when only its end was in force", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await followDefault(database);
    await database.sql`
      update public.bedrock_models set use_case = 'health', is_available = true
      where model_id = ${novaMicro}`;
    await protect(database, "health");
    const [mark] = await database.sql`select max(id)::int as id from public.model_switches`;
    await asService(database, (tx) => tx`select public.disable_model(${novaMicro})`);
    const { id } = await propose(database, { action: "set-default", model_id: novaLite }, {
      by: ada,
    });
    await approve(database, ben, id);
    await asService(
      database,
      (tx) => tx`select public.roll_back_switches(${Number(mark?.id) + 1})`,
    );
    const rows = await database.sql`
      select model_id, is_default from public.bedrock_models
      where is_default or model_id = ${novaMicro} and is_available order by is_default`;
    expect(rows.map(({ model_id }) => model_id)).toEqual([novaMicro, novaPro]);
  });
});

Deno.test("a rollback reaches no state that never was, nor does who claims to be one", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await followDefault(database);
    await protect(database, "health");
    // While the assistant has a model of its own, the default is free.
    const own = await propose(database, {
      action: "set-assistant-model",
      assistant_type: "health",
      model_id: novaLite,
    }, { by: ada });
    await approve(database, ben, own.id);
    await asService(database, (tx) => tx`select public.set_default_model(${novaMicro})`);
    expect(await entries(database, 1)).toEqual(["unset-default null"]);
    // It followed the default before, but never this one.
    await expectApprovalRequired(database, (tx) => tx`select public.assign_model('health')`);
    // A state that was made and taken back in one transaction, in the name of a rollback, was never
    // in force, though the log has it.
    await asService(database, async (tx) => {
      await tx`select set_config('switchboard.rollback_of', '1', true)`;
      await tx`update public.ai_assistants set model_version = ${novaPro} where assistant_type = 'health'`;
      await tx`update public.ai_assistants set model_version = ${novaLite} where assistant_type = 'health'`;
    });
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.assign_model('health', ${novaPro})`,
    );
    // And a rollback to before the protection would end it.
    const [first] = await database.sql`
      select id::int from public.model_switches
      where assistant_type = 'health' and row_after -> 'is_protected' = 'true' order by id limit 1`;
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.roll_back_switches(${first?.id})`,
    );
  });
});

Deno.test("the owner of the database passes; the log and an alert say so until another admin signs", async () => {
  await withDatabase(async (database) => {
    const { ben } = await twoAdmins(database);
    const { sql } = database;
    await protect(database, "health");
    await sql`select public.assign_model('health', ${novaPro})`;
    expect(await entries(database, 1)).toEqual(["assign unapproved"]);
    const open = async () =>
      (await sql`
        select subject from public.ai_alerts
        where kind = 'unapproved_change' and closed_at is null`).length;
    await sql`select public.tick()`;
    expect(await open()).toBe(1);
    const [entry] = await sql`select max(id)::int as id from public.model_switches`;
    await sign(database, ben, entry?.id);
    await sql`select public.tick()`;
    expect(await open()).toBe(0);
    // It is what is in force now, and as well guarded.
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.assign_model('health', ${novaMicro})`,
    );
    await sql`update public.ai_assistants set is_protected = false where assistant_type = 'health'`;
    expect(await entries(database, 1)).toEqual(["update unapproved"]);
    await asService(database, (tx) => tx`select public.assign_model('health', ${novaMicro})`);
    expect(await entries(database, 1)).toEqual(["assign null"]);
  });
});

Deno.test("a definer function that service_role calls makes no owner of it", async () => {
  await withDatabase(async (database) => {
    await database.sql.unsafe(`
      create function public.switch_health(model text) returns void language sql
      security definer set search_path = '' as $$
        update public.ai_assistants set model_version = model where assistant_type = 'health' $$;
      grant execute on function public.switch_health(text) to service_role;`);
    await protect(database, "health");
    await expectApprovalRequired(database, (tx) => tx`select public.switch_health(${novaPro})`);
  });
});

Deno.test("a canary, and more of it, needs approval; less of it does not, nor its promotion by verdict", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await protect(database, "health");
    const start = {
      action: "start-rollout",
      model_id: novaPro,
      assistant_type: "health",
      share: 10,
    };
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.start_rollout(${novaPro}, 10, 'health')`,
    );
    await expectApprovalRequired(
      database,
      (tx) =>
        tx`
          update public.ai_assistants set canary_model_id = ${novaPro}, canary_share = 100
          where assistant_type = 'health'`,
    );
    const begin = async (change: unknown) => {
      const { id } = await propose(database, change, { by: ada });
      expect(await approve(database, ben, id)).toMatchObject({ status: "applied" });
      const [row] = await database.sql`select max(id)::int as id from public.ai_rollouts`;
      return row?.id as number;
    };
    const held = await begin(start);
    expect(await entries(database, 1)).toEqual(["start-rollout approved"]);
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.set_rollout_share(${held}, 50)`,
    );
    await asService(database, (tx) => tx`select public.set_rollout_share(${held}, 5)`);
    expect(await entries(database, 1)).toEqual(["set-rollout-share going-back"]);
    // It was to be held, so that its end is another decision.
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.end_rollout(${held}, 'promote')`,
    );
    await asService(database, (tx) => tx`select public.end_rollout(${held}, 'revert')`);

    const promoting = await begin({ ...start, on_verdict: "promote" });
    // Before it was proven not worse, its promotion is one person's.
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.end_rollout(${promoting}, 'promote')`,
    );
    await database.sql`
      insert into public.ai_rollout_verdicts (rollout_id, verdict, guard, figures)
      values (${promoting}, 'not_worse', 'all', '{"stage": 1}')`;
    await asService(database, (tx) => tx`select public.end_rollout(${promoting}, 'promote')`);
    expect(await entries(database, 1)).toEqual(["assign approved"]);
    await asService(database, (tx) => tx`select public.assign_model('health', ${novaLite})`);
    expect(await entries(database, 1)).toEqual(["assign going-back"]);
  });
});
