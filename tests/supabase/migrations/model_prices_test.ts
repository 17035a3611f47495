/** Prices that change in the middle of a day: each answer costs what held at its moment. */
import { expect } from "@std/expect";
import fc from "fast-check";
import {
  costOf,
  fromNumeric,
  type Prices,
  priceText,
  type Tokens,
  toNumber,
} from "../../support/decimals.ts";
import {
  patient,
  platformAdmin,
  refusal,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, novaLite, novaMicro, novaPro } from "../../support/turns.ts";

type Model = typeof novaLite | typeof novaMicro;

const price = fc.option(fc.bigInt({ min: 0n, max: 90_000_000n }), { freq: 8 });
const anyPrices: fc.Arbitrary<Prices> = fc.record({
  input: price,
  output: price,
  read: price,
  write: price,
  hour: price,
  long: fc.option(fc.record({
    tokens: fc.constantFrom(50_000, 100_000, 1_000_000_000),
    factor: fc.integer({ min: 1, max: 9 }),
  })),
});
const count = fc.option(
  fc.oneof(
    fc.constant(0),
    // About the lengths from which a prompt is long.
    fc.integer({ min: 0, max: 60_000 }),
    fc.integer({ min: 0, max: 2_000_000_000 }),
  ),
  { freq: 12 },
);
const anyTokens: fc.Arbitrary<Tokens> = fc.record({
  input: count,
  output: count,
  read: count,
  write: count,
  hour: fc.option(fc.constantFrom(0, 0.3, 1)),
}).map(({ hour: share, ...tokens }) => ({
  ...tokens,
  hour: share === null || tokens.write === null ? null : Math.floor(share * tokens.write),
}));
const model = fc.constantFrom<Model[]>(novaLite, novaMicro);
const change = fc.record({ kind: fc.constant("change" as const), model, prices: anyPrices });
const turn = fc.record({
  kind: fc.constant("turn" as const),
  model,
  status: fc.constantFrom("complete" as const, "partial" as const, "failed" as const),
  tokens: anyTokens,
  /** Prices that come into force while the model answers. */
  meanwhile: fc.option(anyPrices, { freq: 4 }),
});

interface Expected {
  readonly questionId: string;
  readonly model: Model;
  readonly tokens: Tokens;
  readonly cost: bigint | null;
  /** Before or after the last change of the sequence. */
  readonly changes: number;
}

async function setPrices({ sql }: TestDatabase, of: Model, prices: Prices): Promise<void> {
  const { input, output, read, write, hour, long } = prices;
  await sql`
    update public.bedrock_models set
      input_cost_per_mtok = ${priceText(input)}, output_cost_per_mtok = ${priceText(output)},
      cache_read_cost_per_mtok = ${priceText(read)},
      cache_write_cost_per_mtok = ${priceText(write)},
      cache_write_1h_cost_per_mtok = ${priceText(hour)},
      long_prompt_tokens = ${long?.tokens ?? null}, long_prompt_factor = ${long?.factor ?? null}
    where model_id = ${of}`;
}

function inOrder({ input, output, read, write, hour }: Tokens) {
  return [input, output, read, write, hour];
}

/**
 * What the turns would have cost at other prices; null where they are not known. Cached tokens
 * without a price are paid as input, and those kept for an hour as the others.
 */
function whatIfOf(turns: readonly Expected[], { input, output, ...prices }: Prices): bigint | null {
  if (input === null || output === null) return null;
  const write = prices.write ?? input;
  const known = { ...prices, input, output, read: prices.read ?? input, write };
  return turns.reduce((sum, { tokens }) => {
    const { input, output, read, write, hour } = tokens;
    const counted = {
      input: input ?? 0,
      output: output ?? 0,
      read: read ?? 0,
      write: write ?? 0,
      hour: hour ?? 0,
    };
    // How long a prompt was is not known without its input.
    const long = input === null ? null : known.long;
    return sum + (costOf(counted, { ...known, hour: known.hour ?? known.write, long }) ?? 0n);
  }, 0n);
}

/** Costs as stored, of the answer and of the ledger, by question. */
async function storedCosts({ sql }: TestDatabase) {
  const rows = await sql`
    select u.question_id, u.cost_usd::text as of_ledger, a.cost_usd::text as of_answer,
      switchboard.cost_of_tokens(mp, u.input_tokens, u.output_tokens, u.cache_read_tokens,
        u.cache_write_tokens, u.cache_write_1h_tokens)::text as of_price
    from public.ai_usage as u
    join public.ai_messages as a on a.id = u.message_id
    left join public.model_prices as mp on mp.id = u.price_id`;
  return new Map(rows.map((row) => [String(row.question_id), row]));
}

