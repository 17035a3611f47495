import { expect } from "@std/expect";
import type { ModelSwitch } from "../../../console/src/api/manage_actions.ts";
import { describeActor, describeEntry } from "../../../console/src/format/describe_entry.ts";

const entry: ModelSwitch = {
  id: 1,
  created_at: "2026-11-26T00:00:00Z",
  actor_user_id: null,
  actor_email: null,
  actor_key_name: null,
  actor_proven: true,
  database_role: "postgres",
  source: "api",
  action: "set-default",
  model_id: "b",
  assistant_type: null,
  from: "a",
  to: "b",
  probe: null,
  rollback_of: null,
  reason: null,
  is_seeded: false,
  registry_version: 2,
};
const nameOf = (id: string | null) => `Model ${id}`;
const describe = (changes: Partial<ModelSwitch>) => describeEntry({ ...entry, ...changes }, nameOf);

Deno.test("describeEntry() says what changed, from what to what", () => {
  expect(describe({})).toEqual({ what: "Default switched", from: "Model a", to: "Model b" });
  expect(describe({ action: "assign", assistant_type: "health", from: null, to: "b" }))
    .toEqual({ what: "Assistant health", from: "the default", to: "Model b" });
  expect(describe({ action: "disable", from: "available", to: "stopped" }))
    .toEqual({ what: "Model b disabled", from: "available", to: "stopped" });
  expect(describe({ action: "update", from: { priority: 10 }, to: { priority: 11 } }))
    .toEqual({ what: "Model b changed", from: "priority 10", to: "priority 11" });
  expect(describe({ action: "create", from: null, to: null }))
    .toEqual({ what: "Model b added", from: null, to: null });
});

Deno.test("describeEntry() shows an action that it does not know by its own name", () => {
  expect(describe({ action: "archive", from: null, to: "x" }))
    .toEqual({ what: "Model b: archive", from: null, to: "x" });
});

Deno.test("describeActor() says who it was, as far as the log knows", () => {
  const userId = "00000000-0000-4000-8000-000000000004";
  expect(describeActor({ ...entry, actor_user_id: userId }, userId)).toBe("you");
  expect(describeActor({ ...entry, actor_user_id: userId }, "another")).toBe("user 00000000");
  expect(describeActor({ ...entry, source: "sql" }, userId)).toBe("role postgres");
  expect(describeActor({ ...entry, source: "cli", actor_key_name: "ci" }, userId)).toBe("key ci");
  expect(describeActor({ ...entry, source: "cli" }, userId)).toBe("a secret key");
});
