/**
 * The PostgreSQL server of the database tests: one for the whole run, started by tests/run.ts.
 * Its databases are hosted look-alikes, without the embedded API server, which changes grants.
 */
import { join } from "node:path";
import type postgres from "postgres";
import { applyMigrations } from "../../local/database/migrations.ts";
import { projectRoot } from "../../local/config.ts";
import { freePort } from "../../local/ports.ts";
import { postgresHome } from "../../local/postgres/home.ts";
import { installPrograms } from "../../local/postgres/programs.ts";
import { createPostgresServer, prepareHome } from "../../local/postgres/server.ts";
import { connect } from "./connect.ts";

/** The variable by which the tests learn the server's port. */
export const databasePortVariable = "TEST_DATABASE_PORT";

/** Copied for each test: no migration applied, or all of them. */
export const templates = {
  empty: "template_empty",
  migrated: "template_migrated",
} as const;

/** Where the migrations and the seed of local stacks are. */
export const migrationsDir = join(projectRoot, "supabase", "migrations");
export const seedPath = join(projectRoot, "supabase", "seed.sql");

/** The migration with the registry's first rows, which may be run again. */
export const firstRowsPath = join(migrationsDir, "20261129091900_insert_first_rows.sql");

/** Starts the server in a folder of its own, within another, and makes the templates. */
export async function startDatabaseServer(
  within: string,
): Promise<{ port: number; stop(): Promise<void> }> {
  const dir = await Deno.makeTempDir({ dir: within, prefix: "database-" });
  // Root runs the server as another user, who has to get in.
  await Deno.chmod(dir, 0o755);
  const home = postgresHome(dir);
  await prepareHome(home);
  const port = freePort();
  const server = createPostgresServer({
    home,
    programs: await installPrograms(home.dir),
    port,
    durable: false,
  });
  const stop = () => server.stop();
  try {
    await server.start();
    await makeTemplates(port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

async function makeTemplates(port: number): Promise<void> {
  const hosted = connect({ port, user: "supabase_admin" });
  for (
    const path of [
      "local/database/hosted_project.sql",
      "tests/support/hosted_bootstrap.sql",
    ]
  ) {
    await runFile(hosted, join(projectRoot, path));
  }
  await runFile(hosted, join(projectRoot, "local/database/auth_schema.sql"));
  await hosted.end();

  await copyDatabase(port, "postgres", templates.empty);
  const owner = connect({ port });
  await applyMigrations(owner, migrationsDir);
  // Providers that tests make up keep nothing, unless a test says otherwise.
  await owner`
    insert into switchboard.provider_terms (
      place, provider, model_id_pattern, provider_retention, source, checked_on)
    values (1000, '^(?!(amazon|anthropic|openai)$)', '', 'none', 'Made up.', '2026-11-30')`;
  await owner.end();
  await copyDatabase(port, "postgres", templates.migrated);
}

async function copyDatabase(
  port: number,
  from: string,
  to: string,
): Promise<void> {
  const admin = connect({
    port,
    user: "supabase_admin",
    database: "template1",
  });
  await admin.unsafe(`create database ${to} template ${from} owner postgres`);
  await admin.end();
}

/** Runs an SQL script, all of it or nothing. */
export async function runFile(sql: postgres.Sql, path: string): Promise<void> {
  const script = await Deno.readTextFile(path);
  await sql.begin((transaction) => transaction.unsafe(script));
}
