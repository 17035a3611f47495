import { expect } from "@std/expect";
import {
  createDatabase,
  type DatabaseClient,
} from "../../../../../supabase/functions/_shared/database/database.ts";
import { ReportStore } from "../../../../../supabase/functions/_shared/reports/report_store.ts";
import { LocalServer } from "../../../../support/local_server.ts";
import { metricsReportOf } from "./metrics_report_of.ts";

interface Called {
  readonly name: string;
  readonly args: unknown;
}

/** A store whose database answers so, what it was called with, and what was told. */
function storeOn(answer: object, summingUp: object = {}) {
  const calls: Called[] = [];
  const told: string[] = [];
  const database = {
    rpc: (name: string, args: unknown) => {
      calls.push({ name, args });
      const answers = name === "roll_up_usage" ? summingUp : answer;
      return Promise.resolve({ data: null, error: null, status: 200, ...answers });
    },
  } as unknown as DatabaseClient;
  const store = new ReportStore(
    database,
    ({ message }) => told.push(message),
    (rows) => told.push(...rows.map(({ name, problem }) => `${name} ${problem.split(":")[0]}`)),
  );
  return { store, calls, told };
}

const range = { from: "2026-11-01T00:00:00.000Z", to: "2026-11-02T00:00:00.000Z" };
const bounds = { p_from: range.from, p_to: range.to };
const figures = {
  turns: 0,
  complete: 0,
  partial: 0,
  failed: 0,
  fallbacks: 0,
  interventions: 0,
  conversations: 0,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  thinking_tokens: 0,
  cost_usd: 0,
  unpriced: 0,
  estimated_usd: 0,
  trials: 0,
  trial_usd: 0,
};
const usage = { ...range, bucket: "day", left_out: 0, rows: [], totals: figures };

Deno.test("ReportStore passes on a filter only where there is one", async () => {
  const { store, calls } = storeOn({ data: usage });
  await store.usage(range, "day", { modelId: null, assistantType: null });
  await store.usage(range, "hour", { modelId: "lite", assistantType: "health" });
  await store.usage(range, "day", { modelId: null, assistantType: null, by: "user" });
  expect(calls.filter(({ name }) => name !== "roll_up_usage")).toEqual([
    { name: "usage_report", args: { ...bounds, p_bucket: "day" } },
    {
      name: "usage_report",
      args: { ...bounds, p_bucket: "hour", p_model_id: "lite", p_assistant_type: "health" },
    },
    { name: "usage_by_caller", args: { ...bounds, p_bucket: "day", p_by: "user" } },
  ]);
});

Deno.test("ReportStore sums up what is due first, and reports although that failed", async () => {
  const slow = { error: { code: "57014", message: "canceled", details: "", hint: "" } };
  const { store, calls, told } = storeOn({ data: usage }, slow);
  const report = await store.usage(range, "day", { modelId: null, assistantType: null });
  expect(report).toEqual(usage);
  expect(calls.map(({ name }) => name)).toEqual(["roll_up_usage", "usage_report"]);
  expect(told).toEqual(["The report took too long."]);
});

Deno.test("ReportStore reads what a change affects without summing up first", async () => {
  const cost = { turns: 0, unpriced: 0, actual_usd: 0, what_if_usd: 0, difference_usd: 0 };
  const { store, calls } = storeOn({ data: { moves: [], cost, used: [], pinned: [] } });
  await store.impact({ moves: [], modelIds: ["lite"] });
  expect(calls.map(({ name }) => name)).toEqual(["impact_figures"]);
});

Deno.test("ReportStore gives no cost where none is known, and a sum where some are", async () => {
  const table: [number, number, number | null][] = [[0, 0, 0], [0, 3, null], [0.5, 3, 0.5]];
  for (const [cost_usd, unpriced, expected] of table) {
    const row = {
      bucket_start: range.from,
      model_id: "lite",
      assistant_type: "health",
      caller: null,
      ...figures,
      cost_usd,
      unpriced,
    };
    const { store } = storeOn({ data: { ...usage, rows: [row], totals: row } });
    const report = await store.usage(range, "day", { modelId: null, assistantType: null });
    expect(report.rows[0]?.cost_usd).toBe(expected);
    expect(report.totals.cost_usd).toBe(expected);
  }
});

