import { expect } from "@std/expect";
import {
  changedRule,
  problemOfRule,
  ruleValues,
} from "../../../console/src/switching/alert_rule_form.ts";

const before = ruleValues({
  kind: "error_rate",
  is_active: true,
  open_at: 20,
  close_at: 10,
  least_count: 20,
  window_minutes: 15,
});
const problem = (changes: Partial<typeof before>, kind = "error_rate") =>
  problemOfRule({ ...before, ...changes }, kind);

Deno.test("changedRule() sends the fields that differ, as numbers", () => {
  expect(changedRule(before, before)).toEqual({});
  expect(changedRule(before, { ...before, open_at: " 25.5 ", is_active: false }))
    .toEqual({ open_at: 25.5, is_active: false });
});

Deno.test("problemOfRule() says what cannot be sent", () => {
  expect(problem({})).toBeNull();
  for (const close_at of ["20", "0", "0.5"]) expect(problem({ close_at })).toBeNull();
  expect(problem({ close_at: "21" })).toContain("closes");
  expect(problem({ open_at: "" })).toContain("threshold");
  expect(problem({ least_count: "0" })).toContain("whole");
  expect(problem({ window_minutes: "1.5" })).toContain("whole");
});

Deno.test("problemOfRule() knows that days count down, and kinds without thresholds", () => {
  expect(problem({ open_at: "30", close_at: "60" }, "lifecycle_near")).toBeNull();
  expect(problem({ open_at: "60", close_at: "30" }, "lifecycle_near")).toContain("closes");
  const bare = { open_at: null, close_at: null, least_count: null, window_minutes: null };
  expect(problem(bare, "limits_differ")).toBeNull();
});
