import { expect } from "@std/expect";
import { describeKeyEntry, isKeyEntry } from "../../../console/src/format/describe_key_entry.ts";

const row = {
  id: "00000000-0000-4000-8000-000000000001",
  name: "Docs bot",
  prefix: "bsk_Ab3_x9",
  assistant_type: null,
  models: null,
  dialects: null,
  expires_at: null,
  grace_ends_at: null,
  revoked_at: null,
  replaces: null,
  owner_id: null,
  created_by: "default",
  created_at: "2026-11-30T08:00:00+00:00",
};
const describe = (action: string, from: unknown, to: unknown) =>
  describeKeyEntry({ action, from, to }, (id) => id ?? "no model");

Deno.test("describeKeyEntry() tells a new key with its scopes", () => {
  expect(describe("create-api-key", null, row))
    .toEqual({ what: "API key Docs bot (bsk_Ab3_x9…) created", details: [] });
  const scoped = { assistant_type: "health", models: ["fast"], dialects: ["openai"] };
  expect(describe("create-api-key", null, { ...row, ...scoped }).details)
    .toEqual(["assistant: health", "models: fast", "endpoints: openai"]);
  expect(describe("rotate-api-key", null, { ...row, replaces: "the-other" })).toEqual({
    what: "API key Docs bot (bsk_Ab3_x9…) created in place of another",
    details: ["in place of key: the-other"],
  });
});

Deno.test("describeKeyEntry() tells what a later change changed, and how a key ended", () => {
  const expires_at = "2026-12-01T08:00:00+00:00";
  expect(describe("update", row, { ...row, expires_at })).toEqual({
    what: "API key Docs bot (bsk_Ab3_x9…) changed",
    details: ["expires: 1 Dec 2026, 08:00 UTC (before: never)"],
  });
  expect(describe("update", row, { ...row, grace_ends_at: expires_at }).details)
    .toEqual(["time of grace ends: 1 Dec 2026, 08:00 UTC (before: none)"]);
  expect(describe("revoke-api-key", row, { ...row, revoked_at: expires_at }).what)
    .toBe("API key Docs bot (bsk_Ab3_x9…) revoked");
  expect(describe("delete", row, null).what).toBe("API key Docs bot (bsk_Ab3_x9…) removed");
});

Deno.test("isKeyEntry() knows a key by its prefix, whatever was done with it", () => {
  expect(isKeyEntry({ from: row, to: null })).toBe(true);
  expect(isKeyEntry({ from: null, to: row })).toBe(true);
  for (const other of [null, "lite", { name: "x" }, { prefix: "x" }, ["bsk_"]]) {
    expect(isKeyEntry({ from: other, to: other })).toBe(false);
  }
});
