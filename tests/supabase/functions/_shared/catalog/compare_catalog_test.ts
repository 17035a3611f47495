import { expect } from "@std/expect";
import { imageTypes } from "../../../../../supabase/functions/_shared/core/content.ts";
import fc from "fast-check";
import type { AwsCatalog } from "../../../../../supabase/functions/_shared/catalog/aws_catalog.ts";
import { compareCatalog } from "../../../../../supabase/functions/_shared/catalog/compare_catalog.ts";
import { changesOf } from "../../../../../supabase/functions/_shared/catalog/catalog_changes.ts";
import type {
  CatalogChange,
  LifecycleState,
} from "../../../../../supabase/functions/_shared/catalog/catalog_report.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import {
  type Model,
  modelSchema,
} from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRow } from "../model_row.ts";
import { awsModel, awsProfile, catalogOf, euRegions } from "./catalog_of.ts";

const today = "2026-11-23";
const lite = awsModel();
const haiku = awsModel({
  id: "anthropic.claude-haiku-5-5",
  name: "Claude Haiku 5.5",
  provider: "Anthropic",
});
const openWeight = awsModel({
  id: "openai.gpt-oss-20b-1:0",
  name: "gpt-oss-20b",
  provider: "OpenAI",
  inferenceTypes: ["ON_DEMAND"],
});

function compare(
  models: readonly Partial<Model>[],
  catalog: AwsCatalog,
  allowedGeographies: readonly string[] = ["eu"],
) {
  const rows = models.map(modelRow);
  return compareCatalog({ models: rows, catalog, allowedGeographies, today });
}

Deno.test("compareCatalog() finds nothing to say where both agree", () => {
  const report = compare(
    [{ model_id: "eu.amazon.nova-lite-v1:0" }],
    catalogOf([lite], [awsProfile("eu", lite.id)]),
  );
  expect(report).toEqual({
    region: "eu-central-1",
    new: [],
    gone: [],
    lifecycle: [],
    needs_profile: [],
    leaves_geography: [],
    destinations: [{ model_id: "eu.amazon.nova-lite-v1:0", regions: euRegions }],
    not_compared: [],
    unsaid: [],
  });
  expect(changesOf(report, today)).toEqual([]);
});

Deno.test("compareCatalog() names new models by the id that can be called, closest to home", () => {
  const catalog = catalogOf([lite, haiku, openWeight], [
    awsProfile("global", haiku.id, ["*", "eu-central-1"]),
    awsProfile("eu", haiku.id),
    awsProfile("us", haiku.id, ["us-east-1"]),
    awsProfile("eu", lite.id),
  ]);
  const found = compare([], catalog).new;
  expect(found.map(({ model_id, format, geographies, allowed, other_ids }) => ({
    model_id,
    format,
    geographies,
    allowed,
    other_ids,
  }))).toEqual([
    {
      model_id: "eu.amazon.nova-lite-v1:0",
      format: "nova",
      geographies: ["eu"],
      allowed: true,
      other_ids: [],
    },
    {
      model_id: "eu.anthropic.claude-haiku-5-5",
      format: "claude",
      geographies: ["eu"],
      allowed: true,
      other_ids: ["global.anthropic.claude-haiku-5-5", "us.anthropic.claude-haiku-5-5"],
    },
    {
      model_id: "openai.gpt-oss-20b-1:0",
      format: "converse",
      geographies: ["eu"],
      allowed: true,
      other_ids: [],
    },
  ]);
});

Deno.test("compareCatalog() prefers an allowed profile, and says so when there is none", () => {
  const catalog = catalogOf([haiku], [
    awsProfile("eu", haiku.id, [...euRegions, "us-east-1"]),
    awsProfile("us", haiku.id, ["us-east-1"]),
  ]);
  const ids = (allowed: string[]) =>
    compare([], catalog, allowed).new.map(({ model_id, allowed }) => [model_id, allowed]);
  expect(ids(["eu"])).toEqual([["eu.anthropic.claude-haiku-5-5", false]]);
  expect(ids(["us", "eu"])).toEqual([["eu.anthropic.claude-haiku-5-5", true]]);
  const onlyGlobal = catalogOf([haiku], [awsProfile("global", haiku.id, ["*"])]);
  expect(compare([], onlyGlobal).new).toMatchObject([{
    model_id: "global.anthropic.claude-haiku-5-5",
    allowed: false,
    geographies: ["eu", "global"],
  }]);
});

