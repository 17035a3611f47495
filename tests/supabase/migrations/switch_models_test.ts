/** set_default_model(), enable_model() and disable_model(), also all at once. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  actAs,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

type Operation =
  | { name: "set_default_model" | "enable_model" | "disable_model"; model: string }
  | { name: "disable_model"; model: string; atOnce: true };

function call({ as }: TestDatabase, operation: Operation) {
  const atOnce = "atOnce" in operation ? ", p_at_once => true" : "";
  return as(serviceRole, async (sql) => {
    const [row] = await sql.unsafe(
      `select public.${operation.name}($1${atOnce}) as result`,
      [operation.model],
    );
    return row?.result;
  });
}

async function model({ sql }: TestDatabase, modelId: string) {
  const [row] = await sql`
    select is_available, is_default, serves_pinned from public.bedrock_models
    where model_id = ${modelId}`;
  return { ...row };
}

const opus3 = "anthropic.claude-3-opus-20240229-v1:0";

Deno.test("set_default_model() moves the default and returns the former one", async () => {
  await withDatabase(async (database) => {
    const result = await call(database, { name: "set_default_model", model: novaLite });
    expect(result.former_model_id).toBe(novaPro);
    const [version] = await database.sql`select version::int from public.registry_version`;
    expect(result.registry_version).toBe(version?.version);
    expect((await model(database, novaLite)).is_default).toBe(true);
    expect((await model(database, novaPro)).is_default).toBe(false);

    const again = await call(database, { name: "set_default_model", model: novaLite });
    expect(again).toEqual({
      former_model_id: novaLite,
      former_version: result.registry_version,
      rollout_id: null,
      registry_version: result.registry_version,
    });
  });
});

Deno.test("disable_model() keeps pinned conversations, at once ends them, enable_model() restores", async () => {
  await withDatabase(async (database) => {
    await call(database, { name: "disable_model", model: novaLite });
    expect(await model(database, novaLite))
      .toEqual({ is_available: false, is_default: false, serves_pinned: true });
    await call(database, { name: "disable_model", model: novaLite, atOnce: true });
    expect(await model(database, novaLite))
      .toEqual({ is_available: false, is_default: false, serves_pinned: false });
    await call(database, { name: "disable_model", model: novaLite });
    expect((await model(database, novaLite)).serves_pinned).toBe(false);
    await call(database, { name: "enable_model", model: novaLite });
    expect(await model(database, novaLite))
      .toEqual({ is_available: true, is_default: false, serves_pinned: true });
  });
});

Deno.test("disable_model() names the assistants whose own model it is", async () => {
  await withDatabase(async ({ sql }) => {
    const assistantsOf = async (modelId: string) => {
      const [row] = await sql`select public.disable_model(${modelId}) as done`;
      return row?.done.assistants;
    };
    await sql`
      update public.ai_assistants set model_version = ${novaLite}
      where assistant_type in ('clinical', 'health', 'operations')`;
    expect(await assistantsOf(novaLite)).toEqual(["clinical", "health", "operations"]);
    expect(await assistantsOf(novaLite)).toEqual(["clinical", "health", "operations"]);
    expect(await assistantsOf(novaMicro)).toEqual([]);
  });
});

/** Refused calls, what must hold before, and the code and detail of the refusal. */
const refusals: [string, Operation, string, [string, string]][] = [
  ["an unknown model", { name: "set_default_model", model: "no-such-model" }, "", [
    "PT404",
    "model_not_found",
  ]],
  ["an unavailable model", { name: "set_default_model", model: opus3 }, "", [
    "PT409",
    "model_not_available",
  ]],
  [
    "a retired model",
    { name: "set_default_model", model: sonnet35 },
    `update public.bedrock_models set lifecycle = 'retired' where model_id = '${sonnet35}'`,
    ["PT409", "model_retired"],
  ],
  ["an unknown model", { name: "enable_model", model: "no-such-model" }, "", [
    "PT404",
    "model_not_found",
  ]],
  [
    "a retired model",
    { name: "enable_model", model: opus3 },
    `update public.bedrock_models set lifecycle = 'retired' where model_id = '${opus3}'`,
    ["PT409", "model_retired"],
  ],
  ["an unknown model", { name: "disable_model", model: "no-such-model" }, "", [
    "PT404",
    "model_not_found",
  ]],
  ["the default", { name: "disable_model", model: novaPro }, "", ["PT409", "model_is_default"]],
  [
    "the last available model",
    { name: "disable_model", model: novaLite },
    `update public.bedrock_models set is_default = false, is_available = (model_id = '${novaLite}')`,
    ["PT409", "last_available_model"],
  ],
];

