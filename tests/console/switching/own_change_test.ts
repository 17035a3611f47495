import { expect } from "@std/expect";
import type { ModelSwitch } from "../../../console/src/api/manage_actions.ts";
import { ownChange } from "../../../console/src/switching/own_change.ts";

const entry: ModelSwitch = {
  id: 12,
  created_at: "2026-11-26T09:00:00Z",
  actor_user_id: "me",
  actor_email: null,
  actor_key_name: null,
  actor_proven: false,
  database_role: "r",
  source: "api",
  action: "disable",
  model_id: "lite",
  assistant_type: null,
  probe: null,
  from: "available",
  to: "disabled",
  rollback_of: null,
  reason: null,
  is_seeded: false,
  registry_version: 8,
};
const request = { modelId: "lite", userId: "me", since: 7 };

Deno.test("ownChange() gives what the request wrote", () => {
  expect(ownChange(entry, request)).toBe(entry);
});

Deno.test("ownChange() gives nothing that was there before, or that somebody else wrote", () => {
  expect(ownChange(undefined, request)).toBeUndefined();
  expect(ownChange(entry, { ...request, since: 8 })).toBeUndefined();
  expect(ownChange({ ...entry, actor_user_id: "other" }, request)).toBeUndefined();
  expect(ownChange({ ...entry, model_id: "pro" }, request)).toBeUndefined();
});
