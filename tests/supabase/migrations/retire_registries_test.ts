/** Whatever the registry: nothing names a model that was retired, and its rollback restores all. */
import { expect } from "@std/expect";
import fc from "fast-check";
import type { Registry } from "../../../supabase/functions/_shared/registry/registry.ts";
import { retireModel } from "../../../supabase/functions/_shared/switching/retire_model.ts";
import { emptyRegistry, patient, type Session, withDatabase } from "../../support/test_database.ts";
import { modelRow } from "../functions/_shared/model_row.ts";

/** Registries that are retired from, and batches that they are sent in. */
const applied = 1_000;
const batch = 50;

interface Case {
  readonly models: readonly Record<string, unknown>[];
  readonly assistants: readonly Record<string, unknown>[];
  readonly keys: readonly Record<string, unknown>[];
  readonly pins: readonly { readonly assistant: number; readonly model_id: string }[];
  readonly target: string;
  readonly successor: string | null;
  /** Whether the retirement is foreseen first, which takes as long as it does. */
  readonly foresees: boolean;
}

interface Rows {
  readonly models: readonly Record<string, unknown>[];
  readonly assistants: readonly Record<string, unknown>[];
  readonly keys: readonly Record<string, unknown>[];
}

interface Outcome {
  /** The code of a refusal; null: it was retired. */
  readonly refused: string | null;
  readonly before: Rows;
  readonly after: Rows;
  readonly restored: Rows;
  /** Null where it was not asked. */
  readonly foreseen:
    | { readonly successor_model_id: string | null; readonly refusal: string }
    | null;
  /** The successor, as retire_model() says, and what used the model. */
  readonly successor_model_id: string | null;
  readonly uses: { readonly rollouts: readonly number[] };
  /** Whether anything but pins still names the model, or a rollout compares it; null: refused. */
  readonly is_named: boolean | null;
}

const idOf = (n: number) => `00000000-0000-4000-8000-0000000000${n.toString().padStart(2, "0")}`;

/** A registry of a few models that name each other in every way there is. */
const cases: fc.Arbitrary<Case> = fc.integer({ min: 2, max: 5 }).chain((count) => {
  const ids = Array.from({ length: count }, (_, n) => `eu.test.model-${n}`);
  const aliases = ids.map((_, n) => [`claude-${n}`, `main-${n}`]);
  const id = fc.constantFrom(...ids);
  const name = fc.constantFrom(...ids, ...aliases.flat());
  const model = fc.record({
    model_name: fc.constantFrom("Nova 2 Pro", "Nova Pro", "Nova Lite", "Nova 3"),
    aliases: fc.nat({ max: 2 }),
    // More models can answer than not.
    lifecycle: fc.constantFrom(...Array(8).fill("active"), "legacy", "retired"),
    is_available: fc.constantFrom(...Array(8).fill(true), false),
    is_abroad: fc.constantFrom(...Array(9).fill(false), true),
    successor: fc.option(fc.nat({ max: count - 1 })),
    priority: fc.integer({ min: 1, max: 3 }),
  });
  const assistant = fc.record({
    model_version: fc.option(id),
    fallback_models: fc.option(fc.array(id, { maxLength: 4 })),
    allowed_models: fc.option(fc.array(name, { maxLength: 4 })),
    canary: fc.option(id),
  });
  const key = fc.record({
    models: fc.option(fc.array(name, { minLength: 1, maxLength: 4 })),
    isRevoked: fc.boolean(),
  });
  return fc.record({
    models: fc.array(model, { minLength: count, maxLength: count }),
    defaultModel: fc.option(fc.nat({ max: count - 1 }), { freq: 8 }),
    canary: fc.option(id),
    assistants: fc.array(assistant, { maxLength: 3 }),
    keys: fc.array(key, { maxLength: 3 }),
    pins: fc.array(id, { maxLength: 3 }),
    target: fc.nat({ max: count - 1 }),
    successor: fc.option(fc.nat({ max: count - 1 }), { freq: 6 }),
    // What is refused proves little, and takes as long.
    needsUsable: fc.constantFrom(true, true, true, false),
    foresees: fc.constantFrom(true, false, false, false),
  }).map((drawn): Case => {
    const places = drawn.models.map(({ is_abroad }) => is_abroad ? "us" : "eu");
    const models = drawn.models.map(({ successor, is_abroad, aliases: most, ...row }, n) => ({
      ...modelRow(),
      ...row,
      id: idOf(n),
      model_id: ids[n],
      aliases: aliases[n]!.slice(0, most),
      provider: "Amazon",
      geographies: [places[n]],
      // Those abroad cannot be made available, and one always is.
      is_available: n === 0 && drawn.target !== 0 || row.is_available && !is_abroad,
      is_default: false,
      successor_model_id: successor === null || successor === n ? null : ids[successor],
    })).map((row, n) => ({
      ...row,
      geographies: row.is_available ? ["eu"] : row.geographies,
      // What AWS has ended cannot come back.
      lifecycle: n === drawn.target && row.lifecycle === "retired" ? "legacy" : row.lifecycle,
    })).map((row, n) => ({
      ...row,
      is_default: n === drawn.defaultModel && row.is_available,
    }));
    if (!models.some((row) => row.is_available)) {
      models[drawn.target] = {
        ...models[drawn.target]!,
        is_available: true,
        geographies: ["eu"],
      };
    }
    const usable = (name: string | null) => {
      const model = models.find(({ model_id }) => model_id === name);
      return model?.is_available === true && model.lifecycle !== "retired";
    };
    const target = ids[drawn.target]!;
    const named = drawn.successor === null ? null : ids[drawn.successor]!;
    const successor = named === null || drawn.needsUsable && !usable(named)
      ? ids.find((each) => drawn.needsUsable && usable(each) && each !== target) ?? null
      : named;
    const present = models.find(({ is_default }) => is_default)?.model_id ?? null;
    const isCanary = (canary: string | null, of: string | null) =>
      of !== null && canary !== of && usable(canary);
    return {
      models: models.map((row) => ({
        ...row,
        canary_share: row.model_id === drawn.canary && isCanary(drawn.canary, present) ? 10 : null,
      })),
      // A rollback gives an assistant no model that cannot answer.
      assistants: drawn.assistants.map(({ canary, ...row }, n) => {
        const model_version = usable(row.model_version) ? row.model_version : null;
        const compares = isCanary(canary, model_version ?? present);
        return {
          ...row,
          id: idOf(20 + n),
          assistant_type: `type-${n}`,
          name: `Type ${n}`,
          model_version,
          canary_model_id: compares ? canary : null,
          canary_share: compares ? 20 : null,
        };
      }),
      keys: drawn.keys.map(({ models: names, isRevoked }, n) => ({
        id: idOf(40 + n),
        name: `Key ${n}`,
        prefix: `bsk_key00${n}`,
        models: names,
        revoked_at: isRevoked ? "2026-01-01T00:00:00Z" : null,
      })),
      pins: drawn.assistants.length === 0 ? [] : drawn.pins.map((model_id, n) => ({
        assistant: n % drawn.assistants.length,
        model_id,
      })),
      target,
      successor: successor === target ? null : successor,
      foresees: drawn.foresees,
    };
  });
});

