/** A model that is to go: who may follow it, what uses it, and what retiring it leaves. */
import { expect } from "@std/expect";
import { madeKey } from "../../support/made_key.ts";
import {
  anon,
  type Caller,
  patient,
  platformAdmin,
  refused,
  serviceRole,
  type Session,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

const sonnet = "eu.anthropic.claude-sonnet-5-5";

async function result(sql: Session, statement: string, ...args: (string | null)[]) {
  const [row] = await sql.unsafe(`select ${statement} as result`, args);
  return row?.result;
}

const asService = ({ as }: TestDatabase, statement: string, ...args: (string | null)[]) =>
  as(serviceRole, (sql) => result(sql, statement, ...args));

/** Names a model wherever a registry can, and pins two conversations to it. */
async function useEverywhere(sql: TestDatabase["sql"]): Promise<void> {
  await sql`
    update public.bedrock_models set aliases = '{claude-main}' where model_id = ${sonnet35}`;
  await sql`
    update public.ai_assistants
    set fallback_models = ${[novaLite, sonnet35, sonnet]}, allowed_models = ${[sonnet35, novaLite]}
    where assistant_type = 'health'`;
  await sql`
    update public.ai_assistants set model_version = ${sonnet35}, allowed_models = '{claude-main}'
    where assistant_type = 'clinical'`;
  await sql`
    update public.bedrock_models set successor_model_id = ${sonnet35} where model_id = ${novaMicro}`;
  await madeKey(sql, { models: [sonnet35, "claude-main"] });
  await madeKey(sql, { models: [novaLite] });
  await sql`
    insert into public.ai_conversations (user_id, assistant_id, model_id, updated_at)
    select ${patient.userId}, a.id, ${sonnet35}, now() - d.days * interval '1 day'
    from public.ai_assistants as a, unnest(array[1, 40]) as d (days)
    where a.assistant_type = 'health'`;
}

Deno.test("retire_model() puts the successor everywhere, and foresee_retirement() counts what SQL counts", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await useEverywhere(sql);
    await sql`select public.set_default_model(${novaPro})`;
    const foreseen = await asService(database, "public.foresee_retirement($1)", sonnet35);
    const [counted] = await sql`
      select
        (select count(*)::int from public.ai_conversations where model_id = ${sonnet35}) as pins,
        (select count(*)::int from public.ai_conversations
          where model_id = ${sonnet35} and updated_at > now() - interval '30 days') as recent,
        (select array_agg(assistant_type order by assistant_type) from public.ai_assistants
          where model_version = ${sonnet35}) as assistants,
        (select array_agg(id) from public.ai_api_keys
          where ${sonnet35} = any (models)) as keys`;
    expect(foreseen).toMatchObject({
      successor_model_id: sonnet,
      refusal: "",
      uses: {
        is_default: false,
        assistants: counted?.assistants,
        fallback_lists: ["health"],
        allowed_lists: ["clinical", "health"],
        aliases: ["claude-main"],
        api_keys: counted?.keys.map((id: string) => ({ id })),
        pins: [{ assistant_type: "health", conversations: counted?.pins, recent: counted?.recent }],
        conversations: counted?.pins,
        recent_conversations: counted?.recent,
      },
    });
    expect(foreseen.uses.successor_of).toContain(novaMicro);
    expect([counted?.pins, counted?.recent]).toEqual([2, 1]);

    const retired = await asService(
      database,
      "public.retire_model($1, p_source => 'cli')",
      sonnet35,
    );
    expect(retired).toMatchObject({ successor_model_id: sonnet, uses: foreseen.uses });
    const [health] = await sql`
      select fallback_models, allowed_models from public.ai_assistants
      where assistant_type = 'health'`;
    expect(health).toEqual({
      // Each once, in order.
      fallback_models: [novaLite, sonnet],
      allowed_models: [sonnet, novaLite],
    });
    const [pins] = await sql`
      select count(*)::int as pins from public.ai_conversations where model_id = ${sonnet35}`;
    expect(pins).toEqual({ pins: 2 });
    const keys = await sql`select models from public.ai_api_keys order by created_at`;
    expect(keys.map(({ models }) => models)).toEqual([[sonnet, "claude-main"], [novaLite]]);
    const [entry] = await sql`
      select source, action from public.model_switches
      where model_id = ${sonnet35} order by id desc limit 1`;
    expect(entry).toEqual({ source: "cli", action: "retire" });
    const [next] = await sql`select public.next_rollback() as next`;
    expect(next?.next).toMatchObject({ action: "retire", model_id: sonnet35 });

    // Twice is once.
    const again = await asService(database, "public.retire_model($1)", sonnet35);
    expect(again.registry_version).toBe(again.former_version);
  });
});

