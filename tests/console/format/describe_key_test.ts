import { expect } from "@std/expect";
import type { ApiKey } from "../../../console/src/api/manage_actions.ts";
import {
  baseUrls,
  describeKeyEnd,
  describeMaker,
  describeName,
  describeScopes,
  orderKeys,
} from "../../../console/src/format/describe_key.ts";
import { listedModel, registryView } from "../registry_views.ts";

const key: ApiKey = {
  id: "00000000-0000-4000-8000-000000000001",
  name: "Docs bot",
  prefix: "bsk_Ab3_x9",
  assistant_type: null,
  models: null,
  dialects: null,
  expires_at: null,
  grace_ends_at: null,
  ends_at: null,
  revoked_at: null,
  replaces: null,
  owner_id: null,
  created_by: "default",
  created_at: "2026-11-30T08:00:00Z",
  last_used_on: null,
  state: "active",
};
const models = [listedModel("Pro"), listedModel("Lite", { aliases: ["fast"] })];

Deno.test("describeName() tells an alias with the model that it means now", () => {
  expect(describeName("pro", models)).toBe("Pro");
  expect(describeName("fast", models)).toBe("fast (now Lite)");
  expect(describeName("gone", models)).toBe("gone");
});

Deno.test("describeScopes() tells what is set, and that nothing is", () => {
  const registry = { models, assistants: registryView.assistants };
  expect(describeScopes(key, registry).map(({ text }) => text)).toEqual([
    "any, or none",
    "all",
    "both",
  ]);
  const scoped = {
    assistant_type: "health",
    models: ["pro", "fast"],
    dialects: ["openai"],
  };
  expect(describeScopes(scoped, registry).map(({ text }) => text))
    .toEqual(["The health one", "Pro, fast (now Lite)", "openai"]);
  expect(describeScopes({ ...scoped, assistant_type: "gone" }, registry)[0]?.text).toBe("gone");
});

Deno.test("describeKeyEnd() puts a revocation before an end that never came", () => {
  expect(describeKeyEnd(key)).toBe("never");
  const ends_at = "2027-01-01T00:00:00Z";
  expect(describeKeyEnd({ ends_at, revoked_at: null })).toBe("1 Jan 2027, 00:00 UTC");
  expect(describeKeyEnd({ ends_at, revoked_at: "2026-12-01T09:30:00Z" }))
    .toBe("revoked 1 Dec 2026, 09:30 UTC");
});

Deno.test("describeMaker() names users by their addresses as far as they are known", () => {
  const people = new Map([[key.id, "ann@example.com"]]);
  expect(describeMaker(key.id, people)).toBe("ann@example.com");
  expect(describeMaker(key.id, new Map())).toBe("user 00000000");
  expect(describeMaker("ci", people)).toBe("ci");
  expect(describeMaker(null, people)).toBeNull();
});

Deno.test("orderKeys() puts the keys that can be used before the others", () => {
  const named = (name: string, state: ApiKey["state"]) => ({ ...key, name, state });
  const keys = [named("a", "revoked"), named("b", "active"), named("c", "expired")];
  expect(orderKeys([...keys, named("d", "active")]).map(({ name }) => name))
    .toEqual(["b", "d", "a", "c"]);
});

Deno.test("baseUrls() names the variables of the endpoints that take the key", () => {
  const url = "https://ref.supabase.co";
  expect(baseUrls(url, null)).toEqual([
    { term: "OPENAI_BASE_URL", text: `${url}/functions/v1/openai/v1` },
    { term: "ANTHROPIC_BASE_URL", text: `${url}/functions/v1/anthropic` },
  ]);
  expect(baseUrls(url, ["anthropic"]).map(({ term }) => term)).toEqual(["ANTHROPIC_BASE_URL"]);
});
