import { expect } from "@std/expect";
import { emptyRegistry, type Session, withDatabase } from "../../support/test_database.ts";
import { novaLite, novaPro } from "../../support/turns.ts";

async function part(sql: Session, modelIds: readonly string[]) {
  const [row] = await sql`select public.read_registry_part(${modelIds as string[]}) as registry`;
  return row?.registry;
}

Deno.test("read_registry_part() is read_registry() without the models that are not asked for", async () => {
  await withDatabase(async ({ sql }) => {
    const [row] = await sql`select public.read_registry() as registry`;
    const whole = row?.registry;
    const ids = (registry: typeof whole) =>
      registry.models.map((model: { model_id: string }) => model.model_id);
    expect(ids(whole).length).toBeGreaterThan(2);

    const named = await part(sql, [novaLite, "no.such"]);
    expect(ids(named).sort()).toEqual([novaLite, novaPro].sort());
    expect(named).toEqual({
      ...whole,
      models: whole.models.filter(({ model_id }: { model_id: string }) =>
        ids(named).includes(model_id)
      ),
    });
    expect(ids(await part(sql, []))).toEqual([novaPro]);
    expect(ids(await part(sql, [novaPro, novaPro]))).toEqual([novaPro]);
  });
});

Deno.test("read_registry_part() of an empty registry has no model", async () => {
  await withDatabase(async ({ sql }) => {
    await emptyRegistry(sql);
    expect(await part(sql, ["no.such"])).toEqual({
      version: expect.any(Number),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      settings: {
        allowed_geographies: ["eu"],
        function_geographies: null,
        require_mfa: false,
        require_person: false,
        allow_anonymous_users: false,
        allow_provider_retention: false,
        on_role_change: "refuse",
        backup_days: 30,
      },
      models: [],
      assistants: [],
    });
  });
});

Deno.test("a switch of the default reads a handful of models, not all of them", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`
      insert into public.bedrock_models
        (model_id, model_name, provider, format, geographies, max_tokens, context_window,
         input_cost_per_mtok, output_cost_per_mtok, is_available, priority)
      select 'many.model-' || n, 'Model ' || n, 'Many', 'nova', '{eu}', 4096, 128000, 0, 0, true,
        1000 + n
      from generate_series(1, 3000) as n`;
    await sql`analyze public.bedrock_models`;
    const read = await sql.begin(async (transaction) => {
      await transaction`select public.read_registry_part(${[novaLite]})`;
      await transaction`select public.set_default_model(${novaLite})`;
      await transaction`select public.read_registry_part(${[novaLite]})`;
      const [row] = await transaction`
        select (seq_tup_read + idx_tup_fetch)::int as rows
        from pg_stat_xact_user_tables where relname = 'bedrock_models'`;
      return row?.rows;
    });
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(100);
  });
});
