import { expect } from "@std/expect";
import type { RpcClient } from "../../../../../supabase/functions/_shared/database/rpc_client.ts";
import { readRegistry } from "../../../../../supabase/functions/_shared/registry/registry_store.ts";
import { isAllowed } from "../../../../../supabase/functions/_shared/selection/available_models.ts";
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
    require_mfa: false,
    allow_anonymous_users: false,
    on_role_change: "refuse",
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
  expect(registry.models.map((model) => isAllowed(model, registry))).toEqual([false, true]);
});

Deno.test("readRegistry() says which row cannot be used", async () => {
  const broken = { ...data, models: [{ ...modelRow(), max_tokens: "many" }] };
  await expect(readRegistry(databaseOf(broken))).rejects.toMatchObject({
    code: "registry_invalid",
    hint: expect.stringContaining("models.0.max_tokens"),
  });
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
