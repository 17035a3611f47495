/** Limits that are set, changed and removed while runs are under way, and what waits for whom. */
import { expect } from "@std/expect";
import {
  addLimit,
  expectProven,
  holdCall,
  holdTurn,
  type LimitColumns,
  onlyLimit,
  smallDemand,
  stateOf,
} from "../../support/held_runs.ts";
import {
  actAs,
  patient,
  refusal,
  refused,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";

const service = { kind: "service" };
const perDay = { scope: "project", unit: "turns", period: "day" };

Deno.test("a limit that is set while a run is under way counts it, and what was before", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    await (await holdTurn(database, patient)).complete();
    const run = await holdTurn(database, patient);
    expect(run.budget).toBeNull();
    const id = await addLimit(sql, { ...perDay, amount: 3 });
    await run.complete();
    expect(await stateOf(database, id)).toEqual({ spent: 2, held: 0, holds: 0 });
    const third = await holdTurn(database, patient);
    await sql`update public.ai_limits set amount = 1`;
    expect((await refused(holdTurn(database, patient))).code).toBe("PT429");
    await third.complete();
    expect(await stateOf(database, id)).toEqual({ spent: 3, held: 0, holds: 0 });
    await sql`update public.ai_limits set amount = 4`;
    await holdTurn(database, patient);
    await expectProven(database);
  });
});

Deno.test("a limit that counts something else has another id, and is counted from the ledger", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await onlyLimit(database, { ...perDay, amount: 100 });
    await (await holdTurn(database, patient)).complete({ input_tokens: 10, output_tokens: 5 });
    const run = await holdTurn(database, patient);
    const [changed] = await sql`
      update public.ai_limits set unit = 'tokens', amount = 100000 returning id::text`;
    expect(changed!.id).not.toBe(id);
    await run.complete({ input_tokens: 10, output_tokens: 5 });
    expect(await stateOf(database, id)).toEqual({ spent: 1, held: 0, holds: 0 });
    expect(await stateOf(database, changed!.id)).toEqual({ spent: 30, held: 0, holds: 0 });
    await expectProven(database);

    const [moved] = await sql`
      update public.ai_limits set time_zone = 'Asia/Kolkata' returning id::text`;
    const [raised] = await sql`
      update public.ai_limits set amount = 200000, enforcement = 'soft' returning id::text`;
    expect([moved!.id === changed!.id, moved!.id === raised!.id]).toEqual([false, true]);
    const actions = await sql`
      select action from public.model_switches where table_name = 'ai_limits' order by id desc limit 3`;
    expect(actions.map((row) => row.action)).toEqual(["set-limit", "set-limit", "remove-limit"]);
  });
});

Deno.test("a limit keeps its id and what is spent when its assistant is renamed", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const health = { scope: "assistant", assistant_type: "health" };
    const id = await onlyLimit(database, { ...perDay, ...health, amount: 2 });
    await (await holdTurn(database, patient)).complete();
    const run = await holdTurn(database, patient);
    await sql`update public.ai_assistants set assistant_type = 'wellness' where assistant_type = 'health'`;
    expect([...await sql`select id::text, assistant_type from public.ai_limits`])
      .toEqual([{ id, assistant_type: "wellness" }]);
    await run.complete();
    await expectProven(database);
    // Also where its window is opened again.
    await sql`delete from switchboard.limit_windows`;
    await sql`update public.ai_limits set time_zone = time_zone`;
    expect(await stateOf(database, id)).toEqual({ spent: 2, held: 0, holds: 0 });
    await expectProven(database);
  });
});

Deno.test("a limit that is removed while runs are under way leaves no hold, and comes back with what they used", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await onlyLimit(database, { ...perDay, amount: 3 });
    const run = await holdTurn(database, patient);
    const [row] = await sql`delete from public.ai_limits returning *`;
    await run.complete();
    expect(await stateOf(database, id)).toEqual({ spent: 0, held: 0, holds: 0 });
    await sql`insert into public.ai_limits ${sql(row!)}`;
    await (await holdTurn(database, patient)).complete();
    expect(await stateOf(database, id)).toEqual({ spent: 2, held: 0, holds: 0 });
    await expectProven(database);
  });
});

Deno.test("a soft limit holds nothing and refuses nothing; its rows are added up when it becomes hard", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await onlyLimit(database, { ...perDay, amount: 2, enforcement: "soft" });
    const sessions = Array.from({ length: 3 }, () => database.session());
    for (const session of sessions) {
      const own = { as: actAs.bind(null, session) as TestDatabase["as"] };
      const run = await holdTurn(own, patient);
      expect(run.budget).toBeNull();
      await run.complete();
    }
    expect(await stateOf(database, id)).toEqual({ spent: 3, held: 0, holds: 0 });
    const pids = await Promise.all(
      sessions.map((each) => each`select pg_backend_pid() % 16 as slot`),
    );
    const slots = new Set([0, ...pids.map(([row]) => row!.slot)]);
    expect(await sql`select from switchboard.limit_windows`).toHaveLength(slots.size);
    await expectProven(database);

    await sql`update public.ai_limits set enforcement = 'hard', amount = 4`;
    const run = await holdTurn(database, patient);
    expect((await refused(holdTurn(database, patient))).code).toBe("PT429");
    await sql`update public.ai_limits set enforcement = 'soft'`;
    await (await holdTurn(database, patient)).complete();
    await run.complete();
    expect(await stateOf(database, id)).toEqual({ spent: 5, held: 0, holds: 0 });
    await expectProven(database);
  });
});

