import { expect } from "@std/expect";
import { join } from "node:path";
import { applyMigrations } from "../../../local/database/migrations.ts";
import { splitStatements } from "../../../local/database/split_statements.ts";
import { firstRowsPath, migrationsDir, runFile } from "../../support/database_server.ts";
import {
  emptyRegistry,
  refused,
  type TestDatabase,
  withDatabase,
  withEmptyDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaPro, sonnet35 } from "../../support/turns.ts";

/** All that an operator can change, and what changed it. */
async function registry({ sql }: TestDatabase) {
  return {
    models: [...await sql`select * from public.bedrock_models order by model_id`],
    assistants: [...await sql`select * from public.ai_assistants order by assistant_type`],
    version: [...await sql`select * from public.registry_version`],
    switches: [...await sql`select count(*)::int as n from public.model_switches`],
  };
}

Deno.test("all migrations apply from empty, and applying them again does nothing", async () => {
  await withEmptyDatabase(async ({ sql, session: open }) => {
    const session = open();
    const files = [...Deno.readDirSync(migrationsDir)].map((entry) => entry.name).sort();
    expect(await applyMigrations(session, migrationsDir)).toEqual(files);
    expect(await applyMigrations(session, migrationsDir)).toEqual([]);

    const recorded = await sql`
      select version || '_' || name || '.sql' as file, cardinality(statements) as statements
      from supabase_migrations.schema_migrations order by version`;
    expect(recorded.map((row) => row.file)).toEqual(files);
    for (const row of recorded) expect(row.statements).toBeGreaterThan(0);
  });
});

Deno.test("migrations are refused on a database that others have made", async () => {
  await withEmptyDatabase(async ({ session: open }) => {
    const session = open();
    const dir = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(dir, "20250101000000_create_former.sql"), "select 1");
      await applyMigrations(session, dir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
    const again = applyMigrations(session, migrationsDir);
    await expect(again).rejects.toThrow(/20250101000000[^]*deno task dev --reset/);
    expect(await session`select to_regclass('public.bedrock_models') as found`)
      .toEqual([{ found: null }]);
  });
});

Deno.test("a new attribute of run_record is checked in both tables, and granted in the ledger only", async () => {
  await withEmptyDatabase(async ({ sql, session: open }) => {
    const dir = await Deno.makeTempDir();
    try {
      for (const { name } of Deno.readDirSync(migrationsDir)) {
        const text = await Deno.readTextFile(join(migrationsDir, name));
        const more = text.replace(
          "create type switchboard.run_record as (",
          "$&\n  novelty integer,",
        );
        await Deno.writeTextFile(join(dir, name), more);
      }
      await applyMigrations(open(), dir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
    const found = await sql`
      select
        a.attrelid::regclass::text as of_table,
        has_column_privilege('authenticated', a.attrelid, a.attnum, 'SELECT') as readable,
        (select pg_get_constraintdef(c.oid) from pg_constraint as c
          where c.conrelid = a.attrelid and a.attnum = any (c.conkey)) as rule
      from pg_attribute as a
      join pg_class as c on c.oid = a.attrelid and c.relkind = 'r'
      where a.attname = 'novelty'
      order by of_table`;
    const rule = "CHECK (((novelty >= 0) AND (novelty <= 2147483647)))";
    expect([...found]).toEqual([
      { of_table: "ai_messages", readable: false, rule },
      { of_table: "ai_usage", readable: true, rule },
    ]);
  });
});

Deno.test("migration names give time, verb and object, and no two have the same time", () => {
  const files = [...Deno.readDirSync(migrationsDir)].map((entry) => entry.name);
  for (const file of files) expect(file).toMatch(/^20\d{12}_[a-z]+(_[a-z]+)+\.sql$/);
  expect(new Set(files.map((file) => file.slice(0, 14))).size).toBe(files.length);
});

Deno.test("an emptied registry has a version and can be read", async () => {
  await withDatabase(async ({ sql }) => {
    await emptyRegistry(sql);
    const [row] = await sql`select public.read_registry() as registry`;
    expect(row?.registry).toEqual({
      version: expect.any(Number),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      settings: {
        allowed_geographies: ["eu"],
        function_geographies: null,
        require_mfa: false,
        require_person: false,
        allow_anonymous_users: false,
        allow_provider_retention: false,
        on_role_change: "refuse",
        backup_days: 30,
      },
      models: [],
      assistants: [],
    });
  });
});

Deno.test("the migrations give the first users their models and assistants", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const [standard] = await sql`select model_id from public.bedrock_models where is_default`;
    expect(standard?.model_id).toBe(novaPro);
    expect([
      ...await sql`
        select assistant_type, model_version from public.ai_assistants order by assistant_type`,
    ]).toEqual([
      { assistant_type: "clinical", model_version: sonnet35 },
      { assistant_type: "health", model_version: novaLite },
      { assistant_type: "operations", model_version: "eu.amazon.nova-micro-v1:0" },
      { assistant_type: "platform", model_version: null },
    ]);
    const models = await sql`select * from public.bedrock_models`;
    expect(models.filter((model) => !model.is_available).map((model) => model.model_id).sort())
      .toEqual([
        "anthropic.claude-3-haiku-20240307-v1:0",
        "anthropic.claude-3-opus-20240229-v1:0",
      ]);
    for (const model of models) {
      expect(model.source_url).toMatch(/^https:\/\//);
      expect(model.checked_on).toBeInstanceOf(Date);
      const { source, caching } = model.capabilities;
      expect(source.url).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/bedrock\/.*\.html$/);
      expect(source.checked_on).toMatch(/^\d{4}-\d\d-\d\d$/);
      for (const path of source.assumed) expect(model.capabilities).toHaveProperty(path);
      // Of a Claude, 1024 is no published number.
      expect([model.model_id, source.assumed.includes("caching.min_tokens")])
        .toEqual([model.model_id, caching?.min_tokens === 1024]);
      const successor = models.find((other) => other.model_id === model.successor_model_id);
      expect(successor?.lifecycle).toBe(model.lifecycle === "legacy" ? "active" : undefined);
    }
  });
});

