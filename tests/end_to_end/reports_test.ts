import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { claude35, novaLite, novaPro, playTurns, sonnet } from "../support/played_turns.ts";
import { type Answer, manage, type Persona, personas } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const reports = [
  { action: "usage" },
  { action: "costs" },
  { action: "performance" },
  { action: "switch-effect" },
  { action: "what-if", model_id: novaPro },
];

/** Asks for a report, and expects one. */
async function report(project: FreshProject, request: object) {
  const { status, body } = await manage(project, request);
  expect([status, body.success]).toEqual([200, true]);
  const [{ version }] = await project.sql`select version from registry_version` as [
    { version: string },
  ];
  expect(body.registry_version).toBe(Number(version));
  return body;
}

/** One figure of some answers, added up. */
function sumOf(figure: string, ...answers: Pick<Answer, "body">[]): number {
  return answers.reduce((sum, { body }) => sum + body.usage[figure], 0);
}

/**
 * What is stored of the answer that broke off. A model tells its counts at the end of a stream, so
 * they are estimated.
 */
async function partialAnswer({ sql }: FreshProject): Promise<Pick<Answer, "body">> {
  const [usage] = await sql`
    select input_tokens, output_tokens, cost_usd::float8, usage_estimated from ai_messages
    where role = 'assistant' and status = 'partial'`;
  expect(usage).toMatchObject({ usage_estimated: true });
  expect(usage?.cost_usd).toBeGreaterThan(0);
  return { body: { usage } };
}

const none = { complete: 0, partial: 0, failed: 0, fallbacks: 0, unpriced: 0 };

Deno.test("usage counts turns, tokens and cost as they were answered, by model and assistant", () =>
  withFreshProject(stack, async (project) => {
    const { patient, admin, clinician } = await playTurns(project);
    const partial = await partialAnswer(project);
    const { usage, totals, bucket } = await report(project, { action: "usage", days: 1 });
    expect(bucket).toBe("day");
    const rows = new Map<string, Record<string, unknown>>(
      usage.map((row: { model_id: string }) => [row.model_id, row]),
    );
    expect([...rows.keys()].sort()).toEqual([novaLite, novaPro, sonnet].sort());
    expect(rows.get(novaPro)).toMatchObject({
      ...none,
      assistant_type: "platform",
      turns: 2,
      complete: 1,
      failed: 1,
      conversations: 1,
      input_tokens: sumOf("input_tokens", admin),
      cost_usd: sumOf("cost_usd", admin),
    });
    expect(rows.get(sonnet)).toMatchObject({
      ...none,
      assistant_type: "clinical",
      turns: 1,
      complete: 1,
      fallbacks: 1,
      conversations: 1,
      output_tokens: sumOf("output_tokens", clinician),
      cost_usd: sumOf("cost_usd", clinician),
    });
    expect(rows.get(novaLite)).toMatchObject({
      ...none,
      assistant_type: "health",
      turns: 3,
      complete: 2,
      partial: 1,
      conversations: 2,
      input_tokens: sumOf("input_tokens", ...patient, partial),
      cache_read_tokens: 500,
      cache_write_tokens: 0,
      cost_usd: expect.closeTo(sumOf("cost_usd", ...patient, partial), 12),
      estimated_usd: expect.closeTo(sumOf("cost_usd", partial), 12),
    });
    expect(totals).toMatchObject({
      turns: 6,
      complete: 4,
      partial: 1,
      failed: 1,
      fallbacks: 1,
      conversations: 4,
      output_tokens: sumOf("output_tokens", ...patient, partial, admin, clinician),
      cost_usd: expect.closeTo(sumOf("cost_usd", ...patient, partial, admin, clinician), 12),
      unpriced: 0,
    });
  }));

Deno.test("usage is of the range, model and assistant that are asked for", () =>
  withFreshProject(stack, async (project) => {
    const before = new Date().toISOString();
    await project.ask("patient", "Hi");
    const between = new Date().toISOString();
    await project.ask("admin", "Hi");
    const turns = async (filter: object) =>
      (await report(project, { action: "usage", ...filter })).totals.turns;
    expect(await turns({ from: before })).toBe(2);
    expect(await turns({ from: before, to: between })).toBe(1);
    expect(await turns({ to: before, days: 30 })).toBe(0);
    expect(await turns({ model_id: novaLite })).toBe(1);
    expect(await turns({ assistant_type: "platform" })).toBe(1);
    expect(await turns({ assistant_type: "platform", model_id: novaLite })).toBe(0);
    expect(await turns({ model_id: "never.registered" })).toBe(0);
  }));

