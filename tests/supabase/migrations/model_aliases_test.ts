/** Names of models: each means one model, by whatever way it is written. */
import { expect } from "@std/expect";
import {
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro } from "../../support/turns.ts";
import { until } from "../../support/until.ts";

const setAliases = (
  { as }: TestDatabase,
  modelId: string,
  aliases: string[],
  expectedVersion: number | null = null,
) =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.set_model_aliases(
        ${modelId}, ${aliases}, p_actor_user_id => ${platformAdmin.userId!}, p_source => 'api',
        p_expected_version => ${expectedVersion}, p_reason => 'clients ask for it') as made`;
    return row!.made as {
      former_aliases: string[];
      former_version: number;
      registry_version: number;
    };
  });

const aliasesOf = async ({ sql }: TestDatabase, modelId: string) =>
  (await sql`select aliases from public.bedrock_models where model_id = ${modelId}`)[0]!.aliases;

Deno.test("set_model_aliases() replaces the names of a model, recorded, and is taken back", async () => {
  await withDatabase(async (database) => {
    const made = await setAliases(database, novaPro, ["nova-pro", "fast", "GPT-4o:latest"]);
    expect(made.former_aliases).toEqual(["nova-pro"]);
    expect(made.registry_version).toBe(made.former_version + 1);
    expect(await aliasesOf(database, novaPro)).toEqual(["nova-pro", "fast", "GPT-4o:latest"]);
    // Once more is no change.
    const again = await setAliases(database, novaPro, ["nova-pro", "fast", "GPT-4o:latest"]);
    expect(again.registry_version).toBe(made.registry_version);

    await database.as(serviceRole, async (sql) => {
      const [row] = await sql`select public.list_model_switches(1) -> 0 as entry`;
      expect(row!.entry).toMatchObject({
        action: "set-aliases",
        model_id: novaPro,
        actor_user_id: platformAdmin.userId!,
        reason: "clients ask for it",
        from: { aliases: ["nova-pro"] },
        to: { aliases: ["nova-pro", "fast", "GPT-4o:latest"] },
      });
      await sql`select public.roll_back_switches()`;
    });
    expect(await aliasesOf(database, novaPro)).toEqual(["nova-pro"]);
    expect((await refused(setAliases(database, "gpt-7", []))).detail).toBe("model_not_found");
    await database.sql`
      update public.bedrock_models set priority = 11 where model_id = ${novaPro}`;
    expect((await refused(setAliases(database, novaPro, [], made.registry_version))).detail)
      .toBe("registry_changed");
  });
});

Deno.test("a name that means a model already is refused, by whatever way it comes", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    for (const aliases of [["nova-lite"], [novaLite], ["one", "one"], [novaPro], ["default"]]) {
      expect([aliases, (await refused(setAliases(database, novaPro, aliases))).detail])
        .toEqual([aliases, "alias_taken"]);
    }
    const taken = [
      sql`update public.bedrock_models set aliases = '{nova-lite}' where model_id = ${novaPro}`,
      sql`update public.bedrock_models set model_id = 'nova-lite' where model_id = ${novaPro}`,
      sql`update public.bedrock_models set aliases = '{same}' where model_id like '%nova%'`,
      sql`
        insert into public.bedrock_models
          (model_id, model_name, provider, format, max_tokens, context_window)
        values ('nova-lite', 'n', 'n', 'converse', 1, 1)`,
      sql`
        insert into public.bedrock_models
          (model_id, model_name, aliases, provider, format, max_tokens, context_window)
        values ('a-model', 'n', '{nova-lite}', 'n', 'converse', 1, 1)`,
    ];
    for (const statement of taken) expect((await refused(statement)).detail).toBe("alias_taken");

    // One statement may pass a name on.
    await sql`
      update public.bedrock_models
      set aliases = case model_id when ${novaPro} then '{nova-lite}'::text[] else '{nova-pro}' end
      where model_id in (${novaPro}, ${novaLite})`;
    expect(await aliasesOf(database, novaPro)).toEqual(["nova-lite"]);
    expect(await aliasesOf(database, novaLite)).toEqual(["nova-pro"]);
  });
});

Deno.test("a name that was passed on goes back with a rollback, in whatever order the rows are", async () => {
  await withDatabase(async (database) => {
    for (const [from, to] of [[novaPro, novaMicro], [novaMicro, novaPro]] as const) {
      const before = [await aliasesOf(database, from), await aliasesOf(database, to)];
      await setAliases(database, from, []);
      const [taken] = await database.sql`select max(id) as id from public.model_switches`;
      await setAliases(database, to, before.flat());
      await database.as(serviceRole, (sql) =>
        sql`
        select public.roll_back_switches(${taken!.id}::bigint)`);
      expect([await aliasesOf(database, from), await aliasesOf(database, to)]).toEqual(before);
    }
  });
});

Deno.test("a name is written as clients can send it", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const wrong = ["", " ", "a b", "-a", "a/b", "ä", "a,b", "a\n", '"a"', "a".repeat(129)];
    for (const alias of wrong) {
      expect([alias, await refusal(setAliases(database, novaPro, [alias]))])
        .toEqual([alias, "23514"]);
    }
    const many = Array.from({ length: 21 }, (_, n) => `name-${n}`);
    expect(await refusal(setAliases(database, novaPro, many))).toBe("23514");
    expect(
      await refusal(sql`
        update public.bedrock_models set aliases = '{null}' where model_id = ${novaPro}`),
    ).toBe("23514");
    await setAliases(database, novaPro, ["a".repeat(128), "9", "a.b_c:d-e"]);
  });
});

Deno.test("of two writers that give one name to two models, the second is refused", async () => {
  await withDatabase(async (database) => {
    const second = database.session();
    const { promise: bothWrote, resolve: write } = Promise.withResolvers<void>();
    const first = database.sql.begin(async (transaction) => {
      await transaction`
        update public.bedrock_models set aliases = '{wanted}' where model_id = ${novaPro}`;
      write();
      // Committed only when the other one waits for it.
      await until(() => someoneWaits(database), "the second writer");
    });
    await bothWrote;
    const error = await refused(second`
      update public.bedrock_models set aliases = '{wanted}' where model_id = ${novaMicro}`);
    await first;
    expect(error.detail).toBe("alias_taken");
    expect(await aliasesOf(database, novaPro)).toEqual(["wanted"]);
    expect(await aliasesOf(database, novaMicro)).toEqual(["nova-micro"]);
  });
});

async function someoneWaits({ sql }: TestDatabase): Promise<boolean> {
  const [row] = await sql`
    select exists (
      select from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())) as waits`;
  return row!.waits;
}

Deno.test("allowed_models takes ids and aliases that there are", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const set = (assistant: Record<string, string[] | null>) =>
      as(
        serviceRole,
        (call) => call`select public.set_assistant('health', ${sql.json(assistant)})`,
      );
    await set({ allowed_models: ["nova-pro", novaLite] });
    const [row] = await sql`
      select allowed_models from public.ai_assistants where assistant_type = 'health'`;
    expect(row!.allowed_models).toEqual(["nova-pro", novaLite]);
    expect((await refused(set({ allowed_models: ["gpt-7"] }))).detail).toBe("model_not_found");
    await as(serviceRole, (call) =>
      call`
      select public.create_assistant(
        'triage', ${sql.json({ name: "Triage", allowed_models: ["nova-micro"] })})`);
    await as(
      serviceRole,
      (call) => call`select public.create_assistant('plain', ${sql.json({ name: "Plain" })})`,
    );
    const rows = await sql`
      select assistant_type, allowed_models from public.ai_assistants
      where assistant_type in ('triage', 'plain') order by 1`;
    expect([...rows]).toEqual([
      { assistant_type: "plain", allowed_models: [] },
      { assistant_type: "triage", allowed_models: ["nova-micro"] },
    ]);
  });
});

Deno.test("each first row has an alias of its own, that of a Claude such as clients list", async () => {
  await withDatabase(async ({ sql }) => {
    const rows = await sql`select provider, aliases from public.bedrock_models`;
    expect(rows.length).toBeGreaterThan(5);
    for (const { provider, aliases } of rows) {
      expect(aliases).toHaveLength(1);
      if (provider === "Anthropic") expect(aliases[0]).toMatch(/^claude-/);
    }
  });
});
