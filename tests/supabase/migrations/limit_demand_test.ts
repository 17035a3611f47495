/** What Postgres reserves for a run, beside what the functions could ask of a model. */
import { expect } from "@std/expect";
import fc from "fast-check";
import type postgres from "postgres";
import {
  type ContentBlock,
  isPlainText,
  type MediaBlock,
  type Message,
  textOf,
} from "../../../supabase/functions/_shared/core/content.ts";
import { mapMedia } from "../../../supabase/functions/_shared/core/map_media.ts";
import { AppError } from "../../../supabase/functions/_shared/core/app_error.ts";
import type { RpcClient } from "../../../supabase/functions/_shared/database/rpc_client.ts";
import { tokensOfPrompt } from "../../../supabase/functions/_shared/formats/token_estimate.ts";
import { mostCost } from "../../../supabase/functions/_shared/limits/most_cost.ts";
import type { Registry } from "../../../supabase/functions/_shared/registry/registry.ts";
import { readRegistry } from "../../../supabase/functions/_shared/registry/registry_store.ts";
import { assignRollout, sideOf } from "../../../supabase/functions/_shared/runs/assign_rollout.ts";
import { demandOf } from "../../../supabase/functions/_shared/runs/demand.ts";
import { firstPermitted } from "../../../supabase/functions/_shared/runs/permitted_models.ts";
import { planRun, type RunQuestion } from "../../../supabase/functions/_shared/runs/run_plan.ts";
import { rolloutOf } from "../../../supabase/functions/_shared/selection/rollout.ts";
import { modelRow } from "../functions/_shared/model_row.ts";
import { withDatabase } from "../../support/test_database.ts";

const price = fc.option(fc.integer({ min: 0, max: 1_000_000 }).map((cents) => cents / 100));

Deno.test("most_cost() and mostCost() say the same", () =>
  withDatabase(async ({ sql }) => {
    const prices = fc.record({
      input_cost_per_mtok: price,
      output_cost_per_mtok: price,
      cache_write_cost_per_mtok: price,
      cache_write_1h_cost_per_mtok: price,
    });
    const long = fc.constantFrom<[number | null, number | null]>([null, null], [50_000, 2], [
      60_000,
      0.5,
    ]);
    const cases = fc.sample(
      fc.record({ prices, long, input: fc.nat(200_000), output: fc.nat(128_000) }),
      { numRuns: 300, seed: 17 },
    ).map(({ prices, long: [long_prompt_tokens, long_prompt_factor], ...tokens }) => ({
      ...prices,
      long_prompt_tokens,
      long_prompt_factor,
      ...tokens,
    }));
    const rows = await sql`
      select (switchboard.most_cost(
        jsonb_populate_record(null::public.model_prices, c.value),
        (c.value ->> 'input')::bigint, (c.value ->> 'output')::bigint))::float8 as usd
      from jsonb_array_elements(${sql.json(cases)}) with ordinality as c (value, place)
      order by c.place`;
    expect(rows).toHaveLength(cases.length);
    rows.forEach(({ usd }, n) => {
      const { input, output, ...prices } = cases[n]!;
      const ours = mostCost(modelRow(prices), input, output);
      if (ours === null || usd === null) expect([prices, usd]).toEqual([prices, ours]);
      else expect(Math.abs(usd - ours)).toBeLessThanOrEqual(1e-9 * usd);
    });
  }));

/** Postgres has no text with these. */
const isStorable = (text: string) => !text.includes("\0") && text.isWellFormed();

const words = fc.integer({ min: 1, max: 4_000 }).chain((count) =>
  fc.constantFrom("word ", "日本", "ß ").map((word) => word.repeat(count))
);
const size = fc.integer({ min: 1, max: 60_000 });
const media: fc.Arbitrary<MediaBlock> = fc.oneof(
  size.map((bytes) => ({
    type: "image" as const,
    mediaType: "image/png" as const,
    source: { kind: "base64" as const, data: "A".repeat(4 * bytes) },
  })),
  fc.tuple(size, fc.constantFrom("application/pdf" as const, "text/csv" as const)).map((
    [bytes, mediaType],
  ) => ({
    type: "document" as const,
    mediaType,
    name: "report",
    source: { kind: "base64" as const, data: "QUFB".repeat(bytes) },
  })),
);
const texts = words.map((text): ContentBlock => ({ type: "text", text }));
const asked = fc.array(fc.oneof({ weight: 3, arbitrary: texts }, media), {
  minLength: 1,
  maxLength: 4,
});

