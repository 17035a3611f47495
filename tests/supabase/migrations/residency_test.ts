/**
 * Models whose calls may leave the allowed geographies are not used, whatever way they were set.
 */
import { expect } from "@std/expect";
import type { AppError } from "../../../supabase/functions/_shared/core/app_error.ts";
import { requireFunctionInside } from "../../../supabase/functions/_shared/registry/function_region.ts";
import {
  geographies,
  geographyOfRegion,
  outsideOf,
} from "../../../supabase/functions/_shared/registry/geography.ts";
import type { Registry } from "../../../supabase/functions/_shared/registry/registry.ts";
import { placesOfModel } from "../../../supabase/functions/_shared/registry/residency.ts";
import { registryOf } from "../functions/_shared/selection/registry_of.ts";
import {
  clinician,
  refusal,
  refused,
  serviceRole,
  type Session,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, novaLite, novaPro } from "../../support/turns.ts";

/** The rules of a registry whose models are called in regions that they do not name. */
const rules = registryOf({});

/** What the functions refuse to read there. */
function refusalOf(region: string | null, rules: Registry) {
  try {
    requireFunctionInside(region, rules);
    return null;
  } catch (error) {
    const { message, code, hint } = error as AppError;
    return { message, code, hint };
  }
}

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

Deno.test("a function outside the setting begins no turn and no call, and leaves no row", async () => {
  await withDatabase(async ({ sql, as }) => {
    const begin = (region: string | null) => ({
      turn: () => beginTurn({ as }, clinician, { functionRegion: region }),
      call: () =>
        as(serviceRole, (api) =>
          api`
          select public.begin_call(${
            api.json({
              surface: "openai",
              caller: { kind: "service" },
              function_region: region,
            })
          })`),
    });
    await begin("us-east-1").turn();
    await begin(null).call();
    const rows = () =>
      sql`
        select
          (select count(*) from public.ai_conversations) as conversations,
          (select count(*) from public.ai_messages) as messages,
          (select count(*) from public.ai_usage) as entries`;
    const before = await rows();

    await sql`update public.registry_settings set function_geographies = '{eu}'`;
    for (const region of ["us-east-1", "eu-west-2", "mars-north-1", null]) {
      for (const attempt of Object.values(begin(region))) {
        const { code, detail, hint } = await refused(attempt());
        expect([region, code, detail]).toEqual([region, "PT403", "function_outside_geographies"]);
        expect(hint).toContain(region === null ? "SB_REGION" : "x-region: eu-central-1");
      }
    }
    expect(await rows()).toEqual(before);
    await begin("eu-central-1").turn();
    await begin("eu-west-1").call();

    await sql`update public.registry_settings set function_geographies = '{global}'`;
    await begin("us-east-1").turn();
    await sql`delete from public.registry_settings`;
    expect((await refused(begin("eu-central-1").turn())).message).toContain("nothing only");
  });
});

Deno.test("tick_status() tells where functions ran outside, while no setting keeps them in", async () => {
  await withDatabase(async ({ sql, as }) => {
    const runsOutside = async () => {
      const [row] = await sql`select public.tick_status() -> 'runs_outside' as runs`;
      return row?.runs;
    };
    const ran = async (region: string | null) => {
      const { question_id } = await beginTurn({ as }, clinician);
      await completeTurn({ as }, question_id, { figures: { function_region: region } });
    };
    expect(await runsOutside()).toEqual([]);
    for (const region of ["us-east-1", "eu-central-1", "ap-south-1", null, "us-east-1"]) {
      await ran(region);
    }
    expect(await runsOutside()).toEqual([
      { region: "us-east-1", runs: 2 },
      { region: "ap-south-1", runs: 1 },
    ]);
    await sql`alter table public.ai_usage disable trigger refuse_change`;
    await sql`
      update public.ai_usage set ended_at = ended_at - interval '8 days',
        begun_at = begun_at - interval '8 days'
      where function_region = 'ap-south-1'`;
    expect(await runsOutside()).toEqual([{ region: "us-east-1", runs: 2 }]);
    await sql`update public.registry_settings set allowed_geographies = '{eu,us}'`;
    expect(await runsOutside()).toEqual([]);
    await sql`update public.registry_settings
      set allowed_geographies = '{eu}', function_geographies = '{eu,us}'`;
    expect(await runsOutside()).toEqual([]);
  });
});

Deno.test("both settings take known geographies only, and at least one", async () => {
  await withDatabase(async ({ sql }) => {
    for (const value of ["{EU}", "{}", "{eu,null}", "{unknown}", "{eu-central-1}"]) {
      expect(
        await refusal(sql`
          update public.registry_settings set allowed_geographies = ${value}::text[]`),
      ).toBe("23514");
      expect(
        await refusal(sql`
          update public.registry_settings set function_geographies = ${value}::text[]`),
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

    for (const allowed of [...geographies.map((place) => [place]), ["ch", "apac"], ["eu", "us"]]) {
      await sql`update public.registry_settings set function_geographies = ${allowed}`;
      const settings = { ...rules.settings, function_geographies: allowed };
      for (const region of [null, "us-east-1", "eu-central-1", "ap-south-1", "mars-north-1"]) {
        const told = await sql`select switchboard.require_function_inside(${region})`
          .then(() => null, ({ message, detail, hint }) => ({ message, code: detail, hint }));
        expect([allowed, region, told])
          .toEqual([allowed, region, refusalOf(region, { ...rules, settings })]);
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
