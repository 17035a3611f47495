/** What a model accepts: the database takes exactly what the functions can read. */
import { expect } from "@std/expect";
import fc from "fast-check";
import { capabilitiesSchema } from "../../../supabase/functions/_shared/registry/capabilities.ts";
import { registrySchema } from "../../../supabase/functions/_shared/registry/registry.ts";
import { refused, type TestDatabase, withDatabase } from "../../support/test_database.ts";
import { novaLite, novaMicro } from "../../support/turns.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const count = fc.oneof(fc.integer({ min: 1, max: 10_000_000 }), fc.constant(2 ** 53 - 1));
const some = <T>(values: readonly T[], minLength: number) =>
  fc.array(fc.constantFrom(...values), { minLength, maxLength: 4 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Capabilities that are in order. */
const capabilities = fc.record({
  images: optional(fc.record({
    max_count: count,
    max_bytes: count,
    max_side: fc.option(count),
    types: some(["image/png", "image/jpeg", "image/gif", "image/webp"], 1),
    in_tool_results: fc.boolean(),
  })),
  documents: optional(fc.record({
    max_count: count,
    max_bytes: count,
    types: some(["application/pdf", "text/csv", "text/plain"], 1),
  })),
  tools: optional(fc.record({
    choices: some(["any", "tool", "none"], 0),
    single: fc.boolean(),
    names: fc.constantFrom("hyphen", "underscore"),
    ids: fc.constantFrom("any", "nine"),
    strict: fc.boolean(),
  })),
  output_schema: fc.boolean(),
  thinking: optional(fc.record({
    mode: fc.constantFrom("budget", "adaptive", "levels", "field"),
    efforts: some(["low", "medium", "high", "xhigh", "max"], 1),
    by_default: fc.boolean(),
    off: fc.constantFrom("disabled", "between_tools", "omitted"),
    forced_tools: fc.boolean(),
  })),
  caching: optional(fc.record({
    min_tokens: count,
    max_points: count,
    ttls: some(["5m", "1h"], 1),
    places: some(["tools", "system", "messages"], 1),
    automatic: fc.boolean(),
  })),
  betas: fc.array(
    fc.string({ minLength: 1, maxLength: 100, unit: fc.constantFrom("a", "-", "2") }),
    {
      maxLength: 3,
    },
  ),
  prefill: fc.boolean(),
  stop_sequences: fc.boolean(),
  count_tokens: fc.boolean(),
  source: optional(fc.record({
    url: fc.constantFrom("https://a", `https://a/${"b".repeat(1998)}`),
    checked_on: fc.constantFrom("2026-11-29", "2000-01-31"),
    assumed: fc.array(fc.constantFrom("images.max_side", "caching.min_tokens"), { maxLength: 3 }),
  })),
}).map((value): Json => JSON.parse(JSON.stringify(value)));

/** What may stand in the place of a value that is in order. */
const other = fc.constantFrom<Json[]>(
  null,
  true,
  0,
  -1,
  1,
  1.5,
  2 ** 53,
  1e300,
  "",
  "any",
  "1h",
  "none",
  "image/svg+xml",
  "http://a",
  "https://",
  `https://a/${"b".repeat(1999)}`,
  "1999-12-31",
  "2026-13-01",
  "2026-1-1",
  "a b",
  "é",
  "x".repeat(101),
  [],
  ["any"],
  [null],
  [["image/png"]],
  Array(51).fill("a"),
  {},
  { max_count: 1 },
);

/** Every place within a value, as the keys that lead there; the value itself is none. */
function placesIn(value: Json, path: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [
    [...path, key],
    ...placesIn(each, [...path, key]),
  ]);
}

/** Changes what is at a place: replaces it, takes it away, or adds something beside it. */
function change(value: Json, path: readonly string[], how: string, put: Json): Json {
  const [key = "", ...rest] = path;
  const copy = structuredClone(value) as Record<string, Json>;
  if (rest.length > 0) copy[key] = change(copy[key] ?? null, rest, how, put);
  else if (how === "remove" && !Array.isArray(copy)) delete copy[key];
  else if (how === "add" && !Array.isArray(copy)) copy.novelty = put;
  else copy[key] = put;
  return copy;
}

const changed = fc.tuple(
  capabilities,
  fc.nat(1000),
  fc.constantFrom("replace", "replace", "remove", "add"),
  other,
).map(([value, place, how, put]) => {
  const places = placesIn(value);
  return change(value, places[place % places.length]!, how, put);
});

async function problems(
  { sql }: TestDatabase,
  values: readonly Json[],
): Promise<(string | null)[]> {
  const rows = await sql`
    select switchboard.problem_of_value(
      v.value, switchboard.capabilities_shape(), 'capabilities') as problem
    from jsonb_array_elements(${sql.json(values as never)}) with ordinality as v (value, place)
    order by v.place`;
  return rows.map(({ problem }) => problem);
}

Deno.test("capabilities are refused by the database exactly where the functions could not read them", async () => {
  await withDatabase(async (database) => {
    const values = fc.sample(
      fc.oneof(capabilities, { arbitrary: changed, weight: 3 }, other),
      { numRuns: 3000 },
    );
    const readable = values.map((value) => capabilitiesSchema.safeParse(value).success);
    const found = await problems(database, values);
    const differing = values.map((value, at) => ({
      value,
      readable: readable[at],
      problem: found[at],
    }))
      .filter(({ readable, problem }) => readable !== (problem === null));
    expect(differing.slice(0, 3)).toEqual([]);
    // Neither side takes all or nothing.
    expect(readable.filter(Boolean).length).toBeGreaterThan(300);
    expect(readable.filter((each) => !each).length).toBeGreaterThan(300);
  });
});

const set = ({ sql }: TestDatabase, value: Json) =>
  sql`update public.bedrock_models set capabilities = ${sql.json(value as never)}
    where model_id = ${novaMicro}`;

Deno.test("capabilities that cannot be read are refused by the name of their place", async () => {
  await withDatabase(async (database) => {
    const plain = {
      output_schema: false,
      betas: [],
      prefill: false,
      stop_sequences: false,
      count_tokens: false,
    };
    const image = { max_count: 1, max_bytes: 1, max_side: null, in_tool_results: false };
    const table: [Json, string][] = [
      [[], "capabilities must be an object"],
      [{ ...plain, videos: {} }, 'capabilities has no key "videos"'],
      [
        { betas: [], stop_sequences: false, count_tokens: false, prefill: false },
        "capabilities.output_schema is missing",
      ],
      [{ ...plain, prefill: "no" }, "capabilities.prefill must be true or false"],
      [
        { ...plain, images: { ...image, types: [] } },
        "capabilities.images.types must be a list of at least 1",
      ],
      [
        { ...plain, images: { ...image, types: ["image/png", "image/bmp"] } },
        "capabilities.images.types[1] must be one of image/png, image/jpeg, image/gif, image/webp",
      ],
      [
        { ...plain, images: { ...image, max_count: 1.5, types: ["image/png"] } },
        "capabilities.images.max_count must be a whole number from 1",
      ],
      [
        { ...plain, images: { ...image, max_side: 0, types: ["image/png"] } },
        "capabilities.images.max_side must be a whole number from 1 or null",
      ],
    ];
    for (const [value, problem] of table) {
      const { code, message } = await refused(set(database, value));
      expect([code, message]).toEqual(["23514", `Model ${novaMicro}: ${problem}.`]);
    }
    const long = { ...plain, betas: Array(50).fill("x".repeat(100)) };
    expect((await set(database, long)).count).toBe(1);
  });
});

Deno.test("a model that is added with the columns of old takes text and nothing else", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`
      insert into public.bedrock_models (
        model_id, model_name, provider, format, max_tokens, context_window)
      values ('a.model', 'A', 'A', 'converse', 100, 1000)`;
    const [row] = await sql`select public.read_registry() as registry`;
    const { models } = registrySchema.parse(row?.registry);
    expect(models.find(({ model_id }) => model_id === "a.model")).toMatchObject({
      capabilities: {
        output_schema: false,
        betas: [],
        prefill: false,
        stop_sequences: false,
        count_tokens: false,
      },
      cache_write_1h_cost_per_mtok: null,
    });
  });
});

