/** The tick over HTTP, and the status that tells how it does. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { runCommand } from "../support/run_command.ts";
import { scraped, valueOf } from "../support/scraped.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";

async function tick({ apiUrl }: FreshProject, headers: Record<string, string>) {
  const response = await fetch(`${apiUrl}/functions/v1/manage-bedrock-models/tick`, {
    method: "POST",
    headers,
  });
  return { status: response.status, body: await response.json() };
}

/** The step of an answer. */
function stepOf(
  body: { steps: { step: string; error: string | null; result: unknown }[] },
  name: string,
) {
  return body.steps.find(({ step }) => step === name);
}

Deno.test("the tick is run by a secret key alone", () =>
  withFreshProject(stack, async (project) => {
    const bearer = async (token: string | Promise<string>) =>
      (await tick(project, { authorization: `Bearer ${await token}` })).status;
    expect(await bearer(project.token("admin"))).toBe(403);
    expect(await bearer(project.token("patient"))).toBe(403);
    expect((await tick(project, { apikey: project.keys.publishable })).status).toBe(401);
    expect((await manage(project, { action: "status" })).body.last_ran_at).toBeNull();
    expect(await bearer(project.keys.secret)).toBe(200);
    expect((await manage(project, { action: "status" })).body.last_ran_at).not.toBeNull();
  }));

Deno.test("the tick asks AWS once a day, and writes lifecycles and ends alone", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    const withKey = { authorization: `Bearer ${project.keys.secret}` };
    await bedrock.setModel("amazon.nova-next-v1:0", { like: "amazon.nova-lite-v1:0" });
    await bedrock.setModel("amazon.nova-pro-v1:0", {
      lifecycle: "legacy",
      legacyOn: "2026-11-20",
      extendedAccessOn: "2027-03-31",
      endsOn: "2027-06-30",
    });
    // What a call was told, and a list that has it no more, end it; what was told of others does not.
    await bedrock.setModel("amazon.nova-micro-v1:0", { listed: false });
    for (const id of [novaMicro, novaLite]) await sql`select public.record_model_end(${id})`;
    await sql`
      update switchboard.model_ends set first_told_at = first_told_at - interval '10 minutes'`;
    const first = await tick(project, withKey);
    expect(first).toMatchObject({ status: 200, body: { success: true, ran: true } });
    const result = stepOf(first.body, "sync")?.result as { applied: number; waiting: number };
    expect(result.applied).toBeGreaterThan(0);
    expect(result.waiting).toBeGreaterThan(0);
    const [row] = await sql`
      select lifecycle, legacy_on::text as legacy, extended_access_on::text as extended,
        retires_on::text as ends, is_available
      from public.bedrock_models where model_id = ${novaPro}`;
    expect(row).toEqual({
      lifecycle: "legacy",
      legacy: "2026-11-20",
      extended: "2027-03-31",
      ends: "2027-06-30",
      is_available: true,
    });
    const ended = await sql`
      select model_id from public.bedrock_models
      where model_id in (${novaMicro}, ${novaLite}) and lifecycle = 'retired'`;
    expect([...ended]).toEqual([{ model_id: novaMicro }]);
    const registered = sql`
      select from public.bedrock_models where model_id like '%nova-next%'`;
    expect(await registered).toHaveLength(0);
    const { body: log } = await manage(project, { action: "history", model_id: novaPro });
    expect(log.switches[0]).toMatchObject({
      source: "api",
      reason: "The tick's daily comparison with AWS.",
    });
    expect(stepOf((await tick(project, withKey)).body, "sync")).toBeUndefined();
  }));

Deno.test("a step that fails is told by the answer, by status and by the command, and is tried again", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    const withKey = { apikey: project.keys.secret };
    await bedrock.addFaultRule(
      { kind: "error", exception: "AccessDeniedException" },
      { operations: ["ListInferenceProfiles"], times: 2 },
    );
    const failed = await tick(project, withKey);
    expect(failed).toMatchObject({ status: 200, body: { ran: true } });
    const error = stepOf(failed.body, "sync")?.error;
    expect(error).toMatch(/^IAM does not allow bedrock:ListInferenceProfiles/);
    const told = (await manage(project, { action: "status" })).body;
    expect(stepOf(told, "sync")).toMatchObject({ last_error: error, last_ok_at: null });
    expect(told).toMatchObject({ is_late: false, open_alerts: expect.any(Number) });

    const operate = async (...args: string[]) =>
      await runCommand(join(projectRoot, "scripts", "switch-bedrock-model.sh"), args, {
        SUPABASE_URL: project.apiUrl,
        SUPABASE_SERVICE_KEY: project.keys.secret,
        LC_ALL: "C.UTF-8",
      });
    const { code, stdout } = await operate("status");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^STEP +LAST RAN +STATE +NOTE\n/);
    expect(stdout).toMatch(/^watch +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +ok$/m);
    expect(stdout).toMatch(/^deliver +.*Z +not set up +SWITCHBOARD_ALERT_WEBHOOK_URL is not set/m);
    expect(stdout).toMatch(/^sync +.*Z +FAILED +IAM does not allow/m);
    expect(stdout).toMatch(/\nLast tick: \d{4}-.*Z\nOpen alerts: \d+\nRegistry version: \d+\n$/);
    expect(JSON.parse((await operate("status", "--json")).stdout).steps).toHaveLength(
      told.steps.length,
    );

    await bedrock.clearFaultRules();
    await sql`
      update switchboard.tick_steps set last_ran_at = last_ran_at - interval '1 hour'
      where step = 'sync'`;
    expect(stepOf((await tick(project, withKey)).body, "sync")).toMatchObject({ error: null });
    const samples = scraped(
      await (await fetch(`${project.apiUrl}/functions/v1/manage-bedrock-models/metrics`, {
        headers: withKey,
      })).text(),
    );
    const ran = valueOf(samples, "switchboard_tick_last_run_timestamp_seconds", { step: "watch" });
    expect(Math.abs(Date.now() / 1000 - ran!)).toBeLessThan(120);
  }));
