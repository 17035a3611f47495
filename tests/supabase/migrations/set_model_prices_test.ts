/** Prices that are set now, in a row or ahead: what holds at any moment, and what tells it. */
import { expect } from "@std/expect";
import fc from "fast-check";
import { fencedBlocks } from "../../support/markdown.ts";
import { readSource } from "../../support/source_files.ts";
import {
  anon,
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, novaLite, novaPro } from "../../support/turns.ts";

const columns = [
  "input_cost_per_mtok",
  "output_cost_per_mtok",
  "cache_read_cost_per_mtok",
  "cache_write_cost_per_mtok",
] as const;
type Prices = Partial<Record<typeof columns[number], number | null>>;

const day = 24 * 60 * 60 * 1000;

/** Calls a function as the functions do, with the service key. */
async function callAs<T>({ as }: Pick<TestDatabase, "as">, name: string, args: unknown[]) {
  return await as(serviceRole, async (call) => {
    const [row] = await call.unsafe(
      `select public.${name}(${args.map((_, index) => `$${index + 1}`).join(", ")}) as answer`,
      args as never[],
    );
    return row?.answer as T;
  });
}

async function setPrice(
  database: TestDatabase,
  prices: Prices,
  validFrom: Date | null = null,
  model: string = novaLite,
): Promise<void> {
  const { sql } = database;
  await database.as(serviceRole, (call) =>
    call`
      select public.set_model_price(
        ${model}, ${sql.json(prices)}, ${validFrom}, p_source => 'api',
        p_actor_key_name => 'ops')`);
}

interface Listed extends Required<Prices> {
  readonly valid_from: string;
  readonly valid_to: string | null;
  readonly state: "past" | "current" | "scheduled";
}

const listed = (database: TestDatabase, model: string = novaLite) =>
  callAs<Listed[]>(database, "list_model_prices", [model]);

/** A model's row as it is stored, and as the registry gives it. */
async function rowOf({ sql }: TestDatabase, model: string = novaLite): Promise<Prices> {
  const [row] = await sql`select to_jsonb(bm) as row from public.bedrock_models as bm
    where bm.model_id = ${model}`;
  return pricesOf(row!.row);
}

async function readPrices(database: TestDatabase, model: string = novaLite): Promise<Prices> {
  const whole = await callAs<Registry>(database, "read_registry", []);
  const part = await callAs<Registry>(database, "read_registry_part", [[model]]);
  const [one, other] = [whole, part].map(({ models }) =>
    pricesOf(models.find(({ model_id }) => model_id === model)!)
  );
  expect(one).toEqual(other);
  return one!;
}

type Registry = { models: (Prices & { model_id: string })[] };

function pricesOf(row: Prices): Required<Prices> {
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? null])) as Required<Prices>;
}

/** Lets time pass: every period and log entry was so much earlier. */
async function pass({ sql }: TestDatabase, days: number): Promise<void> {
  await sql`
    update public.model_prices set valid_from = valid_from - ${days} * interval '1 day',
      valid_to = valid_to - ${days} * interval '1 day'`;
}

async function now({ sql }: TestDatabase): Promise<number> {
  const [row] = await sql`select clock_timestamp() as now`;
  return (row!.now as Date).getTime();
}

Deno.test("a price that is set holds at once, is recorded with its author, and is undone by a rollback", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const before = await rowOf(database);
    await setPrice(database, { input_cost_per_mtok: 7.25 });
    const after = { ...before, input_cost_per_mtok: 7.25 };
    expect([await rowOf(database), await readPrices(database)]).toEqual([after, after]);
    const [entry] = await sql`
      select action, model_id, actor_key_name, source, row_after ->> 'input_cost_per_mtok' as input
      from public.model_switches order by id desc limit 1`;
    expect(entry).toEqual({
      action: "set-price",
      model_id: novaLite,
      actor_key_name: "ops",
      source: "api",
      input: "7.25",
    });
    await callAs(database, "roll_back_switches", []);
    expect([await rowOf(database), await readPrices(database)]).toEqual([before, before]);
    // The same prices once more are no change.
    const count = async () => (await listed(database)).length;
    const periods = await count();
    await setPrice(database, before);
    expect(await count()).toBe(periods);
  });
});