/** Makes each registry, retires, rolls back, and undoes all of it. */
const tryFunction = `
  create function pg_temp.rows() returns jsonb language sql as $$
    select jsonb_build_object(
      'models', coalesce((
        select jsonb_agg(to_jsonb(bm) - 'updated_at' order by bm.id)
        from public.bedrock_models as bm), '[]'),
      'assistants', coalesce((
        select jsonb_agg(to_jsonb(a) - 'updated_at' order by a.id)
        from public.ai_assistants as a), '[]'),
      'keys', coalesce((
        select jsonb_agg(to_jsonb(k) order by k.id) from public.ai_api_keys as k), '[]'));
  $$;
  create function pg_temp.try_case(given jsonb) returns jsonb language plpgsql as $$
  declare
    outcome jsonb := '{}';
    refused text;
  begin
    begin
      insert into public.bedrock_models
        select * from jsonb_populate_recordset(null::public.bedrock_models, (
          select jsonb_agg(m || '{"created_at": "2026-01-01", "updated_at": "2026-01-01"}')
          from jsonb_array_elements(given -> 'models') as m))
        -- A canary is compared with the default.
        order by is_default desc;
      insert into public.ai_assistants (
        id, assistant_type, name, model_version, fallback_models, allowed_models, canary_model_id,
        canary_share)
        select a.id, a.assistant_type, a.name, a.model_version, a.fallback_models, a.allowed_models,
          a.canary_model_id, a.canary_share
        from jsonb_populate_recordset(null::public.ai_assistants, given -> 'assistants') as a;
      insert into public.ai_api_keys (id, name, key_hash, prefix, models, revoked_at)
        select k.id, k.name, sha256(k.name::bytea), k.prefix, k.models, k.revoked_at
        from jsonb_populate_recordset(null::public.ai_api_keys, given -> 'keys') as k;
      insert into public.ai_conversations (user_id, assistant_id, model_id)
        select '${patient.userId}', (given -> 'assistants' -> (p.pin ->> 'assistant')::integer ->> 'id')::uuid,
          p.pin ->> 'model_id'
        from jsonb_array_elements(given -> 'pins') as p (pin);
      outcome := outcome || jsonb_build_object('before', pg_temp.rows(),
        'foreseen', case when (given -> 'foresees')::boolean
          then public.foresee_retirement(given ->> 'target', given ->> 'successor') end);
      begin
        outcome := outcome
          || public.retire_model(given ->> 'target', given ->> 'successor');
      exception when sqlstate 'PT409' or sqlstate 'PT400' then
        get stacked diagnostics refused = pg_exception_detail;
      end;
      outcome := outcome || jsonb_build_object('refused', refused, 'after', pg_temp.rows());
      if refused is null then
        outcome := outcome || jsonb_build_object('is_named', (
          select u.uses -> 'rollouts' <> '[]' or switchboard.is_in_use(
            u.uses - array['pins', 'conversations', 'recent_conversations'])
          from public.bedrock_models as bm
          cross join lateral switchboard.uses_of_model(bm) as u (uses)
          where bm.model_id = given ->> 'target'));
        perform public.roll_back_switches();
      end if;
      raise exception using errcode = 'ZZ001',
        detail = (outcome || jsonb_build_object('restored', pg_temp.rows()))::text;
    exception when sqlstate 'ZZ001' then
      get stacked diagnostics refused = pg_exception_detail;
      return refused::jsonb;
    end;
  end;
  $$;`;

