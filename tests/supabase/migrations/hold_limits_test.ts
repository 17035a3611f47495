/** Holds: what a run reserves of each limit, and when it is refused. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { anyDigest, beginWithKey, completeCall, createKey } from "../../support/api_keys.ts";
import {
  clinician,
  otherPatient,
  patient,
  refused,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, smallDemand } from "../../support/turns.ts";

type Row = Record<string, string | number>;

/** Sets a limit as an operator does in Studio, in the place of all others. */
async function onlyLimit({ sql }: TestDatabase, row: Row): Promise<string> {
  await sql`delete from public.ai_limits`;
  return await addLimit(sql, row);
}

async function addLimit(sql: postgres.Sql, row: Row): Promise<string> {
  const [set] = await sql`insert into public.ai_limits ${sql(row)} returning id::text`;
  return set!.id;
}

async function stateOf({ sql }: TestDatabase, id: string) {
  const [state] = await sql`
    select coalesce(sum(spent), 0)::float8 as spent, coalesce(sum(held), 0)::float8 as held,
      (select count(*)::int from switchboard.limit_holds where limit_id = ${id}) as holds
    from switchboard.limit_windows where limit_id = ${id}`;
  return state;
}

async function expectProven({ sql }: TestDatabase): Promise<void> {
  const [row] = await sql`select public.verify_limits() as verified`;
  expect(row!.verified).toMatchObject({ ok: true, differing: [] });
}

const perDay = { period: "day", amount: 2, unit: "turns" } as const;

Deno.test("each scope holds for its own turns and calls, and for no others", async (t) => {
  const turn = (person: typeof patient) => async (database: TestDatabase) => {
    const begun = await beginTurn(database, person, { demand: smallDemand });
    await completeTurn(database, begun.question_id);
  };
  const call = (name: string) => async (database: TestDatabase) => {
    const id = crypto.randomUUID();
    const begun = await beginWithKey(database, name, {
      id,
      model: "default",
      demand: { ...smallDemand },
    });
    await completeCall(database, begun, {}, { id });
  };
  const [digest, otherDigest] = [anyDigest(), anyDigest()];
  const health = { assistant_type: "health" };
  const scopes: Record<string, {
    row: Row;
    inside: (database: TestDatabase) => Promise<void>;
    outside: (database: TestDatabase) => Promise<void>;
  }> = {
    assistant: { row: health, inside: turn(patient), outside: turn(clinician) },
    each_user: { row: {}, inside: turn(patient), outside: turn(otherPatient) },
    "each_user of an assistant": { row: health, inside: turn(patient), outside: turn(clinician) },
    user: { row: { user_id: patient.userId }, inside: turn(patient), outside: turn(otherPatient) },
    api_key: { row: {}, inside: call(digest), outside: call(otherDigest) },
  };
  for (const [name, { row, inside, outside }] of Object.entries(scopes)) {
    await t.step(name, () =>
      withDatabase(async (database) => {
        const key = await createKey(database, digest);
        await createKey(database, otherDigest);
        const [scope] = name.split(" ") as [string];
        const of = scope === "api_key" ? { api_key_id: key.id } : row;
        const id = await onlyLimit(database, { ...perDay, scope, ...of });
        await inside(database);
        await inside(database);
        expect(await refused(inside(database)))
          .toMatchObject({ code: "PT429", detail: "limit_exceeded" });
        await outside(database);
        await outside(database);
        const spent = scope === "each_user" && name === scope ? 4 : 2;
        expect(await stateOf(database, id)).toEqual({ spent, held: 0, holds: 0 });
        await expectProven(database);
      }));
  }
});