/** Moves all turns and prices so that the moment comes to lie on the noon of three days ago. */
async function moveToNoon({ sql }: TestDatabase, moment: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction.unsafe(`
      alter table public.ai_usage disable trigger refuse_change;
      select set_config('test.shift', (
        (((now() at time zone 'UTC')::date - 3) + time '12:00') at time zone 'UTC'
          - '${moment}'::timestamptz)::text, true);
      update public.ai_usage set
        begun_at = begun_at + current_setting('test.shift')::interval,
        ended_at = ended_at + current_setting('test.shift')::interval;
      update public.model_prices set
        valid_from = valid_from + current_setting('test.shift')::interval,
        valid_to = valid_to + current_setting('test.shift')::interval;
      alter table public.ai_usage enable trigger refuse_change;`);
  });
}

/** What usage_figures() sums up, by model, in a part of the day that is given in SQL. */
async function sums({ sql }: TestDatabase, from: string, to: string) {
  const rows = await sql.unsafe(`
    select f.model_id, sum(f.cost_usd)::text as cost, sum(f.unpriced)::int as unpriced
    from public.usage_figures(${from}, ${to}, 'day') as f group by f.model_id`);
  return Object.fromEntries(
    rows.map((row) => [row.model_id, [fromNumeric(row.cost), row.unpriced]]),
  );
}

function expectedSums(turns: readonly (Expected & { unpriced: boolean })[]) {
  const found: Record<string, [bigint, number]> = {};
  for (const { model, cost, unpriced } of turns) {
    const [sum, count] = found[model] ?? [0n, 0];
    found[model] = [sum + (cost ?? 0n), count + Number(unpriced)];
  }
  return found;
}

Deno.test("prices that change in the middle of a day give the right sum on both sides of each change", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ arbitrary: change, weight: 1 }, { arbitrary: turn, weight: 3 }), {
        minLength: 2,
        maxLength: 14,
      }),
      fc.tuple(anyPrices, anyPrices),
      async (steps, first) => {
        await withDatabase(async (database) => {
          const { sql } = database;
          const prices = new Map<Model, Prices>([[novaLite, first[0]], [novaMicro, first[1]]]);
          for (const [of, now] of prices) await setPrices(database, of, now);
          const turns: (Expected & { unpriced: boolean })[] = [];
          let changes = 0;
          let lastChange = new Date().toISOString();
          const changePrices = async (of: Model, now: Prices) => {
            const before = await storedCosts(database);
            await setPrices(database, of, now);
            prices.set(of, now);
            changes++;
            const [row] = await sql`
              select max(valid_from)::text as moment from public.model_prices where model_id = ${of}`;
            lastChange = row!.moment;
            // What was answered costs what it did.
            expect(await storedCosts(database)).toEqual(before);
          };
          for (const step of steps) {
            if (step.kind === "change") {
              await changePrices(step.model, step.prices);
              continue;
            }
            const begun = await beginTurn(database, patient);
            if (step.meanwhile !== null) await changePrices(step.model, step.meanwhile);
            await completeTurn(database, begun.question_id, {
              model: step.model,
              status: step.status,
              tokens: inOrder(step.tokens),
            });
            const cost = costOf(step.tokens, prices.get(step.model)!);
            turns.push({
              questionId: begun.question_id,
              model: step.model,
              tokens: step.tokens,
              cost,
              changes,
              unpriced: cost === null && step.tokens.input !== null,
            });
          }

          const stored = await storedCosts(database);
          for (const { questionId, cost } of turns) {
            const row = stored.get(questionId)!;
            expect(row.of_ledger === null ? null : fromNumeric(row.of_ledger)).toBe(cost);
            expect(row.of_answer).toBe(row.of_ledger);
            expect(row.of_price).toBe(row.of_ledger);
          }

          const whatIf = whatIfOf(turns, prices.get(novaMicro)!);
          if (whatIf !== null) {
            const [row] = await sql`
              select public.what_if_report(${novaMicro}, now() - interval '1 day',
                now() + interval '1 second') ->> 'what_if_usd' as usd`;
            expect(Number(row?.usd)).toBe(toNumber(whatIf));
          }

          await moveToNoon(database, lastChange);
          const day = "(((now() at time zone 'UTC')::date - 3)::timestamp at time zone 'UTC')";
          const noon = `${day} + interval '12 hours'`;
          const next = `${day} + interval '24 hours'`;
          const sides = async () => [
            await sums(database, day, noon),
            await sums(database, noon, next),
            await sums(database, day, next),
          ];
          const before = turns.filter((turn) => turn.changes < changes);
          const after = turns.filter((turn) => turn.changes === changes);
          // Without a change, the moment is before all turns.
          const expected = [before, after, turns].map(expectedSums);
          expect(await sides()).toEqual(expected);
          await sql`select public.roll_up_usage()`;
          expect(await sides()).toEqual(expected);
        });
      },
    ),
    { numRuns: 12 },
  );
});

