/** The database refuses a model in the words of the functions, for the same rows. */
import { expect } from "@std/expect";
import { readModel } from "../../../supabase/functions/manage-bedrock-models/find_rows.ts";
import { AppError } from "../../../supabase/functions/_shared/core/app_error.ts";
import {
  type Registry,
  registrySchema,
} from "../../../supabase/functions/_shared/registry/registry.ts";
import { eachCandidate } from "../../../supabase/functions/_shared/selection/candidates.ts";
import { proveModel } from "../../../supabase/functions/_shared/switching/prove_model.ts";
import {
  clinician,
  refused,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, converse, novaLite, novaPro } from "../../support/turns.ts";

/** Models that cannot be used, some for more than one reason. */
const addUnusable = `
  update public.registry_settings set allowed_geographies = '{global}';
  insert into public.bedrock_models (
    model_id, model_name, provider, format, geographies, max_tokens, context_window,
    is_available, lifecycle, successor_model_id, priority)
  values
    ('x.ended', 'X', 'X', 'nova', '{eu}', 1, 1, true, 'retired', '${novaPro}', 501),
    ('x.ended-for-good', 'X', 'X', 'nova', '{us}', 1, 1, false, 'retired', null, 502),
    ('x.disabled', 'X', 'X', 'nova', '{us}', 1, 1, false, 'active', null, 503),
    ('x.outside', 'X', 'X', 'nova', '{us,eu,au}', 1, 1, true, 'active', null, 504),
    ('x.unknown', 'X', 'X', 'nova', null, 1, 1, true, 'active', null, 505),
    ('global.x', 'X', 'X', 'nova', '{eu}', 1, 1, true, 'active', null, 506);
  insert into public.bedrock_models (
    model_id, model_name, provider, format, geographies, max_tokens, context_window,
    is_available, lifecycle, provider_retention, priority)
  values
    ('x.keeps', 'X', 'X', 'nova', '{eu}', 1, 1, true, 'active', 'all_30_days', 507),
    ('x.keeps-flagged', 'X', 'X', 'nova', '{eu}', 1, 1, true, 'active', 'flagged_30_days', 508),
    ('x.keeps-perhaps', 'X', 'X', 'nova', '{eu}', 1, 1, true, 'active', 'unknown', 509),
    ('x.keeps-outside', 'X', 'X', 'nova', '{us}', 1, 1, true, 'active', 'unknown', 510);
  update public.registry_settings set allowed_geographies = '{eu,ch}'`;

/** More than an error names. */
const addMany = `
  insert into public.bedrock_models (
    model_id, model_name, provider, format, geographies, max_tokens, context_window,
    is_available, priority)
  select 'many.model-' || n, 'Many', 'Many', 'nova', '{eu}', 1, 1, true, 1000 + n
  from generate_series(1, 25) as n`;

const refusals: readonly [modelId: string, code: string][] = [
  ["no.such", "model_not_found"],
  ["x.ended", "model_retired"],
  ["x.ended-for-good", "model_retired"],
  ["x.disabled", "model_not_available"],
  ["x.outside", "model_outside_geographies"],
  ["x.unknown", "model_outside_geographies"],
  ["global.x", "model_outside_geographies"],
];

/** Refused to an assistant that does not allow it. */
const refusalsToAssistants: typeof refusals = [
  ...refusals,
  ["x.keeps", "provider_retains_data"],
  ["x.keeps-flagged", "provider_retains_data"],
  ["x.keeps-perhaps", "provider_retains_data"],
  ["x.keeps-outside", "model_outside_geographies"],
];

async function readRegistry({ sql }: TestDatabase): Promise<Registry> {
  const [row] = await sql`select public.read_registry() as registry`;
  return registrySchema.parse(row?.registry);
}

/** What the database says when it refuses a statement. */
async function ofDatabase(statement: Promise<unknown>) {
  const { detail, message, hint } = await refused(statement);
  return { code: detail, message, hint };
}

