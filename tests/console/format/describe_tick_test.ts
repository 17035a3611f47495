import { expect } from "@std/expect";
import {
  describeResult,
  describeTick,
  labelOfState,
  nameOfStep,
} from "../../../console/src/format/describe_tick.ts";

const now = Date.parse("2026-11-30T12:00:00Z");

Deno.test("describeTick() says what it means that the tick is late, or never ran", () => {
  expect(describeTick({ last_ran_at: "2026-11-30T11:59:40Z", is_late: false }, now))
    .toBe("It last ran just now.");
  expect(describeTick({ last_ran_at: "2026-11-30T09:00:00Z", is_late: true }, now))
    .toContain("3 h ago, which is late");
  expect(describeTick({ last_ran_at: null, is_late: true }, now)).toContain("has never run");
});

Deno.test("describeResult() shows simple values only", () => {
  expect(describeResult({ days: 2, is_whole: true, models: ["a"], note: "kept" }))
    .toBe("days 2, is whole yes, note kept");
  expect([describeResult(null), describeResult({})]).toEqual(["–", "–"]);
});

Deno.test("labelOfState() tells a step that runs or is not set up from one that is late", () => {
  const states = ["ok", "failed", "running", "not_set_up", "late", "not_ok"] as const;
  expect(states.map(labelOfState)).toEqual([null, null, "running", "not set up", "late", "not OK"]);
});

Deno.test("nameOfStep() shows a step of a later version by its own name", () => {
  expect(nameOfStep("watch")).toBe("Look for alerts");
  expect(nameOfStep("water-plants")).toBe("water plants");
});
