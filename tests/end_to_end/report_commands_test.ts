/** The operator's reports, on the real stack; how they are laid out is tested in tests/scripts. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { claude35, novaLite, novaPro, playTurns, sonnet } from "../support/played_turns.ts";
import { manage } from "../support/project_client.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

function run(project: FreshProject, args: readonly string[], key = project.keys.secret) {
  return runCommand(join(projectRoot, "scripts", "switch-bedrock-model.sh"), args, {
    SUPABASE_URL: project.apiUrl,
    SUPABASE_SERVICE_KEY: key,
    LC_ALL: "C.UTF-8",
  });
}

/** Runs the command, expects it to succeed without a word on stderr, and returns what it prints. */
async function printed(project: FreshProject, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(project, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.replace(/\n$/, "").split("\n");
}

/** The cells of the row that begins with a text. */
function cellsOf(lines: readonly string[], beginning: string): string[] {
  const line = lines.find((line) => line.startsWith(`${beginning} `));
  return line?.split(/ {2,}/) ?? [];
}

Deno.test("switch-bedrock-model.sh usage and costs show what the API answers", () =>
  withFreshProject(stack, async (project) => {
    const { admin } = await playTurns(project);
    const usage = await printed(project, "usage", "--days", "1");
    expect(cellsOf(usage, novaPro).slice(0, 5)).toEqual([novaPro, "platform", "2", "1", "0"]);
    expect(cellsOf(usage, "TOTAL").slice(0, 4)).toEqual(["TOTAL", "6", "2", "1"]);
    expect(usage.join("\n")).toContain("USD of it rest on estimated tokens");

    const costs = await printed(project, "costs", "--by", "total");
    const cost = admin.body.usage.cost_usd.toFixed(6);
    expect(cellsOf(costs, novaPro)).toEqual([novaPro, "platform", "2", cost]);
    expect(cellsOf(costs, novaLite)[3]).toMatch(/^0\.000\d\d\d$/);
    expect(cellsOf(costs, "assistant platform")[1]).toBe(cost);
  }));

Deno.test("switch-bedrock-model.sh performance shows answers and errors of each model", () =>
  withFreshProject(stack, async (project) => {
    await playTurns(project);
    const lines = await printed(project, "performance");
    expect(cellsOf(lines, novaLite).slice(1, 3)).toEqual(["2", "1"]);
    expect(cellsOf(lines, novaPro).slice(1, 3)).toEqual(["1", "1"]);
    expect(cellsOf(lines, novaLite)[3]).toMatch(/^\d+ ± \d+$/);
  }));

Deno.test("switch-bedrock-model.sh effects shows a switch that was just made", () =>
  withFreshProject(stack, async (project) => {
    await project.ask("admin", "Before?");
    await printed(project, novaLite, "switch");
    await project.ask("admin", "After?");
    const lines = await printed(project, "effects", "--days", "1", "--window", "1");
    const [switched = "", models, ...rest] = lines.slice(2);
    expect(switched).toMatch(/^\d+ {2}[\d-]+ [\d:]+Z {2}cli {2}set-default \(probed\)$/);
    expect(models).toBe(`  ${novaPro} -> ${novaLite}`);
    expect(rest[1]?.trim().split(/ {2,}/).slice(0, 4)).toEqual(["before", "1", "0", "0.0%"]);
    expect(rest[2]?.trim().split(/ {2,}/).slice(0, 4)).toEqual(["after", "1", "0", "0.0%"]);
    expect(rest[3]).toMatch(
      /^ {2}Begun after it: 1; by an older registry, until now: 0; the first on it ended after [\d,]+ ms$/,
    );
  }));

Deno.test("switch-bedrock-model.sh what-if compares costs, and says why it cannot", () =>
  withFreshProject(stack, async (project) => {
    const { body } = await project.ask("patient", "Hi");
    const { input_tokens, output_tokens } = body.usage;
    const expected = input_tokens * 3e-6 + output_tokens * 15e-6;
    const lines = await printed(project, claude35, "what-if", "--days", "1");
    expect(lines[0]).toBe(`What if Claude 3.5 Sonnet v2 (${claude35}) had answered`);
    expect(cellsOf(lines, novaLite)[3]).toBe(expected.toFixed(6));
    expect(lines.join("\n")).toMatch(/\nDifference: 0\.\d{6} USD more, [\d,.]+% more\n/);

    const unknown = await run(project, ["no.such", "what-if"]);
    expect({ code: unknown.code, stdout: unknown.stdout }).toEqual({ code: 1, stdout: "" });
    expect(unknown.stderr).toMatch(/no\.such.*\(model_not_found\)\n$/);
    await project.sql`
      update bedrock_models set input_cost_per_mtok = null where model_id = ${claude35}`;
    expect((await run(project, [claude35, "what-if"])).stderr).toMatch(/\(price_unknown\)\n$/);
  }));

Deno.test("switch-bedrock-model.sh --csv and --json carry the figures of the API", () =>
  withFreshProject(stack, async (project) => {
    await playTurns(project);
    const range = ["--from", "2026-01-01", "--to", "2999-01-01T00:00:00Z"];
    const { body } = await manage(project, {
      action: "usage",
      bucket: "month",
      from: "2026-01-01T00:00:00Z",
      to: "2999-01-01T00:00:00Z",
    });
    const [json = ""] = await printed(project, "usage", "--by", "month", ...range, "--json");
    expect(JSON.parse(json)).toEqual(body);

    const [header = "", ...rows] =
      (await printed(project, "usage", "--by", "month", ...range, "--csv"))
        .map((line) => line.replace(/\r$/, "").split(","));
    expect(rows).toHaveLength(3);
    const table = rows.map((row) =>
      Object.fromEntries([...header].map((name, index) => [name, row[index]]))
    );
    const row = (model: string) =>
      body.usage.find(({ model_id }: { model_id: string }) => model_id === model);
    for (const found of table) {
      const { bucket_start, model_id, assistant_type, caller, ...figures } = row(
        found.model_id!,
      );
      expect([caller, found.user_id]).toEqual([null, undefined]);
      expect(found).toMatchObject({ bucket_start, model_id, assistant_type });
      for (const [name, figure] of Object.entries(figures)) {
        expect({ name, figure: Number(found[name]) }).toEqual({ name, figure });
      }
    }
    expect(table.map(({ model_id }) => model_id)).toContain(sonnet);
  }));

Deno.test("switch-bedrock-model.sh reports are refused with a patient's token", () =>
  withFreshProject(stack, async (project) => {
    for (const args of [["usage"], ["costs", "--csv"], [novaLite, "what-if"]]) {
      const { code, stdout, stderr } = await run(project, args, await project.token("patient"));
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/\(forbidden\)\n$/);
    }
    expect((await run(project, ["usage"], await project.token("admin"))).code).toBe(0);
    const wrong = await run(project, ["usage", "--by", "hour", "--days", "8"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/hour allows at most 7 days.*\(invalid_request\)\n$/);
  }));
