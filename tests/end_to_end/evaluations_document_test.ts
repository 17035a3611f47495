/** The commands of docs/evaluations.md, with a result file; `evals_test.ts` runs promptfoo itself. */
import { join } from "node:path";
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { blocksRunBy } from "../support/printed_commands.ts";
import { promptfooResult } from "../support/promptfoo_result.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaMicro = "eu.amazon.nova-micro-v1:0";

Deno.test("docs/evaluations.md's commands show the usage, attach a result and require one", () =>
  withFreshProject(stack, async (project) => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.symlink(join(projectRoot, "scripts"), join(folder, "scripts"));
      await Deno.writeTextFile(
        join(folder, "result.json"),
        JSON.stringify(promptfooResult(novaMicro, "health"), null, 2),
      );
      const env = {
        HOME: Deno.env.get("HOME") ?? "",
        NO_COLOR: "1",
        SUPABASE_URL: project.apiUrl,
        SUPABASE_SERVICE_KEY: project.keys.secret,
      };
      const printed: string[] = [];
      for (const { text } of blocksRunBy("tests/end_to_end/evaluations_document_test.ts")) {
        const from = text.includes("./scripts/") ? folder : projectRoot;
        const { code, stdout, stderr } = await runCommand(
          "bash",
          ["-euc", `cd "$0"\n${text}`, from],
          env,
        );
        expect({ text, code, stderr }).toMatchObject({ text, code: 0 });
        printed.push(stdout);
      }
      const [usage, attached, required] = printed;
      expect(usage).toContain("Usage: deno task evals <model-id>");
      expect(attached).toContain("Amazon Nova Micro passed 2 of 2 cases of Health assistant.");
      expect(attached).toMatch(/eu\.amazon\.nova-micro-v1:0 +health +2 of 2 +0 .+ passed\n/);
      expect(required).toContain("Health assistant is changed");
      const [row] = await project.sql`
        select requires_evaluation, evaluation_max_age_days from ai_assistants
        where assistant_type = 'health'`;
      expect(row).toEqual({ requires_evaluation: true, evaluation_max_age_days: 30 });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));