Deno.test("each change of a price ends a period and begins the next, and nothing else does", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const opus = "eu.anthropic.claude-opus-5-5";
    const periods = async () => [
      ...await sql`
        select valid_from, valid_to, input_cost_per_mtok::float8 as input
        from public.model_prices where model_id = ${opus} order by valid_from`,
    ];
    expect(await periods()).toEqual([{ valid_from: expect.any(Date), valid_to: null, input: 4.4 }]);
    await sql`update public.bedrock_models set description = 'x' where model_id = ${opus}`;
    await sql`
      update public.bedrock_models set input_cost_per_mtok = input_cost_per_mtok
      where model_id = ${opus}`;
    expect(await periods()).toHaveLength(1);
    await sql`update public.bedrock_models set input_cost_per_mtok = 9 where model_id = ${opus}`;
    const [old, present, ...others] = await periods();
    expect(others).toEqual([]);
    expect(old?.valid_to).toEqual(present?.valid_from);
    expect([old?.input, present?.input, present?.valid_to]).toEqual([4.4, 9, null]);
    await sql`delete from public.bedrock_models where model_id = ${opus}`;
    expect((await periods()).map((period) => period.valid_to)).not.toContain(null);
  });
});

Deno.test("a prompt that is longer than a model's prices hold for costs the multiple", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`
      update public.bedrock_models
      set input_cost_per_mtok = 2, output_cost_per_mtok = 10, cache_read_cost_per_mtok = 1,
        cache_write_cost_per_mtok = 3, long_prompt_tokens = 100000, long_prompt_factor = 5
      where model_id = ${novaLite}`;
    const costs: [readonly number[], number][] = [
      [[100_000, 1000, 0, 0], 0.21],
      [[100_001, 1000, 0, 0], 5 * 0.210002],
      // Cached tokens are tokens of the prompt.
      [[50_000, 0, 40_000, 10_000], 0.17],
      [[50_000, 0, 40_000, 10_001], 5 * 0.170003],
    ];
    for (const [tokens, expected] of costs) {
      const begun = await beginTurn(database, patient);
      const { cost_usd } = await completeTurn(database, begun.question_id, { tokens });
      expect(cost_usd).toBeCloseTo(expected, 12);
    }
    // The same turns on the same model: by the sums of the days, and by each prompt's length.
    const total = costs.reduce((sum, [, cost]) => sum + cost, 0);
    const report = async () =>
      (await sql`
        select public.what_if_report(${novaLite}, now() - interval '1 day', now()
          + interval '1 second') as report`)[0]?.report;
    expect(await report()).toMatchObject({
      actual_usd: expect.closeTo(total, 12),
      what_if_usd: expect.closeTo(total, 12),
    });
    await sql`
      update public.bedrock_models set long_prompt_tokens = null, long_prompt_factor = null
      where model_id = ${novaLite}`;
    const short = 0.21 + 0.210002 + 0.17 + 0.170003;
    expect((await report()).what_if_usd).toBeCloseTo(short, 12);
    // What was answered costs what it did.
    expect((await report()).actual_usd).toBeCloseTo(total, 12);
  });
});

