/** The registry's version and its audit log. */
import { expect } from "@std/expect";
import {
  actAs,
  type Caller,
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type Session,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaPro, sonnet35 } from "../../support/turns.ts";

async function version(sql: Session): Promise<number> {
  const [row] = await sql`select version::int from public.registry_version`;
  return row?.version;
}

/** The audit rows that something wrote, oldest first. */
async function changes(
  { sql }: TestDatabase,
  change: () => Promise<unknown>,
) {
  const [last] = await sql`select coalesce(max(id), 0) as id from public.model_switches`;
  await change();
  return [
    ...await sql`select * from public.model_switches where id > ${last?.id} order by id`,
  ];
}

const newModel = `insert into public.bedrock_models
  (model_id, model_name, provider, format, geographies, max_tokens, context_window)
  values ('someone.new-v1:0', 'A model', 'Someone', 'converse', '{eu}', 100, 1000)`;

const contentChanges = [
  newModel,
  `update public.bedrock_models set input_cost_per_mtok = 7 where model_id = '${novaPro}'`,
  `update public.bedrock_models set is_default = true where model_id = '${novaLite}'`,
  `update public.bedrock_models set priority = priority + 1`,
  `delete from public.bedrock_models where model_id = 'someone.new-v1:0'`,
  `insert into public.ai_assistants (assistant_type, name) values ('billing', 'Billing')`,
  `update public.ai_assistants set system_prompt = 'Be brief.' where assistant_type = 'health'`,
  `update public.ai_assistants set model_version = null where assistant_type = 'health'`,
  `delete from public.ai_assistants where assistant_type = 'billing'`,
  `update public.registry_settings set allowed_geographies = '{eu,uk}'`,
];

Deno.test("every change of content raises the version, at the commit that makes it", async () => {
  await withDatabase(async ({ sql, session }) => {
    const onlooker = session();
    for (const statement of contentChanges) {
      const before = await version(sql);
      await sql.begin(async (transaction) => {
        await transaction.unsafe(statement);
        expect(await version(transaction)).toBeGreaterThan(before);
        expect(await version(onlooker)).toBe(before);
      });
      expect(await version(onlooker)).toBeGreaterThan(before);
    }
  });
});

const noChanges = [
  `update public.bedrock_models set is_default = is_default, priority = priority`,
  `update public.bedrock_models set is_default = true where model_id = '${novaPro}'`,
  `update public.bedrock_models set is_available = false where model_id = 'no-such-model'`,
  `update public.bedrock_models set updated_at = now()`,
  `delete from public.bedrock_models where model_id = 'no-such-model'`,
  `insert into public.bedrock_models (model_id, model_name, provider, format, max_tokens, context_window)
    select model_id, 'Other', provider, format, 1, 2 from public.bedrock_models
    on conflict (model_id) do nothing`,
  `update public.ai_assistants set name = name`,
  `update public.registry_settings set allowed_geographies = '{eu}', updated_at = now()`,
  `update public.ai_assistants set name = 'Other' where assistant_type = 'no-such-assistant'`,
  `update public.ai_user_roles set assistant_type = 'platform'`,
  `select public.set_default_model('${novaPro}')`,
  `select public.enable_model('${novaPro}')`,
];

Deno.test("what changes no content changes neither the version nor the audit log", async () => {
  await withDatabase(async (database) => {
    const before = await version(database.sql);
    for (const statement of noChanges) {
      expect(await changes(database, () => database.sql.unsafe(statement))).toEqual([]);
      expect([statement, await version(database.sql)]).toEqual([statement, before]);
    }
  });
});

Deno.test("a change that is rolled back leaves no version and no audit row", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const before = await version(sql);
    const written = await changes(
      database,
      () =>
        sql.begin(async (transaction) => {
          await transaction`update public.bedrock_models set priority = 1`;
          throw new Error("no");
        }).catch(() => {}),
    );
    expect(written).toEqual([]);
    expect(await version(sql)).toBe(before);
  });
});

Deno.test("updated_at moves with the content and only then", async () => {
  await withDatabase(async ({ sql }) => {
    const updatedAt = async () => {
      const [row] = await sql`
        select updated_at::text from public.bedrock_models where model_id = ${novaPro}`;
      return row?.updated_at;
    };
    const before = await updatedAt();
    await sql`update public.bedrock_models set priority = priority where model_id = ${novaPro}`;
    expect(await updatedAt()).toBe(before);
    await sql`update public.bedrock_models set priority = 99 where model_id = ${novaPro}`;
    expect(await updatedAt()).not.toBe(before);
  });
});

