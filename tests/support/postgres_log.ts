/** The log of a stack's Postgres, with every statement and its values. */
import type postgres from "postgres";
import { connect } from "./connect.ts";
import type { TestStack } from "./test_stack.ts";

/** What Postgres logs during `run`, each line behind the name of its application and a bar. */
export async function postgresLogOf(
  stack: TestStack,
  run: () => Promise<unknown>,
): Promise<string> {
  const sql = connect({ port: Number(new URL(stack.dbUrl).port), user: "supabase_admin" });
  const mark = `mark-${crypto.randomUUID()}`;
  try {
    await logStatements(sql, true);
    await sql.unsafe(`select '${mark}'`);
    await run();
    const [row] = await sql`
      select pg_read_file(current_setting('data_directory') || '/../postgres.log') as text`;
    return String(row?.text).split(mark).at(-1) ?? "";
  } finally {
    await logStatements(sql, false);
    await sql.end();
  }
}

async function logStatements(sql: postgres.Sql, on: boolean): Promise<void> {
  for (const name of ["log_statement", "log_line_prefix"]) {
    await sql.unsafe(`alter system reset ${name}`);
  }
  if (on) {
    await sql.unsafe("alter system set log_statement = 'all'");
    await sql.unsafe("alter system set log_line_prefix = '%a|'");
  }
  await sql`select pg_reload_conf()`;
  const logs = async () => (await sql`show log_statement`)[0]?.log_statement === "all";
  while (await logs() !== on) await new Promise((resolve) => setTimeout(resolve, 10));
  // The server tells all of its processes at once; the others hear of it in the same moment.
  await new Promise((resolve) => setTimeout(resolve, 50));
}
