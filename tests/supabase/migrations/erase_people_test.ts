/** Erasing what people wrote: by an operator, by themselves, and with their account. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { addLimit, expectProven, holdTurn, smallDemand, stateOf } from "../../support/held_runs.ts";
import {
  anon,
  otherPatient,
  patient,
  platformAdmin,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, converse } from "../../support/turns.ts";

/** What no row may hold when it is erased. */
const marker = "MARKER-7c1e";

/** Where an erasure is, as the functions tell it. */
interface Erasure {
  readonly erasure_id: number;
  readonly status: "running" | "done";
  readonly left: Record<string, number>;
  readonly receipt: Record<string, string | number | null>;
}

interface EraseOptions {
  readonly actor?: string;
  readonly key?: string;
  readonly reason?: string;
}

function eraseUser(
  { as }: TestDatabase,
  userId: string,
  { actor, key, reason }: EraseOptions = {},
): Promise<Erasure> {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.erase_user(
        p_user_id => ${userId}, p_actor_user_id => ${actor ?? null}, p_source => 'api',
        p_actor_key_name => ${key ?? null}, p_reason => ${reason ?? null}) as erasure`;
    return row!.erasure;
  });
}

function eraseConversation({ as }: TestDatabase, id: string): Promise<Erasure> {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`select public.erase_conversation(${id}) as erasure`;
    return row!.erasure;
  });
}

interface Claimed {
  readonly id: number;
  readonly path: string;
  readonly is_prefix: boolean;
}

const claim = ({ as }: TestDatabase): Promise<Claimed[]> =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`select public.claim_erasure_objects(100) as claimed`;
    return row!.claimed;
  });

const recordObjects = (
  { as }: TestDatabase,
  results: readonly { id: number; removed: number; error: string | null }[],
) =>
  as(
    serviceRole,
    (sql) =>
      sql`select public.record_erased_objects(${
        sql.json(results.map((result) => ({ ...result })))
      })`,
  );

/** Removes all that is to be removed from Storage, one object each. */
async function emptyStorage(database: TestDatabase): Promise<Claimed[]> {
  const claimed = await claim(database);
  await recordObjects(database, claimed.map(({ id }) => ({ id, removed: 1, error: null })));
  return claimed;
}

async function continueErasures({ as }: TestDatabase, batch = 5000) {
  return await as(serviceRole, async (sql) => {
    const [row] = await sql`select public.continue_erasures(${batch}) as outcome`;
    return row!.outcome as Record<string, number>;
  });
}

async function eraseWholly(database: TestDatabase, userId: string, options: EraseOptions = {}) {
  for (let call = 0; call < 10; call++) {
    const erasure = await eraseUser(database, userId, options);
    if (erasure.status === "done") return erasure;
    await emptyStorage(database);
  }
  throw new Error("The erasure does not end.");
}

/** Rows of any table that hold a text, as `schema.table`. */
async function tablesWith({ sql }: Pick<TestDatabase, "sql">, text: string): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname !~ '^pg_(toast|temp)'`;
  const holding: string[] = [];
  for (const { name } of tables) {
    const [row] = await sql.unsafe(
      `select exists (select from ${name} as t where position($1 in t::text) > 0) as holds`,
      [text],
    );
    if (row!.holds) holding.push(name);
  }
  return holding.sort();
}

/** The ledger, byte by byte. */
const ledger = ({ sql }: Pick<TestDatabase, "sql">) =>
  sql`select u::text as entry from public.ai_usage as u order by u.id`.then((rows) => [...rows]);

async function expectChainVerified({ sql }: Pick<TestDatabase, "sql">): Promise<void> {
  const [row] = await sql`select public.verify_model_switches() as verified`;
  expect(row!.verified).toMatchObject({ ok: true });
}

const image = (userId: string, name: string) =>
  [
    { type: "text", text: `look ${marker}` },
    {
      type: "image",
      mediaType: "image/png",
      source: {
        kind: "storage",
        bucket: "switchboard-content",
        path: `${userId}/${name}.png`,
        size: 10,
      },
    },
  ] as postgres.JSONValue;

/** A patient with words everywhere, and another one who stays. */
async function talk(database: TestDatabase) {
  await beginTurn(database, patient, {
    message: `${marker} title`,
    useCase: marker,
    blocks: image(patient.userId, "a"),
  }).then((turn) => completeTurn(database, turn.question_id, { content: `${marker} answer` }));
  const second = await converse(database, patient, `${marker} two`, undefined, {
    content: `${marker} answer`,
    blocks: [{ type: "thinking", text: marker, signature: null }, { type: "text", text: marker }],
  });
  const kept = await converse(database, otherPatient, "stays");
  return { second, kept };
}

Deno.test("erase_user() leaves no word in any table, the ledger as it was, and a receipt in the chain", async () => {
  await withDatabase(async (database) => {
    const { kept } = await talk(database);
    const before = await ledger(database);
    expect(await tablesWith(database, marker)).toContain("public.ai_messages");

    const first = await eraseUser(database, patient.userId, { key: "ops", reason: "Ticket 4711" });
    expect(first).toMatchObject({ status: "running", left: { messages: 0, objects: 1 } });
    const done = await eraseWholly(database, patient.userId);
    const [hash] = await database.sql`
      select switchboard.keyed_hash('user', ${patient.userId}) as of`;
    const [today] = await database.sql`
      select ((now() at time zone 'UTC')::date + 30)::text as until`;
    expect(done).toMatchObject({
      erasure_id: first.erasure_id,
      left: { messages: 0, conversations: 0, objects: 0, running_turns: 0, limit_windows: 0 },
      receipt: {
        kind: "user",
        user_hash: hash!.of,
        conversations: 2,
        messages: 4,
        objects: 1,
        asked_by_key_name: "ops",
        database_role: "service_role",
        backups_until: today!.until,
      },
    });

    expect(await tablesWith(database, marker)).toEqual([]);
    expect(await ledger(database)).toEqual(before);
    const left = await database.sql`select distinct conversation_id as id from public.ai_messages`;
    expect([...left]).toEqual([{ id: kept.conversationId }]);
    const entries = await database.sql`
      select action, source, reason, actor_key_name, actor_user_id, row_before, row_after
      from public.model_switches where action = 'erase'`;
    expect([...entries]).toEqual([{
      action: "erase",
      source: "api",
      reason: "Ticket 4711",
      actor_key_name: "ops",
      actor_user_id: null,
      row_before: null,
      row_after: done.receipt,
    }]);
    expect(JSON.stringify(entries[0])).not.toContain(patient.userId);
    await expectChainVerified(database);

    // Asked for again, it is the same erasure.
    expect(await eraseUser(database, patient.userId)).toEqual(done);
    expect((await refused(eraseUser(database, crypto.randomUUID()))).detail).toBe("user_not_found");
  });
});
