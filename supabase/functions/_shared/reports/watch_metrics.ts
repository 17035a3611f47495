import { z } from "zod";
import type { MetricFamily, Sample } from "./prometheus_text.ts";
import { count } from "./report_parts.ts";

/** As `watch_metrics()` returns it: at most 100 limits. */
export const watchMetricsSchema = z.object({
  /** Every kind, also without open alerts. */
  alerts: z.array(z.object({ kind: z.string(), open: count })),
  limits: z.array(z.object({
    id: z.int(),
    name: z.string(),
    unit: z.string(),
    amount: z.number().nonnegative(),
    /** In the present window; null of a limit of each user. */
    spent: z.number().nonnegative().nullable(),
    held: z.number().nonnegative().nullable(),
    /** Users at so many percent or more; null of other limits. */
    users_at_80: count.nullable(),
    users_at_100: count.nullable(),
  })),
});

export type WatchMetrics = Readonly<z.infer<typeof watchMetricsSchema>>;

type LimitMetrics = WatchMetrics["limits"][number];

/** What is watched, as metrics: alerts by kind, and limits by id and name. */
export function watchFamilies({ alerts, limits }: WatchMetrics): MetricFamily[] {
  const perLimit = (
    name: string,
    help: string,
    samplesOf: (
      limit: LimitMetrics,
    ) => readonly (Omit<Sample, "value"> & { value: number | null })[],
  ): MetricFamily => ({
    name: `switchboard_${name}`,
    help,
    type: "gauge",
    samples: limits.flatMap((limit) =>
      samplesOf(limit).flatMap(({ labels, value }) =>
        value === null ? [] : [{
          labels: { id: String(limit.id), limit: limit.name, unit: limit.unit, ...labels },
          value,
        }]
      )
    ),
  });
  return [
    {
      name: "switchboard_open_alerts",
      help: "Alerts that are open.",
      type: "gauge",
      samples: alerts.map(({ kind, open }) => ({ labels: { kind }, value: open })),
    },
    perLimit(
      "limit_amount",
      "Most of its unit that a limit allows in a window.",
      ({ amount }) => [{ value: amount }],
    ),
    perLimit(
      "limit_spent",
      "What is spent of a limit in its present window.",
      ({ spent }) => [{ value: spent }],
    ),
    perLimit(
      "limit_held",
      "What running requests have reserved of a limit.",
      ({ held }) => [{ value: held }],
    ),
    perLimit(
      "limit_users",
      "Users who have used so many percent or more of a limit of each user.",
      ({ users_at_80, users_at_100 }) => [
        { labels: { percent: "80" }, value: users_at_80 },
        { labels: { percent: "100" }, value: users_at_100 },
      ],
    ),
  ];
}
