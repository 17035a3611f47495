import { expect } from "@std/expect";
import { runSoak } from "../soak/run_soak.ts";
import { testStack } from "../support/test_stack.ts";

const { functionsDeno } = testStack();

/** The same that `deno task soak` does for minutes. */
Deno.test("chat, openai and anthropic lose nothing and tell nothing wrong in a short soak", async () => {
  const progress: string[] = [];
  const { calls, faults } = await runSoak({
    ms: 12_000,
    // Otherwise nothing is tried.
    leastTurns: 20,
    seed: 20_261_123,
    functionsDeno,
    outageEveryMs: 4_000,
    log: (line) => progress.push(line),
  });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(0);
});