/** What the functions, which foresee it, make of the same registry. */
function foreseen({ before, successor_model_id }: Outcome, target: string) {
  const registry = before as unknown as Pick<Registry, "models" | "assistants"> as Registry;
  const named = (id: string) => registry.models.find(({ model_id }) => model_id === id)!;
  const successor = successor_model_id === null ? null : named(successor_model_id);
  const { models, assistants } = retireModel(registry, named(target), successor);
  return { models, assistants };
}

function check(given: Case, outcome: Outcome): void {
  const { before, after, restored } = outcome;
  if (outcome.refused !== null) {
    expect(after).toEqual(before);
    return;
  }
  const target = after.models.find(({ model_id }) => model_id === given.target);
  expect(target).toMatchObject({ lifecycle: "retired", is_available: false, is_default: false });
  expect(outcome.is_named).toBe(false);
  if (given.successor !== null) expect(outcome.successor_model_id).toBe(given.successor);
  if (outcome.foreseen !== null) {
    const { successor_model_id } = outcome;
    expect(outcome.foreseen).toMatchObject({ successor_model_id, refusal: "" });
  }
  // Every name still means a model that can answer, or what it meant before.
  const names = (rows: Rows) =>
    new Set(rows.models.flatMap(({ model_id, aliases }) => [model_id, ...aliases as string[]]));
  expect(names(after)).toEqual(names(before));
  expect({ models: after.models, assistants: after.assistants })
    .toEqual(foreseen(outcome, given.target));
  // A rollout that has ended never comes back.
  const withoutEnded = (table: "models" | "assistants") =>
    before[table].map((row) => {
      const { rollout_id } = after[table].find(({ id }) => id === row["id"])!;
      if (rollout_id === row["rollout_id"]) return row;
      const { canary_model_id } = row;
      return {
        ...row,
        rollout_id: null,
        canary_share: null,
        ...canary_model_id !== undefined && { canary_model_id: null },
      };
    });
  expect(restored).toEqual({
    ...before,
    models: withoutEnded("models"),
    assistants: withoutEnded("assistants"),
  });
}

async function tryAll(sql: Session, given: readonly Case[]): Promise<Outcome[]> {
  const [row] = await sql`
    select jsonb_agg(pg_temp.try_case(c.given) order by c.place) as outcomes
    from jsonb_array_elements(${sql.json(given as never)}) with ordinality as c (given, place)`;
  return row?.outcomes;
}

Deno.test(`retire_model() leaves nothing that names the model in ${applied} registries, and its rollback restores each exactly`, async () => {
  await withDatabase(async ({ session }) => {
    // One session, which plans each statement once.
    const sql = session();
    await emptyRegistry(sql);
    await sql.unsafe(tryFunction);
    // One transaction makes, changes and undoes each registry: what it begins with is no switch.
    for (const table of ["bedrock_models", "ai_assistants", "ai_api_keys"]) {
      await sql.unsafe(`alter table public.${table} disable trigger record_insert`);
    }
    const seed = crypto.getRandomValues(new Int32Array(1))[0]!;
    let retired = 0;
    let refused = 0;
    let compared = 0;
    const reasons = new Set<string>();
    const expected = new Set([
      "last_available_model",
      "model_not_available",
      "model_retired",
      "successor_required",
    ]);
    for (let round = 0; retired < applied; round++) {
      const given = fc.sample(cases, { seed: seed + round, numRuns: batch });
      const outcomes = await tryAll(sql, given);
      for (const [n, outcome] of outcomes.entries()) {
        try {
          check(given[n]!, outcome);
        } catch (error) {
          throw new Error(`seed ${seed + round}: ${JSON.stringify(given[n])}`, { cause: error });
        }
        if (outcome.refused === null) {
          retired++;
          if (outcome.uses.rollouts.length > 0) compared++;
        } else {
          refused++;
          reasons.add(outcome.refused);
        }
      }
    }
    // Most are retired, and what is refused is refused for these reasons.
    expect(refused).toBeLessThan(applied);
    expect(compared).toBeGreaterThan(applied / 10);
    expect(reasons.isSubsetOf(expected)).toBe(true);
  });
});