Deno.test("a rollback of a retirement is foreseen as it is made, and gives no other scope to a key", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    await useEverywhere(sql);
    const [before] = await sql`select public.read_registry() as registry`;
    await asService(database, "public.retire_model($1)", sonnet35);
    const foreseen = await asService(database, "public.read_registry_after_rollback()");
    await asService(database, "public.roll_back_switches()");
    const [after] = await sql`select public.read_registry() as registry`;
    for (const registry of [foreseen, after?.registry]) {
      expect(registry.models).toEqual(
        before?.registry.models.map((row: object) => ({
          ...row,
          updated_at: expect.any(String),
        })),
      );
    }
    const keys = await sql`select models from public.ai_api_keys order by created_at`;
    expect(keys.map(({ models }) => models)).toEqual([[sonnet35, "claude-main"], [novaLite]]);

    // A key that is revoked meanwhile stays so.
    await asService(database, "public.retire_model($1)", sonnet35);
    await sql`select public.revoke_api_key(id) from public.ai_api_keys`;
    await asService(database, "public.roll_back_switches()");
    const revoked = await sql`
      select models, revoked_at is not null as is_revoked from public.ai_api_keys
      order by created_at`;
    expect([...revoked]).toEqual([
      { models: [sonnet35, "claude-main"], is_revoked: true },
      { models: [novaLite], is_revoked: true },
    ]);

    const restore = (models: string[]) =>
      as(serviceRole, (api) =>
        api`
        select switchboard.restore_api_key_models(jsonb_build_object(
          'row_id', (select id from public.ai_api_keys limit 1),
          'known', ${sql.json({ models })}::jsonb))`);
    expect((await refused(restore([novaPro]))).code).toBe("42501");
  });
});

