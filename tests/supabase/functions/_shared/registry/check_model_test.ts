import { expect } from "@std/expect";
import {
  checkModel,
  modelWarnings,
} from "../../../../../supabase/functions/_shared/registry/check_model.ts";
import {
  type Model,
  modelSchema,
} from "../../../../../supabase/functions/_shared/registry/model.ts";

const today = "2026-11-23";

function model(changes: Partial<Model> = {}): Model {
  return modelSchema.parse({
    model_id: "a.model",
    model_name: "A Model",
    provider: "A",
    format: "converse",
    region: null,
    geographies: ["eu"],
    max_tokens: 1000,
    context_window: 10_000,
    temperature: 0.5,
    top_p: null,
    input_cost_per_mtok: 1,
    output_cost_per_mtok: 2,
    cache_read_cost_per_mtok: null,
    cache_write_cost_per_mtok: null,
    long_prompt_tokens: null,
    long_prompt_factor: null,
    use_case: null,
    priority: 1,
    is_available: true,
    is_default: false,
    serves_pinned: true,
    lifecycle: "active",
    retires_on: null,
    successor_model_id: null,
    sampling: "temperature_or_top_p",
    system_prompt: "supported",
    source_url: null,
    checked_on: null,
    description: null,
    ...changes,
  });
}

function failed(changes: Partial<Model>): string[] {
  return checkModel(model(changes), today, ["eu"]).filter((check) => !check.ok).map((check) =>
    check.name
  );
}

Deno.test("checkModel() finds nothing wrong with a model that is in order", () => {
  expect(failed({})).toEqual([]);
  expect(modelWarnings(model(), today, ["eu"])).toEqual([]);
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

Deno.test("modelWarnings() warns of a legacy model with its end date and successor", () => {
  const legacy = { lifecycle: "legacy", successor_model_id: "b.model" } as const;
  expect(failed({ ...legacy, retires_on: "2026-12-01" })).toEqual([]);
  expect(modelWarnings(model({ ...legacy, retires_on: "2026-12-01" }), today, ["eu"])).toEqual([
    "AWS calls it legacy and ends it on 2026-12-01; its successor is b.model.",
  ]);
  expect(modelWarnings(model({ ...legacy, retires_on: "2026-07-30" }), today, ["eu"])).toEqual([
    "AWS calls it legacy and ended it in most regions by 2026-07-30; its successor is b.model.",
  ]);
  expect(modelWarnings(model({ lifecycle: "legacy" }), today, ["eu"])).toEqual([
    "AWS calls it legacy; no successor is on record.",
  ]);
});
