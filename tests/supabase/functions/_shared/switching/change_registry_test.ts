import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import {
  changeRegistry,
  type IntendedChange,
} from "../../../../../supabase/functions/_shared/switching/change_registry.ts";
import { registryOf } from "../selection/registry_of.ts";

const registry = registryOf({
  standard: { is_default: true },
  other: {},
  off: { is_available: false, serves_pinned: false },
  ended: { lifecycle: "retired" },
  abroad: { geographies: ["us"] },
}, { clinical: "other", health: null });

const rowOf = ({ models }: Registry, id: string) => models.find((row) => row.model_id === id);

function refusal(change: IntendedChange, of: Registry = registry): string | null {
  try {
    changeRegistry(of, change);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

Deno.test("changeRegistry() changes what each action changes, and nothing else", () => {
  const changed = (change: IntendedChange) => changeRegistry(registry, change);
  const switched = changed({ action: "set-default", model_id: "other" });
  expect(switched.models.filter((row) => row.is_default).map((row) => row.model_id))
    .toEqual(["other"]);
  expect({ ...switched, models: [] }).toEqual({ ...registry, models: [] });

  expect(rowOf(changed({ action: "enable", model_id: "off" }), "off"))
    .toMatchObject({ is_available: true, serves_pinned: true });
  expect(rowOf(changed({ action: "disable", model_id: "other" }), "other"))
    .toMatchObject({ is_available: false, serves_pinned: true });
  expect(rowOf(changed({ action: "disable", model_id: "other", now: true }), "other"))
    .toMatchObject({ is_available: false, serves_pinned: false });
  expect(rowOf(changed({ action: "disable", model_id: "off" }), "off")).toEqual(
    rowOf(registry, "off"),
  );
  expect(rowOf(changed({ action: "retire", model_id: "other" }), "other"))
    .toMatchObject({ lifecycle: "retired", successor_model_id: null, is_available: false });
  const retired = changed({
    action: "retire",
    model_id: "other",
    successor_model_id: "standard",
  });
  expect(rowOf(retired, "other"))
    .toMatchObject({ lifecycle: "retired", successor_model_id: "standard", is_available: false });
  expect(retired.assistants[0]).toMatchObject({
    assistant_type: "clinical",
    model_version: "standard",
  });

  const assign = {
    action: "set-assistant-model",
    assistant_type: "clinical",
    model_id: null,
  } as const;
  expect(changed(assign).assistants).toMatchObject([
    { assistant_type: "clinical", model_version: null, fallback_models: null },
    registry.assistants[1]!,
  ]);
  expect(changed({ ...assign, fallback_models: ["other"] }).assistants[0]!.fallback_models)
    .toEqual(["other"]);
  expect(changed({ action: "update-settings", allowed_geographies: ["us"] })).toEqual({
    ...registry,
    settings: { ...registry.settings, allowed_geographies: ["us"] },
  });
});

Deno.test("changeRegistry() refuses what the action would refuse", () => {
  const assign = (model_id: string | null, fallback_models?: string[]) =>
    ({
      action: "set-assistant-model",
      assistant_type: "clinical",
      model_id,
      fallback_models,
    }) as const;
  for (const change of ["set-default", "assign"] as const) {
    const to = (model_id: string) =>
      refusal(change === "assign" ? assign(model_id) : { action: change, model_id });
    expect(to("ended")).toBe("model_retired");
    expect(to("off")).toBe("model_not_available");
    expect(to("abroad")).toBe("model_outside_geographies");
    expect(to("standard")).toBeNull();
  }
  expect(refusal(assign(null, ["abroad"]))).toBe("model_outside_geographies");
  expect(refusal(assign(null, ["off", "ended"]))).toBeNull();
  expect(refusal({ action: "enable", model_id: "ended" })).toBe("model_retired");
  expect(refusal({ action: "enable", model_id: "abroad" })).toBe("model_outside_geographies");
  expect(refusal({ action: "disable", model_id: "standard" })).toBe("model_is_default");
  const last = registryOf({ only: {}, off: { is_available: false } });
  expect(refusal({ action: "disable", model_id: "only" }, last)).toBe("last_available_model");
  expect(refusal({ action: "disable", model_id: "off" }, last)).toBeNull();
  expect(refusal({ action: "retire", model_id: "standard" })).toBeNull();
  const retire = (successor_model_id: string) =>
    refusal({ action: "retire", model_id: "standard", successor_model_id });
  expect(["other", "ended", "off", "abroad"].map(retire))
    .toEqual([null, "model_retired", "model_not_available", "model_outside_geographies"]);
});
