import { join } from "node:path";
import { describeError } from "../describe_error.ts";
import { StackError } from "../stack_error.ts";
import type { Connection } from "./connect.ts";
import { splitStatements } from "./split_statements.ts";

/** `<version>_<name>.sql`, the only files that the Supabase CLI takes for migrations. */
const migrationName = /^([0-9]+)_(.*)\.sql$/;

/**
 * Applies the migrations that are not recorded yet, in order, each in a transaction of its own,
 * and records them as `supabase db push` does, so that the CLI finds the database up to date.
 *
 * @param connection as `postgres`, who then owns what they make, as on a hosted project
 * @returns the names of the files applied
 * @throws {StackError} naming the file and the statement that failed; earlier files stay applied.
 * Also for recorded migrations that have no file.
 */
export async function applyMigrations(connection: Connection, dir: string): Promise<string[]> {
  await connection.unsafe(`
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations
      (version text not null primary key);
    alter table supabase_migrations.schema_migrations
      add column if not exists statements text[], add column if not exists name text;
  `);
  const rows = await connection`select version from supabase_migrations.schema_migrations`;
  const recorded = new Set<string>(rows.map((row) => row.version));
  const files = migrationFiles(dir);
  refuseForeignMigrations(recorded, files);
  const applied: string[] = [];
  for (const file of files) {
    const [, version = "", name = ""] = migrationName.exec(file) ?? [];
    if (recorded.has(version)) continue;
    await applyMigration(connection, { dir, file, version, name });
    applied.push(file);
  }
  return applied;
}

/** As `supabase db push` refuses: what other migrations made, these cannot build on. */
function refuseForeignMigrations(recorded: ReadonlySet<string>, files: readonly string[]): void {
  const versions = new Set(files.map((file) => migrationName.exec(file)?.[1]));
  const foreign = [...recorded].filter((version) => !versions.has(version));
  if (foreign.length === 0) return;
  throw new StackError(
    `The database has migrations that this checkout does not have: ${foreign.join(", ")}. ` +
      "Make it again with: deno task dev --reset",
  );
}

function migrationFiles(dir: string): string[] {
  try {
    return [...Deno.readDirSync(dir)]
      .filter((entry) => entry.isFile && migrationName.test(entry.name))
      .map((entry) => entry.name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function applyMigration(
  connection: Connection,
  migration: { dir: string; file: string; version: string; name: string },
): Promise<void> {
  const { dir, file, version, name } = migration;
  const statements = splitStatements(await Deno.readTextFile(join(dir, file)));
  await connection.begin(async (transaction) => {
    for (const [index, statement] of statements.entries()) {
      try {
        await transaction.unsafe(statement);
      } catch (error) {
        const place = `statement ${index + 1} of ${statements.length}`;
        throw new StackError(`Migration ${file} failed at ${place}: ${describeError(error)}`, {
          cause: error,
        });
      }
    }
    await transaction`
      insert into supabase_migrations.schema_migrations (version, name, statements)
      values (${version}, ${name}, ${statements})
    `;
    // A migration may change settings of its session; the next one begins with the defaults.
    await transaction.unsafe("reset all");
  });
}
