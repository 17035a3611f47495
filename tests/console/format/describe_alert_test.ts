import { expect } from "@std/expect";
import {
  describeAcknowledgement,
  describeBasis,
  describeLevel,
  describeThresholds,
  nameOfKind,
} from "../../../console/src/format/describe_alert.ts";
import { describeRuleEntry, isRuleEntry } from "../../../console/src/format/describe_rule_entry.ts";

const row = {
  kind: "limit_near",
  is_active: true,
  open_at: 50,
  close_at: 45,
  least_count: null,
  window_minutes: null,
};

Deno.test("nameOfKind() shows a kind of a later version by its own name", () => {
  expect(nameOfKind("limit_near")).toBe("Limit near");
  expect(nameOfKind("moon_full")).toBe("moon full");
});

Deno.test("describeThresholds() has the unit of each kind; days count down", () => {
  const at = (kind: string, open_at: number | null, close_at: number | null) =>
    describeThresholds({ kind, open_at, close_at });
  expect(at("limit_near", 50, 45)).toBe("opens at 50 %, closes below 45 %");
  expect(at("tick_late", 10, 5)).toBe("opens at 10 minutes, closes below 5 minutes");
  expect(at("delivery_failing", 3, 1)).toBe("opens at 3 attempts, closes below 1 attempt");
  expect(at("lifecycle_near", 60, 60)).toBe("opens at 60 days or fewer, closes above 60 days");
  expect(at("audit_chain_broken", null, null)).toBe("opens and closes with its cause");
});

Deno.test("describeBasis() says how far back a rule looks, and from how many answers on", () => {
  expect(describeBasis({ window_minutes: 15, least_count: 20 }))
    .toBe("the last 15 min, from 20 answers on");
  expect(describeBasis({ window_minutes: null, least_count: null })).toBe("the present state");
});

Deno.test("describeAcknowledgement() names a platform admin by the address", () => {
  const people = new Map([["u", "admin@example.com"]]);
  expect(describeAcknowledgement({ acknowledged_by: "u" }, people)).toBe("admin@example.com");
  expect(describeAcknowledgement({ acknowledged_by: "default" }, people)).toBe("default");
  expect(describeAcknowledgement({ acknowledged_by: null }, people)).toBeNull();
});

Deno.test("describeRuleEntry() tells which rule was changed, and what of it", () => {
  const now = { ...row, open_at: 80, is_active: false };
  expect(isRuleEntry({ from: row, to: now })).toBe(true);
  expect(isRuleEntry({ from: null, to: { kind: "limit_near" } })).toBe(false);
  expect(describeRuleEntry({ from: row, to: now }, String)).toEqual({
    what: "Alert rule Limit near changed",
    details: ["is not active (before: active)", "opens at: 80 (before: 50)"],
  });
});

Deno.test("describeLevel() counts percent of limits, and days before the end of a model", () => {
  const of = (kind: string, level: number | null) => describeLevel({ kind, level });
  expect(of("limit_near", 80)).toEqual({ text: "80 %", tone: "warn" });
  expect(of("limit_near", 100)).toEqual({ text: "100 %", tone: "danger" });
  expect(of("lifecycle_near", 60)).toEqual({ text: "within 60 days", tone: "warn" });
  expect(of("lifecycle_near", 1)).toEqual({ text: "within 1 day", tone: "danger" });
  expect(of("lifecycle_near", 0)).toEqual({ text: "ended", tone: "danger" });
  expect(of("lifecycle_near", null)).toBeNull();
});