Deno.test("a regional and a global profile of one model are rows of their own, each at its own prices", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const [regional, global] = ["eu.anthropic.claude-opus-5-5", "global.anthropic.claude-opus-5-5"];
    await sql`update public.registry_settings set allowed_geographies = '{global}'`;
    await sql`
      insert into public.bedrock_models (model_id, model_name, provider, format, geographies,
        max_tokens, context_window, sampling, is_available, input_cost_per_mtok,
        output_cost_per_mtok, cache_read_cost_per_mtok, cache_write_cost_per_mtok,
        cache_write_1h_cost_per_mtok)
      values (${global}, 'Claude Opus 5.5 (global)', 'Anthropic', 'claude', '{global}',
        128000, 1000000, 'none', true, 4, 20, 0.4, 5, 8)`;
    // 1000 in, 100 out, 10 000 read and 2000 written, half of them for an hour.
    const tokens = [1000, 100, 10_000, 2000, 1000];
    const costs = {
      [regional]: 0.0044 + 0.0022 + 0.0022 + 0.0055 + 0.0088,
      [global]: 0.004 + 0.002 +
        0.004 + 0.005 + 0.008,
    };
    for (const [model, expected] of Object.entries(costs)) {
      const begun = await beginTurn(database, patient);
      const { cost_usd } = await completeTurn(database, begun.question_id, { model, tokens });
      expect(cost_usd).toBeCloseTo(expected, 12);
    }
    const figures = await sql`
      select model_id, cost_usd::float8 as cost from public.usage_figures(
        now() - interval '1 day', now() + interval '1 second', 'day')`;
    expect(Object.fromEntries(figures.map(({ model_id, cost }) => [model_id, cost])))
      .toEqual({
        [regional]: expect.closeTo(costs[regional]!, 12),
        [global]: expect.closeTo(costs[global]!, 12),
      });
    // A new price of the one says nothing of the other.
    await sql`update public.bedrock_models set input_cost_per_mtok = 9 where model_id = ${global}`;
    const current = await sql`
      select model_id, input_cost_per_mtok::float8 as input from public.model_prices
      where model_id in (${regional}, ${global}) and valid_to is null order by model_id`;
    expect(current.map(({ input }) => input)).toEqual([4.4, 9]);
  });
});

Deno.test("the length of a long prompt and its multiple are set together, within bounds", async () => {
  await withDatabase(async ({ sql }) => {
    const set = (tokens: number | null, factor: string | null) =>
      refusal(sql`
        update public.bedrock_models set long_prompt_tokens = ${tokens},
          long_prompt_factor = ${factor} where model_id = ${novaLite}`);
    for (
      const [tokens, factor] of [
        [50_000, null],
        [null, "2"],
        [0, "2"],
        [49_999, "2"],
        [50_000, "0"],
        [50_000, "NaN"],
        [50_000, "Infinity"],
        [50_000, "-1"],
      ] as const
    ) {
      expect([tokens, factor, await set(tokens, factor)]).toEqual([tokens, factor, "23514"]);
    }
  });
});

Deno.test("what_if_report() finds the shortest long prompts by their index", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const entries = (count: number, tokens: number) =>
      sql`
        insert into public.ai_usage (
          question_id, attempt, conversation_id, assistant_type, model_id, status, begun_at,
          ended_at, begins_conversation, input_tokens, output_tokens, cache_read_tokens, cost_usd)
        select gen_random_uuid(), 1, gen_random_uuid(), 'health', ${novaLite}, 'complete', now(),
          now() - n * interval '1 second', false, ${tokens - 1}, 0, 1, 0
        from generate_series(1, ${count}) as n`;
    await entries(20_000, 50_000);
    await entries(5, 50_001);
    // More than an integer holds, together.
    await sql`
      insert into public.ai_usage (
        question_id, attempt, conversation_id, assistant_type, model_id, status, begun_at, ended_at,
        begins_conversation, input_tokens, output_tokens, cache_read_tokens, cost_usd)
      values (gen_random_uuid(), 1, gen_random_uuid(), 'health', ${novaLite}, 'complete', now(),
        now(), false, 2147483647, 0, 2147483647, 0)`;
    await sql`analyze public.ai_usage`;
    await sql`
      update public.bedrock_models
      set input_cost_per_mtok = 1, output_cost_per_mtok = 1, cache_read_cost_per_mtok = 1,
        long_prompt_tokens = 50000, long_prompt_factor = 2
      where model_id = ${novaPro}`;
    await database.as(platformAdmin, async (call) => {
      const [row] = await call`
        select public.what_if_report(${novaPro}, now() - interval '1 day', now()
          + interval '1 second') as report`;
      const dearer = 5 * 50_001 + 2 * 2_147_483_647;
      expect(row?.report.what_if_usd).toBeCloseTo((20_000 * 50_000 + 2 * dearer) * 1e-6, 6);
      const [scans] = await call`
        select pg_catalog.pg_stat_get_xact_numscans(
          'public.ai_usage_long_prompts_idx'::regclass)::int as n`;
      expect(scans?.n).toBeGreaterThan(0);
    });
  });
});

Deno.test("the first rows have the price of Claude Haiku 5.5's long prompts", async () => {
  await withDatabase(async ({ sql }) => {
    const rows = await sql`
      select model_id, long_prompt_tokens, long_prompt_factor::float8 as factor
      from public.bedrock_models where long_prompt_tokens is not null`;
    expect([...rows]).toEqual([
      { model_id: "eu.anthropic.claude-haiku-5-5", long_prompt_tokens: 100_000, factor: 5 },
    ]);
  });
});
