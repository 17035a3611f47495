/**
 * Runs SQL on the embedded stack's database, for machines without psql: `deno task sql "select 1"`.
 */
import type postgres from "postgres";
import { ClientError, UsageError } from "./client/client_error.ts";
import { printable } from "./client/describe_answer.ts";
import { formatTable } from "./client/transcript.ts";
import { readLocalConfig } from "./config.ts";
import { connect } from "./database/connect.ts";
import { splitStatements } from "./database/split_statements.ts";

const usage = `Usage: deno task sql "select …"
       deno task sql < statements.sql

Runs SQL on the database of the embedded stack, which must be running (deno task dev), as the role
postgres, and prints what it returns. Several statements are one transaction, as in Studio's SQL
editor.

Environment:
  SWITCHBOARD_DB_PORT  where the database listens; default 54322`;

/**
 * Runs statements, and prints the rows or the number of rows of each.
 *
 * @throws {ClientError} if the database is not there, or refuses a statement.
 */
export async function runSql(
  script: string,
  port: number,
  print: (text: string) => void,
): Promise<void> {
  const sql = connect(port, "postgres");
  try {
    const statements = splitStatements(script);
    const [only = ""] = statements;
    const results = statements.length > 1
      ? await sql.begin((transaction) => runEach(transaction, statements))
      : await runEach(sql, [only]);
    // After the commit, which may refuse what the statements did.
    for (const result of results) print(describe(result));
  } catch (error) {
    throw toClientError(error, port);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

type Result = postgres.RowList<postgres.Row[]>;

async function runEach(sql: postgres.ISql, statements: readonly string[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const statement of statements) results.push(await sql.unsafe(statement));
  return results;
}

function describe(result: Result): string {
  const { columns, command, count } = result;
  if (!columns) return `${command ?? "Nothing to do"} ${count ?? ""}`.trim();
  const names = columns.map(({ name }) => name);
  const cells = result.map((row) => names.map((name) => cell(row[name])));
  return `${formatTable([names, ...cells])}\n(${count} ${count === 1 ? "row" : "rows"})`;
}

function cell(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return printable(text).replaceAll(/\s+/g, " ");
}

function toClientError(error: unknown, port: number): unknown {
  if (!(error instanceof Error)) return error;
  const { code, detail, hint } = error as Partial<postgres.PostgresError>;
  if (code === "ECONNREFUSED" || code === "CONNECT_TIMEOUT") {
    return new ClientError(
      `The database is not answering at 127.0.0.1:${port}; start the stack with: deno task dev`,
    );
  }
  if (error.name !== "PostgresError") return error;
  return new ClientError(
    [`${error.message} (${code})`, detail, hint].filter(Boolean).join("\n"),
  );
}

if (import.meta.main) {
  try {
    const [first, ...others] = Deno.args;
    if (first === "-h" || first === "--help") {
      console.log(usage);
      Deno.exit(0);
    }
    if (others.length > 0) throw new UsageError("The SQL is one argument; put it in quotes.");
    if (first === undefined && Deno.stdin.isTerminal()) throw new UsageError("The SQL is missing.");
    const statements = first ?? await new Response(Deno.stdin.readable).text();
    if (statements.trim() === "") throw new UsageError("The SQL is missing.");
    await runSql(statements, readLocalConfig().dbPort, console.log);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee: deno task sql --help`);
      Deno.exit(2);
    }
    if (!(error instanceof ClientError || error instanceof RangeError)) throw error;
    console.error(printable(error.message));
    Deno.exit(1);
  }
}
