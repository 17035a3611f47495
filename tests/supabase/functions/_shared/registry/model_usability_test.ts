import { expect } from "@std/expect";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import {
  hasObstacle,
  obstacleReasons,
  obstaclesOf,
} from "../../../../../supabase/functions/_shared/registry/model_usability.ts";
import type { ModelUse } from "../../../../../supabase/functions/_shared/registry/model_use.ts";
import { providerRetentions } from "../../../../../supabase/functions/_shared/registry/provider_retention.ts";
import { modelRow } from "../model_row.ts";

const use: ModelUse = {
  allowedGeographies: ["eu"],
  allowsRetention: false,
  assistantType: "health",
};

function obstacles(changes: Partial<Model>, allowedGeographies = use.allowedGeographies) {
  return obstaclesOf(modelRow({ model_id: "a.model", ...changes }), {
    ...use,
    allowedGeographies,
  });
}

function message(changes: Partial<Model>, allowed?: readonly string[]): string | undefined {
  return obstacles(changes, allowed)[0]?.message;
}

const unusable = {
  lifecycle: "retired",
  geographies: ["us"],
  is_available: false,
  provider_retention: "all_30_days",
  input_cost_per_mtok: null,
} as const;

Deno.test("obstaclesOf() finds none for a model that may be used", () => {
  expect(obstacles({ geographies: ["eu"], is_available: true })).toEqual([]);
});

Deno.test("obstaclesOf() gives every reason, in the order in which it is refused", () => {
  const found = obstacles({ ...unusable, geographies: ["us"] });
  expect(found.map(({ reason }) => reason)).toEqual(obstacleReasons);
  expect(found.map(({ code }) => code)).toEqual([
    "model_retired",
    "model_not_available",
    "model_outside_geographies",
    "provider_retains_data",
    "price_unknown",
  ]);
  for (const { message, hint } of found) expect(message && hint).toBeTruthy();
});

Deno.test("hasObstacle() says the same as obstaclesOf()", () => {
  for (const changes of [{}, { ...unusable, geographies: ["us"] }]) {
    const model = modelRow(changes);
    const found = obstacleReasons.filter((reason) => hasObstacle(reason, model, use));
    expect(found).toEqual(obstaclesOf(model, use).map(({ reason }) => reason));
  }
});

Deno.test("obstaclesOf() names the place of a call, and what is allowed", () => {
  expect(message({ geographies: ["us"] })).toBe(
    "Calls of a.model may be processed in us; allowed is eu only.",
  );
  expect(message({ model_id: "global.a.model" })).toContain("any region of AWS");
  expect(message({ geographies: null })).toContain("an unknown location");
  expect(message({}, [])).toContain("allowed is nothing only");
});

Deno.test("obstaclesOf() keeps a model whose provider keeps traffic, or might, from who does not allow it", () => {
  for (const provider_retention of providerRetentions) {
    const model = modelRow({ provider_retention });
    const found = obstaclesOf(model, use).map(({ reason }) => reason);
    expect(found).toEqual(provider_retention === "none" ? [] : ["provider_retains"]);
    expect(obstaclesOf(model, { ...use, allowsRetention: true })).toEqual([]);
  }
  expect(message({ provider_retention: "flagged_30_days" })).toBe(
    "The provider of a.model keeps flagged traffic for up to 30 days, which the assistant health " +
      "does not allow.",
  );
  expect(message({ provider_retention: "all_30_days" })).toContain("keeps all traffic");
  expect(message({ provider_retention: "unknown" })).toMatch(/^It is not known whether/);
  const [ofCalls] = obstaclesOf(modelRow({ provider_retention: "unknown" }), {
    ...use,
    assistantType: null,
  });
  expect(ofCalls?.message).toContain("which calls without an assistant do not allow.");
  expect(ofCalls?.hint).toMatch(/allow_provider_retention in registry_settings\.$/);
});

Deno.test("obstaclesOf() names the tokens whose price is not known", () => {
  expect(message({ output_cost_per_mtok: null })).toBe(
    "The price of a.model is not known for output tokens, so its cost cannot be recorded.",
  );
});

Deno.test("obstaclesOf() names the successor of a retired model", () => {
  const [found] = obstacles({ lifecycle: "retired", successor_model_id: "b.model" });
  expect(found?.hint).toBe("Its successor is b.model.");
});