Deno.test("retire_model() refuses a successor that cannot stand in, and none for a model in use", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const opus3 = "anthropic.claude-3-opus-20240229-v1:0";
    const refusal = async (...args: (string | null)[]) => {
      const { code, detail } = await refused(
        asService(database, "public.retire_model($1, $2)", ...args),
      );
      return [code, detail];
    };
    await sql`update public.bedrock_models set is_available = false where model_id = ${novaMicro}`;
    expect(await refusal(novaPro, novaMicro)).toEqual(["PT409", "model_not_available"]);
    await sql`update public.bedrock_models set lifecycle = 'retired' where model_id = ${novaMicro}`;
    expect(await refusal(novaPro, novaMicro)).toEqual(["PT409", "model_retired"]);
    await sql`
      update public.bedrock_models set lifecycle = 'active', geographies = '{us}'
      where model_id = ${novaMicro}`;
    expect(await refusal(novaPro, novaMicro)).toEqual(["PT409", "model_not_available"]);
    await sql`
      update public.registry_settings set allowed_geographies = '{us}'`;
    expect(await refusal(novaPro, novaLite)).toEqual(["PT409", "model_outside_geographies"]);
    await sql`update public.registry_settings set allowed_geographies = '{eu}'`;
    expect(await refusal(novaPro, novaPro)).toEqual(["PT400", "invalid_request"]);
    expect(await refusal(novaPro, "no.such")).toEqual(["PT404", "model_not_found"]);

    await sql`
      update public.bedrock_models set successor_model_id = null where model_id = ${novaPro}`;
    expect(await refusal(novaPro, null)).toEqual(["PT409", "successor_required"]);
    const { hint } = await refused(asService(database, "public.retire_model($1)", novaPro));
    expect(hint).toMatch(/^Name one; no model of the registry is of its family/);
    // What nothing uses needs none.
    await sql`update public.bedrock_models set aliases = '{}' where model_id = ${opus3}`;
    const opus = await asService(database, "public.retire_model($1)", opus3);
    expect(opus.successor_model_id).toBeNull();
    await sql`
      update public.bedrock_models
      set is_available = (model_id = ${novaLite}), is_default = false`;
    await sql`update public.bedrock_models set aliases = '{}' where model_id = ${novaLite}`;
    await sql`
      update public.bedrock_models set successor_model_id = null
      where successor_model_id = ${novaLite}`;
    await sql`
      update public.ai_assistants set model_version = null, fallback_models = null,
        allowed_models = null`;
    expect(await refusal(novaLite, null)).toEqual(["PT409", "last_available_model"]);
    await sql`update public.bedrock_models set is_available = true where model_id = ${novaPro}`;

    await sql`
      update public.bedrock_models
      set aliases = array(select 'a' || n from generate_series(1, 11) as n)
      where model_id = ${novaPro}`;
    await sql`
      update public.bedrock_models
      set aliases = array(select 'b' || n from generate_series(1, 11) as n)
      where model_id = ${novaLite}`;
    expect(await refusal(novaPro, novaLite)).toEqual(["PT400", "invalid_request"]);
  });
});

Deno.test("foresee_retirement() says what would refuse it: an evaluation, a second person, an editor", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const state = async () =>
      (await sql`
        select rv.version, (select max(id) from public.model_switches) as entry
        from public.registry_version as rv`)[0];
    const foreseen = async () => {
      const before = await state();
      const { refusal, successor_model_id, uses } = await asService(
        database,
        "public.foresee_retirement($1)",
        sonnet35,
      );
      // Nothing is left of it.
      expect(await state()).toEqual(before);
      // It is told which it would be, and what it would be for.
      expect([successor_model_id, uses.assistants]).toEqual([sonnet, ["clinical"]]);
      return refusal;
    };
    const set = (column: string) =>
      sql.unsafe(`
        update public.ai_assistants set model_version = '${sonnet35}', ${column}
        where assistant_type = 'clinical'`);
    await set("requires_evaluation = true");
    expect(await foreseen()).toContain("clinical changes its model only with a passing evaluation");
    await set("requires_evaluation = false, is_protected = true");
    expect(await foreseen()).toContain("The assistant clinical is protected");
    await sql`select public.set_assistant('clinical', '{"is_protected": false}')`;
    expect(await foreseen()).toBe("");
    await sql.begin(async (editor) => {
      await editor`update public.bedrock_models set priority = 3 where model_id = ${novaLite}`;
      const { code, detail } = await refused(
        asService(database, "public.foresee_retirement($1)", sonnet35),
      );
      expect([code, detail]).toEqual(["PT409", "registry_locked"]);
    });
  });
});

