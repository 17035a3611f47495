/** Windows of limits: when they begin and end by the clock of a place, and what they start with. */
import { expect } from "@std/expect";
import { completeCall } from "../../support/api_keys.ts";
import {
  addLimit,
  expectProven,
  holdCall,
  holdTurn,
  onlyLimit,
  stateOf,
} from "../../support/held_runs.ts";
import { otherPatient, patient, refused, withDatabase } from "../../support/test_database.ts";

/** A period, a place, moments of one window, when that begins and when the next one does. */
type Window = readonly [string, string, readonly string[], string, string];

const windows: readonly Window[] = [
  // The clocks of Berlin go forward at 01:00 UTC, and the day has 23 hours.
  [
    "day",
    "Europe/Berlin",
    ["2027-03-27T23:00Z", "2027-03-28T21:59:59Z"],
    "2027-03-27T23:00Z",
    "2027-03-28T22:00Z",
  ],
  ["hour", "Europe/Berlin", ["2027-03-28T00:59:59Z"], "2027-03-28T00:00Z", "2027-03-28T01:00Z"],
  ["hour", "Europe/Berlin", ["2027-03-28T01:00Z"], "2027-03-28T01:00Z", "2027-03-28T02:00Z"],
  // They go back at 01:00 UTC, the hour from 02:00 comes twice, and the day has 25 hours.
  [
    "day",
    "Europe/Berlin",
    ["2027-10-30T22:00Z", "2027-10-31T22:59:59Z"],
    "2027-10-30T22:00Z",
    "2027-10-31T23:00Z",
  ],
  ["hour", "Europe/Berlin", ["2027-10-31T00:30Z"], "2027-10-31T00:00Z", "2027-10-31T01:00Z"],
  ["hour", "Europe/Berlin", ["2027-10-31T01:30Z"], "2027-10-31T01:00Z", "2027-10-31T02:00Z"],
  ["minute", "Europe/Berlin", ["2027-10-31T01:00:59Z"], "2027-10-31T01:00Z", "2027-10-31T01:01Z"],
  [
    "month",
    "Europe/Berlin",
    ["2028-01-31T23:00Z", "2028-02-29T22:59:59Z"],
    "2028-01-31T23:00Z",
    "2028-02-29T23:00Z",
  ],
  ["month", "Europe/Berlin", ["2027-03-31T21:59:59Z"], "2027-02-28T23:00Z", "2027-03-31T22:00Z"],
  ["month", "UTC", ["2027-12-31T23:59:59Z"], "2027-12-01T00:00Z", "2028-01-01T00:00Z"],
  // Half an hour apart, and the clocks never change.
  [
    "day",
    "Asia/Kolkata",
    ["2027-03-28T18:30Z", "2027-03-29T18:29:59Z"],
    "2027-03-28T18:30Z",
    "2027-03-29T18:30Z",
  ],
  ["hour", "Asia/Kolkata", ["2027-03-28T18:31Z"], "2027-03-28T18:30Z", "2027-03-28T19:30Z"],
];

Deno.test("a window begins and ends by the calendar of its time zone", async () => {
  await withDatabase(async ({ sql }) => {
    for (const [period, zone, moments, start, end] of windows) {
      const found = await sql`
        select w.start, switchboard.window_end(${period}, w.start, ${zone}) as end
        from unnest(${moments}::timestamptz[]) as m (moment)
        cross join lateral switchboard.window_start(${period}, m.moment, ${zone}) as w (start)`;
      const expected = moments.map(() => ({ start: new Date(start), end: new Date(end) }));
      expect([period, zone, ...found]).toEqual([period, zone, ...expected]);
    }
    for (const period of ["total", null]) {
      const [window] = await sql`
        select switchboard.window_start(${period}, now(), 'Europe/Berlin') as start,
          switchboard.window_end(${period}, now(), 'Europe/Berlin') as end`;
      expect(window).toEqual({ start: new Date("2000-01-01T00:00Z"), end: null });
    }
  });
});

