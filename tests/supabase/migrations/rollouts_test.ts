/** Rollouts: begun, changed and ended by function and by SQL, and what takes them back. */
import { expect } from "@std/expect";
import {
  platformAdmin,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro } from "../../support/turns.ts";

const nova2Lite = "eu.amazon.nova-2-lite-v1:0";

interface Rollout {
  readonly id: number;
  readonly assistant_type: string | null;
  readonly model_id: string;
  readonly former_model_id: string;
  readonly outcome: string | null;
  readonly share: number | null;
}

const rollouts = async ({ sql }: Pick<TestDatabase, "sql">): Promise<Rollout[]> =>
  (await sql`select public.list_rollouts() as listed`)[0]!.listed;

const start = (
  { as }: TestDatabase,
  modelId: string,
  share: number,
  assistantType: string | null = null,
) =>
  as(serviceRole, async (sql): Promise<Rollout> => {
    const [row] = await sql`
      select public.start_rollout(
        ${modelId}, ${share}, ${assistantType}, p_actor_user_id => ${platformAdmin.userId!},
        p_source => 'api') as made`;
    return row!.made.rollout;
  });

const end = ({ as }: TestDatabase, id: number, outcome: string) =>
  as(serviceRole, async (sql): Promise<Rollout> => {
    const [row] = await sql`select public.end_rollout(${id}, ${outcome}) as made`;
    return row!.made.rollout;
  });

const defaultOf = async ({ sql }: TestDatabase) =>
  (await sql`select model_id from public.bedrock_models where is_default`)[0]!.model_id as string;

Deno.test("start_rollout() gives a model a share, recorded, and one at a time", async () => {
  await withDatabase(async (database) => {
    const former = await defaultOf(database);
    const rollout = await start(database, novaLite, 10);
    expect(rollout).toMatchObject({
      assistant_type: null,
      model_id: novaLite,
      former_model_id: former,
      outcome: null,
      share: 10,
      error_points: 2,
      latency_ratio: 1.25,
      on_verdict: "hold",
    });
    expect((await refused(start(database, novaMicro, 5))).detail).toBe("rollout_active");
    const [entry] = await database.sql`
      select action, model_id from public.model_switches order by id desc limit 1`;
    expect(entry).toEqual({ action: "start-rollout", model_id: novaLite });
    await database.sql`select public.set_rollout_share(${rollout.id}, 50)`;
    expect((await rollouts(database))[0]!.share).toBe(50);
    await database.sql`select public.roll_back_switches()`;
    expect((await rollouts(database))[0]!.share).toBe(10);
    await database.sql`select public.roll_back_switches()`;
    expect(await rollouts(database)).toMatchObject([{ outcome: "reverted", share: null }]);
    expect(await defaultOf(database)).toBe(former);
  });
});

Deno.test("end_rollout() promotes the model, and its rollback brings no rollout back", async () => {
  await withDatabase(async (database) => {
    const former = await defaultOf(database);
    const { id } = await start(database, novaLite, 10);
    expect(await end(database, id, "promote")).toMatchObject({ outcome: "promoted", share: null });
    expect(await defaultOf(database)).toBe(novaLite);
    expect((await refused(end(database, id, "revert"))).detail).toBe("rollout_ended");
    await database.sql`select public.roll_back_switches()`;
    expect(await defaultOf(database)).toBe(former);
    const [row] = await database.sql`
      select canary_share, rollout_id from public.bedrock_models where model_id = ${novaLite}`;
    expect(row).toEqual({ canary_share: null, rollout_id: null });
    expect(await rollouts(database)).toMatchObject([{ outcome: "promoted" }]);
  });
});

Deno.test("a rollout that was reverted is not taken back by a rollback, which goes a step further", async () => {
  await withDatabase(async (database) => {
    const former = await defaultOf(database);
    await database.sql`select public.set_default_model(${novaMicro})`;
    const { id } = await start(database, novaLite, 10);
    expect(await end(database, id, "revert")).toMatchObject({ outcome: "reverted" });
    await database.sql`select public.roll_back_switches()`;
    expect(await defaultOf(database)).toBe(former);
  });
});

Deno.test("canary_share and canary_model_id begin and end rollouts in SQL", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.bedrock_models set canary_share = 20 where model_id = ${novaLite}`;
    await sql`
      update public.ai_assistants set canary_model_id = ${novaMicro}, canary_share = 30
      where assistant_type = 'clinical'`;
    expect((await rollouts(database)).map((row) => [row.model_id, row.assistant_type, row.share]))
      .toEqual([[novaMicro, "clinical", 30], [novaLite, null, 20]]);
    // Another default takes the ground from one, another model of the assistant from the other.
    await sql`update public.bedrock_models set is_default = true where model_id = ${novaMicro}`;
    await sql`
      update public.ai_assistants set model_version = ${novaLite}
      where assistant_type = 'clinical'`;
    expect((await rollouts(database)).map((row) => row.outcome))
      .toEqual(["superseded", "superseded"]);
    expect(
      (await refused(sql`
        update public.bedrock_models set canary_share = 1 where model_id = ${novaMicro}`)).detail,
    ).toBe("model_is_default");
    await sql`
      update public.ai_assistants set canary_model_id = ${novaPro}, canary_share = 1
      where assistant_type = 'clinical'`;
    await sql`
      update public.ai_assistants set model_version = ${novaPro}
      where assistant_type = 'clinical'`;
    expect((await rollouts(database))[0]).toMatchObject({ model_id: novaPro, outcome: "promoted" });
    await sql`
      update public.ai_assistants set canary_model_id = ${novaLite}, canary_share = 1
      where assistant_type = 'clinical'`;
    // Nor does a rollout under way, or a watch, let one in that could not begin.
    await sql`update public.bedrock_models set is_available = false where model_id = ${nova2Lite}`;
    expect(
      (await refused(sql`
        update public.ai_assistants set canary_model_id = ${nova2Lite}
        where assistant_type = 'clinical'`)).detail,
    ).toBe("model_not_available");
    await sql`
      update public.bedrock_models set is_available = false where model_id = ${novaLite}`;
    expect((await rollouts(database))[0]).toMatchObject({
      model_id: novaLite,
      outcome: "reverted",
    });
  });
});

Deno.test("another default ends the rollout of an assistant that follows it", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.ai_assistants set model_version = null where assistant_type = 'health'`;
    for (const [model, outcome] of [[novaMicro, "promoted"], [novaPro, "superseded"]] as const) {
      await start(database, outcome === "promoted" ? model : novaLite, 10, "health");
      await sql`select public.set_default_model(${model})`;
      expect((await rollouts(database))[0]).toMatchObject({ assistant_type: "health", outcome });
    }
    const [row] = await sql`
      select canary_model_id, canary_share, rollout_id from public.ai_assistants
      where assistant_type = 'health'`;
    expect(row).toEqual({ canary_model_id: null, canary_share: null, rollout_id: null });
  });
});

Deno.test("a rollout ends with the row that it belongs to", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update ai_assistants set model_version = null where model_version = ${novaLite}`;
    await sql`update public.bedrock_models set successor_model_id = null`;
    await start(database, novaLite, 10);
    await sql`
      select create_assistant('triage', '{"name": "Triage", "system_prompt": "You sort."}')`;
    await start(database, novaMicro, 10, "triage");
    await sql`delete from public.bedrock_models where model_id = ${novaLite}`;
    await sql`delete from public.ai_assistants where assistant_type = 'triage'`;
    expect((await rollouts(database)).map(({ outcome }) => outcome !== null)).toEqual([true, true]);
  });
});
