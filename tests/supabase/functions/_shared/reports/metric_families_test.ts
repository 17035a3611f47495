import { expect } from "@std/expect";
import { metricFamilies } from "../../../../../supabase/functions/_shared/reports/metric_families.ts";
import type { MetricsReport } from "../../../../../supabase/functions/_shared/reports/metrics_report.ts";
import { writeMetrics } from "../../../../../supabase/functions/_shared/reports/prometheus_text.ts";
import { scraped } from "../../../../support/scraped.ts";
import { metricsReportOf } from "./metrics_report_of.ts";

/** The samples of one metric, without HELP and TYPE. */
function samplesOf(changes: Partial<MetricsReport>, name: string): string[] {
  return writeMetrics(metricFamilies(metricsReportOf(changes))).split("\n")
    .filter((line) => line.startsWith(`switchboard_${name}`));
}

const lite = { model_id: "lite", assistant_type: "health" };
const pro = { model_id: "pro", assistant_type: "clinical" };
const none = { model_id: "none", assistant_type: "health" };

Deno.test("metricFamilies() counts turns by model, assistant and status, in a stable order", () => {
  const turns = [
    { ...pro, status: "complete", count: 7 },
    { ...lite, status: "failed", count: 1 },
    { ...none, status: "failed", count: 2 },
    { ...lite, status: "complete", count: 3 },
  ];
  const lines = samplesOf({ turns }, "turns_total");
  expect(lines).toEqual([
    'switchboard_turns_total{model="lite",assistant="health",status="complete"} 3',
    'switchboard_turns_total{model="lite",assistant="health",status="failed"} 1',
    'switchboard_turns_total{model="none",assistant="health",status="failed"} 2',
    'switchboard_turns_total{model="pro",assistant="clinical",status="complete"} 7',
  ]);
  expect(samplesOf({ turns: turns.toReversed() }, "turns_total")).toEqual(lines);
});

Deno.test("metricFamilies() counts tokens by type, dollars, conversations and fallbacks", () => {
  const tokens = [{ ...lite, input: 100, output: 20, cache_read: 5, cache_write: 0 }];
  expect(samplesOf({ tokens }, "tokens_total")).toEqual([
    'switchboard_tokens_total{model="lite",assistant="health",type="cache_read"} 5',
    'switchboard_tokens_total{model="lite",assistant="health",type="cache_write"} 0',
    'switchboard_tokens_total{model="lite",assistant="health",type="input"} 100',
    'switchboard_tokens_total{model="lite",assistant="health",type="output"} 20',
  ]);
  const cost = [{
    ...lite,
    usd: 0.0000435,
    unpriced: 2,
    estimated_usd: 0.00001,
    trials: 3,
    trial_usd: 0.000002,
  }];
  expect(samplesOf({ cost }, "cost_usd_total"))
    .toEqual(['switchboard_cost_usd_total{model="lite",assistant="health"} 0.0000435']);
  expect(samplesOf({ cost }, "estimated_cost_usd_total"))
    .toEqual(['switchboard_estimated_cost_usd_total{model="lite",assistant="health"} 0.00001']);
  expect(samplesOf({ cost }, "trials_total"))
    .toEqual(['switchboard_trials_total{model="lite",assistant="health"} 3']);
  expect(samplesOf({ cost }, "trial_cost_usd_total"))
    .toEqual(['switchboard_trial_cost_usd_total{model="lite",assistant="health"} 0.000002']);
  expect(samplesOf({ cost }, "unpriced_calls_total"))
    .toEqual(['switchboard_unpriced_calls_total{model="lite",assistant="health"} 2']);
  expect(samplesOf({ conversations: [{ ...lite, count: 4 }] }, "conversations_total"))
    .toEqual(['switchboard_conversations_total{model="lite",assistant="health"} 4']);
  expect(samplesOf({ interventions: [{ ...lite, count: 5 }] }, "interventions_total"))
    .toEqual(['switchboard_interventions_total{model="lite",assistant="health"} 5']);
  expect(samplesOf({ fallbacks: [{ model_id: "pro", count: 2 }] }, "fallbacks_total"))
    .toEqual(['switchboard_fallbacks_total{model="pro"} 2']);
});

Deno.test("metricFamilies() writes times as histograms in seconds, with all that take longer", () => {
  const latency = [{
    model_id: "lite",
    le: [250, 1000],
    counts: [1, 3],
    count: 4,
    sum_ms: 4321,
  }];
  const name = "response_time_seconds";
  expect(samplesOf({ latency }, name)).toEqual([
    `switchboard_${name}_bucket{model="lite",le="0.25"} 1`,
    `switchboard_${name}_bucket{model="lite",le="1"} 3`,
    `switchboard_${name}_bucket{model="lite",le="+Inf"} 4`,
    `switchboard_${name}_sum{model="lite"} 4.321`,
    `switchboard_${name}_count{model="lite"} 4`,
  ]);
  expect(samplesOf({ ttft: latency }, "time_to_first_token_seconds")).toHaveLength(5);
});

