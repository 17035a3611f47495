import { expect } from "@std/expect";
import type { ModelSwitch } from "../../../console/src/api/manage_actions.ts";
import { auditCsv } from "../../../console/src/format/audit_csv.ts";

const entry: ModelSwitch = {
  id: 7,
  created_at: "2026-11-26T00:00:00Z",
  actor_user_id: "u",
  actor_email: null,
  actor_key_name: null,
  actor_proven: false,
  database_role: "service_role",
  session_role: "authenticator",
  application_name: null,
  source: "api",
  action: "update",
  model_id: null,
  assistant_type: "health",
  from: { fallback_models: [] },
  to: { fallback_models: null },
  probe: null,
  rollback_of: null,
  approval: null,
  proposal_id: null,
  signature: null,
  is_seeded: false,
  reason: '=1+1, "so"',
  registry_version: 9,
};

Deno.test("auditCsv() tells each entry in words, with its reason and the person's address or id", () => {
  const known = { ...entry, actor_email: "ann@example.com" };
  const [header, line, unknown, end] = auditCsv([known, entry], String).split("\r\n");
  expect(header).toContain("id,created_at,actor,");
  expect(line).toBe(
    "7,2026-11-26T00:00:00Z,ann@example.com,false,service_role,authenticator,,api,update,,health," +
      "health changed; may fall back to any available model (before: none)," +
      `"'=1+1, ""so""",,,9`,
  );
  expect(unknown).toContain(",u,false,service_role,authenticator,,api,update,");
  expect(end).toBe("");
});
