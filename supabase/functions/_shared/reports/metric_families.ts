import type { Histogram, MetricsReport } from "./metrics_report.ts";
import { type MetricFamily, type Sample, writeValue } from "./prometheus_text.ts";

/**
 * The switchboard's metrics. Counters and histograms cover the current day in UTC and reset to 0
 * at midnight, which Prometheus handles as a counter reset: counting a day costs the database little,
 * counting all days costs ever more.
 *
 * The number of series is bounded by the number of assistants and by the 50 models that the report
 * distinguishes.
 */
export function metricFamilies(report: MetricsReport): MetricFamily[] {
  const { turns, conversations, interventions, tokens, cost, fallbacks, models } = report;
  return [
    counter(
      "turns_total",
      "Ended turns by status.",
      turns.map((row) => ({
        labels: { ...modelAndAssistant(row), status: row.status },
        value: row.count,
      })),
    ),
    counter(
      "conversations_total",
      "Conversations that began.",
      conversations.map((row) => ({ labels: modelAndAssistant(row), value: row.count })),
    ),
    counter(
      "interventions_total",
      "Answers of which a guardrail blocked or masked words.",
      interventions.map((row) => ({ labels: modelAndAssistant(row), value: row.count })),
    ),
    counter(
      "tokens_total",
      "Tokens of turns and trials, as the models counted them.",
      tokens.flatMap((row) =>
        tokenTypes.map((type) => ({
          labels: { ...modelAndAssistant(row), type },
          value: row[type],
        }))
      ),
    ),
    counter(
      "cost_usd_total",
      "Cost in US dollars at the prices of each turn; excludes calls of unknown cost.",
      cost.map((row) => ({ labels: modelAndAssistant(row), value: row.usd })),
    ),
    counter(
      "estimated_cost_usd_total",
      "Part of the cost that rests on estimated tokens, because the model did not tell them.",
      cost.map((row) => ({ labels: modelAndAssistant(row), value: row.estimated_usd })),
    ),
    counter(
      "trials_total",
      "Trials of models, which are no turns.",
      cost.map((row) => ({ labels: modelAndAssistant(row), value: row.trials })),
    ),
    counter(
      "trial_cost_usd_total",
      "Part of the cost that is of trials.",
      cost.map((row) => ({ labels: modelAndAssistant(row), value: row.trial_usd })),
    ),
    counter(
      "unpriced_calls_total",
      "Calls of models whose cost is unknown.",
      cost.map((row) => ({ labels: modelAndAssistant(row), value: row.unpriced })),
    ),
    counter(
      "fallbacks_total",
      "Turns that this model answered in place of another.",
      fallbacks.map((row) => ({ labels: modelOf(row), value: row.count })),
    ),
    histogram("response_time_seconds", "Time until an answer was complete.", report.latency),
    histogram("time_to_first_token_seconds", "Time until an answer began.", report.ttft),
    {
      ...single(
        "switches_total",
        "Switches of the default or of an assistant, over all time.",
        report.switches_total,
      ),
      type: "counter",
    },
    single(
      "day_start_timestamp_seconds",
      "Midnight UTC, at which the counters of the day begin.",
      seconds(report.day),
    ),
    single(
      "month_to_date_cost_usd",
      "Cost since the month began in UTC, in US dollars.",
      report.month_to_date_usd,
    ),
    single(
      "registry_version",
      "Version of the registry; it only grows.",
      report.registry_version,
    ),
    ...modelGauges(models),
    ...tickGauges(report.tick),
  ];
}

/** How long ago each step ran is the scraper's time minus these. */
function tickGauges(steps: MetricsReport["tick"]): MetricFamily[] {
  const perStep = (
    name: string,
    help: string,
    time: (step: MetricsReport["tick"][number]) => string | null,
  ): MetricFamily => ({
    name: `switchboard_${name}`,
    help,
    type: "gauge",
    samples: sorted(steps.flatMap((step) => {
      const found = time(step);
      return found === null ? [] : [{ labels: { step: step.step }, value: seconds(found) }];
    })),
  });
  return [
    perStep(
      "tick_last_run_timestamp_seconds",
      "When a step of the tick last ran.",
      ({ last_ran_at }) => last_ran_at,
    ),
    perStep(
      "tick_last_success_timestamp_seconds",
      "When a step of the tick last ended without an error.",
      ({ last_ok_at }) => last_ok_at,
    ),
  ];
}

const tokenTypes = ["input", "output", "cache_read", "cache_write"] as const;

type ModelState = MetricsReport["models"][number];

function modelGauges(models: readonly ModelState[]): MetricFamily[] {
  const perModel = (
    name: string,
    help: string,
    value: (model: ModelState) => number | null,
  ): MetricFamily => ({
    name: `switchboard_${name}`,
    help,
    type: "gauge",
    samples: sorted(models.flatMap((model) => {
      const found = value(model);
      return found === null ? [] : [{ labels: modelOf(model), value: found }];
    })),
  });
  return [
    perModel(
      "model_available",
      "Whether the model takes new conversations.",
      ({ is_available }) => Number(is_available),
    ),
    perModel(
      "model_default",
      "Whether the model is the default.",
      ({ is_default }) => Number(is_default),
    ),
    perModel(
      "model_last_probe_passed",
      "Whether the model passed its newest probe; absent for one that was never probed.",
      ({ last_probe_passed }) => last_probe_passed === null ? null : Number(last_probe_passed),
    ),
    perModel(
      "model_last_probe_timestamp_seconds",
      "When the model was last probed.",
      ({ last_probe_at }) => last_probe_at === null ? null : seconds(last_probe_at),
    ),
  ];
}

/** Help of every metric that resets at midnight. */
const daily = "Counts the current UTC day; resets to 0 at midnight.";

function counter(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return {
    name: `switchboard_${name}`,
    help: `${help} ${daily}`,
    type: "counter",
    samples: sorted(samples),
  };
}

/** Without a sample, and so left out, where the value is not known. */
function single(name: string, help: string, value: number | null): MetricFamily {
  const samples = value === null ? [] : [{ value }];
  return { name: `switchboard_${name}`, help, type: "gauge", samples };
}

function histogram(name: string, help: string, rows: readonly Histogram[]): MetricFamily {
  const inOrder = rows.toSorted((a, b) => compare(modelOf(a).model, modelOf(b).model));
  return {
    name: `switchboard_${name}`,
    help: `${help} ${daily}`,
    type: "histogram",
    samples: inOrder.flatMap((row): Sample[] => {
      const labels = modelOf(row);
      const bucket = (le: number, value: number): Sample => ({
        part: "_bucket",
        labels: { ...labels, le: writeValue(le) },
        value,
      });
      return [
        ...row.le.map((bound, index) => bucket(bound / 1000, row.counts[index] ?? 0)),
        bucket(Infinity, row.count),
        { part: "_sum", labels, value: row.sum_ms / 1000 },
        { part: "_count", labels, value: row.count },
      ];
    }),
  };
}

function modelOf({ model_id }: { readonly model_id: string }) {
  return { model: model_id };
}

function modelAndAssistant(
  row: { readonly model_id: string; readonly assistant_type: string },
) {
  return { ...modelOf(row), assistant: row.assistant_type };
}

/** Two scrapes of the same figures are the same text, independent of the order of the rows. */
function sorted(samples: readonly Sample[]): Sample[] {
  const key = ({ labels }: Sample) => Object.values(labels ?? {}).join("\0");
  return samples.toSorted((a, b) => compare(key(a), key(b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
