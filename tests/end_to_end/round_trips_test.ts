import { expect } from "@std/expect";
import type postgres from "postgres";
import { serveDelayed } from "../../bench/processes/delay_proxy.ts";
import { maxBodyBytes } from "../../supabase/functions/_shared/http/read_body.ts";
import { withChatProcess, withFunctionProcess } from "../support/chat_process.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { madeKey } from "../support/made_key.ts";
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

/** What every turn and call has to hold. */
async function hardLimits(sql: postgres.Sql): Promise<void> {
  await sql`
    insert into ai_limits (scope, unit, amount, period)
    values ('project', 'usd', 100, 'day'), ('project', 'tokens', 1000000000, 'month'),
      ('project', 'turns', 10000, 'total'), ('project', 'concurrent', 100, null)`;
}

/** Names of the functions that are called for a request, which is answered. */
async function calledFor(url: string, token: string, body?: object): Promise<string[]> {
  const statements = await statementsOf(async () => {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      ...(body && { method: "POST", body: JSON.stringify(body) }),
    });
    await response.text();
    expect(response.status).toBe(200);
  });
  return statements.map((statement) => /"?(\w+)"?\(/.exec(statement)?.[1] ?? statement);
}

Deno.test("chat takes two statements in Postgres for a turn, and one more after a switch", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      const token = await project.token("patient");
      const calledIn = (more: object) => calledFor(url, token, { message: "How often?", ...more });
      const turn = ["begin_chat_turn", "complete_chat_turn"];
      const afterSwitch = ["begin_chat_turn", "read_registry", "complete_chat_turn"];
      // The first of a process asks where functions may run, before it reads what is sent.
      expect(await calledIn({})).toEqual(["read_registry", ...turn]);
      expect(await calledIn({})).toEqual(turn);
      expect(await calledIn({ stream: true })).toEqual(turn);
      await project.sql`
        update bedrock_models set is_default = true where model_id = 'eu.amazon.nova-lite-v1:0'`;
      expect(await calledIn({})).toEqual(afterSwitch);
      expect(await calledIn({})).toEqual(turn);
      await hardLimits(project.sql);
      expect(await calledIn({})).toEqual(afterSwitch);
      expect(await calledIn({})).toEqual(turn);
    })));

const endpoints = [["openai", "/v1/chat/completions"], ["anthropic", "/v1/messages"]] as const;

for (const [name, path] of endpoints) {
  Deno.test(`${name} takes two statements in Postgres for a call, and one more after a switch`, () =>
    withFreshProject(stack, (project) =>
      withFunctionProcess(stack, name, async (base) => {
        const { key } = await madeKey(project.sql);
        const user = await project.token("patient");
        const calledIn = (token: string, more: { stream?: boolean } = {}, content = "Hello") =>
          calledFor(`${base}${path}`, token, {
            model: "default",
            max_tokens: 100,
            messages: [{ role: "user", content }],
            ...more,
          });
        const call = ["begin_call", "complete_call"];
        const afterSwitch = ["begin_call", "read_registry", "complete_call"];
        // The first of a process asks where functions may run, before it reads what is sent.
        expect(await calledIn(key)).toEqual(["read_registry", ...call]);
        for (const token of [key, user, project.keys.secret]) {
          expect(await calledIn(token)).toEqual(call);
          expect(await calledIn(token, { stream: true })).toEqual(call);
        }
        expect(await calledFor(`${base}/v1/models`, key)).toEqual(["begin_call"]);
        await project.sql`
          update bedrock_models set is_default = true where model_id = 'eu.amazon.nova-lite-v1:0'`;
        expect(await calledIn(key)).toEqual(afterSwitch);
        // A key is verified before a body is read that only verified callers may send.
        const long = "word ".repeat(maxBodyBytes / 5);
        expect(await calledIn(key, {}, long)).toEqual(["begin_call", ...call]);
        expect(await calledIn(user, {}, long)).toEqual(call);
        await hardLimits(project.sql);
        expect(await calledIn(key)).toEqual(afterSwitch);
        expect(await calledIn(key)).toEqual(call);
      })));
}

/** Runs a test with a proxy before the API server, which counts the connections of a function. */
async function withCountedConnections(
  test: (env: Readonly<Record<string, string>>, connections: () => number) => Promise<void>,
): Promise<void> {
  const proxy = serveDelayed({ targetPort: Number(new URL(stack.apiUrl).port), roundTripMs: 0 });
  try {
    await test({ SUPABASE_URL: `http://127.0.0.1:${proxy.port}` }, () => proxy.connections);
  } finally {
    await proxy.stop();
  }
}

Deno.test("chat keeps its connection to the database, which costs a round trip to open", () =>
  withFreshProject(
    stack,
    (project) =>
      withCountedConnections((env, connections) =>
        withChatProcess(stack, async (url) => {
          const token = await project.token("patient");
          for (const stream of [false, true, false, true]) {
            await calledFor(url, token, { message: "How often?", stream });
            expect(connections()).toBe(1);
          }
        }, env)
      ),
  ));

for (const [name, path] of endpoints) {
  Deno.test(`${name} keeps its connection to the database, which costs a round trip to open`, () =>
    withFreshProject(
      stack,
      (project) =>
        withCountedConnections((env, connections) =>
          withFunctionProcess(stack, name, async (base) => {
            const { key } = await madeKey(project.sql);
            const messages = [{ role: "user", content: "Hello" }];
            for (const stream of [false, true, false, true]) {
              const call = { model: "default", max_tokens: 100, messages, stream };
              await calledFor(`${base}${path}`, key, call);
              expect(connections()).toBe(1);
            }
          }, env)
        ),
    ));
}