Deno.test("metricFamilies() tells of every model whether it is available and passed its probe", () => {
  const models = [
    {
      model_id: "pro",
      is_available: true,
      is_default: true,
      lifecycle: "active",
      last_probe_passed: false,
      last_probe_at: "2026-11-26T00:00:01+00:00",
    },
    {
      model_id: "lite",
      is_available: false,
      is_default: false,
      lifecycle: "legacy",
      last_probe_passed: null,
      last_probe_at: null,
    },
  ];
  expect(samplesOf({ models }, "model_")).toEqual([
    'switchboard_model_available{model="lite"} 0',
    'switchboard_model_available{model="pro"} 1',
    'switchboard_model_default{model="lite"} 0',
    'switchboard_model_default{model="pro"} 1',
    'switchboard_model_last_probe_passed{model="pro"} 0',
    'switchboard_model_last_probe_timestamp_seconds{model="pro"} 1795651201',
  ]);
});

Deno.test("metricFamilies() tells when each step of the tick last ran and last succeeded", () => {
  const tick = [
    {
      step: "watch",
      last_ran_at: "2026-11-26T00:00:01+00:00",
      last_ok_at: "2026-11-26T00:00:00+00:00",
    },
    { step: "sync", last_ran_at: "2026-11-26T00:00:01+00:00", last_ok_at: null },
  ];
  expect(samplesOf({ tick }, "tick_")).toEqual([
    'switchboard_tick_last_run_timestamp_seconds{step="sync"} 1795651201',
    'switchboard_tick_last_run_timestamp_seconds{step="watch"} 1795651201',
    'switchboard_tick_last_success_timestamp_seconds{step="watch"} 1795651200',
  ]);
});

Deno.test("metricFamilies() says of each counter of the day when it starts over", () => {
  const row = { ...lite, count: 1 };
  const daily = metricFamilies(metricsReportOf({ turns: [{ ...row, status: "complete" }] }))
    .filter(({ type, name }) => type !== "gauge" && name !== "switchboard_switches_total");
  expect(daily).toHaveLength(12);
  for (const { help } of daily) expect(help).toContain("resets to 0 at midnight");
});

Deno.test("metricFamilies() is read by another's parser as what it was", () => {
  const samples = scraped(writeMetrics(metricFamilies(metricsReportOf({
    turns: [{ ...lite, model_id: 'a"b\\c\nd', status: "complete", count: 3 }],
    latency: ["lite", "pro"].map((model_id) => ({
      model_id,
      le: [250, 1000],
      counts: [1, 3],
      count: 4,
      sum_ms: 4321,
    })),
    month_to_date_usd: 1.25,
    switches_total: 9,
  }))));
  const found = samples.map(({ name, labels, value }) => [
    name.replace("switchboard_", ""),
    ...Object.values(labels),
    value,
  ]);
  const histogramOf = (model: string) => [
    ["response_time_seconds_bucket", model, "0.25", 1],
    ["response_time_seconds_bucket", model, "1", 3],
    ["response_time_seconds_bucket", model, "+Inf", 4],
    ["response_time_seconds_sum", model, 4.321],
    ["response_time_seconds_count", model, 4],
  ];
  expect(found).toEqual([
    ["turns_total", 'a"b\\c\nd', "health", "complete", 3],
    ...histogramOf("lite"),
    ...histogramOf("pro"),
    ["switches_total", 9],
    ["day_start_timestamp_seconds", Date.parse("2026-11-26") / 1000],
    ["month_to_date_cost_usd", 1.25],
    ["registry_version", 12],
  ]);
});

Deno.test("metricFamilies() names and types metrics as Prometheus' conventions want", () => {
  const families = metricFamilies(metricsReportOf());
  for (const { name, type, help } of families) {
    expect(name).toMatch(/^switchboard_[a-z_]+$/);
    expect({ name, counts: name.endsWith("_total") }).toEqual({ name, counts: type === "counter" });
    expect(help).toMatch(/^[A-Z].*\.$/);
  }
  const histograms = families.filter(({ type }) => type === "histogram");
  expect(histograms.map(({ name }) => name)).toEqual([
    "switchboard_response_time_seconds",
    "switchboard_time_to_first_token_seconds",
  ]);
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
});
