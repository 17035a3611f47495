/** Limits as operators set, see and remove them over REST and by the command, and who used how much. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { nameOfLimit } from "../../console/src/format/limit_name.ts";
import { projectRoot } from "../../local/config.ts";
import { apiKeyOf } from "../support/api_key_of.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const patientId = "00000000-0000-4000-8000-000000000001";
const novaLite = "eu.amazon.nova-lite-v1:0";

async function operate(project: FreshProject, request: Record<string, unknown>) {
  const { status, body } = await manage(project, request);
  expect([status, body.error]).toEqual([200, undefined]);
  return body;
}

const ofPatients = {
  action: "set-limit",
  scope: { kind: "each_user", id: "health" },
  unit: "turns",
  amount: 2,
  period: "day",
};

Deno.test("set-limit foresees, sets and changes a limit, which the next turn is held to", () =>
  withFreshProject(stack, async (project) => {
    expect((await operate(project, { action: "list-limits" })).limits).toHaveLength(4);
    await project.ask("patient", "What is a cold?");
    const foreseen = await operate(project, {
      action: "impact",
      change: { ...ofPatients, amount: 1 },
    });
    expect(foreseen).toMatchObject({
      affected: { assistants: [] },
      limit: {
        name: "turns per day for each user of health",
        amount: 1,
        time_zone: "UTC",
        enforcement: "hard",
        former: null,
        impact: {
          count: 1,
          near: 1,
          full: 1,
          windows: [{ user_id: patientId, spent: 1, left: 0 }],
        },
      },
      warnings: ["1 user has reached it already and cannot go on."],
    });
    expect((await operate(project, { action: "list-limits" })).count).toBe(4);

    const set = await operate(project, { ...ofPatients, reason: "A pilot" });
    expect(set).toMatchObject({
      message:
        "The limit is 2 turns per day for each user of health (hard). It is new: to take it " +
        "back, remove it.",
      limit: { scope: { kind: "each_user", id: "health" }, amount: 2, time_zone: "UTC" },
      former: null,
      warnings: [],
    });
    await project.ask("patient", "And a flu?");
    const refused = await project.ask("patient", "And a cough?");
    expect(refused.status).toBe(429);
    expect(refused.body.error).toMatchObject({
      code: "limit_exceeded",
      message: "The limit is reached: turns per day for each user of health.",
    });
    const { id } = set.limit;
    const { limits: [state] } = await operate(project, { action: "limit-status", id });
    expect(state).toMatchObject({
      id,
      count: 1,
      full: 1,
      windows: [{ user_id: patientId, spent: 2, held: 0, left: 0 }],
    });
    const changed = await operate(project, { ...ofPatients, amount: 3 });
    expect(changed).toMatchObject({
      message: "The limit is 3 turns per day for each user of health (hard), instead of 2 turns " +
        "per day for each user of health (hard).",
      limit: { id },
      former: { amount: 2 },
    });
    expect((await project.ask("patient", "And a cough?")).status).toBe(200);

    await operate(project, { action: "rollback" });
    expect((await project.ask("patient", "And now?")).status).toBe(429);
    const removed = await operate(project, { action: "remove-limit", id });
    expect(removed.message)
      .toBe("The limit of 2 turns per day for each user of health is removed.");
    expect((await project.ask("patient", "And now?")).status).toBe(200);
    const { switches } = await operate(project, { action: "history", limit: 4 });
    expect(switches.map(({ action }: { action: string }) => action))
      .toEqual(["remove-limit", "set-limit", "set-limit", "set-limit"]);
  }));

Deno.test("set-limit warns of what it cannot count and of what it cuts, and refuses what is none", () =>
  withFreshProject(stack, async (project) => {
    const perDay = {
      action: "set-limit",
      unit: "usd",
      amount: 0.001,
      period: "day",
    };
    const foresee = (fields: object) => ({ action: "impact", change: { ...perDay, ...fields } });
    const warningsOf = async (fields: object) => (await operate(project, foresee(fields))).warnings;
    const ofHealth = { scope: { kind: "assistant", id: "health" } };
    await operate(project, {
      action: "set-assistant",
      assistant_type: "health",
      fallback_models: [],
      max_output_tokens: 400,
    });
    expect(await warningsOf(ofHealth)).toEqual([
      "Under a limit in USD a model caches no prompt unless its cache prices are known. Unknown: " +
      `${novaLite}.`,
    ]);
    await operate(project, {
      action: "set-price",
      model_id: novaLite,
      cache_write_cost_per_mtok: 0.078,
    });
    expect(await warningsOf(ofHealth)).toEqual([]);
    expect(await warningsOf({ ...ofHealth, amount: 0.0001 })).toEqual([
      `One answer of ${novaLite} may cost 0.000125 USD, which is more than the limit: such answers ` +
      "are cut short.",
    ]);
    await operate(project, {
      action: "set-price",
      model_id: novaLite,
      output_cost_per_mtok: null,
    });
    expect(await warningsOf(ofHealth)).toEqual([
      "Under a limit in USD a model without a price does not answer: where one is due, the request " +
      `is refused with price_unknown. Without a price: ${novaLite}.`,
    ]);
    expect(await warningsOf({ ...ofHealth, enforcement: "soft" })).toEqual([]);
    const [cut] = await warningsOf({ scope: { kind: "project" }, unit: "tokens", amount: 100 });
    expect(cut).toMatch(/^One answer of \S+ may have [\d,]+ tokens, which is more than the limit/);

    const refusals: [object, string][] = [
      [{ scope: { kind: "user", id: "me" } }, "invalid_request"],
      [{ scope: { kind: "project", id: "health" } }, "invalid_request"],
      [{ scope: { kind: "user", id: crypto.randomUUID() } }, "user_not_found"],
      [{ scope: { kind: "api_key", id: crypto.randomUUID() } }, "key_not_found"],
      [{ scope: { kind: "assistant", id: "none" } }, "assistant_not_found"],
      [{ scope: { kind: "project" }, period: null }, "invalid_request"],
      [{ scope: { kind: "project" }, time_zone: "Mars/Olympus" }, "invalid_request"],
    ];
    for (const [fields, code] of refusals) {
      for (const request of [foresee(fields), { ...perDay, ...fields }]) {
        const { body } = await manage(project, request);
        expect([request, body.error.code]).toEqual([request, code]);
      }
    }
    const missing = await manage(project, { action: "remove-limit", id: 99_999 });
    expect([missing.status, missing.body.error.code]).toEqual([404, "limit_not_found"]);
    expect((await operate(project, { action: "list-limits" })).count).toBe(4);
  }));

Deno.test("usage is told by user and by API key, with their ids", () =>
  withFreshProject(stack, async (project) => {
    const key = await apiKeyOf(project.sql);
    await project.ask("patient", "What is a cold?");
    await project.ask("patient", "And a flu?");
    const called = await fetch(`${project.apiUrl}/functions/v1/openai/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "default", messages: [{ role: "user", content: "Hello" }] }),
    });
    expect(called.status).toBe(200);
    await called.body?.cancel();
    const callers = async (by: string) => {
      const { usage, totals, left_out } = await operate(project, {
        action: "usage",
        by,
        bucket: "total",
      });
      expect([totals.turns, left_out]).toEqual([3, 0]);
      return Object.fromEntries(usage.map((
        { caller, turns }: {
          caller: { user_id: string | null; api_key_name: string | null };
          turns: number;
        },
      ) => [caller.user_id ?? caller.api_key_name, turns]));
    };
    expect(await callers("user")).toEqual({ [patientId]: 2, null: 1 });
    expect(Object.values(await callers("api_key")).sort()).toEqual([1, 2]);
  }));

Deno.test("the command sets, shows and removes a limit, and calls it what console and database do", () =>
  withFreshProject(stack, async (project) => {
    const command = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCommand(
        "bash",
        [join(projectRoot, "scripts", "switch-bedrock-model.sh"), ...args],
        { SUPABASE_URL: project.apiUrl, SUPABASE_SERVICE_KEY: project.keys.secret },
      );
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
      return stdout;
    };
    await project.ask("patient", "What is a cold?");
    expect(await command("limit", "set", "user", patientId, "50", "turns", "in", "total"))
      .toMatch(/^The limit is 50 turns in total for a user \(hard\)\. .*\nUsed now: 1\n/);
    const shown = await command("limits");
    expect(shown).toContain("1,000 USD per month for the project, soft");
    const [, id] = /^(\d+) {2}50 turns in total for a user \(0{8}-/m.exec(shown)!;
    expect(await command("limit", "status", id!)).toMatch(/ all +\[\.{10}\] 2\.0% +1 +0 +49 /);
    expect(await command("history", "--limit", "1")).toContain(
      `the limit is 50 turns in total for user ${patientId}`,
    );
    expect(await command("limit", "remove", id!))
      .toContain("The limit of 50 turns in total for a user is removed.");
    expect(await command("usage", "--by", "user")).toContain(patientId);
    await command("assistant", "set", "health", "--max-output-tokens", "77");
    expect(await command("assistants")).toContain("health: answers of at most 77 tokens");

    const scopes = [
      { kind: "project" },
      { kind: "assistant", id: "clinical" },
      { kind: "each_user" },
      { kind: "each_user", id: "clinical" },
      { kind: "user", id: patientId },
    ];
    const terms = [
      { unit: "usd", period: "total" },
      { unit: "tokens", period: "hour" },
      { unit: "concurrent" },
    ];
    for (const scope of scopes) {
      for (const each of terms) {
        await operate(project, { action: "set-limit", scope, amount: 70, ...each });
      }
    }
    const { limits } = await operate(project, { action: "list-limits" });
    const { switches } = await operate(project, { action: "history", limit: 15 });
    const told = (await command("history", "--limit", "15")).replace(/\s+/g, " ");
    for (const { to } of switches) {
      const { name } = limits.find(({ id }: { id: number }) => id === to.id);
      expect(nameOfLimit({ ...to, kind: to.scope, assistant: to.assistant_type })).toBe(name);
      expect(told)
        .toContain(`the limit is 70 ${name.replace("for a user", `for user ${patientId}`)}: `);
    }
  }));