Deno.test("a change in SQL is recorded with its rows, its role and its version", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const [row, ...others] = await changes(
      database,
      () =>
        sql`update public.bedrock_models set input_cost_per_mtok = 7 where model_id = ${novaPro}`,
    );
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      actor_user_id: null,
      database_role: "postgres",
      session_role: "postgres",
      source: "sql",
      action: "set-price",
      model_id: novaPro,
      assistant_type: null,
      registry_version: String(await version(sql)),
    });
    expect(row?.row_before.input_cost_per_mtok).toBe(1.05);
    expect(row?.row_after.input_cost_per_mtok).toBe(7);
    expect({ ...row?.row_after, updated_at: 0 }).toEqual({
      ...row?.row_before,
      input_cost_per_mtok: 7,
      updated_at: 0,
    });
  });
});

/** A statement and the actions that it is recorded as. */
const actions: [string, string[]][] = [
  [newModel, ["create someone.new-v1:0"]],
  [
    `update public.bedrock_models set is_available = true where model_id = 'someone.new-v1:0'`,
    ["enable someone.new-v1:0"],
  ],
  [
    `update public.bedrock_models set is_default = true where model_id = 'someone.new-v1:0'`,
    ["set-default someone.new-v1:0", `unset-default ${novaPro}`],
  ],
  [
    `update public.bedrock_models set is_default = (model_id = '${novaPro}')`,
    ["unset-default someone.new-v1:0", `set-default ${novaPro}`].sort(),
  ],
  [
    `update public.bedrock_models set is_available = false where model_id = 'someone.new-v1:0'`,
    ["disable someone.new-v1:0"],
  ],
  [
    `update public.ai_assistants set model_version = 'someone.new-v1:0'
     where assistant_type = 'health'`,
    ["assign someone.new-v1:0 health"],
  ],
  [
    `update public.bedrock_models set model_id = 'someone.new-v2:0'
     where model_id = 'someone.new-v1:0'`,
    ["assign someone.new-v2:0 health", "update someone.new-v2:0"],
  ],
  [
    `update public.ai_assistants set model_version = null where assistant_type = 'health'`,
    ["unassign null health"],
  ],
  [
    `update public.bedrock_models set lifecycle = 'retired' where model_id = '${sonnet35}'`,
    [`retire ${sonnet35}`],
  ],
  [
    `update public.bedrock_models set lifecycle = 'legacy' where model_id = '${sonnet35}'`,
    [`update ${sonnet35}`],
  ],
  [
    `update public.registry_settings set allowed_geographies = '{eu,ch}'`,
    ["update-settings null"],
  ],
  [
    `update public.ai_assistants set is_active = false where assistant_type = 'operations'`,
    ["update eu.amazon.nova-micro-v1:0 operations"],
  ],
  [
    `delete from public.bedrock_models where model_id = 'someone.new-v2:0'`,
    ["delete someone.new-v2:0"],
  ],
  [
    `insert into public.ai_assistants (assistant_type, name) values ('billing', 'Billing')`,
    ["create null billing"],
  ],
  [
    `delete from public.ai_assistants where assistant_type = 'billing'`,
    ["delete null billing"],
  ],
];

Deno.test("each change is recorded as the action it amounts to, once per row", async () => {
  await withDatabase(async (database) => {
    for (const [statement, expected] of actions) {
      const written = await changes(database, () => database.sql.unsafe(statement));
      const summaries = written.map((row) =>
        [row.action, row.model_id ?? "null", row.assistant_type].filter(Boolean).join(" ")
      );
      expect(summaries.sort()).toEqual(expected);
      for (const row of written) {
        expect(row.row_before === null).toBe(row.action === "create");
        expect(row.row_after === null).toBe(row.action === "delete");
      }
    }
  });
});

Deno.test("the functions record who asked, and how", async () => {
  await withDatabase(async (database) => {
    const written = await changes(database, () =>
      database.as(serviceRole, (sql) =>
        sql`
          select public.set_default_model(${sonnet35}, ${platformAdmin.userId}, 'cli')`));
    for (const row of written) {
      expect(row).toMatchObject({
        actor_user_id: platformAdmin.userId,
        database_role: "service_role",
        source: "cli",
      });
    }
    expect(written.map((row) => row.action).sort()).toEqual(["set-default", "unset-default"]);

    const [later] = await changes(database, () =>
      database.sql`
        update public.bedrock_models set priority = 5 where model_id = ${novaLite}`);
    expect(later).toMatchObject({ actor_user_id: null, source: "sql" });
  });
});

