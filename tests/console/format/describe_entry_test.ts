import { expect } from "@std/expect";
import type { ModelSwitch } from "../../../console/src/api/manage_actions.ts";
import {
  describeActor,
  describeEntry,
  describeNext,
  describeWay,
  isRolledBack,
} from "../../../console/src/format/describe_entry.ts";

const entry: ModelSwitch = {
  id: 1,
  created_at: "2026-11-26T00:00:00Z",
  actor_user_id: null,
  actor_email: null,
  actor_key_name: null,
  actor_proven: true,
  database_role: "postgres",
  session_role: "postgres",
  application_name: null,
  source: "api",
  action: "set-default",
  model_id: "b",
  assistant_type: null,
  from: "a",
  to: "b",
  probe: null,
  rollback_of: null,
  approval: null,
  proposal_id: null,
  signature: null,
  is_seeded: false,
  reason: null,
  registry_version: 2,
};
const nameOf = (id: string | null) => `Model ${id}`;
const describe = (changes: Partial<ModelSwitch>) => describeEntry({ ...entry, ...changes }, nameOf);

Deno.test("describeEntry() says what changed, and what was before", () => {
  expect(describe({}))
    .toEqual({ what: "Default switched to Model b", details: ["before: Model a"] });
  expect(describe({ action: "assign", assistant_type: "health", from: null, to: "b" }))
    .toEqual({ what: "health answers with Model b", details: ["before: the default"] });
  expect(describe({ action: "disable", from: "available", to: "stopped" })).toEqual({
    what: "Model b disabled",
    details: ["also for the conversations that are pinned to it", "before: available"],
  });
  expect(describe({ action: "create", from: null, to: null }))
    .toEqual({ what: "Model b added", details: [] });
});