function said(role: Message["role"], blocks: readonly ContentBlock[]): Message {
  return { role, blocks, modelId: null };
}

const history = fc.array(fc.tuple(asked, fc.array(texts, { minLength: 1, maxLength: 2 })), {
  maxLength: 8,
}).map((turns) => turns.flatMap(([q, a]) => [said("user", q), said("assistant", a)]));

const tool = words.map((description) => ({
  name: "look_up",
  description,
  inputSchema: { type: "object", properties: {} },
}));

const settings = fc.record({
  max_tokens: fc.integer({ min: 1, max: 100_000 }),
  effort: fc.constantFrom("none" as const, "low" as const, "high" as const, "max" as const),
  thinking: fc.constantFrom(
    { type: "enabled", budgetTokens: 9_000 } as const,
    { type: "adaptive" } as const,
    { type: "disabled" } as const,
    { type: "unasked" } as const,
  ),
}, { requiredKeys: [] });

const question = fc.record({
  history,
  question: asked.map((blocks) => said("user", blocks)),
  tools: fc.array(tool, { maxLength: 2 }),
  settings,
  isCall: fc.boolean(),
  fallback: fc.boolean(),
  system: fc.array(words.map((text) => ({ type: "text" as const, text })), { maxLength: 1 }),
  assistantType: fc.constantFrom("health", "clinical", "operations", "platform"),
  /** The model that is requested, and the pin, by their places; null: none. */
  requested: fc.option(fc.nat(100), { freq: 2 }),
  pinned: fc.option(fc.nat(100), { freq: 2 }),
  /** What rollouts assign. */
  unit: fc.nat(1_000).map((n) => `unit ${n}`),
});

/** Assistants that differ in all that a demand depends on; every model may answer, at a price. */
async function arrange(sql: postgres.Sql): Promise<void> {
  await sql`update public.bedrock_models set is_available = true where lifecycle <> 'retired'`;
  await sql`update public.bedrock_models set
    input_cost_per_mtok = coalesce(input_cost_per_mtok, 1),
    output_cost_per_mtok = coalesce(output_cost_per_mtok, 5)`;
  await sql`update public.ai_assistants set max_output_tokens = 900, model_version = null
    where assistant_type = 'health'`;
  await sql`update public.ai_assistants set fallback_models = '{}',
    model_config = '{"effort": "high", "max_tokens": 3000}' where assistant_type = 'clinical'`;
  await sql`update public.ai_assistants set fallback_models = array(
      select model_id from public.bedrock_models where is_available order by model_id limit 5)
    where assistant_type = 'operations'`;
  const ids = (await sql`select model_id from public.bedrock_models
    where is_available order by priority, model_id`).map((row) => row.model_id);
  const [served, ended, outside, retired, next, last] = ids as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  await sql`update public.bedrock_models set is_default = model_id = ${next}`;
  await sql`update public.bedrock_models set is_available = false, serves_pinned = true
    where model_id = ${served}`;
  await sql`update public.bedrock_models
    set is_available = false, serves_pinned = false, successor_model_id = ${retired}
    where model_id = ${ended}`;
  await sql`update public.bedrock_models set geographies = '{us}' where model_id = ${outside}`;
  await sql`update public.bedrock_models
    set is_available = false, lifecycle = 'retired', successor_model_id = ${last}
    where model_id = ${retired}`;
  await sql`update public.ai_assistants set model_version = ${ended}
    where assistant_type = 'platform'`;
  // Rollouts of the default and of an assistant, whose models cost the most.
  const [canary, own] = (await sql`select model_id from public.bedrock_models
    where is_available and not is_default and successor_model_id is null
      and cardinality(switchboard.places_not_allowed(bedrock_models)) = 0
    order by priority desc, model_id limit 2`).map((row) => row.model_id);
  await sql`update public.bedrock_models
    set canary_share = 50, input_cost_per_mtok = 100, output_cost_per_mtok = 500
    where model_id = ${canary}`;
  await sql`update public.ai_assistants set canary_model_id = ${own}, canary_share = 30
    where assistant_type = 'operations'`;
  // The default and its canary are kept from all assistants but one, and the last from each other.
  await sql`update public.ai_assistants set allow_provider_retention = true
    where assistant_type = 'health'`;
  await sql`update public.bedrock_models set provider_retention = 'flagged_30_days'
    where model_id = any (${[canary, next]})`;
  await sql`update public.bedrock_models set provider_retention = 'unknown'
    where model_id = ${last}`;
}

