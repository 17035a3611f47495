/** Models whose provider keeps traffic, and the assistants that they are kept from. */
import { expect } from "@std/expect";
import fc from "fast-check";
import type postgres from "postgres";
import { AppError } from "../../../supabase/functions/_shared/core/app_error.ts";
import type { Model } from "../../../supabase/functions/_shared/registry/model.ts";
import { providerRetentions } from "../../../supabase/functions/_shared/registry/provider_retention.ts";
import {
  type Registry,
  registrySchema,
} from "../../../supabase/functions/_shared/registry/registry.ts";
import { assignRollout } from "../../../supabase/functions/_shared/runs/assign_rollout.ts";
import { firstPermitted } from "../../../supabase/functions/_shared/runs/permitted_models.ts";
import { planRun, type RunQuestion } from "../../../supabase/functions/_shared/runs/run_plan.ts";
import { platformAdmin, refused, withDatabase } from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro } from "../../support/turns.ts";

/** Adds models as an operator's SQL of before the column does. */
async function add(sql: postgres.ISql, provider: string, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    await sql`
      insert into public.bedrock_models (
        model_id, model_name, provider, format, geographies, max_tokens, context_window,
        is_available)
      values (${id}, ${id}, ${provider}, 'converse', '{eu}', 100, 1000, true)`;
  }
}

async function saidOf(sql: postgres.ISql, id: string) {
  const [row] = await sql`
    select provider_retention as retention, provider_retention_source as source,
      provider_retention_checked_on::text as checked_on
    from public.bedrock_models where model_id = ${id}`;
  return row!;
}

async function registryIn(sql: postgres.ISql): Promise<Registry> {
  const [row] = await sql`select public.read_registry() as registry`;
  return registrySchema.parse(row!.registry);
}

Deno.test("the first rows say what their providers keep, with a source and its date", () =>
  withDatabase(async ({ sql }) => {
    const rows = await sql`
      select model_id from public.bedrock_models
      where provider_retention <> 'none' or provider_retention_source not like 'https://%'
        or provider_retention_source is null or provider_retention_checked_on is null`;
    expect([...rows]).toEqual([]);
  }));

Deno.test("a row that does not say takes what is published of the model, else it is not known", () =>
  withDatabase(async ({ sql }) => {
    const models: readonly [provider: string, id: string, retention: string][] = [
      ["Anthropic", "eu.anthropic.claude-fable-5", "all_30_days"],
      ["anthropic", "eu.anthropic.claude-fable-5-1", "all_30_days"],
      ["Anthropic", "anthropic.claude-opus-4-1-20250805-v1:0", "none"],
      [
        "Anthropic",
        "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-opus-5",
        "none",
      ],
      ["Anthropic", "eu.anthropic.claude-fable-6", "unknown"],
      ["Anthropic", "eu.anthropic.claude-opus-6", "unknown"],
      ["Amazon", "eu.amazon.nova-premier-v1:0", "none"],
      ["Amazon", "eu.anthropic.claude-opus-5", "unknown"],
      ["OpenAI", "openai.gpt-oss-20b-1:0", "none"],
      ["OpenAI", "openai.gpt-5.5", "flagged_30_days"],
      [
        "OpenAI",
        "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a",
        "unknown",
      ],
    ];
    for (const [provider, id, retention] of models) {
      await add(sql, provider, id);
      const said = await saidOf(sql, id);
      expect([id, said.retention]).toEqual([id, retention]);
      expect(said.source === null).toBe(retention === "unknown");
      expect(said.checked_on === null).toBe(retention === "unknown");
    }
  }));

