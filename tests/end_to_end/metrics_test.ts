import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { novaLite, novaPro, playTurns, sonnet } from "../support/played_turns.ts";
import { manage, type Persona } from "../support/project_client.ts";
import { scraped, valueOf } from "../support/scraped.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

function scrape(project: FreshProject, headers: Record<string, string>, method = "GET") {
  return fetch(`${project.apiUrl}/functions/v1/manage-bedrock-models/metrics`, { method, headers });
}

/** The text of a scrape with the secret key, as Prometheus sends it. */
async function metricsOf(project: FreshProject): Promise<string> {
  const response = await scrape(project, { authorization: `Bearer ${project.keys.secret}` });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return await response.text();
}

Deno.test("metrics counts what was answered today, by model, assistant and status", () =>
  withFreshProject(stack, async (project) => {
    const { patient, admin, clinician } = await playTurns(project);
    const samples = scraped(await metricsOf(project));
    const value = (name: string, labels?: Record<string, string>) =>
      valueOf(samples, `switchboard_${name}`, labels);
    const health = { model: novaLite, assistant: "health" };
    const platform = { model: novaPro, assistant: "platform" };
    expect(value("turns_total", { ...health, status: "complete" })).toBe(2);
    expect(value("turns_total", { ...health, status: "partial" })).toBe(1);
    expect(value("turns_total", { ...platform, status: "complete" })).toBe(1);
    expect(value("turns_total", { ...platform, status: "failed" })).toBe(1);
    expect(value("conversations_total", health)).toBe(2);
    expect(value("fallbacks_total", { model: sonnet })).toBe(1);
    expect(value("fallbacks_total", { model: novaPro })).toBe(0);
    const { usage } = admin.body;
    expect(value("tokens_total", { ...platform, type: "input" })).toBe(usage.input_tokens);
    expect(value("tokens_total", { ...platform, type: "output" })).toBe(usage.output_tokens);
    expect(value("tokens_total", { ...health, type: "cache_read" })).toBe(500);
    expect(value("cost_usd_total", platform)).toBe(usage.cost_usd);
    const spent = [...patient, admin, clinician]
      .reduce((sum, { body }) => sum + body.usage.cost_usd, 0);
    // Of the answer that broke off.
    const estimated = value("estimated_cost_usd_total", health);
    expect(estimated).toBeGreaterThan(0);
    expect(value("month_to_date_cost_usd")).toBeCloseTo(spent + estimated!, 12);
    const today = new Date().toISOString().slice(0, 10);
    expect(value("day_start_timestamp_seconds")).toBe(Date.parse(today) / 1000);
  }));

Deno.test("metrics gives times as histograms, whose last bucket holds every whole answer", () =>
  withFreshProject(stack, async (project) => {
    const { patient } = await playTurns(project);
    const samples = scraped(await metricsOf(project));
    const name = "switchboard_response_time_seconds";
    const labels = { model: novaLite };
    const buckets = samples.filter((sample) =>
      sample.name === `${name}_bucket` && sample.labels.model === novaLite
    );
    const bounds = buckets.map(({ labels }) => labels.le);
    expect(bounds.at(-1)).toBe("+Inf");
    const seconds = bounds.slice(0, -1).map(Number);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    const times = patient.map(({ body }) => body.response_time_ms / 1000);
    expect(buckets.map(({ value }) => value)).toEqual(
      bounds.map((bound) =>
        times.filter((time) => bound === "+Inf" || time <= Number(bound)).length
      ),
    );
    expect(valueOf(samples, `${name}_count`, labels)).toBe(2);
    expect(valueOf(samples, `${name}_sum`, labels)).toBeCloseTo(times[0]! + times[1]!, 9);
  }));

Deno.test("metrics tells the registry's version, switches, and the state of each model", () =>
  withFreshProject(stack, async (project) => {
    const before = scraped(await metricsOf(project));
    const switched = await manage(project, { action: "set-default", model_id: novaLite });
    expect(switched.status).toBe(200);
    await project.bedrock.setModel(novaPro, { access: "denied" });
    const probed = await manage(project, { action: "validate", model_id: novaPro, probe: true });
    expect(probed.body.valid).toBe(false);
    const samples = scraped(await metricsOf(project));
    const value = (name: string, labels?: Record<string, string>) =>
      valueOf(samples, `switchboard_${name}`, labels);
    expect(value("registry_version")).toBe(switched.body.registry_version);
    expect(value("switches_total")).toBe(
      (valueOf(before, "switchboard_switches_total") ?? NaN) + 1,
    );
    const opus = { model: "anthropic.claude-3-opus-20240229-v1:0" };
    expect(value("model_default", { model: novaLite })).toBe(1);
    expect(value("model_default", { model: novaPro })).toBe(0);
    expect(value("model_available", { model: novaPro })).toBe(1);
    expect(value("model_available", opus)).toBe(0);
    expect(value("model_last_probe_passed", { model: novaLite })).toBe(1);
    expect(value("model_last_probe_passed", { model: novaPro })).toBe(0);
    const age = Date.now() / 1000 -
      (value("model_last_probe_timestamp_seconds", { model: novaPro }) ?? 0);
    expect(Math.abs(age)).toBeLessThan(60);
  }));

