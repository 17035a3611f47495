/** The tick: idempotent, one at a time, never in the way, and each step for itself. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  anon,
  otherPatient,
  patient,
  platformAdmin,
  refusal,
  serviceRole,
  withDatabase,
} from "../../support/test_database.ts";
import {
  addLimit,
  expectProven,
  holdTurn,
  onlyLimit,
  smallDemand,
  stateOf,
} from "../../support/held_runs.ts";
import { beginTurn, completeTurn, converse } from "../../support/turns.ts";
import { until } from "../../support/until.ts";

interface Tick {
  readonly ran: boolean;
  readonly steps: readonly { step: string; error: string | null; result: unknown }[];
  readonly sync_due: boolean;
}

interface Status {
  readonly last_ran_at: string | null;
  readonly is_late: boolean;
  readonly open_alerts: number;
  readonly steps: readonly {
    step: string;
    last_ran_at: string | null;
    last_ok_at: string | null;
    last_error: string | null;
    is_late: boolean;
    state: string;
  }[];
}

async function tick(sql: postgres.ISql): Promise<Tick> {
  const [row] = await sql`select public.tick() as answer`;
  return row?.answer;
}

async function status(sql: postgres.ISql): Promise<Status> {
  const [row] = await sql`select public.tick_status() as answer`;
  return row?.answer;
}

const named = ({ steps }: Tick | Status) => steps.map(({ step }) => step);
const eachMinute = [
  "roll-up-days",
  "watch",
  "judge-rollouts",
  "adopt-prices",
  "apply-changes",
  "remove-limits",
  "erase",
  "drop-windows",
  "release-holds",
];

/** Moves what is recorded of the tick into the past, as if it had not run since. */
async function pass(sql: postgres.ISql, time: string): Promise<void> {
  await sql`
    update switchboard.tick_steps
    set last_ran_at = last_ran_at - ${time}::interval, last_ok_at = last_ok_at - ${time}::interval`;
}

/** Puts a function in the place of one that a step calls. */
async function replace(sql: postgres.ISql, name: string, returns: string, body: string) {
  await sql.unsafe(`
    create or replace function ${name} returns ${returns} language plpgsql
    security definer set search_path = '' as $$ begin ${body} end; $$`);
}

async function pidOf(session: postgres.Sql): Promise<number> {
  const [row] = await session`select pg_backend_pid() as pid`;
  return row?.pid;
}

/** Waits until a step that sleeps has been reached. */
async function untilAsleep(sql: postgres.ISql, pid: number): Promise<void> {
  await until(async () => {
    const rows = await sql`
      select from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`;
    return rows.length > 0;
  }, "the tick to be in the middle");
}

Deno.test("tick() does every step once, and hourly steps again after an hour", async () => {
  await withDatabase(async ({ sql, as }) => {
    const first = await as(serviceRole, tick);
    expect(first.ran).toBe(true);
    expect(first.steps.filter(({ error }) => error !== null)).toEqual([]);
    expect(named(first)).toEqual([
      "roll-up-days",
      "verify-history",
      "verify-limits",
      "watch",
      "clean-cron",
      "judge-rollouts",
      "adopt-prices",
      "apply-changes",
      "remove-limits",
      "sweep-retention",
      "erase",
      "drop-windows",
      "release-holds",
    ]);
    expect(named(await as(serviceRole, tick))).toEqual(eachMinute);
    await pass(sql, "61 minutes");
    expect(named(await as(serviceRole, tick))).toContain("verify-history");
    const open = await sql`select kind from public.ai_alerts where closed_at is null`;
    expect(open.map(({ kind }) => kind)).toContain("tick_late");
    expect(await as(serviceRole, status))
      .toMatchObject({ is_late: false, open_alerts: open.length });
  });
});

Deno.test("tick() sums up a day once, however often it runs", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await converse(database, patient, "q");
    await sql`alter table public.ai_usage disable trigger user`;
    await sql`
      update public.ai_usage
      set ended_at = ended_at - interval '3 days', begun_at = begun_at - interval '3 days'`;
    await sql`alter table public.ai_usage enable trigger user`;
    const book = async () => [
      ...await sql`select day, model_id, turns, cost_usd from public.ai_usage_days order by id`,
    ];
    await tick(sql);
    const once = await book();
    expect(once).toHaveLength(1);
    await tick(sql);
    expect(await book()).toEqual(once);
  });
});

