/** The operators' side of limits: set, removed, listed, and shown with what of them is used. */
import { expect } from "@std/expect";
import { anyDigest, createKey } from "../../support/api_keys.ts";
import {
  anon,
  type Caller,
  clinician,
  otherPatient,
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";

type Terms = Record<string, string | number | null>;
// deno-lint-ignore no-explicit-any -- the tests assert on its shape
type Found = any;
type State = { windows: Found[]; count: number; near: number; full: number };

async function setLimit({ as }: TestDatabase, terms: Terms, isDryRun = false): Promise<Found> {
  return await as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.set_limit(
        ${sql.json(terms)}, null, 'cli', 'deploys', 'A pilot', ${isDryRun}) as answer`;
    return row!.answer;
  });
}

async function statusOf(
  { as }: TestDatabase,
  id: number | null = null,
  most = 100,
): Promise<Found[]> {
  return await as(serviceRole, async (sql) => {
    const [row] = await sql`select public.limit_status(${id}, ${most}) as answer`;
    return row!.answer.limits;
  });
}

const removeLimit = ({ as }: TestDatabase, id: number) =>
  as(serviceRole, (sql) => sql`select public.remove_limit(${id})`);

interface Use {
  readonly by?: Caller;
  readonly keyId?: string;
  readonly assistant?: string;
  readonly usd?: number;
  readonly status?: string;
  /** When the run began, in SQL. */
  readonly at?: string;
}

/** Puts a row into the ledger as a run leaves it whose limits are not there yet. */
async function use({ sql }: TestDatabase, uses: readonly Use[]): Promise<void> {
  for (
    const { by, keyId, assistant = "health", usd = 1, status = "complete", at = "now()" } of uses
  ) {
    await sql`
      insert into public.ai_usage (
        question_id, attempt, purpose, surface, assistant_type, user_hash, api_key_id, status,
        unanswered_call, begun_at, ended_at, begins_conversation, input_tokens, output_tokens,
        cache_read_tokens, cache_write_tokens, cost_usd)
      values (
        gen_random_uuid(), 1, 'call', 'openai', ${assistant},
        switchboard.keyed_hash('user', ${by?.userId ?? null}), ${keyId ?? null}, ${status},
        ${status === "unanswered" ? 1 : null}, ${
      sql.unsafe(at)
    }, now(), false, 4, 3, 2, 1, ${usd})`;
  }
}

const perDay = { scope: "each_user", unit: "usd", amount: 5, period: "day" } as const;

Deno.test("set_limit() stores a limit, changes it under its id, and says what it was", () =>
  withDatabase(async (database) => {
    await database.sql`delete from public.ai_limits`;
    const { limit, former } = await setLimit(database, perDay);
    expect(former).toBeNull();
    expect(limit).toEqual({
      id: expect.any(Number),
      name: "USD per day for each user",
      scope: { kind: "each_user", id: null },
      unit: "usd",
      amount: 5,
      period: "day",
      time_zone: "UTC",
      enforcement: "hard",
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    const again = await setLimit(database, perDay);
    expect([again.limit, again.former]).toEqual([limit, limit]);
    const changed = await setLimit(database, { ...perDay, amount: 7.5, enforcement: "soft" });
    expect(changed.former).toEqual(limit);
    expect(changed.limit).toMatchObject({ id: limit.id, amount: 7.5, enforcement: "soft" });
    // Its days begin at other moments, so that what was counted does not fit it.
    const moved = await setLimit(database, { ...perDay, time_zone: "Europe/Berlin" });
    expect(moved.limit.id).not.toBe(limit.id);
    expect(await statusOf(database)).toHaveLength(1);

    const entries = await database.sql`
      select action, source, actor_key_name, reason from public.model_switches
      where table_name = 'ai_limits' order by id desc limit 4`;
    const made = { source: "cli", actor_key_name: "deploys", reason: "A pilot" };
    expect(entries).toEqual([
      { action: "set-limit", ...made },
      { action: "remove-limit", ...made },
      { action: "set-limit", ...made },
      { action: "set-limit", ...made },
    ]);
    const [{ id }] = await database.sql`
      select id::int from public.model_switches
      where action = 'remove-limit' order by id desc limit 1` as unknown as [{ id: number }];
    await database.as(serviceRole, (sql) => sql`select public.roll_back_switches(${id})`);
    expect(await statusOf(database)).toMatchObject([{ id: limit.id, time_zone: "UTC" }]);
  }));

Deno.test("what is left out of a limit that is set again stays as it is", () =>
  withDatabase(async (database) => {
    await database.sql`delete from public.ai_limits`;
    const given = { enforcement: "soft", time_zone: "Europe/Berlin" };
    const { limit } = await setLimit(database, { ...perDay, ...given });
    const dry = await setLimit(database, { ...perDay, amount: 6 }, true);
    expect(dry).toMatchObject({ limit: given, impact: { count: 0 } });
    const again = await setLimit(database, { ...perDay, amount: 6 });
    expect(again.limit).toMatchObject({ ...given, id: limit.id, amount: 6 });
    const hard = await setLimit(database, { ...perDay, enforcement: "hard" });
    expect(hard.limit).toMatchObject({ enforcement: "hard", time_zone: "Europe/Berlin" });
    const other = await setLimit(database, { ...perDay, period: "month" });
    expect(other.limit).toMatchObject({ enforcement: "hard", time_zone: "UTC" });
  }));

Deno.test("a limit whose use takes too long to count is set all the same", () =>
  withDatabase(async (database) => {
    await database.sql`
      create or replace function switchboard.states_of_limits(
        of_limits public.ai_limits[], moment timestamptz, most integer)
      returns jsonb[] language plpgsql stable set search_path = ''
      as $$ begin raise query_canceled; end; $$`;
    const { limit, impact } = await setLimit(database, { ...perDay, amount: 6 });
    expect([limit.amount, impact]).toEqual([6, null]);
  }));

Deno.test("use before a limit is the same of the ledger as of days that are summed up", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    await use(
      database,
      [1, 20, 50, 80].map((hours) => ({ by: patient, at: `now() - interval '${hours} hours'` })),
    );
    // Turns end when they begin.
    await sql`alter table public.ai_usage disable trigger user`;
    await sql`update public.ai_usage set ended_at = begun_at`;
    await sql`alter table public.ai_usage enable trigger user`;
    const used = async (terms: Terms) => {
      const { impact } = await setLimit(database, { ...perDay, period: "total", ...terms }, true);
      return impact.windows.map(({ spent }: Found) => spent);
    };
    const all = async () => [
      await used({ scope: "project" }),
      await used({ scope: "assistant", assistant_type: "health", unit: "tokens" }),
      await used({}),
    ];
    expect(await all()).toEqual([[4], [40], [4]]);
    await sql`select public.roll_up_usage()`;
    expect(await all()).toEqual([[4], [40], [4]]);
    // Days that are summed up are not read again.
    await sql`update public.ai_usage_days set cost_usd = cost_usd + 10`;
    expect((await used({ scope: "project" }))[0]).toBeGreaterThan(10);
    // Nor is the ledger where a window is open.
    const { limit } = await setLimit(database, { ...perDay, scope: "project", period: "total" });
    await sql`update switchboard.limit_windows set spent = 3, carried = 3`;
    expect((await statusOf(database, limit.id))[0].windows).toMatchObject([{ spent: 3 }]);
  }));

Deno.test("a limit is called by its unit, its period and its scope", () =>
  withDatabase(async (database) => {
    const key = await createKey(database, anyDigest());
    const names: [Terms, string][] = [
      [{ scope: "project", unit: "usd", period: "month" }, "USD per month for the project"],
      [
        { scope: "assistant", assistant_type: "clinical", unit: "turns", period: "hour" },
        "turns per hour for the assistant clinical",
      ],
      [
        { scope: "each_user", assistant_type: "health", unit: "turns", period: "minute" },
        "turns per minute for each user of health",
      ],
      [{ scope: "each_user", unit: "concurrent" }, "turns at once for each user"],
      [
        { scope: "user", user_id: patient.userId!, unit: "tokens", period: "day" },
        "tokens per day for a user",
      ],
      [
        { scope: "api_key", api_key_id: key.id, unit: "tokens", period: "total" },
        "tokens in total for an API key",
      ],
    ];
    for (const [terms, name] of names) {
      expect((await setLimit(database, { ...terms, amount: 3 })).limit.name).toBe(name);
    }
  }));

Deno.test("set_limit() refuses in words what no limit can be", () =>
  withDatabase(async (database) => {
    const nobody = crypto.randomUUID();
    const refusals: [Terms, string, RegExp][] = [
      [{ scope: "room" }, "invalid_request", /^scope must be/],
      [{ scope: "project", assistant_type: "health" }, "invalid_request", /takes no id/],
      [{ scope: "assistant" }, "invalid_request", /needs the type of an assistant/],
      [{ scope: "user" }, "invalid_request", /needs the id of a user/],
      [{ scope: "assistant", assistant_type: "none" }, "assistant_not_found", /no assistant none/],
      [{ scope: "user", user_id: nobody }, "user_not_found", /no user with this id/],
      [{ scope: "api_key", api_key_id: nobody }, "key_not_found", /no API key/],
      [{ unit: "euros" }, "invalid_request", /^unit must be/],
      [{ amount: -1 }, "invalid_request", /^amount must be between/],
      [{ amount: "NaN" }, "invalid_request", /^amount must be between/],
      [{ amount: 1e13 }, "invalid_request", /^amount must be between/],
      [{ unit: "turns", amount: 1.5 }, "invalid_request", /whole number of turns/],
      [{ period: null }, "invalid_request", /^period must be/],
      [{ period: "week" }, "invalid_request", /^period must be/],
      [{ unit: "concurrent" }, "invalid_request", /have no period/],
      [
        { unit: "concurrent", period: null, enforcement: "soft" },
        "invalid_request",
        /cannot be soft/,
      ],
      [{ enforcement: "loud" }, "invalid_request", /^enforcement must be/],
      [{ time_zone: "Mars/Olympus" }, "invalid_request", /no time zone "Mars\/Olympus"/],
    ];
    for (const [terms, code, message] of refusals) {
      for (const isDryRun of [false, true]) {
        const error = await refused(setLimit(database, { ...perDay, ...terms }, isDryRun));
        expect([terms, error.detail]).toEqual([terms, code]);
        expect(error.message).toMatch(message);
      }
    }
    const missing = await refused(removeLimit(database, 99_999));
    expect(missing.detail).toBe("limit_not_found");
    expect((await refused(statusOf(database, 99_999))).detail).toBe("limit_not_found");
  }));

Deno.test("a dry run says who has reached a limit, by the ledger, and stores nothing", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    const key = await createKey(database, anyDigest());
    await use(database, [
      { by: patient, usd: 4 },
      { by: patient, usd: 2, status: "unanswered" },
      { by: otherPatient, usd: 4.5 },
      { by: clinician, assistant: "clinical", usd: 1 },
      { keyId: key.id, usd: 9, assistant: "clinical" },
      // Before the day of any time zone.
      { by: clinician, usd: 100, at: "now() - interval '3 days'" },
    ]);
    const before = await sql`select version from public.registry_version`;
    const impactOf = async (terms: Terms): Promise<State> => {
      const answer = await setLimit(database, { ...perDay, ...terms }, true);
      expect([answer.limit.id, answer.former]).toEqual([null, null]);
      return answer.impact;
    };
    const { windows, ...counts } = await impactOf({});
    expect(counts).toEqual({ count: 3, near: 2, full: 1 });
    expect(windows.map(({ user_id, spent, held, left }) => [user_id, spent, held, left])).toEqual([
      [patient.userId, 6, 0, 0],
      [otherPatient.userId, 4.5, 0, 0.5],
      [clinician.userId, 1, 0, 4],
    ]);
    const [{ day }] = await sql`
      select date_trunc('day', now(), 'UTC') as day` as unknown as [{ day: Date }];
    expect(new Date(windows[0]!.window_start)).toEqual(day);
    expect(new Date(windows[0]!.window_end).getTime()).toBe(day.getTime() + 86_400_000);

    const spent = async (terms: Terms) => {
      const { windows } = await impactOf(terms);
      return windows.map(({ spent }) => spent);
    };
    expect(await spent({ scope: "project" })).toEqual([20.5]);
    expect(await spent({ scope: "project", period: "total" })).toEqual([120.5]);
    expect(await spent({ scope: "assistant", assistant_type: "clinical" })).toEqual([10]);
    expect(await spent({ assistant_type: "health" })).toEqual([6, 4.5]);
    expect(await spent({ scope: "user", user_id: patient.userId! })).toEqual([6]);
    expect(await spent({ scope: "api_key", api_key_id: key.id })).toEqual([9]);
    // A call that gave no answer is no turn.
    expect(await spent({ unit: "turns" })).toEqual([1, 1, 1]);
    expect(await spent({ unit: "tokens" })).toEqual([20, 10, 10]);
    expect(await spent({ unit: "concurrent", period: null })).toEqual([]);

    expect(await sql`select version from public.registry_version`).toEqual(before);
    expect(await statusOf(database)).toEqual([]);
  }));

Deno.test("limit_status() counts what was there before the limit, what is held and what has expired", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    await use(database, [{ by: patient, usd: 2 }, { by: otherPatient, usd: 1 }]);
    const { limit } = await setLimit(database, perDay);
    const { limit: whole } = await setLimit(database, {
      ...perDay,
      scope: "project",
      enforcement: "soft",
    });
    const stateOf = async (id: number, most?: number) => {
      const [{ windows, count, near, full }] = await statusOf(database, id, most) as [State];
      return { count, near, full, windows: windows.map(({ spent, held }) => [spent, held]) };
    };
    expect(await stateOf(limit.id))
      .toEqual({ count: 2, near: 0, full: 0, windows: [[2, 0], [1, 0]] });
    // As the first run after it leaves them, with one hold that is over and one that is not; what is
    // spent under a soft limit stands in several rows.
    await sql`
      with w as (
        select switchboard.keyed_hash('user', ${patient.userId!}) as hash,
          date_trunc('day', now(), 'UTC') as start
      ), windows as (
        insert into switchboard.limit_windows (
          limit_id, scope_key, window_start, slot, carried, spent, held)
        select v.limit_id, case v.is_own when true then w.hash else '' end, w.start, v.slot, 0,
          v.spent, v.held
        from w, (values
          (${limit.id}::bigint, true, 0, 2.5, 2), (${whole.id}, false, 0, 3, 0),
          (${whole.id}, false, 7, 2, 0)
        ) as v (limit_id, is_own, slot, spent, held)
        on conflict do nothing)
      insert into switchboard.limit_holds (
        run_id, limit_id, scope_key, window_start, amount, expires_at)
      select gen_random_uuid(), ${limit.id}, w.hash, w.start, h.amount, now() + h.rest
      from w, (values (1.5, interval '1 minute'), (0.5, interval '-1 minute')) as h (amount, rest)`;
    expect(await stateOf(limit.id))
      .toEqual({ count: 2, near: 1, full: 0, windows: [[2.5, 1.5], [1, 0]] });
    expect(await stateOf(limit.id, 1)).toMatchObject({ count: 2, windows: [[2.5, 1.5]] });
    expect(await stateOf(whole.id)).toEqual({ count: 1, near: 1, full: 1, windows: [[5, 0]] });
    // A user who is gone is no one's id any more.
    await sql`delete from auth.users where id = ${patient.userId!}`;
    const [{ windows }] = await statusOf(database, limit.id) as [State];
    expect(windows.map(({ user_id }) => user_id)).toEqual([null, otherPatient.userId]);
    // A limit that nobody used is shown as it is.
    const { impact } = await setLimit(database, { ...perDay, scope: "project", unit: "turns" });
    await sql`delete from public.ai_limits where id = ${whole.id}`;
    expect(impact).toMatchObject({ count: 1, windows: [{ spent: 2, left: 3 }] });
  }));

Deno.test("the first limits are there, and an operator's are never overwritten", () =>
  withDatabase(async (database) => {
    const limits = await statusOf(database);
    expect(limits.map(({ amount, name, enforcement }) => `${amount} ${name}, ${enforcement}`))
      .toEqual([
        "1000 USD per month for the project, soft",
        "8 turns at once for each user of health, hard",
        "60 turns per minute for each user of health, hard",
        "5 USD per day for each user of health, soft",
      ].sort((one, other) => names(one) - names(other)));
    function names(text: string): number {
      return ["project", "at once", "minute", "day"].findIndex((word) => text.includes(word));
    }
  }));

Deno.test("platform admins read limits without the users' hashes, and only service keys set them", () =>
  withDatabase(async ({ as, sql }) => {
    await sql`
      insert into public.ai_limits (scope, user_id, unit, amount, period)
      values ('user', ${patient.userId!}, 'usd', 1, 'day')`;
    const read = (caller: Caller) => as(caller, (sql) => sql`select id from public.ai_limits`);
    expect(await read(platformAdmin)).toHaveLength(5);
    expect(await read(patient)).toEqual([]);
    expect(await refusal(read(anon))).toBe("42501");
    expect(await refusal(as(platformAdmin, (sql) => sql`select user_hash from public.ai_limits`)))
      .toBe("42501");
    for (const caller of [anon, patient, platformAdmin]) {
      for (
        const call of [
          "set_limit('{}')",
          "remove_limit(1)",
          "list_limits()",
          "limit_status()",
        ]
      ) {
        expect(await refusal(as(caller, (sql) => sql.unsafe(`select public.${call}`))))
          .toBe("42501");
      }
    }
  }));
