/**
 * Models whose calls may leave the allowed geographies are not used, whatever way they were set.
 */
import { expect } from "@std/expect";
import {
  geographies,
  geographyOfRegion,
  outsideOf,
} from "../../../supabase/functions/_shared/registry/geography.ts";
import { placesOfModel } from "../../../supabase/functions/_shared/registry/residency.ts";
import {
  clinician,
  refusal,
  refused,
  serviceRole,
  type Session,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, novaLite, novaPro } from "../../support/turns.ts";

/** Registers a model, available or not; null: where its calls are processed is not known. */
function insertModel(
  sql: Session,
  modelId: string,
  places: readonly string[] | null,
  row: { available?: boolean; region?: string } = {},
) {
  return sql`
    insert into public.bedrock_models (
      model_id, model_name, provider, format, region, geographies, max_tokens, context_window,
      is_available)
    values (
      ${modelId}, 'A model', 'Someone', 'converse', ${row.region ?? null},
      ${places as string[] | null}, 100, 1000, ${row.available ?? false})`;
}

/** Id, geographies and region of rows that must not be used while only `eu` is allowed. */
const outside: [string, string[] | null, string | undefined, string][] = [
  ["us.someone.model-v1:0", ["us"], undefined, "processed in us; allowed is eu only"],
  ["us.someone.liar-v1:0", ["eu"], undefined, "processed in us"],
  ["global.someone.model-v1:0", ["eu", "global"], undefined, "any region of AWS"],
  ["global.someone.liar-v1:0", ["eu"], undefined, "any region of AWS"],
  ["someone.unknown-v1:0", null, undefined, "processed in an unknown location"],
  ["eu.someone.london-v1:0", ["eu", "uk"], undefined, "processed in uk"],
  ["someone.virginia-v1:0", ["eu"], "us-east-1", "processed in us"],
  [
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1",
    ["eu"],
    undefined,
    "processed in us",
  ],
];

Deno.test("a model that may leave the EU can be registered, but not enabled by SQL or RPC", async () => {
  await withDatabase(async ({ sql, as }) => {
    for (const [modelId, places, region, message] of outside) {
      const row = { ...(region !== undefined && { region }) };
      const direct = await refused(insertModel(sql, modelId, places, { ...row, available: true }));
      await insertModel(sql, modelId, places, row);
      const updated = await refused(sql`
        update public.bedrock_models set is_available = true where model_id = ${modelId}`);
      const defaulted = await refused(sql`
        update public.bedrock_models set is_available = true, is_default = true
        where model_id = ${modelId}`);
      const enabled = await refused(
        as(serviceRole, (api) => api`select public.enable_model(${modelId})`),
      );
      for (const error of [direct, updated, defaulted, enabled]) {
        expect([error.code, error.detail]).toEqual(["PT409", "model_outside_geographies"]);
        expect(error.message).toContain(message);
        expect(error.hint).toContain("allowed_geographies");
      }
    }
  });
});

Deno.test("a model in use is not given an id or a region outside, but told to lead there it may be", async () => {
  await withDatabase(async ({ sql, as }) => {
    const change = (set: string) =>
      sql.unsafe(`update public.bedrock_models set ${set} where model_id = '${novaPro}'`);
    expect(await refusal(change("model_id = 'us.amazon.nova-pro-v1:0'"))).toBe("PT409");
    expect(await refusal(change("region = 'us-east-1'"))).toBe("PT409");
    // The truth about where calls go can be written down; the model is then not usable.
    await change("geographies = '{eu,us}'");
    const error = await refused(
      as(serviceRole, (api) => api`select public.set_default_model(${novaPro})`),
    );
    expect(error.detail).toBe("model_outside_geographies");
    await change("priority = 3");
    await change("is_available = false, is_default = false");
  });
});