Deno.test("what a row says stays, until it is another model's", () =>
  withDatabase(async ({ sql }) => {
    await sql`
      insert into public.bedrock_models (
        model_id, model_name, provider, format, max_tokens, context_window, provider_retention)
      values ('eu.anthropic.claude-fable-5', 'F', 'Anthropic', 'claude', 1, 1, 'unknown')`;
    expect(await saidOf(sql, "eu.anthropic.claude-fable-5"))
      .toMatchObject({ retention: "unknown", source: null });
    await sql`update public.bedrock_models set priority = 7
      where model_id = 'eu.anthropic.claude-fable-5'`;
    expect((await saidOf(sql, "eu.anthropic.claude-fable-5")).retention).toBe("unknown");
    await sql`update public.bedrock_models set model_id = 'eu.anthropic.claude-fable-5-1'
      where model_id = 'eu.anthropic.claude-fable-5'`;
    expect((await saidOf(sql, "eu.anthropic.claude-fable-5-1")).retention).toBe("all_30_days");
    // An assistant keeps a model that got another id, and is answered by others.
    await sql`update public.bedrock_models set model_id = 'eu.amazon.unheard-of'
      where model_id = ${novaLite}`;
    expect((await saidOf(sql, "eu.amazon.unheard-of")).retention).toBe("unknown");
    const [health] = await sql`
      select model_version from public.ai_assistants where assistant_type = 'health'`;
    expect(health!.model_version).toBe("eu.amazon.unheard-of");
  }));

Deno.test("no statement gives an assistant a model that it does not allow", () =>
  withDatabase(async ({ sql }) => {
    const id = "eu.anthropic.claude-fable-5";
    await add(sql, "Anthropic", id);
    const statements = [
      sql`update public.ai_assistants set model_version = ${id} where assistant_type = 'health'`,
      sql`update public.ai_assistants set canary_model_id = ${id}, canary_share = 10
        where assistant_type = 'health'`,
      sql`update public.ai_assistants set fallback_models = array[${id}]
        where assistant_type = 'health'`,
      sql`insert into public.ai_assistants (assistant_type, name, model_version)
        values ('triage', 'Triage', ${id})`,
      sql`select public.assign_model('health', ${id})`,
      sql`select public.assign_model('health', ${novaLite}, true, array[${id}])`,
      sql`select public.start_rollout(${id}, 10, 'health')`,
      sql`select public.set_assistant('health', ${sql.json({ fallback_models: [id] })})`,
      sql`select public.create_assistant('triage',
        ${sql.json({ name: "Triage", fallback_models: [id] })})`,
      sql`select public.retire_model(${novaLite}, ${id})`,
    ];
    for (const statement of statements) {
      const { code, detail, message } = await refused(statement);
      expect([code, detail]).toEqual(["PT409", "provider_retains_data"]);
      expect(message).toContain(`The provider of ${id} keeps all traffic for up to 30 days`);
    }
    await sql`select public.set_assistant('health',
      ${sql.json({ allow_provider_retention: true, fallback_models: [id] })})`;
    await sql`select public.assign_model('health', ${id})`;
    const off = await refused(
      sql`select public.set_assistant('health', '{"allow_provider_retention": false}')`,
    );
    expect(off.detail).toBe("provider_retains_data");
    // Others may have it as the default: they pass it over.
    await sql`select public.set_default_model(${id})`;
    await sql`select public.retire_model(${novaLite}, ${novaMicro})`;
  }));