Deno.test("compareCatalog() passes over what does not converse in text, or cannot be called", () => {
  const catalog = catalogOf([
    awsModel({ id: "a.embed", outputModalities: ["EMBEDDING"] }),
    awsModel({ id: "a.image", outputModalities: ["IMAGE"] }),
    awsModel({ id: "a.speech", outputModalities: ["SPEECH", "TEXT"] }),
    awsModel({ id: "a.nothing", outputModalities: [] }),
    awsModel({ id: "a.hears", inputModalities: ["SPEECH"] }),
    awsModel({ id: "a.rerank", streaming: false, inferenceTypes: ["ON_DEMAND"] }),
    awsModel({ id: "a.provisioned", inferenceTypes: ["PROVISIONED"] }),
    awsModel({ id: "a.no-profile-here" }),
  ]);
  expect(compare([], catalog).new).toEqual([]);
});

Deno.test("compareCatalog() knows a model by any id of it, in any region, also by an ARN", () => {
  const profiles = [awsProfile("eu", lite.id), awsProfile("global", lite.id, ["*"])];
  const catalog = catalogOf([lite], profiles);
  for (
    const row of [
      { model_id: "amazon.nova-lite-v1:0" },
      { model_id: "global.amazon.nova-lite-v1:0" },
      { model_id: profiles[0]!.arn },
      { model_id: "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0" },
      { model_id: "eu.amazon.nova-lite-v1:0", region: "eu-west-1" },
    ]
  ) expect([row, compare([row], catalog).new]).toEqual([row, []]);
});

Deno.test("compareCatalog() takes dialects from the provider and the family, not from the id", () => {
  const onDemand = { inferenceTypes: ["ON_DEMAND"] };
  const formats = compare(
    [],
    catalogOf([
      awsModel({ ...onDemand, id: "a.one", provider: "Amazon", name: "Amazon Nova Pro" }),
      awsModel({ ...onDemand, id: "a.two", provider: "Amazon", name: "Titan Text Nova" }),
      awsModel({ ...onDemand, id: "nova.claude", provider: "Other", name: "Nova Claude" }),
      awsModel({ ...onDemand, id: "z.any", provider: "Anthropic", name: "Anything" }),
    ]),
  ).new.map(({ model_id, format }) => [model_id, format]);
  expect(formats).toEqual([
    ["a.one", "nova"],
    ["a.two", "converse"],
    ["nova.claude", "converse"],
    ["z.any", "claude"],
  ]);
});

const undated = { legacy_on: null, extended_access_on: null, retires_on: null };

Deno.test("compareCatalog() tells a vanished id from a listed profile of a vanished model", () => {
  const report = compare([
    { model_id: "eu.amazon.nova-lite-v1:0", is_available: true },
    { model_id: "anthropic.claude-3-haiku-20240307-v1:0", lifecycle: "legacy", retires_on: today },
    { model_id: "a.soon", lifecycle: "legacy", retires_on: "2026-11-24", is_available: false },
    { model_id: "b.retired", lifecycle: "retired" },
  ], catalogOf([], [awsProfile("eu", lite.id)]));
  expect(report.gone).toMatchObject([
    { model_id: "a.soon", reason: "not-listed", ended: false, is_available: false },
    { model_id: "anthropic.claude-3-haiku-20240307-v1:0", reason: "not-listed", ended: true },
    { model_id: "b.retired", reason: "not-listed", ended: true },
    {
      model_id: "eu.amazon.nova-lite-v1:0",
      reason: "model-not-listed",
      ended: false,
      is_available: true,
    },
  ]);
  expect(changesOf(report, today)).toEqual([{
    kind: "set-lifecycle",
    model_id: "anthropic.claude-3-haiku-20240307-v1:0",
    lifecycle: "retired",
    ...undated,
    retires_on: today,
  }]);
});

