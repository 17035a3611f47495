/** Erasing people's data through Postgres, as the functions do it, and what is left of it. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { otherPatient, patient, serviceRole, type TestDatabase } from "./test_database.ts";
import { beginTurn, completeTurn, converse } from "./turns.ts";

/** What no row may hold when it is erased. */
export const marker = "MARKER-7c1e";

/** Where an erasure is, as the functions tell it. */
export interface Erasure {
  readonly erasure_id: number;
  readonly status: "running" | "done";
  readonly left: Record<string, number>;
  readonly receipt: Record<string, string | number | null>;
}

export interface EraseOptions {
  readonly actor?: string;
  readonly key?: string;
  readonly reason?: string;
}

export function eraseUser(
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

export function eraseConversation({ as }: TestDatabase, id: string): Promise<Erasure> {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`select public.erase_conversation(${id}) as erasure`;
    return row!.erasure;
  });
}

export interface Claimed {
  readonly id: number;
  readonly path: string;
  readonly is_prefix: boolean;
}

export const claim = ({ as }: TestDatabase): Promise<Claimed[]> =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`select public.claim_erasure_objects(100) as claimed`;
    return row!.claimed;
  });

export const recordObjects = (
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
export async function emptyStorage(database: TestDatabase): Promise<Claimed[]> {
  const claimed = await claim(database);
  await recordObjects(database, claimed.map(({ id }) => ({ id, removed: 1, error: null })));
  return claimed;
}

export async function continueErasures({ as }: TestDatabase, batch = 5000) {
  return await as(serviceRole, async (sql) => {
    const [row] = await sql`select public.continue_erasures(${batch}) as outcome`;
    return row!.outcome as Record<string, number>;
  });
}

export async function eraseWholly(
  database: TestDatabase,
  userId: string,
  options: EraseOptions = {},
) {
  for (let call = 0; call < 10; call++) {
    const erasure = await eraseUser(database, userId, options);
    if (erasure.status === "done") return erasure;
    await emptyStorage(database);
  }
  throw new Error("The erasure does not end.");
}

/** Rows of any table that hold a text, and samples of them, as `schema.table`. */
export async function tablesWith(
  { sql }: Pick<TestDatabase, "sql">,
  text: string,
): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname !~ '^pg_(toast|temp)'
    -- The planner keeps samples of what was in a column when it was last analyzed.
    union all select 'pg_catalog.pg_stats'`;
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
export const ledger = ({ sql }: Pick<TestDatabase, "sql">) =>
  sql`select u::text as entry from public.ai_usage as u order by u.id`.then((rows) => [...rows]);

export async function expectChainVerified({ sql }: Pick<TestDatabase, "sql">): Promise<void> {
  const [row] = await sql`select public.verify_model_switches() as verified`;
  expect(row!.verified).toMatchObject({ ok: true });
}

export const image = (userId: string, name: string) =>
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
export async function talk(database: TestDatabase) {
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
  await database.sql`analyze`;
  return { second, kept };
}
