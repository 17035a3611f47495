import { expect } from "@std/expect";
import {
  checkModel,
  modelWarnings,
} from "../../../../../supabase/functions/_shared/registry/check_model.ts";
import { describeCapabilities } from "../../../../../supabase/functions/_shared/registry/describe_capabilities.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import {
  type Model,
  modelSchema,
} from "../../../../../supabase/functions/_shared/registry/model.ts";
import { registryOf } from "../selection/registry_of.ts";

const today = "2026-11-23";

function model(changes: Partial<Model> = {}): Model {
  return modelSchema.parse({
    model_id: "a.model",
    model_name: "A Model",
    aliases: [],
    provider: "A",
    format: "converse",
    region: null,
    geographies: ["eu"],
    provider_retention: "none",
    provider_retention_source: null,
    provider_retention_checked_on: null,
    max_tokens: 1000,
    context_window: 10_000,
    temperature: 0.5,
    top_p: null,
    input_cost_per_mtok: 1,
    output_cost_per_mtok: 2,
    cache_read_cost_per_mtok: null,
    cache_write_cost_per_mtok: null,
    cache_write_1h_cost_per_mtok: null,
    long_prompt_tokens: null,
    long_prompt_factor: null,
    use_case: null,
    priority: 1,
    is_available: true,
    is_default: false,
    serves_pinned: true,
    canary_share: null,
    rollout_id: null,
    lifecycle: "active",
    legacy_on: null,
    extended_access_on: null,
    retires_on: null,
    successor_model_id: null,
    sampling: "temperature_or_top_p",
    system_prompt: "supported",
    capabilities: textOnly,
    source_url: null,
    checked_on: null,
    description: null,
    ...changes,
  });
}

function failed(changes: Partial<Model>): string[] {
  return checkModel(model(changes), today, uses).filter((check) => !check.ok).map((check) =>
    check.name
  );
}

/** Of a registry with one assistant, which allows no model whose provider keeps traffic. */
const uses = registryOf({}, { health: null });

Deno.test("checkModel() finds nothing wrong with a model that is in order", () => {
  expect(failed({})).toEqual([]);
  expect(modelWarnings(model(), today, uses)).toEqual([]);
});

Deno.test("checkModel() names what is wrong", () => {
  const table: [Partial<Model>, string][] = [
    [{ is_available: false }, "available"],
    [{ lifecycle: "retired" }, "lifecycle"],
    [{ geographies: ["us"] }, "geography"],
    [{ geographies: null }, "geography"],
    [{ input_cost_per_mtok: null }, "prices"],
    [{ output_cost_per_mtok: null }, "prices"],
    [{ top_p: 0.9 }, "sampling"],
    [{ sampling: "none" }, "sampling"],
  ];
  for (const [changes, name] of table) expect(failed(changes)).toEqual([name]);
});

Deno.test("checkModel() says whether an assistant may have a model whose provider keeps traffic", () => {
  const kept = model({ provider_retention: "all_30_days" });
  const retentionIn = (registry: typeof uses) =>
    checkModel(kept, today, registry).find(({ name }) => name === "retention");
  expect(retentionIn(uses)).toMatchObject({
    ok: false,
    message: expect.stringContaining("no assistant allows that"),
  });
  const [health] = uses.assistants;
  const clinical = { ...health!, assistant_type: "clinical", allow_provider_retention: true };
  expect(retentionIn({ ...uses, assistants: [...uses.assistants, clinical] })).toMatchObject({
    ok: true,
    message: expect.stringMatching(
      /keeps all traffic for up to 30 days\. It is kept from health\.$/,
    ),
  });
  const settings = { ...uses.settings, allow_provider_retention: true };
  expect(retentionIn({ ...uses, settings })?.ok).toBe(true);
});

Deno.test("modelWarnings() warns of a legacy model with its end date and successor", () => {
  const legacy = { lifecycle: "legacy", successor_model_id: "b.model" } as const;
  expect(failed({ ...legacy, retires_on: "2026-12-01" })).toEqual([]);
  expect(modelWarnings(model({ ...legacy, retires_on: "2026-12-01" }), today, uses)).toEqual([
    "AWS calls it legacy and ends it on 2026-12-01; its successor is b.model.",
  ]);
  expect(modelWarnings(model({ ...legacy, retires_on: "2026-07-30" }), today, uses)).toEqual([
    "AWS calls it legacy and ended it in most regions by 2026-07-30; its successor is b.model.",
  ]);
  expect(modelWarnings(model({ lifecycle: "legacy" }), today, uses)).toEqual([
    "AWS calls it legacy; no successor is on record.",
  ]);
});

const images: Capabilities["images"] = {
  max_count: 20,
  max_bytes: 3_750_000,
  max_side: null,
  types: ["image/png"],
  in_tool_results: false,
};
const caching: NonNullable<Capabilities["caching"]> = {
  min_tokens: 1000,
  max_points: 4,
  ttls: ["5m"],
  places: ["system"],
  automatic: true,
};

