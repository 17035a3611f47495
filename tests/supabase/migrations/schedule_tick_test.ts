/** The tick in Supabase Cron: set up where a project has it, and said what is missing elsewhere. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";

const url = "https://abcdefghijklmnopqrst.supabase.co/functions/v1/manage-bedrock-models/tick";

/** What pg_cron has in a project, as far as it is called, with a job of the project's own. */
const cron = `
  create schema cron;
  create table cron.job (
    jobid bigint generated always as identity primary key, schedule text, command text, jobname name);
  create table cron.job_run_details (
    jobid bigint, runid bigint generated always as identity primary key, end_time timestamptz);
  create function cron.schedule(name text, at text, command text) returns bigint
    language sql as 'insert into cron.job (jobname, schedule, command) values ($1, $2, $3)
      returning jobid';
  create function cron.unschedule(bigint) returns boolean
    language sql as 'delete from cron.job where jobid = $1 returning true';
  select cron.schedule('nightly', '0 3 * * *', 'select 1')`;

/** The same of pg_net and of the Vault. */
const net = `
  create schema net;
  create table net.sent (url text, body jsonb, headers jsonb);
  create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',
    headers jsonb default '{}', timeout_milliseconds integer default 5000) returns bigint
    language sql as 'insert into net.sent values ($1, $2, $4) returning 1'`;
const vault = `
  create schema vault;
  create table vault.decrypted_secrets (name text, decrypted_secret text);
  insert into vault.decrypted_secrets values ('tick key', 'sb_secret_x')`;

async function schedule(sql: postgres.ISql, ...given: (string | null)[]): Promise<string[]> {
  const [address = null, secret = null] = given;
  const [row] = await sql`select public.schedule_tick(${address}, ${secret}) as names`;
  return row?.names;
}

const jobs = async ({ sql }: TestDatabase) =>
  (await sql`select jobname::text, schedule, command from cron.job order by jobid`)
    .map((job) => [job.jobname, job.schedule, job.command]);

Deno.test("schedule_tick() says what is missing, and changes nothing", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const missing = async (...given: (string | null)[]) => {
      const { code, message, hint } = await refused(schedule(sql, ...given));
      return [code, message, hint !== undefined];
    };
    expect(await missing())
      .toEqual(["55000", "Supabase Cron (pg_cron) is not enabled in this database.", true]);
    expect(await sql`select public.unschedule_tick() as names`).toEqual([{ names: [] }]);
    await sql.unsafe("create schema cron; create table cron.job (id int)");
    expect((await missing())[0]).toBe("55000");
    await sql.unsafe("drop schema cron cascade");
    await sql.unsafe(cron);
    expect(await missing(url, "tick key"))
      .toEqual(["55000", "pg_net is not enabled in this database.", true]);
    await sql.unsafe(net);
    expect(await missing(url, "tick key"))
      .toEqual(["55000", "The Vault is not enabled in this database.", true]);
    await sql.unsafe(vault);
    expect(await missing(url, "another"))
      .toEqual(["55000", "The Vault has no secret of the name in p_vault_secret.", true]);
    for (
      const address of [
        "http://example.com/functions/v1/manage-bedrock-models/tick",
        "https://example.com/functions/v1/manage-bedrock-models",
        "ftp://127.0.0.1/tick",
      ]
    ) expect((await missing(address, "tick key"))[0]).toBe("22023");
    expect((await missing(url, null))[0]).toBe("22023");
    expect((await missing(null, "tick key"))[0]).toBe("22023");
    expect(await jobs(database)).toEqual([["nightly", "0 3 * * *", "select 1"]]);
  });
});

Deno.test("schedule_tick() sets up jobs that work, once, and unschedule_tick() ends them alone", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.unsafe(`${cron}; ${net}; ${vault}`);
    const own = ["nightly", "0 3 * * *", "select 1"];
    expect(await schedule(sql)).toEqual(["switchboard-tick"]);
    expect(await jobs(database)).toEqual([
      own,
      ["switchboard-tick", "* * * * *", "select public.tick()"],
    ]);
    expect(await schedule(sql, url, "tick key"))
      .toEqual(["switchboard-tick", "switchboard-tick-http"]);
    expect(await schedule(sql, url, "tick key")).toHaveLength(2);
    const scheduled = await jobs(database);
    expect(scheduled).toHaveLength(3);
    // No secret is in the job, which more people may read than the Vault.
    expect(JSON.stringify(scheduled)).not.toContain("sb_secret_x");
    for (const [, , command = ""] of scheduled.slice(1)) await sql.unsafe(command);
    expect([...await sql`select url, headers from net.sent`]).toEqual([{
      url,
      headers: { "content-type": "application/json", apikey: "sb_secret_x" },
    }]);
    const [row] = await sql`select public.tick_status() -> 'is_late' as late`;
    expect(row?.late).toBe(false);

    await sql`
      insert into cron.job_run_details (jobid, end_time)
      select j.jobid, now() - a.age
      from cron.job as j
      cross join (values (interval '1 day'), (interval '8 days')) as a (age)`;
    await sql`update switchboard.tick_steps set last_ran_at = null where step = 'clean-cron'`;
    await sql`select public.tick()`;
    const [kept] = await sql`
      select count(*)::int as n, count(*) filter (where end_time < now() - interval '7 days')::int as old
      from cron.job_run_details`;
    expect(kept).toEqual({ n: 4, old: 1 });

    expect(await sql`select public.unschedule_tick() as names`)
      .toEqual([{ names: ["switchboard-tick", "switchboard-tick-http"] }]);
    expect(await jobs(database)).toEqual([own]);
  });
});

Deno.test("the tick is scheduled by the owner alone", async () => {
  await withDatabase(async ({ as }) => {
    expect(await refusal(as(serviceRole, (sql) => schedule(sql)))).toBe("42501");
    expect(await refusal(as(serviceRole, (sql) => sql`select public.unschedule_tick()`)))
      .toBe("42501");
  });
});
