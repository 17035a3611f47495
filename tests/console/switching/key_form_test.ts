import { expect } from "@std/expect";
import { keyArgs, newKey, problemOfKey } from "../../../console/src/switching/key_form.ts";

const named = { ...newKey, name: "Docs bot" };

Deno.test("keyArgs() leaves out each scope that is not set", () => {
  expect(keyArgs({ ...named, name: " Docs bot " })).toEqual({ name: "Docs bot" });
  expect(keyArgs({
    name: "Docs bot",
    assistant_type: "health",
    models: ["claude"],
    dialects: "openai",
    expires: "2027-01-31T09:30",
  })).toEqual({
    name: "Docs bot",
    assistant_type: "health",
    models: ["claude"],
    dialects: ["openai"],
    expires_at: "2027-01-31T09:30:00Z",
  });
});

Deno.test("problemOfKey() says what cannot be sent", () => {
  const now = Date.parse("2026-11-30T08:00:00Z");
  expect(problemOfKey(named, now)).toBeNull();
  expect(problemOfKey({ ...named, expires: "2026-11-30T08:01" }, now)).toBeNull();
  expect(problemOfKey({ ...named, expires: "2026-11-30T08:00" }, now)).toContain("past");
  expect(problemOfKey({ ...named, name: "  " }, now)).toContain("missing");
  expect(problemOfKey({ ...named, name: "é".repeat(100) }, now)).toBeNull();
  expect(problemOfKey({ ...named, name: "é".repeat(101) }, now)).toContain("100");
});
