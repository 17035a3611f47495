import { expect } from "@std/expect";
import {
  type ApiKeyRow,
  describeApiKey,
} from "../../../../../supabase/functions/_shared/keys/api_key.ts";

const now = Date.parse("2026-11-30T12:00:00Z");

const row: ApiKeyRow = {
  id: "6f1d8a52-4a56-4c7b-93a5-3f0d8c1b2e11",
  name: "app",
  prefix: "bsk_abc123",
  assistant_type: null,
  models: null,
  dialects: null,
  expires_at: null,
  grace_ends_at: null,
  revoked_at: null,
  replaces: null,
  owner_id: null,
  created_by: "key operators",
  created_at: "2026-11-01T00:00:00+00:00",
  last_used_on: null,
};

Deno.test("describeApiKey() says when the key ends, and whether it opens the endpoints now", () => {
  const [past, present, future] = ["11:59:59.999", "12:00:00", "12:00:00.001"]
    .map((time) => `2026-11-30T${time}+00:00`) as [string, string, string];
  const states: [Partial<ApiKeyRow>, string | null, string][] = [
    [{}, null, "active"],
    [{ expires_at: future }, future, "active"],
    [{ expires_at: present }, present, "expired"],
    [{ grace_ends_at: future }, future, "active"],
    [{ grace_ends_at: present }, present, "expired"],
    [{ expires_at: future, grace_ends_at: past }, past, "expired"],
    [{ expires_at: past, grace_ends_at: future }, past, "expired"],
    [{ revoked_at: past }, null, "revoked"],
    [{ revoked_at: present, expires_at: past }, past, "revoked"],
  ];
  for (const [fields, ends_at, state] of states) {
    expect(describeApiKey({ ...row, ...fields }, now))
      .toEqual({ ...row, ...fields, ends_at, state });
  }
});
