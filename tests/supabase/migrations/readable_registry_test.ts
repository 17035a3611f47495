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
      ...[
        "1e400",
        "100000000000000001",
        "2147483648",
        "0",
        "1.5",
        '"9"',
        "null",
      ].map((value) => change.assistant(`model_config = '{"max_tokens": ${value}}'`)),
      ...["1.1", "-1e-9", '"0"', "null"].flatMap((value) => [
        change.assistant(`model_config = '{"temperature": ${value}}'`),
        change.assistant(`model_config = '{"top_p": ${value}}'`),
      ]),
      ...["[]", "null", "1", '{"maxTokens": 1}'].map((value) =>
        change.assistant(`model_config = '${value}'`)
      ),
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

Deno.test("read_registry() can be read with every value at its limit", async () => {
  await withDatabase(async ({ sql }) => {
    await sql.unsafe(
      change.model(prices.map((price) => `${price} = 1000000`).join(", ")),
    );
    await sql.unsafe(
      change.model("max_tokens = 2147483647, context_window = 2147483647"),
    );
    await sql.unsafe(
      change.model("temperature = 1e-400, top_p = 1, retires_on = 'infinity'"),
    );
    await sql.unsafe(
      change.assistant(
        `model_config = '{"max_tokens": 2147483647.0, "temperature": 1e-400}'`,
      ),
    );
    const [row] = await sql`select public.read_registry()::text as registry`;
    const parsed = registrySchema.safeParse(JSON.parse(row!.registry));
    expect(parsed.error?.issues).toBeUndefined();
  });
});