Deno.test("compareCatalog() takes a profile that names no single model as served", () => {
  const profile = { ...awsProfile("eu", lite.id), id: "abc123", modelId: null };
  const application = { ...profile, kind: "application" as const, arn: "arn:aws:x/abc123" };
  expect(compare([{ model_id: "arn:aws:x/abc123" }], catalogOf([], [application])).gone)
    .toEqual([]);
});

Deno.test("compareCatalog() follows AWS's lifecycle and end, and never revives a retired row", () => {
  const legacy = awsModel({ lifecycle: "legacy", endsOn: "2027-04-08" });
  const changes = (row: Partial<Model>, model = legacy) =>
    compare([row], catalogOf([model], [awsProfile("eu", model.id)])).lifecycle;
  expect(changes({})).toEqual([{
    model_id: "eu.amazon.nova-lite-v1:0",
    from: { lifecycle: "active", ...undated },
    to: { lifecycle: "legacy", ...undated, retires_on: "2027-04-08" },
    applies: true,
  }]);
  expect(changes({ lifecycle: "legacy", retires_on: "2027-04-08" })).toEqual([]);
  expect(changes({ lifecycle: "legacy", retires_on: "2027-01-01" })).toMatchObject([
    { to: { lifecycle: "legacy", retires_on: "2027-04-08" } },
  ]);
  expect(changes({ lifecycle: "retired" })).toMatchObject([{ applies: false }]);
  // AWS gives no end: what the registry knows stays, unless the model is active again.
  const silent = awsModel({ lifecycle: "legacy" });
  expect(changes({ lifecycle: "legacy", retires_on: "2027-01-01" }, silent)).toEqual([]);
  expect(changes({ lifecycle: "active", retires_on: "2027-01-01" }, lite)).toEqual([]);
  expect(changes({ lifecycle: "legacy", retires_on: "2027-01-01" }, lite)).toMatchObject([
    { to: { lifecycle: "active", retires_on: null } },
  ]);
  expect(changes({}, awsModel({ lifecycle: "unknown" }))).toEqual([]);
  const dated = awsModel({ legacyOn: "2026-10-08", extendedAccessOn: "2027-01-08" });
  const [from, to] = [undated, {
    ...undated,
    legacy_on: "2026-10-08",
    extended_access_on: "2027-01-08",
  }];
  expect(changes({}, dated)).toMatchObject([{ from, to }]);
  expect(changes(to, dated)).toEqual([]);
  expect(changes(to, lite)).toEqual([]);
  expect(changes({ ...to, lifecycle: "legacy" }, lite)).toMatchObject([{ from: to, to: from }]);
});

Deno.test("compareCatalog() says which profile a foundation-model id needs", () => {
  const profiles = [
    awsProfile("eu", lite.id),
    awsProfile("global", lite.id, ["*"]),
  ];
  const rows = [{ model_id: lite.id }, { model_id: "eu.amazon.nova-lite-v1:0" }];
  expect(compare(rows, catalogOf([lite], profiles)).needs_profile).toEqual([{
    model_id: "amazon.nova-lite-v1:0",
    profile_id: "eu.amazon.nova-lite-v1:0",
    outside_ids: ["global.amazon.nova-lite-v1:0"],
    profile_is_registered: true,
  }]);
  expect(compare([rows[0]!], catalogOf([lite], profiles.slice(1))).needs_profile).toEqual([{
    model_id: "amazon.nova-lite-v1:0",
    profile_id: null,
    outside_ids: ["global.amazon.nova-lite-v1:0"],
    profile_is_registered: false,
  }]);
  const onDemand = awsModel({ inferenceTypes: ["ON_DEMAND", "INFERENCE_PROFILE"] });
  expect(compare([rows[0]!], catalogOf([onDemand], profiles)).needs_profile).toEqual([]);
});