/** The choice that `planRun` makes of it, on its side of a rollout. */
function planOf(registry: Registry, asked: RunQuestion, historyTokens: number | null) {
  const assignment = assignRollout(registry, { ...asked, historyTokens });
  return planRun(registry, asked, historyTokens, assignment);
}

function registryIn(sql: postgres.Sql): Promise<Registry> {
  const rpc = async () => {
    const [row] = await sql`select public.read_registry() as registry`;
    return { data: row!.registry, error: null, status: 200 };
  };
  return readRegistry({ rpc } as RpcClient, { region: "eu-central-1" });
}

/** As `recent_history()` gives it: media as references. */
function storedHistory(messages: readonly Message[]) {
  return messages.map(({ role, blocks }) => ({
    role,
    content: textOf(blocks),
    blocks: isPlainText(blocks) ? null : mapMedia(blocks, (block) => ({
      ...block,
      source: {
        kind: "storage",
        bucket: "b",
        path: "p",
        size: "data" in block.source ? block.source.data.length * 3 / 4 : 0,
      },
    })),
  }));
}

/** What each of the models that a run may call could cost, and use, at most. */
function mostOf(registry: Registry, asked: RunQuestion, historyTokens: number | null) {
  const calls = [];
  try {
    const plan = planOf(registry, asked, historyTokens);
    for (const { model } of firstPermitted(plan)) {
      const { request } = plan.requestFor(model);
      const prompt = tokensOfPrompt(request);
      const answer = request.inference.maxTokens ?? model.max_tokens;
      calls.push({
        id: model.model_id,
        usd: mostCost(model, prompt, answer),
        tokens: prompt + answer,
      });
    }
  } catch (error) {
    // Refused by the functions before a model is called.
    if (!(error instanceof AppError)) throw error;
  }
  return calls;
}