Deno.test("what a provider begins to keep takes its model from assistants, and blocks nothing else", () =>
  withDatabase(async ({ sql }) => {
    const before = await registryIn(sql);
    const [result] = await sql`
      select public.set_provider_retention(
        ${novaLite}, 'flagged_30_days', 'https://example.test/terms', '2026-11-30',
        p_reason => 'New terms.') as r`;
    expect(result!.r).toMatchObject({
      former_provider_retention: "none",
      former_version: before.version,
      registry_version: before.version + 1,
    });
    expect(await saidOf(sql, novaLite)).toEqual({
      retention: "flagged_30_days",
      source: "https://example.test/terms",
      checked_on: "2026-11-30",
    });
    const [entry] = await sql`
      select action, model_id, reason from public.model_switches order by id desc limit 1`;
    expect(entry).toMatchObject({
      action: "set-provider-retention",
      model_id: novaLite,
      reason: "New terms.",
    });
    await sql`update public.ai_assistants set name = 'Another' where assistant_type = 'health'`;
    await sql`select public.set_assistant('health', '{"system_prompt": "Be brief."}')`;
    expect(triedBy(await registryIn(sql), { assistantType: "health" })).not.toContain(novaLite);
    // Nothing brings it back.
    await sql`select public.assign_model('health', ${novaPro})`;
    const back = await refused(sql`select public.roll_back_switches()`);
    expect(back.detail).toBe("provider_retains_data");
    const again = await sql`
      select public.set_provider_retention(
        ${novaLite}, 'flagged_30_days', 'https://example.test/terms', '2026-11-30') as r`;
    const { former_version, registry_version } = again[0]!.r;
    expect(registry_version).toBe(former_version);
  }));

Deno.test("a protected assistant allows models whose provider keeps traffic with a second person only", () =>
  withDatabase(async ({ sql, as }) => {
    await sql`update public.ai_assistants set is_protected = true where assistant_type = 'health'`;
    const { detail } = await refused(as({ role: "service_role" }, (service) =>
      service`
      select public.set_assistant('health', '{"allow_provider_retention": true}',
        p_actor_user_id => ${platformAdmin.userId})`));
    expect(detail).toBe("approval_required");
  }));

/** A question of text. */
const question: RunQuestion["question"] = {
  role: "user",
  modelId: null,
  blocks: [{ type: "text", text: "word" }],
};

/** The models that a run tries, in order; none where it is refused. */
function triedBy(registry: Registry, asked: Partial<RunQuestion>): string[] {
  const run: RunQuestion = {
    history: [],
    historyLength: 0,
    question,
    assistantType: null,
    pinnedModelId: null,
    requestedModelId: null,
    useCase: null,
    fallback: true,
    ...asked,
  };
  try {
    const assignment = assignRollout(registry, { ...run, historyTokens: 20_000 });
    return firstPermitted(planRun(registry, run, 20_000, assignment))
      .map(({ model }) => model.model_id);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [];
  }
}

Deno.test("no path reaches a model that keeps traffic for an assistant that does not allow it", () =>
  withDatabase(async ({ sql }) => {
    const { models, assistants } = await registryIn(sql);
    const ids = models.map(({ model_id }) => model_id);
    const types = assistants.map(({ assistant_type }) => assistant_type);
    const id = fc.constantFrom(...ids);
    const ofModel = fc.record({
      provider_retention: fc.constantFrom("none", "none", ...providerRetentions),
      is_available: fc.boolean(),
      serves_pinned: fc.boolean(),
      lifecycle: fc.constantFrom("active", "active", "retired"),
      successor_model_id: fc.option(id),
      // As a retirement leaves it: not available.
    }).map((row) => ({ ...row, is_available: row.is_available && row.lifecycle !== "retired" }));
    const ofAssistant = fc.record({
      allow_provider_retention: fc.boolean(),
      model_version: fc.option(id),
      canary_model_id: fc.option(id),
      fallback_models: fc.option(fc.subarray(ids, { maxLength: 4 })),
    });
    const states = fc.record({
      models: fc.array(ofModel, { minLength: ids.length, maxLength: ids.length }),
      assistants: fc.array(ofAssistant, { minLength: types.length, maxLength: types.length }),
      settings: fc.boolean(),
      isDefault: id,
      canary: fc.option(id),
      asked: fc.array(
        fc.record({
          assistantType: fc.constantFrom(null, ...types),
          pinnedModelId: fc.option(id, { freq: 2 }),
          requestedModelId: fc.option(id, { freq: 2 }),
          unit: fc.nat(1_000).map((n) => `unit ${n}`),
        }),
        { minLength: 8, maxLength: 8 },
      ),
    });
    let reached = 0;
    let keptFrom = 0;
    await fc.assert(
      fc.asyncProperty(states, async (state) => {
        await sql.begin(async (own) => {
          await arrange(own, ids, types, state);
          const registry = await registryIn(own);
          for (const asked of state.asked) {
            const { assistantType: type, pinnedModelId, requestedModelId, unit } = asked;
            const tried = triedBy(registry, asked);
            const [row] = await own`
              select array(
                select (m.model).model_id
                from switchboard.models_that_may_answer(
                  row(${requestedModelId}::text, ${pinnedModelId}::text, null, null,
                    ${unit}::text, null, null)::switchboard.model_choice,
                  (select a from public.ai_assistants as a where a.assistant_type = ${type}),
                  true) as m) as tried`;
            const bySql: string[] = row!.tried;
            // A pin that serves, or a requested model that may not be had, refuses the question.
            if (tried.length > 0) expect([asked, bySql]).toEqual([asked, tried]);
            const kept = (modelId: string) => isKeptFrom(registry, type, modelId);
            expect([...tried, ...bySql].filter(kept)).toEqual([]);
            reached += tried.length;
            keptFrom += ids.filter(kept).length;
          }
          throw new RollBack();
        }).catch((error) => {
          if (!(error instanceof RollBack)) throw error;
        });
      }),
      { numRuns: 60 },
    );
    expect(reached).toBeGreaterThan(100);
    expect(keptFrom).toBeGreaterThan(100);
  }));

