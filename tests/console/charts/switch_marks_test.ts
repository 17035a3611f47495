import { expect } from "@std/expect";
import type { SwitchEffect } from "../../../console/src/api/report_types.ts";
import {
  describeSwitch,
  labelMarks,
  switchMarks,
} from "../../../console/src/charts/switch_marks.ts";

const names = {
  model: (id: string | null) => `Model ${id}`,
  assistant: (type: string) => `Assistant ${type}`,
};
const side = {
  from: "",
  to: "",
  turns: 0,
  errors: 0,
  error_rate: null,
  fallbacks: 0,
  mean_ms: null,
  p95_ms: null,
  cost_per_turn_usd: null,
};
const change: SwitchEffect = {
  switch_id: 1,
  created_at: "2026-11-26T00:00:00Z",
  source: "api",
  action: "set-default",
  assistant_type: null,
  from_model_id: "a",
  to_model_id: "b",
  actor_user_id: null,
  actor_key_name: null,
  probe: null,
  rollback_of: null,
  registry_version: 2,
  before: side,
  after: side,
  convergence: { answers: 0, older: 0, first_asked_ms: null, first_answer_ms: null },
};

Deno.test("switchMarks() numbers the switches from the oldest on", () => {
  const older = { ...change, switch_id: 2, created_at: "2026-11-25T00:00:00Z" };
  expect(switchMarks([change, older], names).map(({ number, createdAt }) => [number, createdAt]))
    .toEqual([[1, older.created_at], [2, change.created_at]]);
});

Deno.test("describeSwitch() says what was switched, and where nothing was set", () => {
  expect(describeSwitch(change, names)).toBe("Default: Model a → Model b");
  expect(describeSwitch({ ...change, from_model_id: null }, names)).toBe("Default: none → Model b");
  expect(
    describeSwitch({
      ...change,
      action: "unassign",
      assistant_type: "health",
      to_model_id: null,
    }, names),
  ).toBe("Assistant health: Model a → the default");
});

Deno.test("labelMarks() joins labels that would cover each other", () => {
  const marks = [0, 10, 25, 60].map((x, index) => ({ x, number: index + 1 }));
  expect(labelMarks(marks, 30)).toEqual([{ x: 0, text: "1–3" }, { x: 60, text: "4" }]);
  expect(labelMarks([], 30)).toEqual([]);
});