Deno.test("needs_of() reserves no less than the functions could ask of a model", () =>
  withDatabase(async ({ sql }) => {
    await arrange(sql);
    const registry = await registryIn(sql);
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(question, async ({ system, isCall, requested, pinned, unit, ...of }) => {
        const named = (place: number | null) =>
          place === null ? null : registry.models[place % registry.models.length]!.model_id;
        const requestedModelId = named(requested);
        const pinnedModelId = isCall ? null : named(pinned);
        const asked: RunQuestion = {
          ...of,
          ...(isCall && { system, isCall }),
          historyLength: of.history.length,
          pinnedModelId,
          requestedModelId,
          useCase: null,
          unit,
        };
        const demand = demandOf(isCall ? asked : { ...asked, history: [] });
        const [needs] = await sql`
          select n.usd::float8 as usd, n.tokens::float8 as tokens, array(
            select (m.model).model_id
            from switchboard.models_that_may_answer(c.choice, a, ${of.fallback}) as m) as ids
          from public.ai_assistants as a
          cross join lateral (
            select row(${requestedModelId}::text, ${pinnedModelId}::text, null, null, ${unit}::text,
              null, null)::switchboard.model_choice
          ) as c (choice)
          cross join lateral switchboard.needs_of(
            jsonb_populate_record(null::switchboard.run_demand, ${sql.json({ ...demand })}),
            c.choice, a, ${sql.json(isCall ? [] : storedHistory(of.history) as never)}) as n
          where a.assistant_type = ${of.assistantType}`;
        const calls = mostOf(registry, asked, isCall ? null : 20_000);
        // What a question holds besides text may take it to other models.
        for (const most of calls.filter(({ id }) => needs!.ids.includes(id))) {
          compared++;
          expect(most.usd).toBeLessThanOrEqual(needs!.usd * (1 + 1e-9));
          expect(most.tokens).toBeLessThanOrEqual(needs!.tokens);
        }
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(100);
  }));

Deno.test("models_that_may_answer() names the models that a question of text tries, and which is due", () =>
  withDatabase(async ({ sql }) => {
    await arrange(sql);
    const registry = await registryIn(sql);
    const ids = registry.models.map(({ model_id }) => model_id);
    const named = fc.option(fc.constantFrom(...ids), { freq: 2 });
    const cases = fc.sample(
      fc.record({
        assistant: fc.constantFrom("health", "clinical", "operations", "platform"),
        requested: named,
        pinned: named,
        permitted: fc.option(fc.subarray(ids, { minLength: 1 }), { freq: 2 }),
        fallback: fc.boolean(),
        unit: fc.nat(1_000).map((n) => `unit ${n}`),
        side: fc.option(fc.constantFrom("canary" as const, "former" as const), { freq: 2 }),
        pinIsReverted: fc.boolean(),
      }),
      { numRuns: 1_000, seed: 17 },
    ).map((of) => ({
      ...of,
      rollout: of.side && rolloutOf(registry, of.assistant)!.id,
    }));
    const rows = await sql`
      select array(
        select (m.model).model_id || case when m.is_due then ' due' else '' end
        from public.ai_assistants as a
        cross join lateral switchboard.models_that_may_answer(
          row(c.value ->> 'requested', case
              when not (c.value -> 'pinIsReverted')::boolean then c.value ->> 'pinned' end, null, case
            when jsonb_typeof(c.value -> 'permitted') = 'array'
              then array(select jsonb_array_elements_text(c.value -> 'permitted')) end,
            c.value ->> 'unit', (c.value ->> 'rollout')::bigint, c.value ->> 'side'
          )::switchboard.model_choice, a, (c.value ->> 'fallback')::boolean) as m
        where a.assistant_type = c.value ->> 'assistant') as tried
      from jsonb_array_elements(${sql.json(cases)}) with ordinality as c (value, place)
      order by c.place`;
    let compared = 0;
    let canaries = 0;
    cases.forEach((of, n) => {
      const { assistant, requested, pinned, permitted, fallback, unit, side, rollout } = of;
      let tried: string[];
      try {
        const plan = planOf(registry, {
          history: [],
          historyLength: 0,
          question: said("user", [{ type: "text", text: "word" }]),
          assistantType: assistant,
          requestedModelId: requested,
          pinnedModelId: pinned,
          pinIsReverted: of.pinIsReverted,
          useCase: null,
          fallback,
          unit,
          assigned: side && { rolloutId: rollout ?? 0, side, share: 50 },
          ...(permitted && { permittedModelIds: permitted }),
        }, 20_000);
        if (plan.selected.reason === "canary") canaries++;
        tried = firstPermitted(plan)
          .map(({ model, isDue }) => model.model_id + (isDue ? " due" : ""));
      } catch (error) {
        if (error instanceof AppError) return;
        throw error;
      }
      compared++;
      expect([cases[n], rows[n]!.tried]).toEqual([cases[n], tried]);
    });
    expect(compared).toBeGreaterThan(150);
    expect(canaries).toBeGreaterThan(15);
  }));

Deno.test("side_of_unit() and sideOf() put each unit on the same side", () =>
  withDatabase(async ({ sql }) => {
    const cases = fc.sample(
      fc.record({
        rollout: fc.integer({ min: 1, max: 2 ** 40 }),
        unit: fc.oneof(fc.uuid(), fc.string({ unit: "grapheme", minLength: 1 }).filter(isStorable)),
        share: fc.integer({ min: 1, max: 100 }),
      }),
      { numRuns: 5_000, seed: 18 },
    );
    const rows = await sql`
      select switchboard.side_of_unit(
        (c.value -> 'rollout')::bigint, c.value ->> 'unit', (c.value -> 'share')::integer) as side
      from jsonb_array_elements(${sql.json(cases)}) with ordinality as c (value, place)
      order by c.place`;
    expect(rows.map(({ side }) => side))
      .toEqual(cases.map(({ rollout, unit, share }) => sideOf(rollout, unit, share)));
  }));