Deno.test("an actor is proven by a token that the API server verified, or by the role itself", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const enableOrDisable = (n: number) => n % 2 === 0 ? "disable_model" : "enable_model";
    const made = (as: Caller, args: string, n: number) => () =>
      actAs(
        sql,
        as,
        (api) => api.unsafe(`select public.${enableOrDisable(n)}('${novaLite}'${args})`),
      );
    // A project may let its admins write the table themselves.
    await sql.unsafe(`
      grant execute on function switchboard.lock_registry() to authenticated;
      grant update on public.bedrock_models to authenticated;
      create policy all_of_it on public.bedrock_models for update to authenticated
        using (true) with check (true)`);
    const priority = (as: Caller, n: number) => () =>
      actAs(sql, as, (api) =>
        api`
        update public.bedrock_models set priority = ${n} where model_id = ${novaLite}`);
    const named = `, p_actor_user_id => '${platformAdmin.userId}'`;
    const table: [() => Promise<unknown>, string | null, boolean][] = [
      [made(serviceRole, named, 0), platformAdmin.userId, false],
      [made(serviceRole, ", p_actor_key_name => 'ci'", 1), null, false],
      [made(serviceRole, "", 2), null, true],
      [priority(serviceRole, 1), null, true],
      [priority(platformAdmin, 2), platformAdmin.userId, true],
      [
        () => sql`update public.bedrock_models set priority = 3 where model_id = ${novaLite}`,
        null,
        true,
      ],
    ];
    for (const [change, userId, proven] of table) {
      const [row] = await changes(database, change);
      expect({ userId: row?.actor_user_id, proven: row?.actor_proven }).toEqual({ userId, proven });
    }
  });
});

Deno.test("an entry keeps the login of its session and what that calls itself, within the hash", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const called = async (name: string) => {
      const [row] = await changes(database, () =>
        sql.begin(async (transaction) => {
          await transaction`select set_config('application_name', ${name}, true)`;
          // As an SQL editor may, which makes it no other login.
          await transaction`set local role service_role`;
          await transaction`
            update public.bedrock_models set priority = priority + 1
            where model_id = ${novaLite}`;
        }));
      return row;
    };
    expect(await called("Supabase Studio")).toMatchObject({
      database_role: "service_role",
      session_role: "postgres",
      application_name: "Supabase Studio",
    });
    expect((await called("  "))?.application_name).toBeNull();
    // PostgreSQL keeps 63 bytes of it, and writes control characters in its own way.
    const odd = (await called(`psql\n\u001b[31m${"x".repeat(200)}`))?.application_name;
    expect(odd).toMatch(/^psql[^\p{Cc}]+x+$/u);
    expect(odd.length).toBeLessThanOrEqual(100);

    await sql`alter table public.model_switches disable trigger refuse_change`;
    for (const column of ["session_role", "application_name"]) {
      const broken = sql.begin(async (transaction) => {
        await transaction`
          update public.model_switches set ${transaction(column)} = 'x'
          where application_name = 'Supabase Studio'`;
        const [row] = await transaction`select public.verify_model_switches() ->> 'ok' as ok`;
        throw new Error(`ok: ${row?.ok}`);
      });
      await expect(broken).rejects.toThrow("ok: false");
    }
  });
});

Deno.test("a caller cannot claim that AWS or SQL made a change", async () => {
  await withDatabase(async (database) => {
    const setDefault = (source: string) =>
      database.as(serviceRole, (api) =>
        api`
        select public.set_default_model(${sonnet35}, p_source => ${source})`);
    // A rollback leaves out what AWS said.
    expect(await refusal(setDefault("chat"))).toBe("23514");
    const [row] = await changes(database, () => setDefault("sql"));
    expect(row?.source).toBe("api");
  });
});

Deno.test("the version cannot be removed, without which neither turns nor switches work", async () => {
  await withDatabase(async ({ sql }) => {
    for (const removal of ["delete from", "truncate"]) {
      const error = await refused(sql.unsafe(`${removal} public.registry_version`));
      expect(error.code).toBe("42501");
      expect(error.message).toContain("public.registry_version cannot be removed");
    }
  });
});

