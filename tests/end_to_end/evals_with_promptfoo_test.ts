/**
 * `deno task evals`, with promptfoo as it is published. npm downloads about 1.6 GB for it the first
 * time, so that a run of all tests leaves this file to `.ci/run`, which names it.
 */
import { expect } from "@std/expect";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { evaluated } from "../support/evaluated.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaMicro = "eu.amazon.nova-micro-v1:0";

/** A set whose assertions the stand-in's answers meet; they tell the model and the prompt. */
const set = `
prompts: ["{{question}}"]
providers:
  - id: openai:chat:assistant/health/{{env.CANDIDATE}}
    config: { omitDefaults: true }
tests:
  - description: The candidate answers
    vars: { question: What helps against a cold? }
    assert:
      - { type: contains, value: "[stand-in: Amazon Nova Micro]" }
      - { type: not-contains, value: "[stand-in: Amazon Nova Lite]" }
  - description: With the assistant's prompt and settings
    vars: { question: What helps against a cough? }
    assert:
      - { type: icontains, value: You are a health assistant }
      - { type: contains, value: max tokens 1024 }
      - { type: contains, value: temperature 0.7 }
      - { type: latency, threshold: 60000 }
`;

const task = `"$DENO" task --config "$ROOT/deno.json" evals ${novaMicro} --assistant health \\
  --file set.yaml --keep kept`;

Deno.test("evals runs promptfoo with the assistant's prompt, attaches the result and opens the switch", () =>
  withFreshProject(stack, async (project) => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(folder, "set.yaml"), set);
      await manage(project, {
        action: "set-assistant",
        assistant_type: "health",
        requires_evaluation: true,
      });
      const assign = () =>
        manage(project, {
          action: "set-assistant-model",
          assistant_type: "health",
          model_id: novaMicro,
          probe: false,
        });

      // The set of evals/, which the stand-in's answers do not meet.
      const failed = await evaluated(project, [novaMicro, "--assistant", "health"], folder);
      expect(failed).toMatchObject({
        good: false,
        report: expect.stringMatching(/Attached: Amazon Nova Micro passed \d of 5 cases of Health/),
      });
      expect((await assign()).body.error).toMatchObject({
        code: "evaluation_required",
        message: expect.stringMatching(/failed \d of 5 cases of its evaluation\.$/),
      });

      // As the task, with what it is permitted.
      const { code, stdout, stderr } = await runCommand("bash", [
        "-euc",
        `cd "$0"; ${task}`,
        folder,
      ], {
        HOME: Deno.env.get("HOME") ?? "",
        ROOT: projectRoot,
        DENO: Deno.execPath(),
        SUPABASE_URL: project.apiUrl,
        SUPABASE_SERVICE_KEY: project.keys.secret,
      });
      expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toContain("Attached: Amazon Nova Micro passed 2 of 2 cases");
      expect((await assign()).status).toBe(200);

      const { body } = await manage(project, { action: "list-evaluations" });
      expect(body.evaluations).toMatchObject([
        { passed: 2, failed: 0, errors: 0, score: 1, is_passing: true },
        { errors: 0, is_passing: false },
      ]);
      // The hash is that of the file as promptfoo wrote it.
      const [kept] = [...Deno.readDirSync(join(folder, "kept"))];
      const bytes = await Deno.readFile(join(folder, "kept", kept!.name));
      expect(createHash("sha256").update(bytes).digest("hex"))
        .toBe(body.evaluations[0].result_hash);
      // No key is left that could be used, and no other model has answered.
      const { api_keys } = (await manage(project, { action: "list-api-keys" })).body;
      expect(api_keys.map(({ state, models }: Record<string, unknown>) => [state, models]))
        .toEqual([["revoked", [novaMicro]], ["revoked", [novaMicro]]]);
      const calls = await project.sql`
        select distinct model_id, assistant_type from ai_usage where model_id is not null`;
      expect([...calls]).toEqual([{ model_id: novaMicro, assistant_type: "health" }]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));