Deno.test("usage gives rows by hour, day, month or the whole range", () =>
  withFreshProject(stack, async (project) => {
    await project.ask("patient", "Hi");
    const asked = { action: "usage", days: 2 };
    const start = async (bucket: string) => {
      const body = await report(project, { ...asked, bucket });
      expect(body.usage).toHaveLength(1);
      return { start: Date.parse(body.usage[0].bucket_start), from: Date.parse(body.from) };
    };
    const now = new Date();
    const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
    expect((await start("hour")).start).toBe(Date.UTC(year, month, day, now.getUTCHours()));
    expect((await start("day")).start).toBe(Date.UTC(year, month, day));
    expect((await start("month")).start).toBe(Date.UTC(year, month));
    const total = await start("total");
    expect(total.start).toBe(total.from);
  }));

Deno.test("costs adds up what answers cost, with the month and its projection", () =>
  withFreshProject(stack, async (project) => {
    const { patient, admin, clinician } = await playTurns(project);
    const partial = await partialAnswer(project);
    const spent = expect.closeTo(sumOf("cost_usd", ...patient, partial, admin, clinician), 12);
    const answer = await report(project, { action: "costs" });
    const { costs, total_usd, unpriced, estimated_usd, month } = answer;
    expect({ total_usd, unpriced }).toEqual({ total_usd: spent, unpriced: 0 });
    const estimated = expect.closeTo(sumOf("cost_usd", partial), 12);
    expect([estimated_usd, month.estimated_usd]).toEqual([estimated, estimated]);
    expect(costs).toHaveLength(3);
    expect(costs.find((row: { model_id: string }) => row.model_id === sonnet)).toMatchObject({
      assistant_type: "clinical",
      turns: 1,
      cost_usd: sumOf("cost_usd", clinician),
    });
    expect(month.to_date_usd).toEqual(spent);
    const begun = Date.parse(month.month_start);
    const [now, ends] = [new Date(begun), Date.parse(month.as_of)];
    const elapsed = (ends - begun) /
      (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) - begun);
    expect(month.elapsed_fraction).toBeCloseTo(elapsed, 5);
    expect(month.projected_usd).toBeCloseTo(month.to_date_usd / elapsed, 5);
    const ofModels = month.by_model.map((row: { to_date_usd: number }) => row.to_date_usd);
    expect(ofModels.reduce((sum: number, usd: number) => sum + usd)).toBeCloseTo(total_usd, 12);
    expect(month.by_assistant.map((row: { assistant_type: string }) => row.assistant_type).sort())
      .toEqual(["clinical", "health", "platform"]);
  }));

