/** 64 clients at once against one limit, with runs that end in every way or never. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  addLimit,
  expectProven,
  type HeldRun,
  holdCall,
  holdTurn,
  onlyLimit,
  smallDemand,
  stateOf,
} from "../../support/held_runs.ts";
import {
  actAs,
  otherPatient,
  patient,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, type RunAs } from "../../support/turns.ts";

const clients = 64;
const runsOfEach = 4;

/** A run takes about a fortieth of each limit, so that most of them are refused. */
const limits = {
  usd: { columns: { unit: "usd", period: "total", amount: 1 }, inputTokens: 300_000 },
  tokens: { columns: { unit: "tokens", period: "day", amount: 1_000_000 }, inputTokens: 25_000 },
  turns: { columns: { unit: "turns", period: "month", amount: 40 }, inputTokens: 100 },
  concurrent: { columns: { unit: "concurrent", period: null, amount: 8 }, inputTokens: 100 },
} as const;

const generous = [
  { scope: "each_user", unit: "tokens", period: "minute" },
  { scope: "each_user", unit: "usd", period: "hour", enforcement: "soft" },
  { scope: "assistant", assistant_type: "health", unit: "concurrent" },
] as const;

/** USD per token of input of the patients' model. */
const inputPrice = 0.078e-6;

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Unit = keyof typeof limits;

/** Begins a run of a patient, as a turn or as a call; null where it is refused. */
async function begin(database: RunAs, unit: Unit, random: () => number): Promise<HeldRun | null> {
  const demand = { ...smallDemand, input_tokens: limits[unit].inputTokens };
  const person = random() < 0.5 ? patient : otherPatient;
  try {
    if (random() < 0.5) return await holdTurn(database, person, demand);
    const caller = { kind: "user", user_id: person.userId, session_id: null, is_anonymous: false };
    return await holdCall(database, caller, demand);
  } catch (error) {
    if ((error as { code?: string }).code !== "PT429") throw error;
    return null;
  }
}

/** Input tokens that cost no more than the run holds. */
function withinBudget({ budget }: HeldRun, most: number, random: () => number): number {
  const bought = (budget?.usd?.amount ?? Infinity) / inputPrice;
  const granted = Math.min(most, bought, budget?.tokens?.amount ?? Infinity);
  return Math.floor(random() * granted * 0.999);
}

const ways = ["complete", "partial", "failed", "repeated", "released", "never"] as const;

async function end(
  database: RunAs,
  run: HeldRun,
  way: typeof ways[number],
  inputTokens: number,
): Promise<void> {
  const used = {
    input_tokens: inputTokens,
    output_tokens: 0,
    model_id: "eu.amazon.nova-lite-v1:0",
  };
  switch (way) {
    case "complete":
    case "partial":
    case "failed":
      await run.complete({ ...used, status: way });
      break;
    case "repeated":
      await run.complete(used);
      await run.complete(used);
      break;
    case "released":
      await database.as(serviceRole, (sql) => sql`select public.release_holds(${run.id})`);
      break;
    case "never":
      break;
    default:
      way satisfies never;
  }
}

Deno.test(`${clients} clients at once use no more than a limit, to the last cent`, async (t) => {
  await withDatabase(async (database) => {
    const sessions = Array.from({ length: clients }, () => database.session());
    const watcher = database.session();
    for (const unit of Object.keys(limits) as Unit[]) {
      await t.step(unit, async () => {
        const [seed] = crypto.getRandomValues(new Uint32Array(1)) as Uint32Array & [number];
        const { columns } = limits[unit];
        // What the steps before used is not counted.
        const fresh = { scope: "project", created_at: "1999-12-31", ...columns };
        const id = await onlyLimit(database, fresh);
        // Others that refuse nothing, so that each run locks several windows.
        for (const other of generous) await addLimit(database.sql, { amount: 1e9, ...other });
        const over = watchLimit(watcher, id, columns.amount);
        try {
          const counts = await Promise.all(
            sessions.map((session, n) => runClient(session, unit, randomOf(seed + n))),
          );
          for (const what of ["refused", "ended"] as const) {
            expect(counts.reduce((sum, count) => sum + count[what], 0)).toBeGreaterThan(0);
          }
          await expectProven(database);
          await expectFolded(database, id, unit);
        } catch (error) {
          throw new Error(`With the seed ${seed}.`, { cause: error });
        } finally {
          expect(await over.stop()).toEqual([]);
        }
      });
    }
  });
});

Deno.test("turns of one conversation, calls and expired holds never wait for each other in a circle", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`delete from public.ai_limits`;
    for (const limit of generous) await addLimit(sql, { amount: 1e9, ...limit });
    await addLimit(sql, { scope: "project", unit: "usd", period: "day", amount: 1e6 });
    const { conversation_id: conversationId } = await beginTurn(database, patient);
    await Promise.all(Array.from({ length: 16 }, async (_, n) => {
      const session = database.session();
      const own: RunAs = { as: (caller, statements) => actAs(session, caller, statements) };
      for (let times = 0; times < 5; times++) {
        const run = n % 2 === 0
          ? await holdTurn(own, patient, smallDemand, { conversationId })
          : await begin(own, "usd", () => 0.9);
        await session`
          update switchboard.limit_holds set expires_at = now() - interval '1 second'
          where run_id = ${run!.id}`;
        await run!.complete();
      }
    }));
    await expectProven(database);
    expect(await sql`select from switchboard.limit_holds`).toHaveLength(0);
  });
});

async function runClient(session: postgres.Sql, unit: Unit, random: () => number) {
  const own: RunAs = { as: (caller, statements) => actAs(session, caller, statements) };
  const counts = { refused: 0, ended: 0 };
  for (let n = 0; n < runsOfEach; n++) {
    const run = await begin(own, unit, random);
    if (run === null) {
      counts.refused++;
      continue;
    }
    counts.ended++;
    const way = ways[Math.floor(random() * ways.length)] ?? "never";
    await end(own, run, way, withinBudget(run, limits[unit].inputTokens, random));
  }
  return counts;
}

/** Looks all the time, and collects the states in which more was used than the limit has. */
function watchLimit(session: postgres.Sql, id: string, amount: number) {
  const over: unknown[] = [];
  let stopped = false;
  const watched = (async () => {
    while (!stopped) {
      const state = await stateOf({ sql: session }, id);
      if (state.spent + state.held > amount + 1e-9) over.push(state);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await watched;
      return over;
    },
  };
}

/** Runs that never ended hold until they expire, and what they held is then free. */
async function expectFolded(database: TestDatabase, id: string, unit: Unit): Promise<void> {
  const { sql } = database;
  expect((await stateOf(database, id)).holds).toBeGreaterThan(0);
  await sql`update switchboard.limit_holds set expires_at = now() - interval '1 second'`;
  await sql`update public.ai_limits set amount = amount * 2 where id = ${id}`;
  const run = await begin(database, unit, () => 0.9);
  expect(await stateOf(database, id)).toMatchObject({ holds: 1 });
  await run?.complete();
  expect(await stateOf(database, id)).toMatchObject({ holds: 0, held: 0 });
  await expectProven(database);
}