Deno.test("tick() of two at once runs once, and the other does not wait", async () => {
  await withDatabase(async ({ sql, session }) => {
    const [one, other] = [session(), session()];
    await one`begin`;
    expect((await tick(one)).ran).toBe(true);
    expect(await tick(other)).toMatchObject({ ran: false, steps: [] });
    await one`commit`;
    expect((await tick(other)).ran).toBe(true);
    expect((await status(sql)).is_late).toBe(false);
    await pass(sql, "9 minutes");
    expect((await status(sql)).is_late).toBe(false);
    await pass(sql, "2 minutes");
    expect((await status(sql)).is_late).toBe(true);
  });
});

Deno.test("tick() that is killed in the middle leaves nothing half done, and the next one does it", async () => {
  await withDatabase(async ({ sql, session }) => {
    const [row] =
      await sql`select pg_get_functiondef('public.adopt_due_prices()'::regprocedure) as d`;
    await replace(sql, "public.adopt_due_prices()", "integer", "perform pg_sleep(600); return 0;");
    const killed = session();
    const pid = await pidOf(killed);
    const running = tick(killed).then(() => "ended", () => "killed");
    await untilAsleep(sql, pid);
    await sql`select pg_terminate_backend(${pid})`;
    expect(await running).toBe("killed");
    expect((await status(sql)).last_ran_at).toBeNull();
    await sql.unsafe(row?.d);
    const next = await tick(sql);
    expect(next.ran).toBe(true);
    expect(next.steps.filter(({ error }) => error !== null)).toEqual([]);
  });
});

Deno.test("tick() removes the limits of users who are gone, and windows in which nothing runs", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const own = { scope: "user", unit: "turns", amount: 5, period: "day" };
    await onlyLimit(database, { ...own, user_id: patient.userId });
    const kept = await addLimit(sql, { ...own, user_id: otherPatient.userId });
    const atOnce = await addLimit(sql, { scope: "each_user", unit: "concurrent", amount: 1 });
    await (await holdTurn(database, patient)).complete();
    const running = await holdTurn(database, otherPatient);
    await sql`delete from auth.users where id = ${patient.userId!}`;
    expect((await tick(sql)).steps.find(({ step }) => step === "remove-limits"))
      .toEqual({ step: "remove-limits", error: null, result: { removed: 1 } });
    const left = await sql`
      select limit_id, held::int from switchboard.limit_windows order by limit_id`;
    expect([...left]).toEqual([{ limit_id: kept, held: 1 }, { limit_id: atOnce, held: 1 }]);
    const [entry] = await sql`
      select action, reason from public.model_switches order by id desc limit 1`;
    expect(entry).toEqual({ action: "remove-limit", reason: "The user was deleted." });
    expect((await tick(sql)).steps.find(({ step }) => step === "remove-limits")?.result)
      .toEqual({ removed: 0 });
    await running.complete();
    await expectProven(database);
  });
});