class RollBack extends Error {}

/** Puts what the rows allow in place, in whatever order the database takes it. */
async function arrange(
  own: postgres.TransactionSql,
  ids: readonly string[],
  types: readonly string[],
  { models, assistants, settings, isDefault, canary }: {
    readonly models: readonly Partial<Model>[];
    readonly assistants: readonly Partial<Registry["assistants"][number]>[];
    readonly settings: boolean;
    readonly isDefault: string;
    readonly canary: string | null;
  },
): Promise<void> {
  await own`update public.registry_settings set allow_provider_retention = ${settings}`;
  await own`update public.ai_assistants set model_version = null, fallback_models = null`;
  await own`update public.bedrock_models
    set is_available = true, lifecycle = 'active', is_default = true where model_id = ${isDefault}`;
  for (const [place, row] of models.entries()) {
    const { successor_model_id: next = null, ...values } = row;
    const id = ids[place]!;
    const stays = id === isDefault ? { is_available: true, lifecycle: "active" } : {};
    await own`update public.bedrock_models
      set ${own({ ...values, ...stays, successor_model_id: next === id ? null : next } as never)}
      where model_id = ${id}`;
  }
  for (const [place, row] of assistants.entries()) {
    for (const [name, value] of Object.entries(row)) {
      // What the database refuses is not there.
      await own.savepoint(async (point) => {
        await point`update public.ai_assistants set ${
          point(
            {
              [name]: value,
              ...name === "canary_model_id" && value && { canary_share: 50 },
            } as never,
          )
        } where assistant_type = ${types[place]!}`;
      }).catch(() => {});
    }
  }
  if (canary !== null) {
    await own.savepoint(async (point) => {
      await point`update public.bedrock_models set canary_share = 50 where model_id = ${canary}`;
    }).catch(() => {});
  }
  // Providers change their terms afterwards, too.
  for (const [place, { provider_retention }] of models.toReversed().entries()) {
    if (place % 3 > 0) continue;
    await own`update public.bedrock_models set provider_retention = ${provider_retention!}
      where model_id = ${ids[place]!}`;
  }
}

function isKeptFrom(registry: Registry, type: string | null, modelId: string): boolean {
  const model = registry.models.find(({ model_id }) => model_id === modelId);
  const assistant = registry.assistants.find(({ assistant_type }) => assistant_type === type);
  const allows = type === null
    ? registry.settings.allow_provider_retention
    : assistant!.allow_provider_retention;
  return model!.provider_retention !== "none" && !allows;
}
