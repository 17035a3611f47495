/** Limits that are rolled back, and those of keys that are rotated. */
import { expect } from "@std/expect";
import { anyDigest, createKey } from "../../support/api_keys.ts";
import { expectProven, holdCall, onlyLimit } from "../../support/held_runs.ts";
import {
  patient,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn } from "../../support/turns.ts";

const limits = ({ sql }: TestDatabase) =>
  sql`select id::int, unit, amount::float, period, user_hash is not null as is_hashed
    from public.ai_limits where scope = 'user' order by id`;

const rollBack = ({ as }: TestDatabase, to: number | null = null) =>
  as(serviceRole, (sql) => sql`select public.roll_back_switches(${to})`);

async function limitPatient({ sql }: TestDatabase): Promise<number> {
  const [row] = await sql`
    insert into public.ai_limits (scope, user_id, unit, amount, period)
    values ('user', ${patient.userId!}, 'usd', 1, 'day') returning id::int`;
  return row!.id;
}

const entryOf = async ({ sql }: TestDatabase, action: string): Promise<number> =>
  (await sql`select id::int from public.model_switches where action = ${action}
    order by id desc limit 1`)[0]!.id;

Deno.test("a changed limit is rolled back, to its amount and to its unit", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    const id = await limitPatient(database);
    const first = { id, unit: "usd", amount: 1, period: "day", is_hashed: true };
    await sql`update public.ai_limits set amount = 2 where id = ${id}`;
    await rollBack(database);
    expect(await limits(database)).toEqual([first]);

    // What is counted in another way has another id.
    await sql`update public.ai_limits set unit = 'turns' where id = ${id}`;
    expect(await limits(database)).toEqual([{ ...first, id: expect.any(Number), unit: "turns" }]);
    expect((await limits(database))[0]!.id).not.toBe(id);
    await rollBack(database, await entryOf(database, "remove-limit"));
    expect(await limits(database)).toEqual([first]);
  }));

Deno.test("a removed limit comes back under its id, also if its user is gone", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    const id = await limitPatient(database);
    await sql`delete from public.ai_limits where id = ${id}`;
    await sql`delete from auth.users where id = ${patient.userId!}`;
    await rollBack(database, await entryOf(database, "remove-limit"));
    expect(await limits(database))
      .toEqual([{ id, unit: "usd", amount: 1, period: "day", is_hashed: true }]);
  }));

Deno.test("a total comes back with its limit, counted from the ledger, and is proven meanwhile", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    await sql`insert into public.ai_limits (scope, unit, amount, period)
      values ('project', 'turns', 100, 'total')`;
    const turn = async () =>
      await completeTurn(database, (await beginTurn(database, patient)).question_id);
    const state = async () => {
      const [row] = await sql`
        select (select (public.verify_limits() -> 'ok')::boolean) as ok,
          (select sum(spent)::int from switchboard.limit_windows) as spent`;
      return row;
    };
    await turn();
    await turn();
    await sql`delete from public.ai_limits`;
    await sql`select public.tick()`;
    await rollBack(database, await entryOf(database, "remove-limit"));
    expect(await state()).toEqual({ ok: true, spent: 2 });
    await turn();
    expect(await state()).toEqual({ ok: true, spent: 3 });
    await sql`update switchboard.limit_windows set spent = 2`;
    expect(await state()).toEqual({ ok: false, spent: 2 });
  }));

Deno.test("what is used while a limit is removed counts when it comes back", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    const turn = async () =>
      await completeTurn(database, (await beginTurn(database, patient)).question_id);
    await turn();
    await sql`insert into public.ai_limits (scope, unit, amount, period)
      values ('project', 'turns', 100, 'total')`;
    await turn();
    await sql`delete from public.ai_limits`;
    await turn();
    await rollBack(database, await entryOf(database, "remove-limit"));
    const [state] = await sql`
      select sum(spent)::int as spent, (select (public.verify_limits() -> 'ok')::boolean) as ok
      from switchboard.limit_windows`;
    expect(state).toEqual({ spent: 3, ok: true });
  }));

Deno.test("a key's limits go to the one that takes its place, and count both together", () =>
  withDatabase(async (database) => {
    const { sql, as } = database;
    const [first, second, third] = [anyDigest(), anyDigest(), anyDigest()];
    const { id } = await createKey(database, first);
    const limitId = await onlyLimit(database, {
      scope: "api_key",
      api_key_id: id,
      unit: "turns",
      period: "total",
      amount: 3,
    });
    const rotate = async (keyId: string, digest: string): Promise<string> => {
      const [row] = await as(serviceRole, (sql) =>
        sql`select public.rotate_api_key(
          p_id => ${keyId}, p_digest => ${digest}, p_prefix => 'bsk_rotate', p_grace_hours => 1)
          #>> '{api_key,id}' as id`);
      return row!.id;
    };
    const call = async (digest: string) =>
      await (await holdCall(database, { kind: "api-key", digest })).complete();
    await call(first);
    const secondId = await rotate(id, second);
    await call(second);
    const thirdId = await rotate(secondId, third);
    expect([...await sql`select id::text, api_key_id from public.ai_limits`])
      .toEqual([{ id: limitId, api_key_id: thirdId }]);
    await call(first);
    for (const digest of [first, second, third]) {
      expect((await refused(call(digest))).code).toBe("PT429");
    }
    const other = anyDigest();
    await createKey(database, other);
    await call(other);
    await expectProven(database);
    // Also where its window is opened again.
    await sql`delete from switchboard.limit_windows`;
    expect((await refused(call(third))).code).toBe("PT429");
  }));
