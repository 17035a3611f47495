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
  session_role: "r",
  application_name: null,
  source: "api",
  action: "disable",
  model_id: "lite",
  assistant_type: null,
  probe: null,
  from: "available",
  to: "disabled",
  rollback_of: null,
  approval: null,
  proposal_id: null,
  signature: null,
  is_seeded: false,
  reason: null,
  registry_version: 8,
};
const request = { userId: "me", since: 7 };

Deno.test("ownChange() gives what the request wrote, from its first entry to the last one's version", () => {
  expect(ownChange([entry], request)).toEqual({ to: 12, version: 8 });
  const two = [{ ...entry, id: 13, registry_version: 9 }, entry];
  expect(ownChange(two, request)).toEqual({ to: 12, version: 9 });
});

Deno.test("ownChange() gives nothing that was there before, that somebody else wrote, or that no rollback takes back", () => {
  expect(ownChange([{ ...entry, action: "schedule-price" }], request)).toBeNull();
  expect(ownChange([], request)).toBeNull();
  expect(ownChange([entry], { ...request, since: 8 })).toBeNull();
  expect(ownChange([{ ...entry, actor_user_id: "other" }], request)).toBeNull();
  expect(ownChange([{ ...entry, actor_user_id: "other" }, entry], request)).toBeNull();
});
