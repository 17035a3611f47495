/** Holds: what a run reserves of each limit, and when it is refused. */
import { expect } from "@std/expect";
import { anyDigest, createKey } from "../../support/api_keys.ts";
import {
  expectProven,
  holdCall,
  holdTurn,
  type LimitColumns,
  onlyLimit,
  stateOf,
} from "../../support/held_runs.ts";
import {
  clinician,
  otherPatient,
  patient,
  refused,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";

const perDay = { period: "day", amount: 2, unit: "turns" } as const;

Deno.test("each scope holds for its own turns and calls, and for no others", async (t) => {
  const turn = (person: typeof patient) => async (database: TestDatabase) => {
    await (await holdTurn(database, person)).complete();
  };
  const call = (digest: string) => async (database: TestDatabase) => {
    await (await holdCall(database, { kind: "api-key", digest })).complete();
  };
  const [digest, otherDigest] = [anyDigest(), anyDigest()];
  const health = { assistant_type: "health" };
  const scopes: Record<string, {
    row: LimitColumns;
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
