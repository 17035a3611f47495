import { expect } from "@std/expect";
import type { RpcClient } from "../../../../../supabase/functions/_shared/database/rpc_client.ts";
import { readRegistry } from "../../../../../supabase/functions/_shared/registry/registry_store.ts";
import { requireReadable } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import { staysInside } from "../../../../../supabase/functions/_shared/selection/available_models.ts";
import { modelRow } from "../model_row.ts";

/** A database whose one function returns this. */
function databaseOf(data: unknown): RpcClient {
  return { rpc: () => Promise.resolve({ data, error: null, status: 200 }) };
}

const data = {
  version: 1,
  hash: "",
  settings: {
    allowed_geographies: ["eu"],
    function_geographies: null,
    require_mfa: false,
    require_person: false,
    allow_anonymous_users: false,
    allow_provider_retention: false,
    on_role_change: "refuse",
    backup_days: 30,
  },
  models: [modelRow({ model_id: "here" }), modelRow({ model_id: "there", region: "eu-west-1" })],
  assistants: [],
};

Deno.test("readRegistry() gives each model the region that it is called in", async () => {
  const registry = await readRegistry(databaseOf(data), { region: "eu-central-1" });
  expect(registry.models.map((model) => model.region)).toEqual(["eu-central-1", "eu-west-1"]);
  expect((await readRegistry(databaseOf(data))).models[0]?.region).toBeNull();
});

Deno.test("readRegistry() with a region outside leaves no model that is called there allowed", async () => {
  const registry = await readRegistry(databaseOf(data), { region: "us-east-1" });
  expect(registry.models.map((model) => staysInside(model, registry))).toEqual([false, true]);
});

Deno.test("readRegistry() leaves out a row that it cannot read, says which, and reads the others", async () => {
  const broken = {
    ...data,
    models: [
      modelRow({ model_id: "one" }),
      { ...modelRow({ model_id: "two" }), max_tokens: "many", format: "new" },
      { ...modelRow({ model_id: "three" }), input_cost_per_mtok: "NaN" },
    ],
    assistants: [{ assistant_type: "health", model_config: 7 }],
  };
  const told: unknown[] = [];
  const registry = await readRegistry(databaseOf(broken), {
    reportUnreadable: (rows) => told.push(...rows.map(({ name }) => name)),
  });
  expect(
    registry.models.map(({ model_id, input_cost_per_mtok }) => [model_id, input_cost_per_mtok]),
  )
    .toEqual([["one", modelRow().input_cost_per_mtok], ["three", null]]);
  expect(registry.assistants).toEqual([]);
  expect(new Set(told)).toEqual(new Set(["two", "three", "health"]));

  requireReadable(registry, "one", "three", null, undefined);
  for (const name of ["two", "health"]) {
    expect(() => requireReadable(registry, null, name)).toThrow(
      expect.objectContaining({
        code: "registry_invalid",
        hint: expect.stringContaining(`Correct the row of ${name}: `),
      }),
    );
  }
});

Deno.test("readRegistry() keeps what a model that is left out would be chosen by", async () => {
  const long = "x".repeat(300);
  const broken = {
    ...data,
    models: [
      { ...modelRow({ model_id: "two", is_default: true, priority: 7 }), format: "new" },
      { ...modelRow({ model_id: long, use_case: "triage" }), format: "new", priority: "low" },
      { ...modelRow({ model_id: "y".repeat(300) }), input_cost_per_mtok: "NaN" },
      { format: "new" },
    ],
    assistants: [{ assistant_type: "health", model_config: 7 }],
  };
  const registry = await readRegistry(databaseOf(broken));
  const known = new Map(registry.unreadable?.map(({ name, chosenBy }) => [name, chosenBy]));
  const ofTwo = { is_available: true, is_default: true, use_case: null, priority: 7 };
  expect(Object.fromEntries(known)).toEqual({
    two: { ...ofTwo, lifecycle: "active" },
    ["x".repeat(200)]: {
      ...ofTwo,
      is_default: false,
      use_case: "triage",
      priority: -Infinity,
      lifecycle: "active",
    },
    // A row of which nothing is known comes first.
    "models.3": { ...ofTwo, priority: -Infinity, lifecycle: "active" },
    health: undefined,
  });
  expect(() => requireReadable(registry, long)).toThrow("registry");
});

Deno.test("readRegistry() refuses what is no registry", async () => {
  for (const wrong of [null, {}, { ...data, version: "x" }, { ...data, models: null }]) {
    await expect(readRegistry(databaseOf(wrong))).rejects.toMatchObject({
      code: "registry_invalid",
      hint: expect.stringMatching(/^Correct /),
    });
  }
});

Deno.test("readRegistry() asks for a part where models are named", async () => {
  const asked: unknown[] = [];
  const database = {
    rpc: (...call: unknown[]) => {
      asked.push(call);
      return Promise.resolve({ data, error: null, status: 200 });
    },
  } as RpcClient;
  await readRegistry(database);
  await readRegistry(database, { modelIds: ["here"] });
  await readRegistry(database, { modelIds: [] });
  expect(asked).toEqual([
    ["read_registry"],
    ["read_registry_part", { p_model_ids: ["here"] }],
    ["read_registry_part", { p_model_ids: [] }],
  ]);
});
