/** How switch-bedrock-model.sh attaches and shows evaluations, on a simulated API. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { played } from "../support/played_command.ts";
import { promptfooResult } from "../support/promptfoo_result.ts";

const evaluation = {
  id: 1,
  model_id: "eu.amazon.nova-micro-v1:0",
  assistant_type: "health",
  prompt_version: "a".repeat(64),
  result_hash: "b".repeat(64),
  promptfoo_version: "0.123.1",
  passed: 5,
  failed: 0,
  errors: 0,
  score: 1,
  ran_at: "2026-11-30T08:00:00+00:00",
  created_at: "2026-11-30T08:01:00+00:00",
  is_passing: true,
  is_of_present_prompt: true,
};

Deno.test("switch-bedrock-model.sh evaluations shows counts, and what they are worth now", async () => {
  const evaluations = [
    evaluation,
    { ...evaluation, passed: 3, failed: 1, errors: 1, is_passing: false },
    { ...evaluation, is_of_present_prompt: false },
  ];
  const { code, stdout, stderr, request } = await played(
    { evaluations, count: 3 },
    ...["evaluations", "--model", "eu.amazon.nova-micro-v1:0", "--assistant", "health"],
  );
  const id = "eu.amazon.nova-micro-v1:0";
  expect({ code, stderr, lines: stdout.split("\n") }).toEqual({
    code: 0,
    stderr: "",
    lines: [
      "MODEL                      ASSISTANT  PASSED  ERRORS  RAN                   STATE",
      `${id}  health     5 of 5       0  2026-11-30 08:00:00Z  passed`,
      `${id}  health     3 of 5       1  2026-11-30 08:00:00Z  FAILED`,
      `${id}  health     5 of 5       0  2026-11-30 08:00:00Z  passed, other prompt`,
      "Evaluations: 3",
      "Registry version: 7",
      "",
    ],
  });
  expect(request).toEqual({ action: "list-evaluations", model_id: id, assistant_type: "health" });
});

Deno.test("switch-bedrock-model.sh attach sends the file unchanged, whatever is in it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "result.json");
    const result = promptfooResult("eu.amazon.nova-micro-v1:0", "health");
    // As models may answer, and a third as a score.
    result.results.results[0]!.response.output = "\u{fffd} “$(id)” \n\t\\ 🙂 'a' | b";
    result.results.results[0]!.score = 1 / 3;
    await Deno.writeTextFile(file, JSON.stringify(result, null, 2));
    const { code, stdout, stderr, request } = await played(
      { message: "Amazon Nova Micro passed 5 of 5 cases of Health assistant.", evaluation },
      ...["eu.amazon.nova-micro-v1:0", "attach", "health", "--result", file, "--reason", "why"],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "Amazon Nova Micro passed 5 of 5 cases of Health assistant.",
      "  Failed: 0",
      "  Errors: 0",
    ]);
    expect(stdout).toContain(`  SHA-256 of the file: ${"b".repeat(64)}\n`);
    expect(request).toEqual({
      action: "attach-evaluation",
      model_id: "eu.amazon.nova-micro-v1:0",
      assistant_type: "health",
      result,
      reason: "why",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("switch-bedrock-model.sh attach needs a file, and one of JSON", async () => {
  const attach = ["eu.a.model", "attach", "health"];
  const refusal = async (...args: string[]) => {
    const { code, stderr } = await played({}, ...attach, ...args);
    return `${code} ${stderr.trim().replace(/^\S+ /, "")}`;
  };
  expect(await refusal()).toBe("2 <model-id> attach <assistant> needs --result");
  expect(await refusal("--result", "/nowhere")).toBe("2 /nowhere cannot be read as a JSON object");
  expect(await refusal("--result", new URL(import.meta.url).pathname))
    .toContain("cannot be read as a JSON object");
});
