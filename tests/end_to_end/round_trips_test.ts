import { expect } from "@std/expect";
import { withChatProcess } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { postgresLogOf } from "../support/postgres_log.ts";
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
  const logged = await postgresLogOf(stack, run);
  return [...logged.matchAll(/^postgrest\|LOG: +(?:execute [^:]*|statement): (.*)$/gm)]
    .map(([, statement = ""]) => statement.trim())
    .filter((statement) => !bookkeeping.test(statement));
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
