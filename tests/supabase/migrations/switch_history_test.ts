/** list_model_switches(), and the chain that shows what was changed in the log. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  anon,
  patient,
  platformAdmin,
  refusal,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { recordProbe } from "../../support/probes.ts";
import { novaLite, novaPro, sonnet35 } from "../../support/turns.ts";

interface Verification {
  ok: boolean;
  entries: number;
  broken_id: number | null;
  problem: string | null;
  last_hash: string;
}

async function verify({ as }: TestDatabase, knownHash?: string): Promise<Verification> {
  return await as(serviceRole, async (sql) => {
    const [row] = await sql`select public.verify_model_switches(${knownHash ?? null}) as result`;
    return row?.result;
  });
}

async function history({ as }: TestDatabase, limit = 20, before: number | null = null) {
  return await as(serviceRole, async (sql) => {
    const [row] = await sql`select public.list_model_switches(${limit}, ${before}) as result`;
    return row?.result;
  });
}

/** Six entries of the operator's after the seed's, each in a transaction of its own. */
async function switchSixTimes(sql: postgres.Sql): Promise<number[]> {
  const [last] = await sql`select max(id) as id from public.model_switches`;
  for (let n = 1; n <= 6; n++) {
    await sql`update public.bedrock_models set priority = ${n} where model_id = ${novaLite}`;
  }
  const rows =
    await sql`select id::int from public.model_switches where id > ${last?.id} order by id`;
  return rows.map((row) => row.id);
}

/** What an owner of the database can do, who knows what stands in the way. */
async function tamper(sql: postgres.Sql, statements: string): Promise<void> {
  await sql.unsafe(`
    alter table public.model_switches disable trigger all;
    ${statements};
    alter table public.model_switches enable trigger all;
  `).simple();
}

Deno.test("the log of the seed and of many changes is whole, from the first entry on", async () => {
  await withDatabase(async (database) => {
    const { sql, session } = database;
    await switchSixTimes(sql);
    await sql`update public.bedrock_models set priority = priority + 1`;
    const sessions = Array.from({ length: 10 }, () => session());
    await Promise.all(
      sessions.map((each, n) =>
        each`update public.bedrock_models set priority = ${100 + n} where model_id = ${novaPro}`
      ),
    );
    const zone = session();
    await zone`set time zone 'Asia/Tokyo'`;
    await zone`update public.bedrock_models set priority = 7 where model_id = ${novaPro}`;

    const [count] = await sql`select count(*)::int as n from public.model_switches`;
    const result = await verify(database);
    expect(result).toMatchObject({ ok: true, broken_id: null, problem: null, entries: count?.n });
    expect(result.last_hash).toMatch(/^[0-9a-f]{64}$/);
    expect((await verify(database, result.last_hash)).ok).toBe(true);
  });
});

Deno.test("entries cannot be changed or deleted by anyone, the owner included", async () => {
  await withDatabase(async ({ sql, as }) => {
    for (
      const statement of [
        "update public.model_switches set source = 'cli'",
        "delete from public.model_switches",
      ]
    ) {
      expect(await refusal(sql.unsafe(statement))).toBe("42501");
      for (const caller of [serviceRole, platformAdmin, patient, anon]) {
        expect(await refusal(as(caller, (api) => api.unsafe(statement)))).toBe("42501");
      }
    }
    expect(await refusal(sql`truncate public.model_switches`)).toBe("42501");
  });
});

/**
 * What is done to the six entries, and which of them shows it; null: what is missing at the end.
 */
const tampering: [string, (ids: number[]) => string, number | null][] = [
  [
    "a changed entry",
    (ids) => `update public.model_switches set model_id = '${novaPro}' where id = ${ids[2]}`,
    2,
  ],
  [
    "a changed row in an entry",
    (ids) =>
      `update public.model_switches
       set row_after = jsonb_set(row_after, '{priority}', '99') where id = ${ids[3]}`,
    3,
  ],
  [
    "a changed time",
    (ids) =>
      `update public.model_switches set created_at = created_at + interval '1 microsecond'
       where id = ${ids[1]}`,
    1,
  ],
  [
    "a changed entry with its hash recomputed",
    (ids) =>
      `update public.model_switches set source = 'api' where id = ${ids[2]};
       update public.model_switches as ms set hash = switchboard.hash_switch(ms) where id = ${
        ids[2]
      }`,
    3,
  ],
  ["a deleted entry", (ids) => `delete from public.model_switches where id = ${ids[2]}`, 3],
  ["a deleted end", (ids) => `delete from public.model_switches where id >= ${ids[4]}`, null],
  [
    "an inserted entry",
    (ids) =>
      `delete from public.model_switches where id = ${ids[2]};
       insert into public.model_switches (id, actor_proven, database_role, source, action,
         table_name, registry_version, previous_hash, hash) overriding system value
       values (${
        ids[2]
      }, true, 'postgres', 'sql', 'update', 'bedrock_models', 1, '\\x02', '\\x03')`,
    2,
  ],
  [
    "reordered entries",
    (ids) =>
      `update public.model_switches set id = -1 where id = ${ids[1]};
       update public.model_switches set id = ${ids[1]} where id = ${ids[3]};
       update public.model_switches set id = ${ids[3]} where id = -1`,
    1,
  ],
];

