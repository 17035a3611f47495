/** One row that the functions cannot read would keep them from the whole registry. */
import { expect } from "@std/expect";
import { registrySchema } from "../../../supabase/functions/_shared/registry/registry.ts";
import { refused, withDatabase } from "../../support/test_database.ts";

const change = {
  model: (values: string) =>
    `update public.bedrock_models set ${values} where model_id = 'eu.amazon.nova-micro-v1:0'`,
  assistant: (values: string) =>
    `update public.ai_assistants set ${values} where assistant_type = 'operations'`,
  settings: (values: string) => `update public.registry_settings set ${values}`,
};

const prices = ["input", "output", "cache_read", "cache_write"].map((kind) =>
  `${kind}_cost_per_mtok`
);

Deno.test("the registry refuses values that the functions could not read", async (t) => {
  await withDatabase(async ({ sql }) => {
    const refusals = [
      ...prices.flatMap((price) =>
        ["'NaN'", "'Infinity'", "1e400", "-1"].map((value) => change.model(`${price} = ${value}`))
      ),
      ...["temperature", "top_p"].map((column) => change.model(`${column} = 'NaN'`)),
      change.model("geographies = array[['eu']]"),
      ...["1e400", "100000000000000001", "2147483648", "0", "1.5", '"9"', "null"].map((value) =>
        change.assistant(`model_config = '{"max_tokens": ${value}}'`)
      ),
      ...["1.1", "-1e-9", '"0"', "null"].flatMap((value) => [
        change.assistant(`model_config = '{"temperature": ${value}}'`),
        change.assistant(`model_config = '{"top_p": ${value}}'`),
      ]),
      ...["[]", "null", "1", '{"maxTokens": 1}'].map((value) =>
        change.assistant(`model_config = '${value}'`)
      ),
      ...["retires_on", "checked_on"].flatMap((column) =>
        ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01"].map((value) =>
          change.model(`${column} = '${value}'`)
        )
      ),
      change.model("created_at = 'infinity'"),
      change.assistant("created_at = '-infinity'"),
      // Numbers in JSON may have any number of digits.
      change.assistant(`model_config = '{"temperature": 0.${"0".repeat(1000)}1}'`),
      change.assistant("fallback_models = array[['a', 'b']]"),
      change.settings("allowed_geographies = array[['eu', 'ch']]"),
    ];
    for (const statement of refusals) {
      await t.step(statement, async () => {
        const { code } = await refused(sql.unsafe(statement));
        // A check that says no, or one that cannot even be asked of an array of arrays.
        expect(["23514", "0A000"]).toContain(code);
      });
    }
  });
});

const longest: [string, (length: number) => string, number][] = [
  ["model_id", (n) => change.model(`model_id = '${"x".repeat(n)}'`), 2048],
  ["model_name", (n) => change.model(`model_name = '${"é".repeat(n)}'`), 200],
  ["provider", (n) => change.model(`provider = '${"é".repeat(n)}'`), 100],
  ["use_case", (n) => change.model(`use_case = '${"é".repeat(n)}'`), 100],
  ["source_url", (n) => change.model(`source_url = '${"é".repeat(n)}'`), 2000],
  ["description", (n) => change.model(`description = '${"é".repeat(n)}'`), 2000],
  ["name", (n) => change.assistant(`name = '${"é".repeat(n)}'`), 200],
  ["system_prompt", (n) => change.assistant(`system_prompt = '${"é".repeat(n)}'`), 100_000],
  [
    "fallback_models",
    (n) =>
      change.assistant(`fallback_models = array_fill('eu.amazon.nova-pro-v1:0'::text, '{${n}}')`),
    20,
  ],
];

Deno.test("texts of the registry have a longest length, counted in characters", async () => {
  await withDatabase(async ({ sql }) => {
    for (const [column, statement, most] of longest) {
      const error = await refused(sql.unsafe(statement(most + 1)));
      expect([column, error.code, error.constraint_name]).toEqual([
        column,
        "23514",
        expect.stringMatching(new RegExp(`_${column}_(length|count)$`)),
      ]);
      expect([column, (await sql.unsafe(statement(most))).count]).toEqual([column, 1]);
      if (column !== "model_id") continue;
      await sql`
        update public.bedrock_models set model_id = 'eu.amazon.nova-micro-v1:0'
        where length(model_id) = ${most}`;
    }
  });
});