Deno.test("a change of capabilities is recorded by what differs, and can be taken back", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const state = async () =>
      (await sql`select capabilities from public.bedrock_models where model_id = ${novaLite}`)[0]
        ?.capabilities;
    const before = await state();
    await sql`
      update public.bedrock_models
      set capabilities = capabilities - 'documents' || '{"prefill": true}'
      where model_id = ${novaLite}`;
    const [entry] = await sql`
      select e ->> 'action' as action, e -> 'from' as before, e -> 'to' as after
      from jsonb_array_elements(public.list_model_switches(1)) as e`;
    expect(entry).toEqual({
      action: "update",
      before: { capabilities: { documents: before.documents, prefill: false } },
      after: { capabilities: { prefill: true } },
    });
    await sql`select public.roll_back_switches()`;
    expect(await state()).toEqual(before);
  });
});

Deno.test("the first rows say what each model accepts, and what an hour of cache costs", async () => {
  await withDatabase(async ({ sql }) => {
    const rows = await sql`
      select model_id, capabilities, lifecycle, input_cost_per_mtok::float8 as input,
        cache_write_cost_per_mtok as written, cache_write_1h_cost_per_mtok::float8 as hour
      from public.bedrock_models`;
    expect(rows.length).toBe(11);
    for (const { model_id, capabilities, lifecycle, input, written, hour } of rows) {
      const { tools, caching, thinking } = capabilitiesSchema.parse(capabilities);
      expect([model_id, tools === undefined]).toEqual([model_id, false]);
      // What is cached without being asked has a price, for as long as it is kept.
      if (caching?.automatic) expect([model_id, written === null]).toEqual([model_id, false]);
      if (caching?.ttls.includes("1h")) expect([model_id, hour]).toEqual([model_id, 2 * input]);
      else expect([model_id, hour]).toEqual([model_id, null]);
      if (lifecycle === "legacy") expect({ caching, thinking }).toEqual({});
    }
    const accepting = (kind: string) =>
      rows.filter(({ capabilities }) => kind in capabilities).length;
    expect([accepting("images"), accepting("documents"), accepting("thinking")])
      .toEqual([10, 7, 4]);
  });
});
