import { describeError } from "../describe_error.ts";
import { StackError } from "../stack_error.ts";
import { connect, type Connection } from "./connect.ts";
import { applyMigrations } from "./migrations.ts";
import { applySeed } from "./seed.ts";

/**
 * Brings a database to what a hosted project has once the project's migrations are pushed, marks it
 * as a local stack's, and seeds it. Does only what is not done yet.
 *
 * @throws {StackError} saying what failed
 */
export async function provisionDatabase(options: {
  readonly port: number;
  readonly migrationsDir: string;
  readonly seedPath: string;
  /** Makes the tables of the Auth server in the schema `auth`, where they are missing. */
  readonly createAuthTables: () => Promise<void>;
  readonly log: (line: string) => void;
}): Promise<void> {
  const { port, migrationsDir, seedPath, createAuthTables, log } = options;
  const admin = connect(port, "supabase_admin");
  const owner = connect(port, "postgres");
  try {
    await runScript(admin, "hosted_project.sql");
    await createAuthTables();
    await runScript(admin, "auth_schema.sql");
    await runScript(admin, "local_stack.sql");
    const applied = await applyMigrations(owner, migrationsDir);
    if (applied.length > 0) log(`Applied ${applied.length} migrations.`);
    if (await applySeed(owner, seedPath)) log("Applied the seed.");
  } finally {
    await Promise.all([admin.end({ timeout: 1 }), owner.end({ timeout: 1 })]);
  }
}

async function runScript(connection: Connection, name: string): Promise<void> {
  const script = await Deno.readTextFile(new URL(name, import.meta.url));
  try {
    await connection.unsafe(script);
  } catch (cause) {
    throw new StackError(`local/database/${name} failed: ${describeError(cause)}`, { cause });
  }
}