Deno.test("compareCatalog() lists what leaves the allowed geographies, registered or not", () => {
  const catalog = catalogOf([lite, haiku], [
    awsProfile("eu", lite.id, [...euRegions, "us-east-1"]),
    awsProfile("eu", haiku.id),
    awsProfile("global", haiku.id, ["*", "eu-central-1"]),
  ]);
  const report = compare([
    { model_id: "eu.amazon.nova-lite-v1:0" },
    { model_id: "eu.anthropic.claude-haiku-5-5" },
    { model_id: "us.amazon.nova-lite-v1:0", is_available: false },
  ], catalog);
  expect(report.leaves_geography).toEqual([
    {
      model_id: "eu.amazon.nova-lite-v1:0",
      is_registered: true,
      is_available: true,
      geographies: ["eu", "us"],
      outside: ["us"],
      regions_outside: ["us-east-1"],
    },
    {
      model_id: "global.anthropic.claude-haiku-5-5",
      is_registered: false,
      is_available: false,
      geographies: ["eu", "global"],
      outside: ["global"],
      regions_outside: ["*"],
    },
    {
      model_id: "us.amazon.nova-lite-v1:0",
      is_registered: true,
      is_available: false,
      geographies: ["eu", "us"],
      outside: ["us"],
      regions_outside: [],
    },
  ]);
  expect(compare([], catalog, ["global"]).leaves_geography).toEqual([]);
});

Deno.test("compareCatalog() sets rows of another region aside", () => {
  const report = compare(
    [{ model_id: "us.amazon.nova-lite-v1:0", region: "us-east-1" }],
    catalogOf([], []),
  );
  expect(report.gone).toEqual([]);
  expect(report.leaves_geography).toEqual([]);
  expect(report.not_compared).toEqual([
    { model_id: "us.amazon.nova-lite-v1:0", region: "us-east-1" },
  ]);
});

Deno.test("changesOf() registers models that nothing can choose, without prices", () => {
  const catalog = catalogOf([haiku], [awsProfile("eu", haiku.id)]);
  const [change] = changesOf(compare([], catalog), today);
  if (change?.kind !== "register") throw new Error("Expected a registration.");
  // What its provider keeps, the database fills in.
  const rowSchema = modelSchema.omit({
    provider_retention: true,
    provider_retention_source: true,
    provider_retention_checked_on: true,
  });
  expect(rowSchema.parse(change.model)).toEqual(change.model);
  expect(change.model).toMatchObject({
    model_id: "eu.anthropic.claude-haiku-5-5",
    model_name: "Claude Haiku 5.5",
    provider: "Anthropic",
    format: "claude",
    is_available: false,
    is_default: false,
    input_cost_per_mtok: null,
    output_cost_per_mtok: null,
    cache_read_cost_per_mtok: null,
    cache_write_cost_per_mtok: null,
    sampling: "none",
  });
  expect(change.model.geographies).toEqual(["eu"]);
});

Deno.test("compareCatalog() says what AWS lists that a model takes, where its row does not", () => {
  const seeing = awsModel({ inputModalities: ["TEXT", "IMAGE"] });
  const catalog = catalogOf([seeing], [awsProfile("eu", seeing.id)]);
  const model_id = "eu.amazon.nova-lite-v1:0";
  const images = {
    max_count: 20,
    max_bytes: 3_750_000,
    max_side: 8_000,
    types: [...imageTypes],
    in_tool_results: false,
  };
  expect(compare([], catalog).new[0]?.capabilities).toEqual({
    ...textOnly,
    images,
    stop_sequences: true,
  });
  const refusing = catalogOf([openWeight], []);
  expect(compare([], refusing).new[0]?.capabilities).toEqual(textOnly);
  expect(changesOf(compare([{ model_id }], catalog), today))
    .toEqual([{ kind: "set-capabilities", model_id, capabilities: { images } }]);
  // What an operator wrote stays, and what AWS does not list is not taken away.
  const capabilities: Capabilities = { ...textOnly, images: { ...images, max_count: 1 } };
  expect(changesOf(compare([{ model_id, capabilities }], catalog), today)).toEqual([]);
  const blind = catalogOf([lite], [awsProfile("eu", lite.id)]);
  expect(changesOf(compare([{ model_id, capabilities }], blind), today)).toEqual([]);
});