Deno.test("ReportStore refuses a report that is not what it must be", async () => {
  const wrong = [
    null,
    {},
    { ...usage, totals: { ...figures, turns: "7" } },
    { ...usage, totals: { ...figures, cost_usd: "0.1" } },
  ];
  for (const data of wrong) {
    const { store } = storeOn({ data });
    await expect(store.usage(range, "day", { modelId: null, assistantType: null })).rejects
      .toMatchObject({ code: "database_error" });
  }
});

Deno.test("ReportStore leaves out a histogram that needs a count for each bound", async () => {
  const uneven = { model_id: "lite", le: [1, 2], counts: [1], count: 1, sum_ms: 1 };
  const { store, told } = storeOn({ data: metricsReportOf({ latency: [uneven] }) });
  expect((await store.metrics()).latency).toEqual([]);
  expect(told).toEqual(["lite needs a count for each bound"]);
});

Deno.test("ReportStore tells a report that takes too long from a database that is away", async () => {
  const failed = (code: string, message: string, status: number) => ({
    error: { code, message, details: "", hint: "" },
    status,
  });
  const slow = [
    failed("57014", "canceling statement due to statement timeout", 500),
    failed("", "TimeoutError: Signal timed out.", 0),
  ];
  for (const answer of slow) {
    await expect(storeOn(answer).store.metrics()).rejects.toMatchObject({
      code: "database_unavailable",
      message: "The report took too long.",
      hint: expect.stringContaining("shorter range"),
    });
  }
  await expect(storeOn(failed("", "TypeError: fetch failed", 0)).store.metrics()).rejects
    .toMatchObject({ code: "database_unavailable", hint: expect.stringContaining("Try again") });
});

Deno.test("ReportStore gives up waiting when the client's time is up", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using server = new LocalServer(async () => {
    await released;
    return Response.json(null);
  });
  const database = createDatabase({ url: server.url, secretKey: "x", timeoutMs: 50, fetch });
  const store = new ReportStore(database, () => {}, () => {});
  await expect(store.switchEffect(range, 24)).rejects.toMatchObject({
    code: "database_unavailable",
    message: "The report took too long.",
  });
  release();
});

Deno.test("ReportStore passes on what the database says of a model", async () => {
  const { store } = storeOn({
    error: { code: "PT409", message: "No price.", details: "price_unknown", hint: "Enter it." },
    status: 409,
  });
  await expect(store.whatIf("lite", range)).rejects.toMatchObject({
    code: "price_unknown",
    message: "No price.",
    hint: "Enter it.",
  });
});

Deno.test("ReportStore tells of a figure that is none as unknown, and gives the rest", async () => {
  const row = (model_id: string, cost_usd: unknown) => ({
    bucket_start: range.from,
    model_id,
    assistant_type: "health",
    caller: null,
    ...figures,
    cost_usd,
  });
  const { store, told } = storeOn({
    data: {
      ...usage,
      rows: [row("lite", "NaN"), row("pro", 0.5), { ...row("micro", 1), turns: -3 }],
      totals: { ...figures, cost_usd: "NaN" },
    },
  });
  const report = await store.usage(range, "day", { modelId: null, assistantType: null });
  expect(report.rows.map(({ model_id, cost_usd }) => [model_id, cost_usd]))
    .toEqual([["lite", null], ["pro", 0.5]]);
  expect(report.totals.cost_usd).toBeNull();
  expect(told).toEqual(["lite cost_usd", "micro turns", "the answer totals.cost_usd"]);
});

Deno.test("ReportStore gives metrics and what-ifs without the figures that are none", async () => {
  const cost = (model_id: string, usd: unknown) => ({
    model_id,
    assistant_type: "health",
    usd,
    unpriced: 0,
    estimated_usd: 0,
    trials: 0,
    trial_usd: 0,
  });
  const metrics = storeOn({
    data: {
      ...metricsReportOf(),
      cost: [cost("lite", "Infinity"), cost("pro", 1)],
      month_to_date_usd: "Infinity",
    },
  });
  const report = await metrics.store.metrics();
  expect(report.cost.map(({ model_id }) => model_id)).toEqual(["pro"]);
  expect(report.month_to_date_usd).toBeNull();

  const whatIf = storeOn({
    data: {
      ...range,
      model_id: "pro",
      model_name: "Pro",
      turns: 1,
      unpriced: 0,
      actual_usd: "NaN",
      what_if_usd: 2,
      difference_usd: "NaN",
      cache_as_input: false,
      by_model: [],
    },
  });
  expect(await whatIf.store.whatIf("pro", range)).toMatchObject({
    actual_usd: null,
    what_if_usd: 2,
    difference_usd: null,
  });
});