Deno.test("a scheduled price holds from its moment on, whether or not anything runs then", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const before = await rowOf(database);
    const from = new Date(await now(database) + day);
    await setPrice(database, { input_cost_per_mtok: 9, output_cost_per_mtok: 90 }, from);
    expect([await rowOf(database), await readPrices(database)]).toEqual([before, before]);
    expect((await listed(database)).map(({ state }) => state)).toEqual(["scheduled", "current"]);

    await pass(database, 2);
    const due = { ...before, input_cost_per_mtok: 9, output_cost_per_mtok: 90 };
    expect([await rowOf(database), await readPrices(database)]).toEqual([before, due]);
    expect((await listed(database)).map(({ state }) => state)).toEqual(["current", "past"]);
    const [registry] = await sql`
      select public.read_registry() as present, public.read_registry_as_of(rv.version) as told
      from public.registry_version as rv`;
    expect(registry?.told).toEqual(registry?.present);
    const begun = await beginTurn(database, patient);
    const answer = await completeTurn(database, begun.question_id, { tokens: [1000, 100, 0, 0] });
    expect(answer.cost_usd).toBeCloseTo(1000 * 9e-6 + 100 * 90e-6, 12);
    const [report] = await sql`
      select public.what_if_report(${novaLite}, now() - interval '1 day',
        now() + interval '1 second') as r`;
    expect(report!.r.what_if_usd).toBeCloseTo(answer.cost_usd!, 12);

    expect(await callAs(database, "adopt_due_prices", [])).toBe(1);
    expect(await rowOf(database)).toEqual(due);
    expect(await callAs(database, "adopt_due_prices", [])).toBe(0);
    expect((await listed(database)).length).toBe(2);
  });
});

Deno.test("a scheduled price is replaced and taken back, each time recorded", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const from = new Date(await now(database) + 30 * day);
    const later = new Date(from.getTime() + day);
    await setPrice(database, { input_cost_per_mtok: 9 }, from);
    await setPrice(database, { input_cost_per_mtok: 12 }, later);
    await setPrice(database, { output_cost_per_mtok: 5 }, from);
    const [last, next, present, ...others] = await listed(database);
    expect(others).toEqual([]);
    expect([next, last]).toMatchObject([
      { input_cost_per_mtok: 9, output_cost_per_mtok: 5, state: "scheduled" },
      { input_cost_per_mtok: 12, state: "scheduled", valid_to: null },
    ]);
    expect(present?.valid_to).toBe(next?.valid_from);
    await setPrice(database, {}, from);
    const [still, held] = await listed(database);
    expect([still?.input_cost_per_mtok, held?.valid_to]).toEqual([12, still?.valid_from]);
    await setPrice(database, {}, later);
    expect(await listed(database)).toMatchObject([{ state: "current", valid_to: null }]);

    const entries = await database.as(
      serviceRole,
      async (call) => (await call`select public.list_model_switches(5) as entries`)[0]!.entries,
    );
    expect(entries.map((entry: Record<string, unknown>) => [
      entry.action,
      entry.actor_key_name,
      (entry.from as Prices | null)?.output_cost_per_mtok ?? null,
      (entry.to as Prices | null)?.input_cost_per_mtok ?? null,
    ])).toEqual([
      ["schedule-price", "ops", present?.output_cost_per_mtok, null],
      ["schedule-price", "ops", 5, null],
      ["schedule-price", "ops", present?.output_cost_per_mtok, 9],
      ["schedule-price", "ops", null, 12],
      ["schedule-price", "ops", null, 9],
    ]);
    const [verified] = await sql`select public.verify_model_switches() as v`;
    expect(verified!.v.ok).toBe(true);
  });
});

