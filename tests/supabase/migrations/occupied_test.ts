/** The switchboard in a database that others live in: it adds what is its own, and no more. */
import { expect } from "@std/expect";
import { saidOnlyBy } from "../../support/catalogue.ts";
import { hostMigrations } from "../../support/host_app.ts";
import { novaLite, novaPro, sonnet35 } from "../../support/turns.ts";
import { member, withOccupiedDatabase } from "../../support/occupied_database.ts";
import { migrationsDir } from "../../support/database_server.ts";
import { serviceRole, type TestDatabase, withEmptyDatabase } from "../../support/test_database.ts";
import { applyMigrations } from "../../../local/database/migrations.ts";

/** The catalogues in which the switchboard's objects have rows; no other may gain any. */
const catalogues = [
  "pg_attrdef",
  "pg_attribute",
  "pg_class",
  "pg_constraint",
  "pg_depend",
  "pg_description",
  "pg_index",
  "pg_namespace",
  "pg_policy",
  "pg_proc",
  "pg_rewrite",
  "pg_sequence",
  "pg_shdepend",
  "pg_trigger",
  "pg_type",
];

/** What the API's roles may do in the switchboard's two schemas. */
const privileges = `
  with schemas as (
    select oid, nspname from pg_namespace where nspname in ('public', 'switchboard')
  )
  select concat_ws(' ', role, privilege, name) as line
  from unnest(array['anon', 'authenticated', 'service_role']) as role
  cross join lateral (
    select c.oid::regclass::text as name, privilege
    from pg_class as c
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as privilege
    where c.relkind in ('r', 'v') and has_table_privilege(role, c.oid, privilege)
      and c.relnamespace in (select oid from schemas)
    union all
    select c.oid::regclass::text, privilege
    from pg_class as c
    cross join unnest(array['USAGE', 'SELECT', 'UPDATE']) as privilege
    where c.relkind = 'S' and c.relnamespace in (select oid from schemas)
      and has_sequence_privilege(role, c.oid, privilege)
    union all
    select a.attrelid::regclass || '.' || a.attname, privilege
    from pg_attribute as a
    join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'v')
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE']) as privilege
    where a.attnum > 0 and not a.attisdropped
      and has_column_privilege(role, c.oid, a.attnum, privilege)
      and c.relnamespace in (select oid from schemas)
    union all
    select p.oid::regprocedure::text, 'EXECUTE' from pg_proc as p
    where has_function_privilege(role, p.oid, 'EXECUTE')
      and p.pronamespace in (select oid from schemas)
    union all
    select n.nspname, privilege
    from schemas as n cross join unnest(array['USAGE', 'CREATE']) as privilege
    where has_schema_privilege(role, n.oid, privilege)
  ) as held
  order by line`;

async function readPrivileges({ sql }: Pick<TestDatabase, "sql">): Promise<string[]> {
  return (await sql.unsafe(privileges)).map(({ line }) => line);
}

Deno.test("the migrations change nothing that an app has, and add only objects of their own", async () => {
  await withOccupiedDatabase(async ({ install, catalogue }) => {
    const before = await catalogue();
    expect(before.get("rows of public.messages")?.size).toBe(1);
    expect(before.get("pg_default_acl")?.size).toBeGreaterThan(5);
    const applied = await install();
    expect(applied.length).toBeGreaterThan(10);
    const after = await catalogue();
    expect(saidOnlyBy(before, after)).toEqual({});
    const gained = Object.keys(saidOnlyBy(after, before)).filter((name) => /^pg_/.test(name));
    expect(gained.toSorted()).toEqual(catalogues);
    const ofTheApp = Object.keys(saidOnlyBy(after, before))
      .filter((name) => before.has(name) && !/^pg_/.test(name));
    expect(ofTheApp).toEqual(["rows of storage.buckets"]);
    const buckets = saidOnlyBy(after, before)["rows of storage.buckets"];
    expect(JSON.stringify(buckets).match(/switchboard-content/g)).not.toBe(null);
    expect(after.get("rows of storage.buckets")?.size).toBe(1);
  });
});