Deno.test("a turn that begins while the tick drops its window has another one", async () => {
  await withDatabase(async (database) => {
    const { sql, session } = database;
    const id = await onlyLimit(database, { scope: "each_user", unit: "concurrent", amount: 1 });
    await (await holdTurn(database, patient)).complete();
    const ticking = session();
    const begun = await ticking.begin(async (transaction) => {
      await tick(transaction);
      const beginning = holdTurn(database, patient);
      await until(async () => {
        const waiting = await sql`
          select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
        return waiting.length > 0;
      }, "the turn to wait for the tick");
      // In an array: the transaction would wait for the turn.
      return [beginning];
    });
    await begun[0];
    expect(await stateOf(database, id)).toEqual({ spent: 0, held: 1, holds: 1 });
    await expectProven(database);
  });
});

Deno.test("tick() goes on after a step that fails or takes too long, and tick_status() tells", async () => {
  await withDatabase(async ({ sql, session }) => {
    await tick(sql);
    await replace(
      sql,
      "public.roll_up_usage(p_from_start boolean default false, p_most_days integer default 31)",
      "date",
      "raise exception 'out of paper';",
    );
    await replace(sql, "public.adopt_due_prices()", "integer", "perform pg_sleep(600); return 0;");
    const slow = session();
    const pid = await pidOf(slow);
    const ticking = tick(slow);
    await untilAsleep(sql, pid);
    await sql`select pg_cancel_backend(${pid})`;
    const failed = await ticking;
    expect(failed.steps.flatMap(({ step, error }) => error === null ? [] : [[step, error]]))
      .toEqual([
        ["roll-up-days", "out of paper (P0001)"],
        ["adopt-prices", "canceling statement due to user request (57014)"],
      ]);
    expect(named(failed)).toEqual(eachMinute);
    const told = await status(sql);
    expect(told.is_late).toBe(false);
    const [rolled, , , watch] = told.steps;
    expect(rolled).toMatchObject({ last_error: "out of paper (P0001)", is_late: false });
    expect(rolled?.last_ok_at).not.toBeNull();
    expect(watch).toMatchObject({ step: "watch", last_error: null });
    await replace(sql, "public.adopt_due_prices()", "integer", "raise exception 'no';");
    await pass(sql, "2 hours");
    await tick(sql);
    const later = await status(sql);
    expect(later.steps.filter((step) => step.is_late).map(({ step }) => step))
      .toEqual(["roll-up-days", "adopt-prices"]);
  });
});

Deno.test("tick() verifies the audit log, and tells of a chain that is broken", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`alter table public.model_switches disable trigger user`;
    await sql`
      update public.model_switches set reason = 'forged'
      where id = (select min(ms.id) from public.model_switches as ms)`;
    const { steps } = await tick(sql);
    expect(steps.find(({ step }) => step === "verify-history")?.result)
      .toMatchObject({ ok: false, broken_id: expect.anything() });
  });
});

Deno.test("begin_tick_step() is due once a day, and after an hour where it failed or never ended", async () => {
  await withDatabase(async ({ sql, session, as }) => {
    const begin = async (by: postgres.ISql) =>
      (await by`select public.begin_tick_step('sync') as due`)[0]?.due;
    expect((await tick(sql)).sync_due).toBe(true);
    const [one, other] = [session(), session()];
    await one`begin`;
    expect(await begin(one)).toBe(true);
    const waiting = begin(other);
    await one`commit`;
    expect(await waiting).toBe(false);
    await pass(sql, "61 minutes");
    expect(await as(serviceRole, begin)).toBe(true);
    await as(serviceRole, (by) => by`select public.end_tick_step('sync', '{"changes": 2}')`);
    await pass(sql, "23 hours");
    expect((await tick(sql)).sync_due).toBe(false);
    await pass(sql, "2 hours");
    expect((await tick(sql)).sync_due).toBe(true);
    await sql`select public.end_tick_step('sync', p_error => 'AWS is away')`;
    const [kept] = await sql`
      select result, last_error from switchboard.tick_steps where step = 'sync'`;
    expect(kept).toEqual({ result: { changes: 2 }, last_error: "AWS is away" });
    expect(await refusal(sql`select public.begin_tick_step('watch')`)).toBe("PT400");
    expect(await refusal(sql`select public.end_tick_step('watch')`)).toBe("PT400");
  });
});

Deno.test("tick_status() tells a step that runs or is not set up from one that failed or is late", async () => {
  await withDatabase(async ({ sql }) => {
    await tick(sql);
    const sync = async () => {
      const { last_error, is_late, state } = (await status(sql)).steps.find(({ step }) =>
        step === "sync"
      )!;
      return [state, is_late, last_error];
    };
    const begin = () => sql`select public.begin_tick_step('sync')`;
    expect(await sync()).toEqual(["not_set_up", false, null]);
    await begin();
    expect((await sync())[0]).toBe("running");
    await pass(sql, "6 minutes");
    expect(await sync()).toEqual(["failed", true, "The step started and did not finish."]);
    await pass(sql, "1 hour");
    await begin();
    await sql`select public.end_tick_step('sync', '{"skipped": "No keys."}')`;
    await pass(sql, "4 days");
    expect(await sync()).toEqual(["not_set_up", false, null]);
    await begin();
    await sql`select public.end_tick_step('sync', '{"applied": 0}')`;
    expect(await sync()).toEqual(["ok", false, null]);
    await pass(sql, "4 days");
    expect(await sync()).toEqual(["late", true, null]);
  });
});

Deno.test("the steps are read by platform admins, and written by no role of the API", async () => {
  await withDatabase(async ({ sql, as }) => {
    await tick(sql);
    const steps = (by: postgres.ISql) => by`select from switchboard.tick_steps`;
    expect(await as(platformAdmin, steps)).not.toHaveLength(0);
    expect(await as(patient, steps)).toHaveLength(0);
    expect(await refusal(as(anon, steps))).toBe("42501");
    expect(await refusal(as(serviceRole, (by) => by`delete from switchboard.tick_steps`)))
      .toBe("42501");
    for (const caller of [anon, patient, platformAdmin]) {
      expect(await refusal(as(caller, tick))).toBe("42501");
      expect(await refusal(as(caller, status))).toBe("42501");
    }
  });
});

Deno.test("tick() gives back holds that expired, and drops windows that are over or of no limit", async () => {
  await withDatabase(async ({ sql, session }) => {
    await sql`
      insert into public.ai_limits (scope, unit, amount, period) values
        ('project', 'turns', 100, 'day'), ('project', 'tokens', 100, 'total')`;
    const [day, total] = await sql`select id from public.ai_limits order by id desc limit 2`
      .then((rows) => rows.map(({ id }) => id).sort());
    const windows = [
      { limit_id: day, age: "0", held: 3, slot: 0 },
      { limit_id: day, age: "4 days", held: 0, slot: 0 },
      { limit_id: day, age: "4 days", held: 0, slot: 5 },
      { limit_id: total, age: "900 days", held: 2, slot: 0 },
      { limit_id: 404, age: "0", held: 0, slot: 0 },
      { limit_id: 406, age: "0", held: 1, slot: 0 },
    ];
    for (const { limit_id, age, held, slot } of windows) {
      await sql`
        insert into switchboard.limit_windows (limit_id, scope_key, window_start, slot, held)
        values (${limit_id}, '', date_trunc('day', now(), 'UTC') - ${age}::interval, ${slot}, ${held})`;
    }
    const hold = (limit: number, age: string, amount: number, expires: string) =>
      sql`
        insert into switchboard.limit_holds
          (run_id, limit_id, scope_key, window_start, amount, expires_at)
        values (gen_random_uuid(), ${limit}, '', date_trunc('day', now(), 'UTC') - ${age}::interval,
          ${amount}, now() + ${expires}::interval)`;
    await hold(day, "0", 1, "-1 second");
    await hold(day, "0", 2, "1 minute");
    await hold(total, "900 days", 2, "-1 hour");
    await hold(405, "0", 1, "-1 second");
    // Given back with its window, which goes with the next tick: a rollback may come in between.
    await hold(406, "0", 1, "-1 second");

    const held = async () =>
      (await sql`
        select limit_id, sum(held)::int as held, count(*)::int as rows
        from switchboard.limit_windows group by limit_id order by limit_id`)
        .map((row) => [row.limit_id, row.held, row.rows]);
    const turn = session();
    await turn`begin`;
    await turn`select from switchboard.limit_windows where limit_id = ${total} for update`;
    await tick(sql);
    expect(await held()).toEqual([[day, 2, 1], [total, 2, 1], ["406", 0, 1]]);
    await turn`commit`;
    await tick(sql);
    expect(await held()).toEqual([[day, 2, 1], [total, 0, 1]]);
    expect(await sql`select limit_id, amount::int from switchboard.limit_holds`)
      .toEqual([{ limit_id: day, amount: 2 }]);
  });
});

Deno.test("turns, limits and reports are right however late the tick is", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    await sql`
      insert into public.ai_limits (scope, unit, amount, period)
      values ('each_user', 'concurrent', 1, null), ('project', 'turns', 3, 'day')`;
    const begin = () => beginTurn(database, patient, { demand: smallDemand });
    // Its instance dies, and no tick gives back what it holds.
    await begin();
    expect(await refusal(begin())).toBe("PT429");
    await sql`
      update switchboard.limit_holds set expires_at = expires_at - interval '1 day'`;
    const turn = await begin();
    await completeTurn(database, turn.question_id);
    const [verified] = await sql`select public.verify_limits() -> 'ok' as ok`;
    expect(verified?.ok).toBe(true);

    await sql`alter table public.ai_usage disable trigger user`;
    await sql`
      update public.ai_usage
      set ended_at = ended_at - interval '3 days', begun_at = begun_at - interval '3 days'`;
    await sql`alter table public.ai_usage enable trigger user`;
    const report = async () =>
      (await sql`
        select public.usage_report(now() - interval '7 days', now(), 'day') -> 'totals' as totals`)[
        0
      ]?.totals;
    const before = await report();
    expect(before.turns).toBe(1);
    await tick(sql);
    expect(await report()).toEqual(before);
  });
});