Deno.test("describeEntry() tells each changed column in words", () => {
  const changed = (from: unknown, to: unknown) => describe({ action: "update", from, to }).details;
  expect(changed({ fallback_models: [] }, { fallback_models: null }))
    .toEqual(["may fall back to any available model (before: none)"]);
  expect(changed({ fallback_models: null }, { fallback_models: ["x", "y"] }))
    .toEqual(["may fall back to Model x, Model y (before: any available model)"]);
  expect(changed({ input_cost_per_mtok: null }, { input_cost_per_mtok: 1.5 }))
    .toEqual(["price of input per million tokens: $1.50 (before: not known)"]);
  expect(changed({ model_config: {} }, { model_config: { temperature: 0.2, max_tokens: 5 } }))
    .toEqual(["settings: temperature 0.2, max tokens 5 (before: those of the model)"]);
  expect(changed({ guardrail_id: null }, { guardrail_id: "abc1" }))
    .toEqual(["guardrail: abc1 (before: not set)"]);
  const documents = { max_count: 5, max_bytes: 4_500_000, types: ["text/csv", "text/html"] };
  expect(changed({ capabilities: {} }, { capabilities: { documents, prefill: true } })).toEqual([
    "accepts: documents (max count 5, max bytes 4500000, types text/csv, text/html), prefill yes " +
    "(before: none)",
  ]);
  expect(changed({ valid_to: null }, { valid_to: "2026-12-01T00:00:00+00:00" }))
    .toEqual(["holds until 1 Dec 2026, 00:00 UTC (before: further notice)"]);
  expect(changed({ priority: 10, is_active: true }, { priority: 11, is_active: false }))
    .toEqual(["priority 11 (before: 10)", "is not active (before: active)"]);
  expect(changed({ fallback_models: null }, { name: "x" }).join()).not.toMatch(/null|\[|\{/);
});

Deno.test("describeEntry() tells a later price from its taking back and from its coming into force", () => {
  const [row, former] = [{ input_cost_per_mtok: 2, cache_read_cost_per_mtok: null }, {
    input_cost_per_mtok: 1,
  }];
  expect(describe({ action: "schedule-price", from: null, to: row })).toEqual({
    what: "Later price of Model b scheduled",
    details: ["price of input per million tokens: $2.00"],
  });
  expect(describe({ action: "schedule-price", from: row, to: null })).toEqual({
    what: "Later price of Model b taken back",
    details: ["price of input per million tokens: $2.00"],
  });
  expect(describe({ action: "adopt-price", from: former, to: { input_cost_per_mtok: 2 } })).toEqual(
    {
      what: "Scheduled price of Model b came into force",
      details: ["price of input per million tokens: $2.00 (before: $1.00)"],
    },
  );
});

Deno.test("describeEntry() tells the aliases of a model, and a key by its name", () => {
  expect(describe({ action: "set-aliases", from: { aliases: ["fast"] }, to: { aliases: [] } }))
    .toEqual({ what: "Aliases of Model b set", details: ["aliases: none (before: fast)"] });
  const key = { name: "Docs bot", prefix: "bsk_Ab3_x9" };
  expect(describe({ action: "revoke-api-key", from: key, to: key }).what)
    .toBe("API key Docs bot (bsk_Ab3_x9…) revoked");
});

Deno.test("describeEntry() names the user of a role", () => {
  const role = (type: string | null) => ({
    user_id: "u1",
    email: "ann@x.org",
    assistant_type: type,
  });
  const changed = (from: unknown, to: unknown) => describe({ action: "set-role", from, to });
  expect(changed(null, role("clinical")))
    .toEqual({ what: "ann@x.org has role clinical", details: ["before: none"] });
  const none = { user_id: null, email: null, assistant_type: null };
  expect(changed({ ...role("clinical"), email: null }, none))
    .toEqual({ what: "u1 has no role", details: ["before: clinical"] });
});

Deno.test("describeEntry() shows an action that it does not know by its own name", () => {
  expect(describe({ action: "archive", from: null, to: "x" }))
    .toEqual({ what: "Model b: archive", details: ["x (before: none)"] });
});

Deno.test("isRolledBack() leaves out settings, roles, keys, later prices, AWS's words and what never happened", () => {
  for (const action of ["set-default", "assign", "update", "create", "set-price"]) {
    expect([action, isRolledBack({ ...entry, action })]).toEqual([action, true]);
  }
  for (const action of ["update-settings", "set-role", "schedule-price", "adopt-price"]) {
    expect([action, isRolledBack({ ...entry, action })]).toEqual([action, false]);
  }
  expect(isRolledBack({ ...entry, source: "chat", action: "retire" })).toBe(false);
  const key = { name: "Docs bot", prefix: "bsk_Ab3_x9" };
  expect(isRolledBack({ ...entry, action: "update", from: key, to: key })).toBe(false);
  // The models that it names follow a retirement, and come back with it.
  expect(isRolledBack({ ...entry, action: "set-key-models", from: key, to: key })).toBe(true);
  expect(isRolledBack({ ...entry, is_seeded: true })).toBe(false);
});

Deno.test("describeNext() says what the next undo takes back", () => {
  const next = { id: 7, action: "assign", model_id: "b", assistant_type: "health" };
  expect(describeNext(next, nameOf)).toBe(
    "The next undo takes back entry 7: model assigned, health.",
  );
});

Deno.test("describeWay() tells a claimed actor, and of SQL the login and the application", () => {
  const way = (more: Partial<ModelSwitch>) => describeWay({ ...entry, ...more });
  const sql = { source: "sql", application_name: "Supabase Studio" } as const;
  const api = {
    source: "api",
    database_role: "service_role",
    session_role: "authenticator",
    application_name: "PostgREST",
  } as const;
  expect(way(sql)).toBe("sql, in Supabase Studio");
  expect(way({ ...sql, database_role: "service_role" }))
    .toBe("sql, login postgres, in Supabase Studio");
  expect(way({ ...api, actor_proven: false })).toBe("api, claimed via service_role");
  expect(way({ ...api, actor_proven: true, database_role: "authenticated" })).toBe("api");
});

Deno.test("describeActor() says who it was, as far as the log knows", () => {
  const userId = "00000000-0000-4000-8000-000000000004";
  const user = { ...entry, actor_user_id: userId };
  expect(describeActor(user, userId)).toBe("you");
  expect(describeActor(user, "another")).toBe("user 00000000");
  expect(describeActor({ ...user, actor_email: "ann@example.com" }, "another")).toBe(
    "ann@example.com",
  );
  expect(describeActor({ ...entry, source: "sql" }, userId)).toBe("role postgres");
  expect(describeActor({ ...entry, source: "cli", actor_key_name: "ci" }, userId))
    .toBe("key ci");
  expect(describeActor({ ...entry, source: "cli" }, userId)).toBe("a secret key");
});