const stateOf = ({ lifecycle, legacy_on, extended_access_on, retires_on }: LifecycleState) => ({
  lifecycle,
  legacy_on,
  extended_access_on,
  retires_on,
});

/** What an operator's database would hold after the changes. */
function apply(models: readonly Model[], changes: readonly CatalogChange[]): Model[] {
  const changed = models.map((model) => {
    return changes.reduce((row, change) => {
      if (change.kind === "register" || change.model_id !== model.model_id) return row;
      switch (change.kind) {
        case "set-lifecycle":
          return { ...row, ...stateOf(change) };
        case "set-capabilities":
          return { ...row, capabilities: { ...change.capabilities, ...row.capabilities } };
        default:
          return row;
      }
    }, model);
  });
  return [
    ...changed,
    ...changes.flatMap((change) =>
      change.kind === "register" ? [{ ...modelRow(), ...change.model }] : []
    ),
  ];
}

const ids = ["a.one", "a.two", "b.three", "b.four"];
const date = fc.constantFrom(null, "2026-01-01", today, "2027-06-30");
const anyCatalog = fc.record({
  models: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom(...ids),
      inputModalities: fc.constantFrom(["TEXT"], ["TEXT", "IMAGE"]),
      inferenceTypes: fc.subarray(["ON_DEMAND", "INFERENCE_PROFILE", "PROVISIONED"]),
      lifecycle: fc.constantFrom("active" as const, "legacy" as const, "unknown" as const),
      legacyOn: date,
      endsOn: date,
    }),
    { selector: ({ id }) => id },
  ),
  profiles: fc.uniqueArray(
    fc.tuple(
      fc.constantFrom("eu", "us", "global"),
      fc.constantFrom(...ids),
      fc.subarray(["eu-central-1", "eu-west-1", "us-east-1", "*"]),
    ),
    { selector: ([prefix, id]) => `${prefix}.${id}` },
  ),
});
const anyRows = fc.uniqueArray(
  fc.record({
    model_id: fc.constantFrom(...ids, ...ids.flatMap((id) => [`eu.${id}`, `global.${id}`])),
    region: fc.constantFrom(null, "eu-central-1", "us-east-1"),
    lifecycle: fc.constantFrom("active" as const, "legacy" as const, "retired" as const),
    legacy_on: date,
    retires_on: date,
  }),
  { selector: ({ model_id }) => model_id },
);
const anyCase = fc.tuple(anyRows, anyCatalog).map(([rows, { models, profiles }]) => ({
  rows: rows.map(modelRow),
  catalog: catalogOf(
    models.map(awsModel),
    profiles.map(([prefix, id, regions]) => awsProfile(prefix, id, regions)),
  ),
}));
const input = (models: readonly Model[], catalog: AwsCatalog) => ({
  models,
  catalog,
  today,
  allowedGeographies: ["eu"],
});

Deno.test("compareCatalog() says the same in whatever order the lists come", () => {
  fc.assert(fc.property(anyCase, ({ rows, catalog }) => {
    const { models, profiles } = catalog;
    const reversed = { ...catalog, models: models.toReversed(), profiles: profiles.toReversed() };
    const report = compareCatalog(input(rows, catalog));
    expect(compareCatalog(input(rows.toReversed(), reversed))).toEqual(report);
  }));
});

Deno.test("changesOf() leaves nothing to change once its changes are made, and no row is lost", () => {
  fc.assert(fc.property(anyCase, ({ rows, catalog }) => {
    const changes = changesOf(compareCatalog(input(rows, catalog)), today);
    const after = apply(rows, changes);
    expect(changesOf(compareCatalog(input(after, catalog)), today)).toEqual([]);
    expect(new Set(after.map((model) => model.model_id)).size).toBe(after.length);
    for (const [index, before] of rows.entries()) {
      const { capabilities, ...rest } = after[index]!;
      expect({ ...before, ...stateOf(rest) }).toMatchObject(rest);
      expect(capabilities).toMatchObject(before.capabilities);
    }
  }));
});