Deno.test("windows follow each other without a gap, through a whole year and where midnight is left out", async () => {
  await withDatabase(async ({ sql }) => {
    const zones = [
      "Europe/Berlin",
      "America/New_York",
      "America/Santiago",
      "Africa/Cairo",
      "Asia/Beirut",
      "Asia/Kolkata",
    ];
    const wrong = await sql`
      select p.period, z.zone, m.moment
      from unnest(${["hour", "day", "month"]}::text[]) as p (period)
      cross join unnest(${zones}::text[]) as z (zone)
      cross join generate_series(
        '2027-01-01 00:30+00'::timestamptz, '2027-12-31 23:30+00', interval '1 hour') as m (moment)
      cross join lateral switchboard.window_start(p.period, m.moment, z.zone) as s (start)
      cross join lateral switchboard.window_end(p.period, s.start, z.zone) as e (ends)
      where m.moment < s.start or m.moment >= e.ends
        or switchboard.window_start(p.period, e.ends, z.zone) <> e.ends
        or switchboard.window_start(p.period, e.ends - interval '1 microsecond', z.zone) <> s.start`;
    expect([...wrong]).toEqual([]);
  });
});

const service = { kind: "service" };

/** Rows of the ledger that an index led to. */
type Fetched = { before: number };

Deno.test("a run counts in the window in which it began, whenever it ends", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await onlyLimit(database, {
      scope: "project",
      unit: "turns",
      period: "day",
      amount: 1,
      time_zone: "Asia/Kolkata",
    });
    const { begun, id: callId, budget } = await holdCall(database, service);
    expect(budget).toEqual({ usd: null, tokens: null });
    // As if it had begun a second before midnight there.
    await sql`update switchboard.limit_windows set window_start = window_start - interval '1 day'`;
    await sql`update switchboard.limit_holds set window_start = window_start - interval '1 day'`;
    const [before] = await sql`
      select date_trunc('day', now(), 'Asia/Kolkata') - interval '1 second' as begun_at`;
    const today = await holdCall(database, service);
    await completeCall(database, { ...begun, begun_at: before!.begun_at.toISOString() }, {}, {
      id: callId,
    });
    await today.complete();
    expect([
      ...await sql`
        select spent::int, held::int, window_start = date_trunc('day', now(), 'Asia/Kolkata') as is_today
        from switchboard.limit_windows where limit_id = ${id} order by window_start`,
    ]).toEqual([
      { spent: 1, held: 0, is_today: false },
      { spent: 1, held: 0, is_today: true },
    ]);
    await expectProven(database);
  });
});

Deno.test("a window starts with what the ledger has from before the limit, and no later one does", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    for (const person of [patient, patient, otherPatient]) {
      await (await holdTurn(database, person)).complete({ input_tokens: 10, output_tokens: 5 });
    }
    const limit = (scope: string, more: Record<string, string> = {}) =>
      addLimit(sql, { scope, unit: "tokens", period: "total", amount: 1e6, ...more });
    const project = await limit("project");
    const each = await limit("each_user", { enforcement: "soft" });
    const own = await limit("user", { user_id: otherPatient.userId });
    const other = await limit("assistant", { assistant_type: "clinical" });
    await (await holdTurn(database, patient)).complete({ input_tokens: 1, output_tokens: 0 });
    await (await holdTurn(database, otherPatient)).complete({ input_tokens: 1, output_tokens: 0 });
    const windows = await sql`
      select limit_id, sum(carried)::int as carried, sum(spent)::int as spent
      from switchboard.limit_windows group by limit_id, scope_key order by limit_id, carried`;
    expect([...windows]).toEqual([
      { limit_id: project, carried: 45, spent: 47 },
      { limit_id: each, carried: 15, spent: 16 },
      { limit_id: each, carried: 30, spent: 31 },
      { limit_id: own, carried: 15, spent: 16 },
    ]);
    expect(await stateOf(database, other)).toMatchObject({ spent: 0 });

    // Dropped, as long ago ended ones are, it comes back with all that names it.
    await sql`delete from switchboard.limit_windows where limit_id = ${project}`;
    await (await holdTurn(database, patient)).complete({ input_tokens: 1, output_tokens: 0 });
    expect(await stateOf(database, project)).toMatchObject({ spent: 48, held: 0 });
    await expectProven(database);

    // A window that began after the limit starts empty, also of what does not name it.
    await sql`update public.ai_limits set created_at = '1999-12-31' where id = ${own}`;
    await sql`delete from switchboard.limit_windows where limit_id = ${own}`;
    await (await holdTurn(database, otherPatient)).complete({ input_tokens: 1, output_tokens: 0 });
    expect(await stateOf(database, own)).toMatchObject({ spent: 2 });
    await expectProven(database);
  });
});

