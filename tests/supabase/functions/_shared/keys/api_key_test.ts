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
  revoked_at: null,
  replaces: null,
  owner_id: null,
  created_by: "key operators",
  created_at: "2026-11-01T00:00:00+00:00",
  last_used_on: null,
};

Deno.test("describeApiKey() says whether the key opens the endpoints now", () => {
  const states: [Partial<ApiKeyRow>, string][] = [
    [{}, "active"],
    [{ expires_at: "2026-11-30T12:00:00.001+00:00" }, "active"],
    [{ expires_at: "2026-11-30T12:00:00+00:00" }, "expired"],
    [{ revoked_at: "2026-11-29T00:00:00+00:00" }, "revoked"],
    [{ revoked_at: "2026-11-30T00:00:00Z", expires_at: "2026-11-29T00:00:00Z" }, "revoked"],
  ];
  for (const [fields, state] of states) {
    expect(describeApiKey({ ...row, ...fields }, now)).toEqual({ ...row, ...fields, state });
  }
});