/** What the functions say. */
async function ofFunctions(work: () => unknown) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint } = error;
    return { code, message, hint };
  }
  throw new Error("not refused");
}

/** As the operators' function does before a switch. */
async function prove(registry: Registry, modelId: string, assistantType: string | null = null) {
  const reads = {
    readRegistry: () => Promise.resolve(registry),
    readRegistryPart: () => Promise.resolve(registry),
  };
  const { model } = await readModel(modelId, reads);
  const called = new Proxy({}, {
    get: () => {
      throw new Error("called");
    },
  });
  const intended = {
    model,
    assistantType,
    config: {},
    guardrail: null,
    registry,
    author: null,
    probes: false,
    force: true,
  };
  await proveModel(intended, called as Parameters<typeof proveModel>[1]);
}

/** As the chat does. */
function select(registry: Registry, requestedModelId: string, pinnedModelId: string | null = null) {
  const request = {
    registry,
    pinnedModelId,
    requestedModelId,
    assistantType: "clinical",
    useCase: null,
  };
  return [...eachCandidate(request)];
}

Deno.test("a switch to an unusable model is refused in the same words by SQL and TypeScript", async () => {
  await withDatabase(async (database) => {
    await database.sql.unsafe(addUnusable).simple();
    await database.sql.unsafe(addMany);
    const registry = await readRegistry(database);
    for (const [modelId, code] of refusals) {
      const said = await ofDatabase(database.sql`select public.set_default_model(${modelId})`);
      expect([modelId, said.code]).toEqual([modelId, code]);
      expect(await ofFunctions(() => prove(registry, modelId))).toEqual(said);
    }
  });
});

Deno.test("an assistant is given no unusable model, in the same words by SQL and TypeScript", async () => {
  await withDatabase(async (database) => {
    await database.sql.unsafe(addUnusable).simple();
    await database.sql.unsafe(addMany);
    const registry = await readRegistry(database);
    for (const [modelId, code] of refusalsToAssistants) {
      const said = await ofDatabase(database.sql`
        select public.assign_model('clinical', ${modelId})`);
      expect([modelId, said.code]).toEqual([modelId, code]);
      expect(await ofFunctions(() => prove(registry, modelId, "clinical"))).toEqual(said);
    }
  });
});

Deno.test("a request for an unusable model is refused in the same words by SQL and TypeScript", async () => {
  await withDatabase(async (database) => {
    await database.sql.unsafe(addUnusable).simple();
    await database.sql.unsafe(addMany);
    const registry = await readRegistry(database);
    for (const [modelId, code] of refusalsToAssistants) {
      const said = await ofDatabase(beginTurn(database, clinician, { modelId }));
      expect([modelId, said.code]).toEqual([modelId, code]);
      expect(await ofFunctions(() => select(registry, modelId))).toEqual(said);
    }
  });
});

Deno.test("another model in a pinned conversation is refused in the same words by SQL and TypeScript", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, clinician, "Hi.", undefined, {
      model: novaLite,
    });
    const registry = await readRegistry(database);
    const said = await ofDatabase(
      beginTurn(database, clinician, { conversationId, modelId: novaPro }),
    );
    expect(said).toMatchObject({
      code: "conversation_pinned",
      message: `The conversation is pinned to ${novaLite}.`,
    });
    expect(await ofFunctions(() => select(registry, novaPro, novaLite))).toEqual(said);
  });
});

Deno.test("what_if_report() and a switch name an unknown model in the same words", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.unsafe(addMany);
    const switched = await ofDatabase(sql`select public.set_default_model('no.such')`);
    const reported = await ofDatabase(
      sql`select public.what_if_report('no.such', now(), now())`,
    );
    // Not how many more there are.
    expect(reported).toEqual({ ...switched, hint: switched.hint?.replace(/ and \d+ more$/, "") });
  });
});