Deno.test("what the code compares is refused where it is misspelt, and the error says what is allowed", async (t) => {
  await withDatabase(async ({ sql }) => {
    const blanks = ["", " ", " x", "x ", "x\t", "x\n", "\u00a0x"];
    const misspelt = [
      ...[...blanks, "two words", "x\u200b", "mod\u00e8le"].map((id) =>
        change.model(`model_id = '${id}'`)
      ),
      ...blanks.flatMap((text) => [
        change.model(`provider = '${text}'`),
        change.model(`use_case = '${text}'`),
      ]),
      ...["EU-central-1", "eu-central-1 ", "", "*", "frankfurt", "eu_central_1"].map((region) =>
        change.model(`region = '${region}'`)
      ),
      ...["Nova", "nova ", ""].map((format) => change.model(`format = '${format}'`)),
      ...["Active", "legacy "].map((lifecycle) => change.model(`lifecycle = '${lifecycle}'`)),
    ];
    for (const statement of misspelt) {
      await t.step(JSON.stringify(statement), async () => {
        expect((await refused(sql.unsafe(statement))).code).toBe("23514");
      });
    }
    await sql.unsafe(change.model("region = 'us-gov-west-1', is_available = false"));
    await sql.unsafe(change.model("region = 'eusc-de-east-1', use_case = 'Two words'"));

    for (const place of ["EU", "eu ", " eu", "europe", "eu-central-1", ""]) {
      for (
        const statement of [
          change.model(`geographies = array['eu', '${place}']`),
          change.settings(`allowed_geographies = array['${place}']`),
        ]
      ) {
        const error = await refused(sql.unsafe(statement));
        expect([statement, error.code]).toEqual([statement, "23514"]);
        expect(error.message).toContain(`"${place}"`);
        expect(error.hint).toContain("Allowed: eu, uk, ch, us, us-gov, ca,");
      }
    }
    await sql.unsafe(change.model("geographies = '{eu,unknown}'"));
    expect((await refused(sql.unsafe(change.settings("allowed_geographies = '{unknown}'")))).code)
      .toBe("23514");

    for (const id of ["no-such", "eu.amazon.nova-pro-v1:0 ", "EU.amazon.nova-pro-v1:0"]) {
      const error = await refused(
        sql.unsafe(change.assistant(`fallback_models = array['${id}']`)),
      );
      expect([id, error.code]).toEqual([id, "23503"]);
      expect(error.message).toContain(`"${id}"`);
      expect(error.hint).toContain("eu.amazon.nova-pro-v1:0");
    }
    // A list that names a model that has left can still be shortened.
    await sql.unsafe(change.model("is_available = false"));
    await sql.unsafe(change.assistant(
      "model_version = null, fallback_models = '{eu.amazon.nova-micro-v1:0,eu.amazon.nova-pro-v1:0}'",
    ));
    await sql`delete from public.bedrock_models where model_id = 'eu.amazon.nova-micro-v1:0'`;
    await sql.unsafe(change.assistant("fallback_models = '{eu.amazon.nova-micro-v1:0}'"));
  });
});

Deno.test("read_registry() can be read with every value at its limit", async () => {
  await withDatabase(async ({ sql }) => {
    await sql.unsafe(change.model(prices.map((price) => `${price} = 1000000`).join(", ")));
    await sql.unsafe(change.model("max_tokens = 2147483647, context_window = 2147483647"));
    await sql.unsafe(change.model("temperature = 1e-400, top_p = 1, retires_on = '2999-12-31'"));
    await sql.unsafe(
      change.assistant(`model_config = '{"max_tokens": 2147483647.0, "temperature": 1e-400}'`),
    );
    const [row] = await sql`select public.read_registry()::text as registry`;
    const parsed = registrySchema.safeParse(JSON.parse(row!.registry));
    expect(parsed.error?.issues).toBeUndefined();
  });
});
