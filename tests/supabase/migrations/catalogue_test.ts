/** Rules that every object in the database keeps, read from the catalogue after all migrations. */
import { expect } from "@std/expect";
import { type TestDatabase, withDatabase } from "../../support/test_database.ts";

/** What each rule finds must be nothing; a finding names the object. */
const rules: Record<string, string> = {
  "every table of public has row-level security": `
    select c.relname as finding from pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not c.relrowsecurity`,

  // A project may publish all tables, and then refuses changes of one without.
  "every table has a primary key": `
    select c.relname as finding from pg_class as c
    where c.relnamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
      and c.relkind in ('r', 'p')
      and not exists (select from pg_index as i where i.indrelid = c.oid and i.indisprimary)`,

  "every table, view and schema is commented": `
    select c.relname as finding from pg_class as c
    where c.relnamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
      and c.relkind in ('r', 'p', 'v', 'm') and obj_description(c.oid, 'pg_class') is null
    union all
    select n.nspname from pg_namespace as n
    where n.nspname in ('public', 'switchboard') and obj_description(n.oid, 'pg_namespace') is null`,

  "every function is commented": `
    select p.oid::regprocedure::text as finding from pg_proc as p
    where p.pronamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
      and obj_description(p.oid, 'pg_proc') is null`,

  "every policy is commented": `
    select p.polname as finding from pg_policy as p
    where obj_description(p.oid, 'pg_policy') is null`,

  // Names that say it all, on whichever table; any other column needs its comment.
  "every column whose name does not say it all is commented": `
    select c.relname || '.' || a.attname as finding
    from pg_attribute as a
    join pg_class as c on c.oid = a.attrelid
    where c.relnamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
      and c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped
      and col_description(c.oid, a.attnum) is null
      and a.attname not in (
        'id', 'user_id', 'conversation_id', 'assistant_id', 'name', 'model_name', 'provider',
        'description', 'role', 'version', 'created_at', 'updated_at', 'changed_at',
        'output_tokens', 'cache_read_tokens', 'cache_write_tokens', 'row_before', 'row_after')`,

  "every function has an empty search_path": `
    select p.oid::regprocedure::text as finding from pg_proc as p
    where p.pronamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
      and not coalesce(p.proconfig, '{}') @> array['search_path=""']`,

  "no security definer may be executed by a user of the API": `
    select p.oid::regprocedure::text as finding from pg_proc as p
    cross join unnest(array['anon', 'authenticated']) as role
    where p.pronamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
      and p.prosecdef and has_function_privilege(role, p.oid, 'execute')
      -- They read who calls from the verified token, which is the point of them.
      and not (role = 'authenticated' and p.proname in ('approve_change', 'sign_switch'))`,

  // Unwrapped, the call runs once per row.
  "no policy calls auth.uid(), auth.jwt(), auth.role() or a helper without a select around it": `
    select tablename || '.' || policyname as finding
    from pg_policies
    cross join lateral (values (qual), (with_check)) as e (expression)
    where regexp_replace(expression, '\\( SELECT (auth|switchboard)\\.\\w+\\(\\)', '', 'g')
      ~ '\\m(auth|switchboard)\\.\\w+\\('`,

  "every policy names its roles, and anon is none of them": `
    select tablename || '.' || policyname as finding from pg_policies
    where schemaname = 'public' and roles && array['public', 'anon']::name[]`,

  "there is at most one permissive policy per table, command and role": `
    select p.tablename || ' ' || command || ' ' || role as finding
    from pg_policies as p
    cross join unnest(p.roles) as role
    cross join unnest(case when p.cmd = 'ALL'
      then array['SELECT', 'INSERT', 'UPDATE', 'DELETE'] else array[p.cmd] end) as command
    where p.permissive = 'PERMISSIVE'
    group by p.tablename, command, role having count(*) > 1`,

  // What PostgreSQL makes up for a check or an exclusion says nothing about the rule.
  "every check and exclusion constraint has a name of its own": `
    select c.conrelid::regclass || '.' || c.conname as finding from pg_constraint as c
    where c.connamespace = 'public'::regnamespace and c.contype in ('c', 'x')
      and c.conname ~ '_(check|excl)[0-9]*$'`,

  "every key and foreign key is named <table>_<columns>_<kind>": `
    select c.conrelid::regclass || '.' || c.conname as finding
    from pg_constraint as c
    join pg_class as t on t.oid = c.conrelid
    where c.connamespace = 'public'::regnamespace and c.contype in ('u', 'f')
      and c.conname <> t.relname || '_' || (
        select string_agg(a.attname, '_' order by k.position)
        from unnest(c.conkey) with ordinality as k (attnum, position)
        join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
      ) || case c.contype when 'u' then '_key' else '_fkey' end`,

  "every foreign key says what happens on delete": `
    select c.conrelid::regclass || '.' || c.conname as finding from pg_constraint as c
    where c.connamespace = 'public'::regnamespace and c.contype = 'f' and c.confdeltype = 'a'`,

  "every foreign key is the beginning of an index": `
    select c.conrelid::regclass || '.' || c.conname as finding from pg_constraint as c
    where c.connamespace = 'public'::regnamespace and c.contype = 'f'
      and not exists (
        select from pg_index as i
        where i.indrelid = c.conrelid and i.indpred is null
          and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] = c.conkey)`,

  // Policies name columns of their own table only; flags with two values are not worth an index.
  "every column that a policy compares is the first of an index": `
    select distinct c.relname || '.' || a.attname as finding
    from pg_policy as p
    join pg_class as c on c.oid = p.polrelid
    join pg_depend as d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
      and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid > 0
    join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.refobjsubid
    where a.atttypid <> 'boolean'::regtype
      and not exists (
        select from pg_index as i
        where i.indrelid = c.oid and i.indpred is null and i.indkey[0] = a.attnum)`,

  "no function is longer than 80 lines": `
    select p.oid::regprocedure::text as finding from pg_proc as p
    where p.pronamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
      and cardinality(string_to_array(btrim(p.prosrc, E'\\n'), E'\\n')) > 80`,

  "no view runs with its owner's rights, and none is materialized": `
    select c.relname as finding from pg_class as c
    where c.relnamespace = 'public'::regnamespace
      and (c.relkind = 'm'
        or c.relkind = 'v' and not coalesce(c.reloptions, '{}') @> array['security_invoker=true'])`,
};