for (const [what, operation, given, [code, detail]] of refusals) {
  Deno.test(`${operation.name}() refuses ${what} and says what to do`, async () => {
    await withDatabase(async (database) => {
      if (given !== "") await database.sql.unsafe(given);
      const before = await model(database, operation.model);
      const error = await refused(call(database, operation));
      expect([error.code, error.detail]).toEqual([code, detail]);
      expect(error.message).toContain(operation.model);
      expect(error.hint).toMatch(/\S/);
      expect(await model(database, operation.model)).toEqual(before);
    });
  });
}

/** Fifty connections, opened before anything starts. */
async function withFiftySessions(
  database: TestDatabase,
  test: (sessions: postgres.Sql[]) => Promise<void>,
): Promise<void> {
  const sessions = Array.from({ length: 50 }, () => database.session());
  await Promise.all(sessions.map((sql) => sql`select 1`));
  await test(sessions);
}

Deno.test("fifty set_default_model() at once leave one default and refuse only unknown ids", async () => {
  await withDatabase(async (database) => {
    await withFiftySessions(database, async (sessions) => {
      const wanted = [novaLite, novaPro, novaMicro, sonnet35, "no-such-model"];
      const results = await Promise.allSettled(
        sessions.map((session, n) =>
          actAs(
            session,
            serviceRole,
            (sql) => sql`select public.set_default_model(${wanted[n % 5] ?? ""})`,
          )
        ),
      );
      results.forEach((result, n) => {
        const code = result.status === "rejected" ? result.reason.code : "ok";
        expect([n, code]).toEqual([n, n % 5 === 4 ? "PT404" : "ok"]);
      });
      const rows = await database.sql`select model_id from public.bedrock_models where is_default`;
      expect(rows).toHaveLength(1);
      expect(wanted.slice(0, 4)).toContain(rows[0]?.model_id);
    });
  });
});

/** Each makes two models the default, one after the other, in one transaction; half in reverse. */
Deno.test("functions, single updates and opposing transactions at once: no error, one default", async () => {
  await withDatabase(async (database) => {
    await withFiftySessions(database, async (sessions) => {
      const models = [novaLite, novaPro, novaMicro, sonnet35];
      const setDefault = (sql: Pick<postgres.Sql, "unsafe">, modelId = "") =>
        sql.unsafe(`UPDATE bedrock_models SET is_default = TRUE WHERE model_id = '${modelId}'`);
      const results = await Promise.allSettled(sessions.map((session, n) => {
        const [one, other] = [models[n % 4], models[(n + 1) % 4]];
        switch (n % 3) {
          case 0:
            return session.unsafe(`select public.set_default_model('${one}')`);
          case 1:
            return setDefault(session, one);
          default:
            return session.begin(async (transaction) => {
              for (const modelId of n % 2 === 0 ? [one, other] : [other, one]) {
                await setDefault(transaction, modelId);
              }
            });
        }
      }));
      expect(results.filter((result) => result.status === "rejected")).toEqual([]);
      const rows = await database.sql`select model_id from public.bedrock_models where is_default`;
      expect(rows).toHaveLength(1);

      // The log tells the same story: it alternates, and ends with the default that is set.
      const log = await database.sql`
        select action, model_id from public.model_switches
        where action in ('set-default', 'unset-default') order by id`;
      const flags = new Map([[novaPro, 1]]);
      for (const { action, model_id } of log) {
        flags.set(model_id, (flags.get(model_id) ?? 0) + (action === "set-default" ? 1 : -1));
      }
      expect([...flags].filter(([, count]) => count !== 0)).toEqual([[rows[0]?.model_id, 1]]);
    });
  });
});

Deno.test("the hint of an unknown model names at most twenty models", async () => {
  await withDatabase(async ({ sql }) => {
    const hint = async () =>
      (await refused(sql`select public.set_default_model('no.such')`)).hint ?? "";
    expect(await hint()).toMatch(/^Registered: eu\.amazon\.nova-pro-v1:0, [^,]+(, [^,]+){9}$/);
    await sql`
      insert into public.bedrock_models
        (model_id, model_name, provider, format, geographies, max_tokens, context_window, priority)
      select 'many.model-' || n, 'Model', 'Many', 'nova', '{eu}', 1, 1, 1000 + n
      from generate_series(1, 12) as n`;
    expect(await hint()).toMatch(/many\.model-9 and 3 more$/);
  });
});
