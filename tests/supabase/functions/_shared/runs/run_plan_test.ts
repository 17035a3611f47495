import { expect } from "@std/expect";
import {
  planRun,
  type RunQuestion,
} from "../../../../../supabase/functions/_shared/runs/run_plan.ts";
import type { LeftOutRow } from "../../../../../supabase/functions/_shared/registry/left_out_row.ts";
import { registryOf } from "../selection/registry_of.ts";

const question: RunQuestion = {
  history: [],
  historyLength: 0,
  question: { role: "user", blocks: [{ type: "text", text: "Hello" }], modelId: null },
  assistantType: "health",
  pinnedModelId: null,
  requestedModelId: null,
  useCase: null,
  fallback: true,
};

Deno.test("planRun() refuses a turn that needs a row that could not be read, and no other", () => {
  const unreadable = (name: string) => [{ name, problem: "format: Invalid option" }];
  const registry = registryOf({ lite: { is_default: true } }, { health: "own", other: null });
  const needing: [string, Partial<RunQuestion>][] = [
    ["health", {}],
    ["own", {}],
    ["pin", { pinnedModelId: "pin" }],
    ["asked", { requestedModelId: "asked" }],
  ];
  for (const [name, more] of needing) {
    const plan = () =>
      planRun({ ...registry, unreadable: unreadable(name) }, { ...question, ...more }, 1000);
    expect(plan).toThrow(expect.objectContaining({
      code: "registry_invalid",
      hint: `Correct the row of ${name}: format: Invalid option`,
    }));
  }
  const other = planRun({ ...registry, unreadable: unreadable("unused") }, question, 1000);
  expect(other.selected.model.model_id).toBe("lite");
});

/** What the last model that the rules would name is chosen by. */
const last: NonNullable<LeftOutRow["chosenBy"]> = {
  is_available: true,
  is_default: false,
  use_case: null,
  priority: 1000,
  lifecycle: "active",
};

Deno.test("planRun() refuses a turn whose rules would name a row that could not be read", () => {
  const registry = registryOf({
    lite: { priority: 10 },
    pinned: { priority: 20, is_available: false },
    ended: { priority: 30, is_available: false, serves_pinned: false },
    special: { priority: 40, use_case: "triage" },
  }, { health: null, clinical: "lite" });
  const needs = (chosenBy: Partial<typeof last>, asked: Partial<RunQuestion> = {}) => {
    const lost: LeftOutRow = {
      name: "lost",
      problem: "format: Invalid option",
      chosenBy: { ...last, ...chosenBy },
    };
    try {
      planRun({ ...registry, unreadable: [lost] }, { ...question, ...asked }, 1000);
      return false;
    } catch (error) {
      expect(error).toMatchObject({
        code: "registry_invalid",
        hint: "Correct the row of lost: format: Invalid option",
      });
      return true;
    }
  };
  const asDefault = { is_default: true };
  const forHealth = { use_case: "health" };
  for (const fallback of [true, false]) {
    expect(needs(asDefault, { fallback })).toBe(true);
    expect(needs(forHealth, { fallback })).toBe(true);
    // The model of a new conversation is due, and is no fallback.
    expect(needs(asDefault, { fallback, pinnedModelId: "ended" })).toBe(true);
  }
  // In the place of `lite`, which is first by priority, and of `special`, first of its use case.
  expect(needs({ priority: 9 })).toBe(true);
  expect(needs({ use_case: "triage", priority: 39 }, { useCase: "triage" })).toBe(true);

  expect(needs({ priority: 11 })).toBe(false);
  expect(needs({ use_case: "triage", priority: 41 }, { useCase: "triage" })).toBe(false);
  expect(needs(asDefault, { useCase: "triage" })).toBe(false);
  expect(needs({ ...forHealth, priority: 11, is_available: false })).toBe(false);
  expect(needs({ priority: 9, lifecycle: "retired" })).toBe(false);
  for (
    const own of [{ pinnedModelId: "pinned" }, { requestedModelId: "lite" }, {
      assistantType: "clinical",
    }]
  ) expect(needs({ ...asDefault, ...forHealth, priority: 1 }, own)).toBe(false);
});

Deno.test("planRun() needs no row of the assistant's own model where another is due", () => {
  const registry = {
    ...registryOf({ lite: { is_default: true } }, { health: "own" }),
    unreadable: [{ name: "own", problem: "format: Invalid option" }],
  };
  for (const asked of [{ pinnedModelId: "lite" }, { requestedModelId: "lite" }]) {
    const { selected } = planRun(registry, { ...question, ...asked }, 1000);
    expect(selected.model.model_id).toBe("lite");
  }
});