Deno.test("the database keeps the rules of its house", async (t) => {
  await withDatabase(async ({ sql }) => {
    for (const [rule, query] of Object.entries(rules)) {
      await t.step(rule, async () => {
        const findings = await sql.unsafe(query);
        expect(findings.map((row) => row.finding)).toEqual([]);
      });
    }
  });
});

/** Breaks a rule at a time: a rule that finds nothing here would find nothing anywhere. */
const offences: Record<keyof typeof rules, string> = {
  "every table of public has row-level security": "create table public.offence (id int)",
  "every table has a primary key": "create table switchboard.offence (id int)",
  "every table, view and schema is commented": "create table public.offence (id int)",
  "every function is commented":
    "create function public.offence() returns int language sql as 'select 1'",
  "every policy is commented":
    "create policy offence on public.ai_user_roles for insert to authenticated with check (false)",
  "every column whose name does not say it all is commented":
    "alter table public.ai_messages add column offence int",
  "every function has an empty search_path":
    "create function public.offence() returns int language sql as 'select 1'",
  "no security definer may be executed by a user of the API":
    "grant execute on function public.begin_chat_turn(jsonb) to authenticated",
  "no policy calls auth.uid(), auth.jwt(), auth.role() or a helper without a select around it":
    "alter policy ai_user_roles_select_own on public.ai_user_roles using (user_id = auth.uid())",
  "every policy names its roles, and anon is none of them":
    "create policy offence on public.ai_user_roles for insert with check (false)",
  "there is at most one permissive policy per table, command and role":
    "create policy offence on public.ai_user_roles to authenticated using (false)",
  "every check and exclusion constraint has a name of its own":
    "alter table public.ai_messages add check (seq < 1000000)",
  "every key and foreign key is named <table>_<columns>_<kind>":
    "alter table public.ai_messages add constraint offence unique (id, seq)",
  "every foreign key says what happens on delete":
    "alter table public.ai_messages add foreign key (model_used) references public.bedrock_models (model_id)",
  "every foreign key is the beginning of an index":
    "drop index public.ai_conversations_assistant_id_idx",
  "every column that a policy compares is the first of an index":
    "drop index public.ai_conversations_user_id_idx",
  "no function is longer than 80 lines":
    `create function public.offence() returns int language sql as '${"--\n".repeat(80)}select 1'`,
  "no view runs with its owner's rights, and none is materialized":
    "create view public.offence as select 1 as one",
};

Deno.test("every rule finds the offence against it", async (t) => {
  await withDatabase(async (database) => {
    for (const [rule, query] of Object.entries(rules)) {
      await t.step(rule, () => expectOffenceFound(database, query, offences[rule] ?? ""));
    }
  });
});

async function expectOffenceFound(
  { sql }: TestDatabase,
  query: string,
  offence: string,
): Promise<void> {
  const rollback = new Error("rolled back");
  let found = 0;
  await sql.begin(async (transaction) => {
    await transaction.unsafe(offence);
    found = (await transaction.unsafe(query)).length;
    throw rollback;
  }).catch((error) => {
    if (error !== rollback) throw error;
  });
  expect(found).toBeGreaterThan(0);
}