for (const [what, statements, shownBy] of tampering) {
  Deno.test(`verify_model_switches() finds ${what}`, async () => {
    await withDatabase(async (database) => {
      const ids = await switchSixTimes(database.sql);
      expect((await verify(database)).ok).toBe(true);
      await database
        .sql`alter table public.model_switches alter column id set generated by default`;
      await tamper(database.sql, statements(ids));
      const result = await verify(database);
      expect(result).toMatchObject({
        ok: false,
        broken_id: shownBy === null ? null : ids[shownBy],
        problem: shownBy === null
          ? "Entries after the last one are missing."
          : expect.stringContaining("not as it was written"),
      });
      // What comes after does not cover it up.
      await database
        .sql`update public.bedrock_models set priority = 77 where model_id = ${novaPro}`;
      expect((await verify(database)).ok).toBe(false);
    });
  });
}

Deno.test("verify_model_switches() finds a rewritten log by a hash that was noted", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await switchSixTimes(sql);
    const noted = (await verify(database)).last_hash;
    await tamper(
      sql,
      `update public.model_switches set source = 'cli';
       do $$
       declare entry public.model_switches; last bytea := '';
       begin
         for entry in select * from public.model_switches order by id loop
           entry.previous_hash := last;
           last := switchboard.hash_switch(entry);
           update public.model_switches set previous_hash = entry.previous_hash, hash = last
             where id = entry.id;
         end loop;
         update public.registry_version set last_switch_hash = last;
       end $$`,
    );
    expect((await verify(database)).ok).toBe(true);
    expect(await verify(database, noted)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("rewritten"),
    });
  });
});

Deno.test("list_model_switches() tells who changed what, from what to what, newest first", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    const probeId = await recordProbe(database, novaLite);
    await as(serviceRole, (api) =>
      api`
      select public.set_default_model(
        ${novaLite}, ${platformAdmin.userId}, 'api', p_probe_id => ${probeId})`);
    await sql`
      update public.ai_assistants set model_version = ${novaPro} where assistant_type = 'health'`;
    await sql`update public.bedrock_models set is_available = false where model_id = ${sonnet35}`;
    await sql`
      update public.bedrock_models set input_cost_per_mtok = 7, description = 'x'
      where model_id = ${novaPro}`;
    await sql`update public.registry_settings set allowed_geographies = '{eu,uk}'`;
    await sql`update public.ai_assistants set system_prompt = 'Be brief.' where assistant_type = 'clinical'`;
    await sql`select switchboard.end_model(${sonnet35})`;

    const entries = await history(database, 7);
    expect(entries.map((entry: Record<string, unknown>) => [
      entry.action,
      entry.source,
      entry.model_id,
      entry.assistant_type,
      entry.from,
      entry.to,
    ])).toEqual([
      ["retire", "chat", sonnet35, null, "legacy", "retired"],
      ["update", "sql", sonnet35, "clinical", { system_prompt: "196 characters" }, {
        system_prompt: "9 characters",
      }],
      ["update-settings", "sql", null, null, { allowed_geographies: ["eu"] }, {
        allowed_geographies: ["eu", "uk"],
      }],
      ["set-price", "sql", novaPro, null, {
        input_cost_per_mtok: 1.05,
        description: "The first users' default: balanced quality and price.",
      }, { input_cost_per_mtok: 7, description: "x" }],
      ["disable", "sql", sonnet35, null, "available", "disabled"],
      ["assign", "sql", novaPro, "health", novaLite, novaPro],
      ["set-default", "api", novaLite, null, novaPro, novaLite],
    ]);
    const standard = entries[6];
    expect(standard).toMatchObject({
      actor_user_id: platformAdmin.userId,
      actor_proven: false,
      database_role: "service_role",
      probe: "passed",
      rollback_of: null,
    });
    expect(standard).not.toHaveProperty("row_before");

    const [older] = await history(database, 1, standard.id);
    expect(older.id).toBeLessThan(standard.id);
    expect(await history(database, 0)).toHaveLength(1);
  });
});