Deno.test("a price from a past moment on is refused, and so is what is no price", async () => {
  await withDatabase(async (database) => {
    const past = new Date(await now(database) - 1000);
    const attempts: [Prices, Date | null, string][] = [
      [{ input_cost_per_mtok: 1 }, past, "what was answered keeps its cost"],
      [{ input_cost_per_mtok: 1 }, new Date("3000-01-01"), "too far ahead"],
      [{}, null, "names no price"],
      [{}, new Date(Date.now() + day), "No prices of"],
      [{ description: "x" } as Prices, null, "description is no price"],
      [{ long_prompt_tokens: 60_000 } as Prices, null, "are set together"],
    ];
    const before = await listed(database);
    for (const [prices, from, words] of attempts) {
      const error = await refused(setPrice(database, prices, from));
      expect([error.code, error.detail]).toEqual(["PT400", "invalid_request"]);
      expect(error.message).toContain(words);
    }
    const unknown = await refused(setPrice(database, { input_cost_per_mtok: 1 }, null, "no.model"));
    expect(unknown.detail).toBe("model_not_found");
    expect((await refused(callAs(database, "list_model_prices", ["no.model"]))).detail)
      .toBe("model_not_found");
    expect(await listed(database)).toEqual(before);
  });
});

Deno.test("a price that came into force is no switch: a rollback leaves it and takes the change before", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.bedrock_models set description = 'x' where model_id = ${novaLite}`;
    const before = await rowOf(database);
    await setPrice(database, { input_cost_per_mtok: 9 }, new Date(await now(database) + day));
    await pass(database, 2);
    await callAs(database, "adopt_due_prices", []);
    const adopted = { ...before, input_cost_per_mtok: 9 };
    await callAs(database, "roll_back_switches", []);
    expect(await rowOf(database)).toEqual(adopted);
    const [row] = await sql`
      select description from public.bedrock_models where model_id = ${novaLite}`;
    expect(row!.description).not.toBe("x");
    // A price that is set after the moment and before the row follows goes back to what held.
    await setPrice(database, { input_cost_per_mtok: 11 }, new Date(await now(database) + day));
    await pass(database, 2);
    await setPrice(database, { input_cost_per_mtok: 12 });
    await callAs(database, "roll_back_switches", []);
    expect(await readPrices(database)).toEqual({ ...before, input_cost_per_mtok: 11 });
  });
});

Deno.test("scheduled prices follow a model that is renamed, and end with one that is deleted", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const haiku = "eu.anthropic.claude-haiku-5-5";
    const from = new Date(await now(database) + day);
    await setPrice(database, { input_cost_per_mtok: 9 }, from, haiku);
    await sql`update public.bedrock_models set model_id = 'new.name' where model_id = ${haiku}`;
    expect((await listed(database, haiku)).map(({ state }) => state)).toEqual(["past"]);
    expect((await listed(database, "new.name")).map(({ state }) => state))
      .toEqual(["scheduled", "current"]);
    await sql`delete from public.bedrock_models where model_id = 'new.name'`;
    expect((await listed(database, "new.name")).map(({ state }) => state)).toEqual(["past"]);
  });
});

Deno.test("only the service key sets, lists and adopts prices", async () => {
  await withDatabase(async (database) => {
    for (const caller of [anon, patient, platformAdmin]) {
      for (
        const statement of [
          `public.set_model_price('${novaLite}', '{"input_cost_per_mtok": 0}')`,
          `public.list_model_prices('${novaLite}')`,
          "public.adopt_due_prices()",
        ]
      ) {
        expect(await refusal(database.as(caller, (call) => call.unsafe(`select ${statement}`))))
          .toBe("42501");
      }
    }
  });
});

const value = fc.option(fc.integer({ min: 0, max: 9 }), { freq: 6 });
const somePrices = fc.dictionary(fc.constantFrom(...columns), value, { minKeys: 1 });
const days = fc.integer({ min: 1, max: 6 });
const step = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), prices: somePrices }),
  fc.record({ kind: fc.constant("update" as const), prices: somePrices }),
  fc.record({ kind: fc.constant("schedule" as const), prices: somePrices, days }),
  fc.record({ kind: fc.constant("take-back" as const), days }),
  fc.record({ kind: fc.constant("pass" as const), days: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant("adopt" as const) }),
);

Deno.test("any sequence of prices leaves periods without gaps, and each moment its price", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      await withDatabase(async (database) => {
        const { sql } = database;
        // What holds, what the row says, what is to hold by day, and what held at past moments.
        let present = pricesOf(await rowOf(database));
        let row = present;
        let scheduled = new Map<number, Required<Prices>>();
        let checked: { at: number; prices: Prices }[] = [];
        const noon = await now(database) + day / 2;
        const momentOf = (inDays: number) => new Date(noon + inDays * day);
        const heldOn = (inDays: number) =>
          [...scheduled].filter(([due]) => due <= inDays).sort(([a], [b]) => b - a)[0]?.[1] ??
            present;
        for (const step of steps) {
          switch (step.kind) {
            case "set":
              await setPrice(database, step.prices);
              row = present = { ...present, ...step.prices };
              break;
            case "update": {
              await sql`
                update public.bedrock_models set ${sql(step.prices)} where model_id = ${novaLite}`;
              const changes = Object.entries(step.prices)
                .filter(([name, price]) => row[name as typeof columns[number]] !== price);
              if (changes.length > 0) {
                row = present = { ...present, ...Object.fromEntries(changes) };
              }
              break;
            }
            case "schedule":
              await setPrice(database, step.prices, momentOf(step.days));
              // Every write of prices brings the rows up to date.
              row = present;
              scheduled.set(step.days, { ...heldOn(step.days), ...step.prices });
              break;
            case "take-back": {
              const taken = setPrice(database, {}, momentOf(step.days));
              if (scheduled.delete(step.days)) {
                await taken;
                row = present;
              } else expect((await refused(taken)).detail).toBe("invalid_request");
              break;
            }
            case "pass": {
              await pass(database, step.days);
              checked = checked.map(({ at, prices }) => ({ at: at - step.days * day, prices }));
              // Noon of today is still to come, so what was due in that many days is past by then.
              present = pricesOf(heldOn(step.days - 1));
              scheduled = new Map(
                [...scheduled].filter(([due]) => due >= step.days)
                  .map(([due, prices]) => [due - step.days, prices]),
              );
              break;
            }
            case "adopt":
              expect(await callAs(database, "adopt_due_prices", []))
                .toBe(Number(JSON.stringify(row) !== JSON.stringify(present)));
              row = present;
              break;
            default:
              step satisfies never;
          }
          checked.push({ at: await now(database), prices: present });
          expect(await rowOf(database)).toEqual(row);
          expect(await readPrices(database)).toEqual(present);
        }
        const ahead = [0, 1, 2, 3, 4, 5, 6, 7].map((inDays) => ({
          at: momentOf(inDays).getTime() + 1000,
          prices: heldOn(inDays),
        }));
        for (const { at, prices } of [...checked, ...ahead]) {
          const [found] = await sql`
            select to_jsonb(switchboard.price_at(${novaLite}, ${new Date(at)})) as price`;
          expect(pricesOf(found!.price)).toEqual(pricesOf(prices));
        }
        const periods = await sql`
          select valid_to is not distinct from lead(valid_from) over (order by valid_from, id) as fits
          from public.model_prices where model_id = ${novaLite}`;
        expect(periods.map(({ fits }) => fits)).toEqual(periods.map(() => true));
        expect((await listed(database, novaPro)).length).toBe(1);
      });
    }),
    { numRuns: 12 },
  );
});

Deno.test("the statements of operate.md set prices and assistants", async () => {
  const blocks = fencedBlocks(readSource("docs/operate.md"))
    .filter(({ language, text }) =>
      language === "sql" && /set_model_price|create_assistant/.test(text)
    );
  expect(blocks).toHaveLength(2);
  await withDatabase(async (database) => {
    for (const statement of blocks.flatMap(({ text }) => text.split(/;\n/))) {
      await database.sql.unsafe(statement);
    }
    expect(await listed(database, novaPro)).toMatchObject([
      { state: "current", input_cost_per_mtok: 0.9, valid_to: null },
      { state: "past" },
    ]);
    const [triage] = await database.sql`
      select name, is_active, system_prompt from public.ai_assistants
      where assistant_type = 'triage'`;
    expect(triage).toEqual({
      name: "Triage",
      is_active: false,
      system_prompt: "You sort what comes in.",
    });
  });
});