/** Keys that are left out are as the statement finds them. */
const changes = {
  raised: "update public.ai_limits set amount = 50",
  "made soft": "update public.ai_limits set enforcement = 'soft' where unit <> 'concurrent'",
  "counted in another way": "update public.ai_limits set time_zone = 'Europe/Berlin'",
  removed: "delete from public.ai_limits",
  added: `insert into public.ai_limits (scope, unit, period, amount) values
    ('project', 'turns', 'total', 0)`,
};

Deno.test("no turn and no call waits for a transaction on the limits that was left open", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await onlyLimit(database, { ...perDay, amount: 40 });
    await addLimit(sql, { scope: "each_user", unit: "concurrent", amount: 40 });
    await addLimit(sql, { scope: "project", unit: "usd", period: "month", amount: 40 });
    const before = [await holdTurn(database, patient), await holdCall(database, service)];
    const operator = database.session();
    const rollback = new Error("rolled back");
    for (const change of Object.values(changes)) {
      await operator.begin(async (transaction) => {
        await transaction.unsafe(change);
        for (const run of before) await run.complete();
        await (await holdTurn(database, patient)).complete();
        await (await holdCall(database, service)).complete();
        throw rollback;
      }).catch((error) => {
        if (error !== rollback) throw error;
      });
    }
    await expectProven(database);
  });
});

Deno.test("the deletion of a user waits for no operator", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await addLimit(sql, { ...perDay, scope: "user", user_id: patient.userId, amount: 1 });
    await database.session().begin(async (operator) => {
      await operator`update public.ai_limits set amount = 2`;
      await sql`delete from auth.users where id = ${patient.userId}`;
    });
    const [entry] = await sql`
      select action, row_after ->> 'amount' as amount, row_after ? 'user_hash' as tells_hash
      from public.model_switches where row_after ->> 'user_id' = ${patient.userId}
      order by id desc limit 1`;
    expect(entry).toEqual({ action: "set-limit", amount: "2", tells_hash: false });
  });
});

Deno.test("without a limit a turn and a call touch the rows that they did before limits", async () => {
  await withDatabase(async (database) => {
    await database.sql`delete from public.ai_limits`;
    const session = database.session();
    const written = await session.begin(async (sql) => {
      const own = {
        as: ((_caller, statements) => statements(sql)) as TestDatabase["as"],
      };
      await (await holdTurn(own, patient)).complete();
      await (await holdCall(own, service)).complete();
      return await sql`
        select relname as name, n_tup_ins::int as inserted, n_tup_upd::int as updated,
          n_tup_del::int as deleted
        from pg_stat_xact_all_tables
        where n_tup_ins + n_tup_upd + n_tup_del > 0 and schemaname in ('public', 'switchboard')
        order by relname`;
    });
    expect([...written]).toEqual([
      { name: "ai_conversations", inserted: 1, updated: 1, deleted: 0 },
      { name: "ai_messages", inserted: 2, updated: 1, deleted: 0 },
      { name: "ai_usage", inserted: 2, updated: 0, deleted: 0 },
    ]);
  });
});

Deno.test("a turn and a call do not read the limits of other users", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    await sql`alter table public.ai_limits disable trigger user`;
    await sql`
      insert into public.ai_limits (scope, user_id, user_hash, unit, amount, period, enforcement)
      select 'user', gen_random_uuid(), 'hash of user ' || n, 'turns', 5, 'day', 'soft'
      from generate_series(1, 10000) as n`;
    await sql`alter table public.ai_limits enable trigger user`;
    await sql`vacuum analyze public.ai_limits`;
    const read = await database.session().begin(async (sql) => {
      const own = {
        as: ((_caller, statements) => statements(sql)) as TestDatabase["as"],
      };
      await (await holdTurn(own, patient)).complete();
      await (await holdCall(own, service)).complete();
      const [row] = await sql`
        select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
        from pg_stat_xact_all_tables where relid = 'public.ai_limits'::regclass`;
      return row!.rows;
    });
    expect(read).toBe(0);
  });
});

const refusedRows: Record<string, LimitColumns> = {
  "a scope that is not known": { scope: "everybody" },
  "an assistant without its type": { scope: "assistant" },
  "an assistant that is not there": { scope: "assistant", assistant_type: "none" },
  "a type where none is meant": { scope: "project", assistant_type: "health" },
  "a user who is not named": { scope: "user" },
  "a key that is not named": { scope: "api_key" },
  "turns at once in a period": { unit: "concurrent" },
  "turns at once that are only watched": {
    unit: "concurrent",
    period: null,
    enforcement: "soft",
  },
  "turns without a period": { period: null },
  "a week": { period: "week" },
  "half a turn": { amount: 1.5 },
  "less than nothing": { amount: -1 },
  "no number": { amount: "NaN" },
  "a place that is not known": { time_zone: "Europe/Atlantis" },
  "the same once more": { amount: 8 },
};

Deno.test("what is no limit is refused, also in SQL", async (t) => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await onlyLimit(database, { ...perDay, amount: 9 });
    const codes = ["22023", "23503", "23505", "23514"];
    for (const [name, columns] of Object.entries(refusedRows)) {
      await t.step(name, async () => {
        expect(codes).toContain(await refusal(addLimit(sql, { ...perDay, amount: 1, ...columns })));
      });
    }
    expect(await refusal(database.as(patient, (as) => as`delete from public.ai_limits`)))
      .toBe("42501");
    expect(await refusal(sql`truncate public.ai_limits`)).toBe("42501");
    expect((await holdTurn(database, patient, smallDemand)).budget)
      .toEqual({ usd: null, tokens: null });
  });
});