Deno.test("list_model_switches() tells of long values their length, so that a list stays short", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const long = "x".repeat(2000);
    for (let n = 0; n < 250; n++) {
      await sql`update public.bedrock_models set description = ${n + long.slice(3)},
        source_url = ${long.slice(3) + n} where model_id = ${novaLite}`;
    }
    const entries = await history(database, 200);
    expect(entries).toHaveLength(200);
    expect(entries[0].to).toEqual({
      description: "2000 characters",
      source_url: "2000 characters",
    });
    expect(JSON.stringify(entries).length).toBeLessThan(200_000);
    await sql`update public.bedrock_models set description = ${"y".repeat(500)}
      where model_id = ${novaLite}`;
    expect((await history(database, 1))[0].to).toEqual({ description: "y".repeat(500) });
  });
});

Deno.test("list_model_switches() keeps the other half of a switch that changed more than the flag", async () => {
  await withDatabase(async (database) => {
    await database.sql.unsafe(`
      update public.bedrock_models set is_available = false, is_default = false where model_id = '${novaPro}';
      update public.bedrock_models set is_default = true where model_id = '${sonnet35}'`).simple();
    const entries = await history(database, 2);
    expect(entries.map((entry: Record<string, unknown>) => [entry.action, entry.from, entry.to]))
      .toEqual([["set-default", novaPro, sonnet35], ["unset-default", novaPro, sonnet35]]);
  });
});

/** Changes by several people, of several kinds, with and without a reason. */
async function manyChanges({ sql, as }: TestDatabase) {
  const ines = crypto.randomUUID();
  await sql`insert into auth.users (id, email) values (${ines}, 'Ines@clinic.example')`;
  await as(serviceRole, (api) =>
    api`
    select public.set_default_model(${novaLite}, ${ines}, 'api', p_reason => 'Costs HALF, 100%')`);
  await as(serviceRole, (api) =>
    api`
    select public.assign_model('health', ${novaPro}, p_source => 'cli', p_actor_key_name => 'ci')`);
  await sql`
    update public.bedrock_models set description = 'a "quoted" value' where model_id = ${sonnet35}`;
  return ines;
}

/** Filters of list_model_switches(), and the actions of what it lists, oldest first. */
const filters: [string, (ines: string) => string, string[]][] = [
  ["model", () => `p_model_id => '${novaLite}'`, ["set-default"]],
  [
    "model, as the one that lost the flag",
    () => `p_model_id => '${novaPro}', p_actions => '{unset-default}'`,
    ["unset-default"],
  ],
  ["assistant", () => `p_assistant_type => 'health'`, ["assign"]],
  ["action", () => `p_actions => '{assign}'`, ["assign"]],
  ["actions", () => `p_actions => '{assign,set-default}'`, ["set-default", "assign"]],
  ["user", (ines) => `p_actor => '${ines}'`, ["set-default"]],
  ["address, in any case", () => `p_actor => 'ines@CLINIC.example'`, ["set-default"]],
  ["key", () => `p_actor => 'ci'`, ["assign"]],
  ["database role", () => `p_actor => 'postgres'`, ["update"]],
  ["nobody", () => `p_actor => 'nobody'`, []],
  ["reason, in any case", () => `p_search => 'costs half, 100%'`, ["set-default"]],
  ["changed value", () => `p_search => 'a "Quoted" value'`, ["update"]],
  ["value that did not change", () => `p_search => 'anthropic', p_actions => '{set-default}'`, []],
  ["wildcard that is none", () => `p_search => '%quoted%'`, []],
  ["time", () => `p_to => '2020-01-01'`, []],
  ["time", () => `p_from => now() - interval '1 hour', p_actions => '{assign}'`, ["assign"]],
  ["several", (ines) => `p_model_id => '${novaPro}', p_actor => '${ines}'`, ["unset-default"]],
];

Deno.test("list_model_switches() filters by model, assistant, action, actor, text and time", async () => {
  await withDatabase(async (database) => {
    const [last] = await database.sql`select max(id)::int as id from public.model_switches`;
    const ines = await manyChanges(database);
    for (const [by, filter, expected] of filters) {
      const entries = await database.as(serviceRole, async (sql) => {
        const [row] = await sql.unsafe(
          `select public.list_model_switches(${filter(ines)}) as list`,
        );
        return row?.list as { id: number; action: string }[];
      });
      const actions = entries.filter(({ id }) => id > last?.id).map(({ action }) => action);
      expect([by, actions.reverse()]).toEqual([by, expected]);
    }
  });
});