Deno.test("the API's roles may do with the switchboard's objects what they may in a new project", async () => {
  const inNewProject: string[] = [];
  await withEmptyDatabase(async (database) => {
    const byTheProject = await readPrivileges(database);
    await applyMigrations(database.session(), migrationsDir);
    const all = await readPrivileges(database);
    inNewProject.push(...all.filter((line) => !byTheProject.includes(line)));
  });
  expect(inNewProject.length).toBeGreaterThan(100);
  await withOccupiedDatabase(async (database) => {
    const byTheApp = await readPrivileges(database);
    await database.install();
    const all = await readPrivileges(database);
    expect(all.filter((line) => !byTheApp.includes(line))).toEqual(inNewProject);
  });
});

Deno.test("a turn can begin beside an app that published every table", async () => {
  await withOccupiedDatabase(async ({ sql, as, install }) => {
    expect((await install()).length).toBeGreaterThan(0);
    const recorded = await sql`select from supabase_migrations.schema_migrations`;
    expect(recorded.length).toBeGreaterThan(hostMigrations);
    const turn = { user_id: member.userId, request_id: crypto.randomUUID(), message: "Hello?" };
    const [row] = await as(
      serviceRole,
      (call) => call`select public.begin_chat_turn(${call.json(turn)}) as turn`,
    );
    expect(row?.turn.assistant_type).toBe("health");
    await sql`update public.bedrock_models set is_default = true
      where model_id = ${novaLite}`;
    const own = await as(member, (call) => call`select title from public.ai_conversations`);
    expect(own.map(({ title }) => title)).toEqual(["Hello?"]);
  });
});

Deno.test("the migrations are refused in a database that has a schema switchboard with objects", async () => {
  await withOccupiedDatabase(async ({ sql, install }) => {
    await sql.unsafe(`create schema switchboard; create table switchboard.lamps (id int)`);
    await expect(install()).rejects.toThrow(/schema "switchboard" has objects/);
    await sql`drop table switchboard.lamps`;
    expect((await install()).length).toBeGreaterThan(10);
  });
});

/** The registry that an installation with these options begins with. */
async function firstRegistry(...options: string[]) {
  let found = {};
  await withOccupiedDatabase(async ({ sql, as, install }) => {
    await install(...options);
    const [row] = await as(serviceRole, (call) => call`select public.read_registry() as registry`);
    const { settings, models, assistants } = row!.registry;
    found = {
      allowed: settings.allowed_geographies,
      models: models.map(({ model_id }: { model_id: string }) => model_id),
      defaults: models.filter(({ is_default }: { is_default: boolean }) => is_default).length,
      assistants: assistants.map((
        a: { assistant_type: string; model_version: string | null },
      ) => [a.assistant_type, a.model_version]),
    };
    const [log] = await sql`select public.verify_model_switches() as log`;
    expect(log?.log.ok).toBe(true);
  });
  return found;
}

const blankAssistants = [["health", null], ["platform", null]];

Deno.test("--data blank brings one assistant and the platform's, with the models of the EU", async () => {
  const registry = await firstRegistry("--data", "blank");
  expect(registry).toMatchObject({
    allowed: ["eu"],
    defaults: 1,
    assistants: blankAssistants,
    models: expect.arrayContaining([novaPro, novaLite]),
  });
  expect(registry).not.toMatchObject({ models: expect.arrayContaining([sonnet35]) });
});

Deno.test("--data blank with geographies allows these, and brings only models whose calls stay there", async () => {
  expect(await firstRegistry("--data", "blank", "--geographies", "US,CA")).toEqual({
    allowed: ["us", "ca"],
    models: [],
    defaults: 0,
    assistants: blankAssistants,
  });
  expect(await firstRegistry("--data", "blank", "--geographies", "us,eu")).toMatchObject({
    allowed: ["us", "eu"],
    defaults: 1,
    models: expect.arrayContaining([novaPro]),
  });
});