Deno.test("the version and the audit log cannot be written over the API", async () => {
  await withDatabase(async ({ as }) => {
    const statements = [
      `insert into public.model_switches
         (database_role, source, action, table_name, registry_version)
       values ('service_role', 'sql', 'update', 'bedrock_models', 1)`,
      `update public.model_switches set source = 'cli'`,
      `delete from public.model_switches`,
      `update public.registry_version set version = 1`,
      `delete from public.registry_version`,
      `select switchboard.write_registry_change('bedrock_models', '[]')`,
    ];
    for (const caller of [serviceRole, platformAdmin, patient]) {
      for (const statement of statements) {
        expect(await refusal(as(caller, (sql) => sql.unsafe(statement)))).toBe("42501");
      }
    }
  });
});

Deno.test("service_role may change the registry by hand, which is recorded as its doing", async () => {
  await withDatabase(async (database) => {
    const [row] = await changes(
      database,
      () =>
        actAs(
          database.sql,
          serviceRole,
          (sql) => sql`update public.bedrock_models set priority = 5 where model_id = ${novaLite}`,
        ),
    );
    expect(row).toMatchObject({ database_role: "service_role", action: "update" });
  });
});

Deno.test("read_registry() returns version, models and assistants of one moment", async () => {
  await withDatabase(async ({ as, sql, session }) => {
    const read = () =>
      as(serviceRole, async (transaction) => {
        const [row] = await transaction`select public.read_registry() as registry`;
        return row?.registry;
      });
    const registry = await read();
    expect(registry.version).toBe(await version(sql));
    expect(registry.models.map((model: { model_id: string }) => model.model_id)).toEqual(
      (await sql`select model_id from public.bedrock_models order by priority, model_id`)
        .map((row) => row.model_id),
    );
    expect(registry.assistants.map((row: { assistant_type: string }) => row.assistant_type))
      .toEqual(["clinical", "health", "operations", "platform"]);
    expect(registry.assistants[0].system_prompt).toContain("clinical assistant");

    // Priority 1000 + n is committed together with version n of this loop.
    const writer = session();
    let writing = true;
    const writes = (async () => {
      for (let n = 0; n < 60; n++) {
        await writer`update public.bedrock_models set priority = (
          select 1001 + version from public.registry_version)`;
      }
      writing = false;
    })();
    while (writing) {
      const { version, models } = await read();
      if (models[0].priority > 1000) expect(models[0].priority).toBe(1000 + version);
    }
    await writes;
  });
});

Deno.test("another audited table is one row and its triggers", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.unsafe(`
      create table public.things (
        id uuid primary key default gen_random_uuid(), model_id text, size integer, seen integer);
      insert into switchboard.audited_tables
        (table_name, place, model_id_column, ignored_columns, actions, concerns_every_switch)
      values ('things', 99, 'model_id', '{seen}', '[
        {"column": "size", "becomes": 0, "action": "disable"},
        {"column": "size", "action": "re-size"}]', true);
      select switchboard.add_audit_triggers('things')`);
    const entries = await changes(database, async () => {
      await sql`insert into public.things (model_id, size) values (${novaLite}, 1)`;
      await sql`update public.things set seen = 5`;
      await sql`update public.things set size = 0`;
      await sql`update public.things set size = 2`;
    });
    expect(entries.map(({ table_name, action, model_id }) => [table_name, action, model_id]))
      .toEqual(["create", "disable", "re-size"].map((action) => ["things", action, novaLite]));

    const [listed] = await sql`select public.list_model_switches(2) as entries`;
    const told = listed?.entries.map(({ action, from, to }: Record<string, unknown>) => [
      action,
      from,
      to,
    ]);
    expect(told).toEqual([
      ["re-size", { size: 0 }, { size: 2 }],
      ["disable", { size: 1 }, { size: 0 }],
    ]);
    const stale = Number(entries[0]?.registry_version);
    const error = await refused(
      sql`select public.set_default_model(${sonnet35}, p_expected_version => ${stale})`,
    );
    expect(error.detail).toBe("registry_changed");

    await sql`select public.roll_back_switches()`;
    expect([...await sql`select size, seen from public.things`]).toEqual([{ size: 0, seen: 5 }]);
    expect(await refusal(sql`truncate public.things`)).toBe("42501");
    // A rollback could not say what it takes back.
    expect(
      await refusal(sql`update switchboard.audited_tables set model_id_column = null
        where table_name = 'things'`),
    ).toBe("23514");
  });
});

Deno.test("a table with the triggers but without its row cannot be changed unrecorded", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`delete from switchboard.audited_tables where table_name = 'registry_settings'`;
    expect(await refusal(sql`update public.registry_settings set allowed_geographies = '{us}'`))
      .toBe("42501");
  });
});
