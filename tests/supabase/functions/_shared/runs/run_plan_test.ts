import { expect } from "@std/expect";
import {
  planRun,
  type RunQuestion,
} from "../../../../../supabase/functions/_shared/runs/run_plan.ts";
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