Deno.test("metrics keeps the number of series bounded, however many models there are", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    const { conversation_id } = (await project.ask("patient", "Hi")).body;
    await sql`
      insert into bedrock_models (
        model_id, model_name, provider, format, geographies, max_tokens, context_window)
      select 'model-' || n, 'Model ' || n, 'Somebody', 'converse', '{eu}', 1000, 10000
      from generate_series(1, 60) as n`;
    await sql`
      insert into ai_usage (
        question_id, attempt, conversation_id, assistant_type, model_id, status, begun_at,
        ended_at, begins_conversation, input_tokens, output_tokens, response_time_ms)
      select gen_random_uuid(), 1, ${conversation_id}, 'health', 'model-' || n, 'complete', now(),
        now(), false, 1, 1, 100
      from generate_series(1, 60) as n`;
    const text = await metricsOf(project);
    const samples = scraped(text);
    const [registered] = await sql`select count(*)::int as models from bedrock_models`;
    expect(registered?.models).toBeGreaterThan(60);
    for (const name of ["turns_total", "response_time_seconds_count"]) {
      const models = new Set(
        samples.filter((sample) => sample.name === `switchboard_${name}`)
          .map(({ labels }) => labels.model),
      );
      expect(models.size).toBeGreaterThan(30);
      expect(models.size).toBeLessThanOrEqual(51);
      expect(models.has("other")).toBe(true);
    }
    const turns = samples.filter(({ name }) => name === "switchboard_turns_total");
    expect(turns.reduce((sum, { value }) => sum + value, 0)).toBe(61);
  }));

Deno.test("metrics shows what may be used at 0 before it is used", () =>
  withFreshProject(stack, async (project) => {
    const turns = scraped(await metricsOf(project))
      .filter(({ name }) => name === "switchboard_turns_total");
    expect(turns).toContainEqual({
      name: "switchboard_turns_total",
      labels: { model: novaPro, assistant: "platform", status: "complete" },
      value: 0,
    });
    expect(turns.every(({ value }) => value === 0)).toBe(true);
  }));

Deno.test("metrics is the same text twice when nothing happened", () =>
  withFreshProject(stack, async (project) => {
    await playTurns(project);
    expect(await metricsOf(project)).toBe(await metricsOf(project));
  }));

Deno.test("metrics takes the credentials of the actions, and refuses everyone else", () =>
  withFreshProject(stack, async (project) => {
    const { keys, token } = project;
    const allowed: Record<string, string>[] = [
      { authorization: `Bearer ${keys.secret}` },
      { apikey: keys.secret },
      { authorization: `Bearer ${keys.serviceRole}` },
      { authorization: `Bearer ${await token("admin")}`, apikey: keys.publishable },
    ];
    for (const headers of allowed) {
      const response = await scrape(project, headers);
      expect([response.status, (await response.text()).startsWith("# HELP ")]).toEqual([200, true]);
    }
    const refused: [Record<string, string>, number, string][] = [
      [{}, 401, "missing_credentials"],
      [{ apikey: keys.publishable }, 401, "missing_credentials"],
      [{ authorization: "Bearer sb_secret_wrong" }, 401, "invalid_credentials"],
    ];
    for (
      const persona of ["patient", "clinician", "facility"] satisfies Persona[]
    ) {
      refused.push([{ authorization: `Bearer ${await token(persona)}` }, 403, "forbidden"]);
    }
    for (const [headers, status, code] of refused) {
      const response = await scrape(project, headers);
      expect([response.status, (await response.json()).error.code]).toEqual([status, code]);
    }
  }));

Deno.test("metrics answers GET, and the actions POST, and neither the other", () =>
  withFreshProject(stack, async (project) => {
    const headers = { authorization: `Bearer ${project.keys.secret}` };
    const base = `${project.apiUrl}/functions/v1/manage-bedrock-models`;
    const table: [string, string, number, string | null][] = [
      ["POST", `${base}/metrics`, 405, "GET, OPTIONS"],
      ["GET", base, 405, "POST, OPTIONS"],
      ["GET", `${base}/metrics/more`, 404, null],
    ];
    for (const [method, url, status, allow] of table) {
      const response = await fetch(url, { method, headers });
      expect([response.status, response.headers.get("allow")]).toEqual([status, allow]);
      expect((await response.json()).success).toBe(false);
    }
  }));