Deno.test("the first rows inserted again change nothing", async () => {
  await withDatabase(async (database) => {
    const before = await registry(database);
    await runFile(database.sql, firstRowsPath);
    expect(await registry(database)).toEqual(before);
  });
});

Deno.test("the first rows are refused statement by statement, each in a transaction of its own", async () => {
  await withDatabase(async (database) => {
    const before = await registry(database);
    const session = database.session();
    const runAlone = async () => {
      for (const statement of splitStatements(await Deno.readTextFile(firstRowsPath))) {
        await session.unsafe(statement);
      }
    };
    expect((await refused(runAlone())).message).toContain("need one transaction");
    expect(await registry(database)).toEqual(before);
  });
});

const operatorChanges: Record<string, string> = {
  "a changed price": `update public.bedrock_models set input_cost_per_mtok = 9.99`,
  "a disabled model":
    `update public.bedrock_models set is_available = false where model_id = '${novaLite}'`,
  "another default":
    `update public.bedrock_models set is_default = true where model_id = '${sonnet35}'`,
  "no default": `update public.bedrock_models set is_default = false`,
  "the first default disabled":
    `update public.bedrock_models set is_default = false, is_available = false where model_id = '${novaPro}'`,
  "a changed prompt and model of an assistant":
    `update public.ai_assistants set system_prompt = 'mine', model_version = null`,
};

for (const [change, statement] of Object.entries(operatorChanges)) {
  Deno.test(`the first rows inserted again leave ${change} as it is`, async () => {
    await withDatabase(async (database) => {
      await database.sql.unsafe(statement);
      const before = await registry(database);
      await runFile(database.sql, firstRowsPath);
      expect(await registry(database)).toEqual(before);
    });
  });
}

Deno.test("the first rows do not take the default from a model of the operator's own", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.bedrock_models set is_default = true where model_id = ${novaLite}`;
    await sql`delete from public.bedrock_models where model_id = ${novaPro}`;
    await runFile(sql, firstRowsPath);
    const rows = await sql`select model_id from public.bedrock_models where is_default`;
    expect(rows.map((row) => row.model_id)).toEqual([novaLite]);
  });
});
