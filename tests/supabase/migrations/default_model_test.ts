/** At most one default, which is available, and at commit at least one available model. */
import { expect } from "@std/expect";
import { refusal, refused, type Session, withDatabase } from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

const defaults = async (sql: Session) =>
  (await sql`select model_id from public.bedrock_models where is_default`)
    .map((row) => row.model_id);

const switchInSql = [
  `UPDATE bedrock_models SET is_available = FALSE, is_default = FALSE WHERE model_id = 'eu.amazon.nova-pro-v1:0';`,
  `UPDATE bedrock_models SET is_available = TRUE, is_default = TRUE WHERE model_id = 'anthropic.claude-3-5-sonnet-20241022-v2:0';`,
  `SELECT model_id, model_name, is_default FROM bedrock_models WHERE is_available = TRUE;`,
  `UPDATE ai_assistants SET model_version = 'eu.amazon.nova-lite-v1:0' WHERE assistant_type = 'health';`,
  `UPDATE bedrock_models SET use_case = 'clinical' WHERE model_id = 'anthropic.claude-3-5-sonnet-20241022-v2:0';`,
];

Deno.test("the switch of the first users runs as one transaction, as in Studio", async () => {
  await withDatabase(async ({ sql }) => {
    const results = await sql.unsafe(switchInSql.join("\n")).simple();
    expect(await defaults(sql)).toEqual([sonnet35]);
    // The client keeps results that have rows: here those of the one select.
    const listed = results.flat() as unknown as {
      model_id: string;
      is_default: boolean;
    }[];
    expect(listed.filter((row) => row.is_default).map((row) => row.model_id))
      .toEqual([sonnet35]);
    expect(listed.map((row) => row.model_id)).not.toContain(novaPro);
  });
});

Deno.test("the switch of the first users runs as separate statements", async () => {
  await withDatabase(async ({ sql }) => {
    for (const statement of switchInSql) await sql.unsafe(statement);
    expect(await defaults(sql)).toEqual([sonnet35]);
    const [model] = await sql`
      select use_case from public.bedrock_models where model_id = ${sonnet35}`;
    expect(model?.use_case).toBe("clinical");
  });
});

Deno.test("a single update takes the default from the former model", async () => {
  await withDatabase(async ({ sql }) => {
    for (const model of [sonnet35, novaLite, novaPro, novaPro]) {
      await sql`update public.bedrock_models set is_default = true where model_id = ${model}`;
      expect(await defaults(sql)).toEqual([model]);
    }
  });
});

/** Whichever of the two rows the server comes to first. */
Deno.test("one update may set every row's flag, in either order of the rows", async () => {
  await withDatabase(async ({ sql }) => {
    for (
      const model of [novaLite, novaPro, sonnet35, novaLite, novaMicro, novaPro]
    ) {
      await sql`update public.bedrock_models set is_default = (model_id = ${model})`;
      expect(await defaults(sql)).toEqual([model]);
    }
  });
});

Deno.test("an update that makes two models the default is refused and changes nothing", async () => {
  await withDatabase(async ({ sql }) => {
    const error = await refused(sql`
      update public.bedrock_models set is_default = true
      where model_id in (${novaLite}, ${novaMicro})`);
    expect(error.code).toBe("23505");
    expect(error.message).toBe(
      "One model can be the default; the statement names 2.",
    );
    expect(await defaults(sql)).toEqual([novaPro]);
  });
});

Deno.test("a new row may take the default, and an upsert that inserts nothing does not", async () => {
  await withDatabase(async ({ sql }) => {
    const insert = (modelId: string, onConflict: string) =>
      sql.unsafe(`
      insert into public.bedrock_models
        (model_id, model_name, provider, format, geographies, max_tokens, context_window,
          is_available, is_default)
      values ('${modelId}', 'A model', 'Someone', 'converse', '{eu}', 100, 1000, true, true) ${onConflict}`);
    await insert("someone.new-v1:0", "");
    expect(await defaults(sql)).toEqual(["someone.new-v1:0"]);
    await insert(novaLite, "on conflict (model_id) do nothing");
    expect(await defaults(sql)).toEqual(["someone.new-v1:0"]);
    await insert(
      novaLite,
      "on conflict (model_id) do update set is_default = true",
    );
    expect(await defaults(sql)).toEqual([novaLite]);
  });
});

Deno.test("one transaction may make one model after the other the default", async () => {
  await withDatabase(async ({ sql }) => {
    await sql.begin(async (transaction) => {
      for (const model of [novaLite, novaMicro, sonnet35]) {
        await transaction`
          update public.bedrock_models set is_default = true where model_id = ${model}`;
        expect(await defaults(transaction)).toEqual([model]);
      }
    });
    expect(await defaults(sql)).toEqual([sonnet35]);
  });
});

Deno.test("an unavailable model is no default: not by update, and not by being disabled", async () => {
  await withDatabase(async ({ sql }) => {
    const disabled = "anthropic.claude-3-opus-20240229-v1:0";
    expect(
      await refusal(
        sql`update public.bedrock_models set is_default = true where model_id = ${disabled}`,
      ),
    ).toBe("23514");
    expect(
      await refusal(
        sql`update public.bedrock_models set is_available = false where model_id = ${novaPro}`,
      ),
    ).toBe("23514");
    expect(await defaults(sql)).toEqual([novaPro]);
  });
});

Deno.test("the last available model is kept at commit, not before", async () => {
  await withDatabase(async ({ sql }) => {
    await sql.begin(async (transaction) => {
      await transaction`update public.bedrock_models set is_default = false, is_available = false`;
      await transaction`
        update public.bedrock_models set is_available = true where model_id = ${novaLite}`;
    });

    const disable = sql`
      update public.bedrock_models set is_available = false where model_id = ${novaLite}`;
    const error = await refused(disable);
    expect([error.code, error.detail]).toEqual([
      "PT409",
      "last_available_model",
    ]);
    expect(error.hint).toContain("Make another model available");

    await sql`update public.ai_assistants set model_version = null`;
    expect(await refusal(sql`delete from public.bedrock_models`)).toBe("PT409");
    const [row] = await sql`
      select count(*)::int as n from public.bedrock_models where is_available`;
    expect(row?.n).toBe(1);
  });
});

Deno.test("two transactions that each disable one of the last two models: one is refused", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.bedrock_models set is_default = false`;
    await sql`
      update public.bedrock_models set is_available = false
      where model_id not in (${novaLite}, ${novaMicro})`;
    const disable = (model: string) =>
      database.session()`
        update public.bedrock_models set is_available = false where model_id = ${model}`;
    const results = await Promise.allSettled([
      disable(novaLite),
      disable(novaMicro),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual([
      "fulfilled",
      "rejected",
    ]);
  });
});

Deno.test("the registry, the audit log and the assistants refuse truncate", async () => {
  await withDatabase(async ({ sql }) => {
    for (const table of ["bedrock_models", "ai_assistants", "model_switches"]) {
      const error = await refused(
        sql.unsafe(`truncate public.${table} cascade`),
      );
      expect(error.code).toBe("42501");
      expect(error.message).toContain("cannot be truncated");
    }
  });
});
