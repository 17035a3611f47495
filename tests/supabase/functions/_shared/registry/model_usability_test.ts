import { expect } from "@std/expect";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import {
  hasObstacle,
  obstacleReasons,
  obstaclesOf,
} from "../../../../../supabase/functions/_shared/registry/model_usability.ts";
import { modelRow } from "../model_row.ts";

function obstacles(changes: Partial<Model>, allowed: readonly string[] = ["eu"]) {
  return obstaclesOf(modelRow({ model_id: "a.model", ...changes }), allowed);
}

function message(changes: Partial<Model>, allowed?: readonly string[]): string | undefined {
  return obstacles(changes, allowed)[0]?.message;
}

const unusable = {
  lifecycle: "retired",
  geographies: ["us"],
  is_available: false,
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
    "price_unknown",
  ]);
  for (const { message, hint } of found) expect(message && hint).toBeTruthy();
});

Deno.test("hasObstacle() says the same as obstaclesOf()", () => {
  for (const changes of [{}, { ...unusable, geographies: ["us"] }]) {
    const model = modelRow(changes);
    const found = obstacleReasons.filter((reason) => hasObstacle(reason, model, ["eu"]));
    expect(found).toEqual(obstaclesOf(model, ["eu"]).map(({ reason }) => reason));
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

Deno.test("obstaclesOf() names the tokens whose price is not known", () => {
  expect(message({ output_cost_per_mtok: null })).toBe(
    "The price of a.model is not known for output tokens, so its cost cannot be recorded.",
  );
});

Deno.test("obstaclesOf() names the successor of a retired model", () => {
  const [found] = obstacles({ lifecycle: "retired", successor_model_id: "b.model" });
  expect(found?.hint).toBe("Its successor is b.model.");
});