Deno.test("proposed_successor() takes the one on record, else one of the family, its geographies and capabilities", async () => {
  await withDatabase(async ({ sql }) => {
    const proposed = async () => {
      const [row] = await sql`
        select p.* from public.bedrock_models as bm, switchboard.proposed_successor(bm) as p
        where bm.model_id = ${novaPro}`;
      return row;
    };
    await sql`
      update public.bedrock_models set successor_model_id = null, lifecycle = 'active',
        retires_on = null, input_cost_per_mtok = 1, output_cost_per_mtok = 4
      where model_id = ${novaPro}`;
    const add = async (id: string, changes: Record<string, unknown> = {}) => {
      await sql`
        insert into public.bedrock_models
        select (jsonb_populate_record(bm, ${
        sql.json({
          model_id: id,
          model_name: "Amazon Nova 9 Pro",
          aliases: [],
          is_default: false,
          is_available: true,
          priority: 500,
          input_cost_per_mtok: 1.5,
          output_cost_per_mtok: 3,
          ...changes,
        } as never)
      }::jsonb || jsonb_build_object('id', gen_random_uuid()))).*
        from public.bedrock_models as bm where bm.model_id = ${novaPro}`;
    };
    const family = await proposed();
    expect(family?.model_id ?? null).not.toBe(novaLite);
    // Not of the family, nor with less, elsewhere, for shorter, or gone.
    await add("eu.test.lite", { model_name: "Nova 9 Lite" });
    await add("eu.test.other", { provider: "Other" });
    await add("eu.test.text", {
      capabilities: {
        output_schema: false,
        betas: [],
        prefill: false,
        stop_sequences: false,
        count_tokens: false,
      },
    });
    await add("us.test.abroad", { geographies: ["us"], is_available: false });
    await add("eu.test.gone", { lifecycle: "retired", is_available: false });
    await add("eu.test.ends", { retires_on: "2020-01-01" });
    expect(await proposed()).toEqual(family);
    await add("eu.test.later", { is_available: false, priority: 1 });
    await add("eu.test.nova-9-pro");
    expect(await proposed()).toEqual({
      model_id: "eu.test.nova-9-pro",
      is_recorded: false,
      is_available: true,
      input_price_ratio: "1.5",
      output_price_ratio: "0.75",
    });

    await sql`
      update public.bedrock_models set successor_model_id = 'eu.test.gone' where model_id = ${novaPro}`;
    await sql`
      update public.bedrock_models set successor_model_id = ${novaLite}
      where model_id = 'eu.test.gone'`;
    expect(await proposed()).toMatchObject({ model_id: novaLite, is_recorded: true });
  });
});

Deno.test("list_lifecycle() tells what has dates, the next to end first, to secret keys only", async () => {
  await withDatabase(async ({ sql, as }) => {
    await sql`
      update public.bedrock_models set lifecycle = 'active', legacy_on = null, retires_on = null,
        extended_access_on = null`;
    const [day] = await sql`
      select ((now() at time zone 'UTC')::date + 12)::text as end,
        ((now() at time zone 'UTC')::date - 3)::text as past`;
    await sql`
      update public.bedrock_models
      set lifecycle = 'legacy', legacy_on = ${day?.past}, extended_access_on = ${day?.past},
        retires_on = ${day?.end}
      where model_id = ${novaLite}`;
    await sql`
      update public.bedrock_models set retires_on = ${day?.past} where model_id = ${novaMicro}`;
    const list = (caller: Caller) => as(caller, (api) => result(api, "public.list_lifecycle()"));
    const { models } = await list(serviceRole);
    expect(models).toMatchObject([
      { model_id: novaMicro, days_left: -3, lifecycle: "active" },
      {
        model_id: novaLite,
        days_left: 12,
        lifecycle: "legacy",
        legacy_on: day?.past,
        extended_access_on: day?.past,
        is_in_use: true,
      },
    ]);
    for (const caller of [anon, patient, platformAdmin]) {
      for (
        const call of [
          "public.list_lifecycle()",
          `public.foresee_retirement('${novaLite}')`,
          `public.retire_model('${novaLite}', '${novaPro}')`,
          `public.record_model_end('${novaLite}')`,
          "public.record_aws_list('{}', '{}')",
        ]
      ) {
        const { code } = await refused(as(caller, (api) => result(api, call)));
        expect([call, code]).toEqual([call, "42501"]);
      }
    }
    // The dates are columns of the list that users read.
    const seen = await as(patient, (api) =>
      api`
      select extended_access_on::text as day from public.bedrock_models where model_id = ${novaLite}`);
    expect([...seen]).toEqual([{ day: day?.past }]);
  });
});
