/** Databases for tests, each a fresh copy, and the people who use them. */
import type postgres from "postgres";
import { connect } from "./connect.ts";
import { databasePortVariable, templates } from "./database_server.ts";

/** A session in which the statements run; a pool or a transaction. */
export type Session = postgres.ISql;

/** Whose request it is: a Postgres role and, of signed-in users, who. */
export interface Caller {
  readonly role: "anon" | "authenticated" | "service_role";
  readonly userId?: string;
  /** The session of the user's token; left out of one that Auth did not issue. */
  readonly sessionId?: string;
}

export const anon: Caller = { role: "anon" };
export const serviceRole: Caller = { role: "service_role" };
export const patient = user(1);
export const otherPatient = user(2);
export const clinician = user(3);
export const facilityStaff = user(4);
export const platformAdmin = user(5);

/** All signed-in users of a test database; the two patients have no row in `ai_user_roles`. */
const users = [patient, otherPatient, clinician, facilityStaff, platformAdmin];
const roles = [
  [clinician, "clinical"],
  [facilityStaff, "operations"],
  [platformAdmin, "platform"],
] as const;

type SignedIn = Caller & { readonly userId: string };

function user(n: number): SignedIn {
  return {
    role: "authenticated",
    userId: `00000000-0000-4000-a000-00000000000${n}`,
  };
}

/** One database of the tests' server. */
export interface TestDatabase {
  /** Connections as `postgres`, as Studio and the SQL shell use it. */
  readonly sql: postgres.Sql;
  /** One more session as `postgres`, for what happens at the same time. */
  session(): postgres.Sql;
  /** Runs statements in one transaction as a caller of the API does: role and claims set. */
  as<T>(
    caller: Caller,
    statements: (sql: postgres.TransactionSql) => Promise<T>,
  ): Promise<T>;
}

/** Runs a test on a database with all migrations and the users above. */
export async function withDatabase(
  test: (database: TestDatabase) => Promise<void>,
): Promise<void> {
  await withCopy(templates.migrated, async (database) => {
    const { sql } = database;
    await sql`insert into auth.users ${sql(users.map(({ userId }) => ({ id: userId })))}`;
    const rows = roles.map(([{ userId }, type]) => ({ user_id: userId, assistant_type: type }));
    await sql`insert into public.ai_user_roles ${sql(rows)}`;
    await test(database);
  });
}

/** Runs a test on what a hosted project has before its first migration. */
export async function withEmptyDatabase(
  test: (database: TestDatabase) => Promise<void>,
): Promise<void> {
  await withCopy(templates.empty, test);
}

/** Deletes all models and assistants, though one model must stay available. */
export async function emptyRegistry(sql: postgres.Sql): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`delete from public.ai_user_roles`;
    await transaction`delete from public.ai_assistants`;
    await transaction`alter table public.bedrock_models disable trigger require_available_model`;
    await transaction`delete from public.bedrock_models`;
    await transaction`alter table public.bedrock_models enable trigger require_available_model`;
  });
}

/**
 * The connection that makes the copies: one for all tests, since a copy takes not much longer than a
 * connection. Opened before the first, so that the sanitizers see what a test leaves behind.
 */
let admin: postgres.Sql;
Deno.test.beforeAll(async () => {
  admin = connect({ port: serverPort(), user: "supabase_admin", database: "template1" });
  await admin`select`;
});
Deno.test.afterAll(async () => await admin.end());

async function withCopy(
  template: string,
  test: (database: TestDatabase) => Promise<void>,
): Promise<void> {
  const port = serverPort();
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  const sessions: postgres.Sql[] = [];
  const open = (max: number) => {
    const sql = connect({ port, database: name, max });
    sessions.push(sql);
    return sql;
  };
  try {
    await admin.unsafe(
      `create database ${name} template ${template} owner postgres`,
    );
    const sql = open(4);
    await test({
      sql,
      session: () => open(1),
      as: (caller, statements) => actAs(sql, caller, statements),
    });
  } finally {
    await Promise.all(sessions.map((sql) => sql.end({ timeout: 5 })));
    await admin.unsafe(`drop database if exists ${name} with (force)`);
  }
}

/** As PostgREST runs a request: a transaction with the role and the claims of its token. */
export async function actAs<T>(
  sql: postgres.Sql,
  caller: Caller,
  statements: (sql: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  const claims = JSON.stringify({
    role: caller.role,
    sub: caller.userId,
    session_id: caller.sessionId,
  });
  const result = await sql.begin(async (transaction) => {
    await transaction`
      select
        set_config('role', ${caller.role}, true),
        set_config('request.jwt.claims', ${claims}, true)`;
    return { value: await statements(transaction) };
  });
  return result.value as T;
}

/**
 * The SQLSTATE of a refused statement.
 *
 * @throws if it was not refused.
 */
export async function refusal(statement: Promise<unknown>): Promise<string> {
  return (await refused(statement)).code;
}

/** The error of a refused statement, with the switchboard's code in `detail`. */
export async function refused(
  statement: Promise<unknown>,
): Promise<postgres.PostgresError> {
  let result: unknown;
  try {
    result = await statement;
  } catch (error) {
    if (error instanceof Error && error.name === "PostgresError") {
      return error as postgres.PostgresError;
    }
    throw error;
  }
  throw new Error(
    `The statement was to be refused, but returned ${JSON.stringify(result)}.`,
  );
}

/** Port of the server that the database tests share. */
export function serverPort(): number {
  const port = Number(Deno.env.get(databasePortVariable));
  if (!port) {
    throw new Error(
      "The database tests need their server: run them with deno task test <name>.",
    );
  }
  return port;
}