Deno.test("costs says null, not 0, of a model without a price", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set input_cost_per_mtok = null where model_id = ${novaLite}`;
    const { body } = await project.ask("patient", "Hi");
    expect(body.usage.cost_usd).toBeNull();
    const { costs, total_usd, unpriced, month } = await report(project, { action: "costs" });
    expect(costs).toMatchObject([{ model_id: novaLite, cost_usd: null, unpriced: 1 }]);
    expect({ total_usd, unpriced }).toEqual({ total_usd: null, unpriced: 1 });
    const unknown = { to_date_usd: null, projected_usd: null, unpriced: 1 };
    expect(month).toMatchObject({
      ...unknown,
      by_model: [{ model_id: novaLite, ...unknown }],
      by_assistant: [{ assistant_type: "health", ...unknown }],
    });
    const usage = await report(project, { action: "usage" });
    expect(usage.totals).toMatchObject({ turns: 1, cost_usd: null, unpriced: 1 });
  }));

Deno.test("performance tells how long whole answers took, and counts the others beside them", () =>
  withFreshProject(stack, async (project) => {
    const { patient, admin } = await playTurns(project);
    const { performance, bucket } = await report(project, { action: "performance" });
    expect(bucket).toBe("total");
    const rowOf = (model: string) =>
      performance.find((row: { model_id: string }) => row.model_id === model);
    const [one, two] = patient.map(({ body }) => body.response_time_ms);
    expect(rowOf(novaLite)).toMatchObject({ answers: 2, errors: 1 });
    expect(rowOf(novaLite).mean_ms).toBeCloseTo((one + two) / 2, 1);
    expect(rowOf(novaPro)).toMatchObject({ answers: 1, errors: 1, stddev_ms: null });
    expect(rowOf(novaPro).mean_ms).toBeCloseTo(admin.body.response_time_ms, 1);
    // Percentiles are read from a histogram with steps of five per cent.
    expect(rowOf(novaPro).p95_ms / admin.body.response_time_ms).toBeGreaterThan(0.9);
    expect(rowOf(novaPro).p95_ms / admin.body.response_time_ms).toBeLessThan(1.1);
  }));

Deno.test("switch-effect compares the turns before and after a switch, and finds no late answer", () =>
  withFreshProject(stack, async (project) => {
    const { ask, sql } = project;
    const first = await ask("admin", "Before?");
    const switched = await manage(project, { action: "set-default", model_id: novaLite });
    expect(switched.status).toBe(200);
    const after = [await ask("admin", "After?"), await ask("admin", "And still?")];
    const { switches, count, window_hours } = await report(project, {
      action: "switch-effect",
      days: 1,
      window_hours: 1,
    });
    const [{ id }] = await sql`
      select id from model_switches where action = 'set-default' order by id desc limit 1` as [
      { id: string },
    ];
    expect({ window_hours, counted: count === switches.length })
      .toEqual({ window_hours: 1, counted: true });
    expect(switches[0]).toMatchObject({
      switch_id: Number(id),
      action: "set-default",
      source: "api",
      probe: "passed",
      from_model_id: novaPro,
      to_model_id: novaLite,
      assistant_type: null,
      before: {
        turns: 1,
        errors: 0,
        error_rate: 0,
        fallbacks: 0,
        mean_ms: first.body.response_time_ms,
        cost_per_turn_usd: sumOf("cost_usd", first),
      },
      after: {
        turns: 2,
        errors: 0,
        error_rate: 0,
        cost_per_turn_usd: expect.closeTo(sumOf("cost_usd", ...after) / 2, 8),
      },
      convergence: { answers: 2, older: 0 },
    });
    // Taking the flag from the former default raises the version once more.
    expect(switches[0].registry_version).toBeGreaterThan(first.body.registry_version);
    expect(switches[0].registry_version).toBeLessThanOrEqual(switched.body.registry_version);
    expect(switches[0].convergence.first_answer_ms).toBeGreaterThan(0);
  }));

Deno.test("what-if prices the same tokens on another model", () =>
  withFreshProject(stack, async (project) => {
    const answers = [await project.ask("patient", "Hi"), await project.ask("admin", "Hi")];
    const body = await report(project, { action: "what-if", model_id: claude35 });
    // $3 and $15 per million tokens.
    const expected = sumOf("input_tokens", ...answers) * 3e-6 +
      sumOf("output_tokens", ...answers) * 15e-6;
    expect(body).toMatchObject({
      model_id: claude35,
      model_name: "Claude 3.5 Sonnet v2",
      turns: 2,
      unpriced: 0,
      actual_usd: expect.closeTo(sumOf("cost_usd", ...answers), 12),
      what_if_usd: expect.closeTo(expected, 12),
      cache_as_input: false,
    });
    expect(body.difference_usd).toBeCloseTo(body.what_if_usd - body.actual_usd, 12);
    const models = body.by_model.map((row: { model_id: string }) => row.model_id);
    expect(models.sort()).toEqual([novaLite, novaPro]);
  }));

Deno.test("what-if refuses a model that is unknown, and one without a price", () =>
  withFreshProject(stack, async (project) => {
    const unknown = await manage(project, { action: "what-if", model_id: "no.such" });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "model_not_found"]);
    expect(unknown.body.error.hint).toContain(novaPro);
    await project.sql`
      update bedrock_models set output_cost_per_mtok = null where model_id = ${novaPro}`;
    const unpriced = await manage(project, { action: "what-if", model_id: novaPro });
    expect([unpriced.status, unpriced.body.error.code]).toEqual([409, "price_unknown"]);
  }));

Deno.test("reports refuse a range that contradicts itself, and say what is wanted", () =>
  withFreshProject(stack, async (project) => {
    const table: [object, string][] = [
      [{ from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z" }, "from: must be before"],
      [{ from: "2026-11-02T00:00:00Z", days: 2 }, "days: cannot be combined with from"],
      [{ from: "yesterday" }, "from: must be a time with its offset, such as"],
      [{ days: 401 }, "days: "],
    ];
    for (const [range, message] of table) {
      for (const action of reports) {
        const { status, body } = await manage(project, { ...action, ...range });
        expect([status, body.error.code]).toEqual([400, "invalid_request"]);
        expect(body.error.message).toContain(message);
      }
    }
    const hours = await manage(project, { action: "usage", bucket: "hour", days: 8 });
    expect(hours.body.error.message).toContain("hour allows at most 7 days");
  }));

Deno.test("reports are for secret keys and platform admins, and for no other caller", () =>
  withFreshProject(stack, async (project) => {
    const { keys, token } = project;
    const allowed = [keys.secret, keys.serviceRole, await token("admin")];
    const others = (Object.keys(personas) as Persona[])
      .filter((persona) => persona !== "admin");
    for (const action of reports) {
      for (const credential of allowed) {
        expect((await manage(project, action, credential)).status).toBe(200);
      }
      for (const persona of others) {
        const { status, body } = await manage(project, action, await token(persona));
        expect([status, body.error.code]).toEqual([403, "forbidden"]);
      }
      expect((await manage(project, action, keys.publishable)).status).toBe(401);
    }
  }));
