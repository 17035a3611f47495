/** What `deno task evals` refuses; promptfoo runs in evals_with_promptfoo_test.ts. */
import { expect } from "@std/expect";
import { readOptions } from "../../tools/evals/options.ts";
import { evaluated } from "../support/evaluated.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaMicro = "eu.amazon.nova-micro-v1:0";
const off = "anthropic.claude-3-opus-20240229-v1:0";

Deno.test("evals calls nothing for a model that cannot answer, and for an assistant without a set", () =>
  withFreshProject(stack, async (project) => {
    for (
      const [args, message] of [
        [[off, "--assistant", "health"], "Enable it first"],
        [["no.such"], "There is no model no.such"],
        [[novaMicro, "--assistant", "triage"], "There is no set"],
        [[novaMicro, "--assistant", "health", "--file", "gone.yaml"], "There is no set"],
      ] as const
    ) {
      await expect(evaluated(project, [...args], "/tmp")).rejects.toThrow(message);
    }
    expect(await project.sql`select from ai_api_keys`).toHaveLength(0);
  }));

Deno.test("evals names what it does not understand", () => {
  for (const args of [[], ["a", "b"], ["a", "--file", "x"], ["a", "--force"]]) {
    expect(() => readOptions(args)).toThrow();
  }
  expect(readOptions(["--help"])).toBeNull();
});