Deno.test("a narrower setting names the models that it takes out of use", async () => {
  await withDatabase(async ({ sql, as }) => {
    await sql`update public.registry_settings set allowed_geographies = '{eu,us}'`;
    await insertModel(sql, "us.someone.model-v1:0", ["us"], { available: true });
    await insertModel(sql, "us.someone.off-v1:0", ["us"]);

    const result = await as(serviceRole, async (api) => {
      const [row] = await api`
        select public.set_registry_settings('{"allowed_geographies": ["eu"]}') as result`;
      return row?.result;
    });
    expect(result).toMatchObject({
      former_settings: { allowed_geographies: ["eu", "us"] },
      models_outside: ["us.someone.model-v1:0"],
    });
    const [row] = await sql`
      select is_available from public.bedrock_models where model_id = 'us.someone.model-v1:0'`;
    expect(row?.is_available).toBe(true);

    const error = await refused(
      beginTurn({ as }, clinician, { modelId: "us.someone.model-v1:0" }),
    );
    expect(error.detail).toBe("model_outside_geographies");
  });
});

Deno.test("a conversation is not bound to a pin that is outside", async () => {
  await withDatabase(async ({ sql, as }) => {
    const turn = await beginTurn({ as }, clinician);
    await sql`update public.ai_conversations set model_id = ${novaLite}`;
    await sql`update public.bedrock_models set geographies = '{us}' where model_id = ${novaLite}`;
    await beginTurn({ as }, clinician, { conversationId: turn.conversation_id, modelId: novaPro });
  });
});

Deno.test("without the settings' row nothing is allowed", async () => {
  await withDatabase(async ({ sql, as }) => {
    await sql`delete from public.registry_settings`;
    const error = await refused(
      as(serviceRole, (api) => api`select public.enable_model(${novaPro})`),
    );
    expect(error.message).toContain("allowed is nothing only");
    const [row] = await sql`select public.read_registry() -> 'settings' as settings`;
    expect(row?.settings).toMatchObject({ allowed_geographies: [] });
  });
});

Deno.test("the setting takes known geographies only, and at least one", async () => {
  await withDatabase(async ({ sql }) => {
    for (const value of ["{EU}", "{}", "{eu,null}", "{unknown}", "{eu-central-1}"]) {
      expect(
        await refusal(sql`
          update public.registry_settings set allowed_geographies = ${value}::text[]`),
      ).toBe("23514");
    }
    await sql`update public.registry_settings set allowed_geographies = ${[...geographies]}`;
  });
});

Deno.test("the database and the functions say the same about regions, places and what is outside", async () => {
  await withDatabase(async ({ sql }) => {
    const regions = ["*", "", "mars-north-1"].concat(
      ..."eu us ap ca mx sa me il af cn us-gov eusc-de".split(" ").map((area) =>
        "central east north south west northeast southeast northwest southwest".split(" ")
          .flatMap((direction) => [1, 2, 3, 4, 5, 6, 7].map((n) => `${area}-${direction}-${n}`))
      ),
      ["eusc-de-east-1", "us-gov-east-1"],
    );
    const told = await sql`
      select region, switchboard.geography_of_region(region) as place
      from unnest(${regions}::text[]) as region`;
    expect(told.map((row) => [row.region, row.place]))
      .toEqual(regions.map((region) => [region, geographyOfRegion(region)]));

    const ids = [
      "someone.model",
      "arn:aws:bedrock:eu-central-1:1:inference-profile/us.someone.model",
      "arn:aws:bedrock:::foundation-model/someone.model",
      "arn:aws:bedrock:ap-northeast-1:1:application-inference-profile/x1",
      "xx.someone.model",
      ...geographies.map((place) => `${place}.someone.model`),
    ];
    for (const model_id of ids) {
      for (const region of [null, "eu-west-2", "mars-north-1"]) {
        for (const known of [null, ["eu"], ["us", "eu"], ["unknown"]]) {
          const [row] = await sql`
            select switchboard.places_of_model(${model_id}, ${region}, ${known}) as places`;
          expect([model_id, region, known, row?.places])
            .toEqual([
              ...[model_id, region, known],
              placesOfModel({ model_id, region, geographies: known }),
            ]);
        }
      }
    }

    const places = [...geographies, "unknown" as const];
    for (const allowed of [["eu"], ["apac"], ["jp"], ["global"], ["eu", "us"], []]) {
      const [row] = await sql`
        select switchboard.places_outside(${places}::text[], ${allowed}::text[]) as outside`;
      expect(row?.outside).toEqual(outsideOf(places, allowed));
    }
  });
});
