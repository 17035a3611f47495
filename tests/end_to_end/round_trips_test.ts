import { expect } from "@std/expect";
import type postgres from "postgres";
import { withChatProcess } from "../support/chat_process.ts";
import { connect } from "../support/connect.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

/**
 * What the API server says around each request to open and close it; some of it begins a new line.
 */
const bookkeeping = /^(begin|commit|select set_config\(.*)?$/i;

/**
 * The statements that the API server sends to Postgres during `run`, as Postgres logs them, without
 * those that open and close a request's transaction and give it its role.
 */
async function statementsOf(run: () => Promise<unknown>): Promise<string[]> {
  const sql = connect({ port: Number(new URL(stack.dbUrl).port), user: "supabase_admin" });
  const mark = `mark-${crypto.randomUUID()}`;
  try {
    await logStatements(sql, true);
    await sql.unsafe(`select '${mark}'`);
    await run();
    const [row] = await sql`
      select pg_read_file(current_setting('data_directory') || '/../postgres.log') as text`;
    const logged = String(row?.text).split(mark).at(-1) ?? "";
    return [...logged.matchAll(/^postgrest\|LOG: +(?:execute [^:]*|statement): (.*)$/gm)]
      .map(([, statement = ""]) => statement.trim())
      .filter((statement) => !bookkeeping.test(statement));
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

/** Names of the functions that are called in a turn. */
async function calledIn(project: FreshProject, url: string, body: object): Promise<string[]> {
  const token = await project.token("patient");
  const statements = await statementsOf(async () => {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ message: "How often?", ...body }),
    });
    await response.text();
    expect(response.status).toBe(200);
  });
  return statements.map((statement) => /"?(\w+)"?\(/.exec(statement)?.[1] ?? statement);
}

Deno.test("chat takes two statements in Postgres for a turn, and one more after a switch", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      const firstOfProcess = await calledIn(project, url, {});
      expect(firstOfProcess).toEqual(["begin_chat_turn", "read_registry", "complete_chat_turn"]);
      const turn = ["begin_chat_turn", "complete_chat_turn"];
      expect(await calledIn(project, url, {})).toEqual(turn);
      expect(await calledIn(project, url, { stream: true })).toEqual(turn);
      await project.sql`
        update bedrock_models set is_default = true where model_id = 'eu.amazon.nova-lite-v1:0'`;
      expect(await calledIn(project, url, {})).toEqual(firstOfProcess);
      expect(await calledIn(project, url, {})).toEqual(turn);
    })));