Deno.test("a window starts with the same whether or not days are summed up", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    await sql`
      insert into public.ai_usage (
        question_id, attempt, assistant_type, purpose, surface, status, registry_version,
        input_tokens, output_tokens, cost_usd, begun_at, ended_at, begins_conversation)
      select
        gen_random_uuid(), 1, case n % 2 when 0 then 'health' end, 'call', 'openai', 'complete', 1,
        n, 1, 0.01, m.moment, m.moment, false
      from generate_series(1, 200) as n
      cross join lateral (select now() - n * interval '50 minutes') as m (moment)`;
    const limit = { unit: "tokens", amount: 1e9, time_zone: "Asia/Kolkata" };
    await addLimit(sql, { ...limit, scope: "project", period: "total" });
    await addLimit(sql, { ...limit, scope: "project", unit: "usd", period: "month" });
    await addLimit(sql, {
      ...limit,
      scope: "assistant",
      assistant_type: "health",
      period: "total",
    });
    await addLimit(sql, { ...limit, scope: "project", unit: "turns", period: "day" });
    const carried = async () => {
      await (await holdTurn(database, patient)).complete({ input_tokens: 0, output_tokens: 0 });
      const rows = await sql`
        delete from switchboard.limit_windows returning limit_id, carried::float8 as carried`;
      return [...rows].sort((a, b) => a.limit_id - b.limit_id);
    };
    const fromLedger = await carried();
    expect(fromLedger[0]).toMatchObject({ carried: 20_300 });
    await sql`select public.roll_up_usage()`;
    expect(await sql`select from public.ai_usage_days`).not.toHaveLength(0);
    expect(await carried()).toEqual(fromLedger);
  });
});

Deno.test("the window of a limit that is reached already is there when it is set, and refuses", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    await (await holdTurn(database, patient)).complete();
    const id = await onlyLimit(database, {
      scope: "project",
      unit: "turns",
      period: "total",
      amount: 1,
    });
    expect(await stateOf(database, id)).toEqual({ spent: 1, held: 0, holds: 0 });
    expect((await refused(holdTurn(database, patient))).code).toBe("PT429");
    await sql`select switchboard.watch()`;
    expect(await sql`select level from public.ai_alerts where kind = 'limit_near'`)
      .toEqual([{ level: 100 }]);
    await expectProven(database);
  });
});

Deno.test("verify_limits() reads no row from before its limits, whatever else is limited", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await onlyLimit(database, { scope: "project", unit: "turns", period: "total", amount: 9 });
    await addLimit(sql, { scope: "project", unit: "concurrent", amount: 9 });
    await (await holdTurn(database, patient)).complete();
    await sql`
      insert into public.ai_usage (
        question_id, attempt, purpose, surface, status, registry_version, begun_at, ended_at,
        begins_conversation)
      select gen_random_uuid(), 1, 'call', 'openai', 'complete', 1, m.moment, m.moment, false
      from generate_series(2, 300) as n
      cross join lateral (select now() - n * interval '1 day') as m (moment)`;
    await sql.begin(async (transaction) => {
      await transaction`set local enable_seqscan = off`;
      const [{ before }] = await transaction`
        select pg_stat_get_xact_tuples_fetched('public.ai_usage'::regclass)::int as before` as [
        Fetched,
      ];
      await transaction`select public.verify_limits()`;
      const [{ before: after }] = await transaction`
        select pg_stat_get_xact_tuples_fetched('public.ai_usage'::regclass)::int as before` as [
        Fetched,
      ];
      expect(after - before).toBe(1);
    });
  });
});

Deno.test("verify_limits() finds what was spent or held by no run", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await onlyLimit(database, {
      scope: "project",
      unit: "turns",
      period: "day",
      amount: 9,
    });
    await (await holdTurn(database, patient)).complete();
    await holdTurn(database, patient);
    const verified = async () => (await sql`select public.verify_limits() as found`)[0]!.found;
    expect(await verified()).toEqual({ ok: true, windows: 1, differing: [] });
    await sql`update switchboard.limit_windows set spent = 7, held = 3`;
    expect(await verified()).toEqual({
      ok: false,
      windows: 1,
      differing: [{
        limit_id: Number(id),
        window_start: expect.any(String),
        spent: 7,
        in_ledger: 1,
        held: 3,
        holds: 1,
      }],
    });
    // A window that is gone is counted from the ledger when it is opened; a hold needs one.
    await sql`delete from switchboard.limit_windows`;
    expect(await verified()).toMatchObject({ ok: false, differing: [{ held: 0, holds: 1 }] });
    await sql`delete from switchboard.limit_holds`;
    expect(await verified()).toEqual({ ok: true, windows: 0, differing: [] });
  });
});