Deno.test("checkModel() says what a model accepts", () => {
  const said = (capabilities: Partial<Capabilities>) =>
    checkModel(model({ capabilities: { ...textOnly, ...capabilities } }), today, uses)
      .find(({ name }) => name === "capabilities")?.message;
  expect(said({})).toBe("It accepts text. Its row names no source of that.");
  const source = { url: "https://docs.example/card", checked_on: "2026-11-29", assumed: [] };
  expect(said({ source }))
    .toBe("It accepts text. Source: https://docs.example/card of 2026-11-29.");
  expect(said({ source: { ...source, assumed: ["images.max_side", "caching.min_tokens"] } }))
    .toBe(
      "It accepts text. Source: https://docs.example/card of 2026-11-29; assumed, as it does not " +
        "tell: images.max_side, caching.min_tokens.",
    );
  expect(said({
    images: { ...images, max_side: 8000 },
    documents: { max_count: 5, max_bytes: 4_500_000, types: ["application/pdf"] },
    tools: { choices: ["any"], single: true, names: "hyphen", ids: "any", strict: false },
    output_schema: true,
    stop_sequences: true,
    caching: { ...caching, automatic: false },
    thinking: {
      mode: "adaptive",
      efforts: ["low", "high"],
      by_default: true,
      off: "disabled",
      forced_tools: false,
    },
  })).toBe(
    "It accepts text, images, documents; tools; JSON schemas; stop sequences; caching where it " +
      "is asked for; thinks by default: low, high. At most 20 images (png) of 3,750,000 bytes and 8,000 pixels " +
      "a side. At most 5 documents (pdf) of 4,500,000 bytes. At most 4 cache points (5m) after " +
      "1,000 tokens. Its row names no source of that.",
  );
});

Deno.test("describeCapabilities() tells tools that cannot be forced, and thinking that cannot be stopped", () => {
  const said = (capabilities: Partial<Capabilities>) =>
    describeCapabilities({ ...textOnly, ...capabilities });
  const tools = { single: true, names: "hyphen", ids: "any", strict: false } as const;
  expect(said({ tools: { ...tools, choices: ["tool"] } })).toBe("text; tools");
  expect(said({ tools: { ...tools, choices: ["none"] } }))
    .toBe("text; tools, none of them forced");
  const thinking: Omit<NonNullable<Capabilities["thinking"]>, "by_default" | "off"> = {
    mode: "field",
    efforts: ["low"],
    forced_tools: true,
  };
  expect(said({ thinking: { ...thinking, by_default: true, off: "omitted" } }))
    .toBe("text; thinks always: low");
  expect(said({ thinking: { ...thinking, by_default: false, off: "omitted" } }))
    .toBe("text; thinks: low");
});

Deno.test("checkModel() finds capabilities that the format cannot send", () => {
  const thinking: NonNullable<Capabilities["thinking"]> = {
    mode: "levels",
    efforts: ["low"],
    by_default: false,
    off: "omitted",
    forced_tools: true,
  };
  const documents = {
    max_count: 5,
    max_bytes: 4_500_000,
    types: ["application/pdf" as const, "text/csv" as const],
  };
  const word = { ...documents, types: ["application/msword" as const] };
  const of = (capabilities: Partial<Capabilities>, changes: Partial<Model> = {}) =>
    failed({ format: "claude", capabilities: { ...textOnly, ...capabilities }, ...changes });
  expect(of({ documents, thinking: { ...thinking, mode: "budget" } })).toEqual([]);
  expect(of({ thinking })).toEqual(["capabilities"]);
  expect(of({ thinking }, { format: "converse" })).toEqual([]);
  expect(of({ documents: word })).toEqual(["capabilities"]);
  expect(of({ documents: word }, { format: "converse" })).toEqual([]);
  expect(of({ output_schema: true }, { format: "nova" })).toEqual(["capabilities"]);
  expect(of({ output_schema: true })).toEqual([]);
  const asked = { ...caching, automatic: false };
  expect(of({ caching: asked }, { context_window: 1000 })).toEqual(["capabilities"]);
});

Deno.test("checkModel() warns of automatic caching whose prices are not known", () => {
  const cached = { capabilities: { ...textOnly, caching } };
  expect(failed({ ...cached, cache_read_cost_per_mtok: 0.1, cache_write_cost_per_mtok: 0 }))
    .toEqual([]);
  expect(failed({ ...cached, cache_read_cost_per_mtok: 0.1 })).toEqual(["caching"]);
  expect(failed({ ...cached, cache_write_cost_per_mtok: 0.1 })).toEqual(["caching"]);
  expect(failed({ capabilities: { ...textOnly, caching: { ...caching, automatic: false } } }))
    .toEqual([]);
  expect(modelWarnings(model(cached), today, uses)).toEqual([
    expect.stringContaining("the price of reading from and of writing to the cache is not known"),
  ]);
});
