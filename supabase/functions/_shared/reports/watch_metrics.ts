import { z } from "zod";
import type { MetricFamily, Sample } from "./prometheus_text.ts";
import { count } from "./report_parts.ts";

const verdicts = ["undecided", "worse", "not_worse"] as const;

/** As `watch_metrics()` returns it: at most 100 limits and 100 rollouts. */
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
  /** Under way, or ended within the last hour. */
  rollouts: z.array(z.object({
    id: z.int(),
    /** `none`: of the default. */
    assistant_type: z.string(),
    model_id: z.string(),
    /** In percent; 0 of one that has ended. */
    share: z.number().nonnegative(),
    verdict: z.enum(verdicts),
    evidence: z.number().nonnegative(),
    canary_units: count,
    former_units: count,
    canary_errors: count,
    former_errors: count,
    guards: z.array(z.object({
      guard: z.string(),
      /** Null where too little was measured. */
      estimate: z.number().nullable(),
      lower: z.number().nullable(),
      upper: z.number().nullable(),
      tolerated: z.number(),
    })),
  })),
});

export type WatchMetrics = Readonly<z.infer<typeof watchMetricsSchema>>;

type RolloutMetrics = WatchMetrics["rollouts"][number];

type LimitMetrics = WatchMetrics["limits"][number];

/** What is watched, as metrics: alerts by kind, limits by id and name, and rollouts by id. */
export function watchFamilies({ alerts, limits, rollouts }: WatchMetrics): MetricFamily[] {
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
    ...rolloutFamilies(rollouts),
  ];
}

function rolloutFamilies(rollouts: readonly RolloutMetrics[]): MetricFamily[] {
  const perRollout = (
    name: string,
    help: string,
    samplesOf: (
      rollout: RolloutMetrics,
    ) => readonly (Omit<Sample, "value"> & { value: number | null })[],
  ): MetricFamily => ({
    name: `switchboard_rollout_${name}`,
    help,
    type: "gauge",
    samples: rollouts.flatMap((rollout) =>
      samplesOf(rollout).flatMap(({ labels, value }) =>
        value === null ? [] : [{
          labels: {
            id: String(rollout.id),
            assistant: rollout.assistant_type,
            model: rollout.model_id,
            ...labels,
          },
          value,
        }]
      )
    ),
  });
  return [
    perRollout(
      "share",
      "Percent of new conversations and calls that a canary gets; 0 of a rollout that has ended.",
      ({ share }) => [{ value: share }],
    ),
    perRollout(
      "verdict",
      "1 for what is found of a rollout by now.",
      ({ verdict }) =>
        verdicts.map((known) => ({ labels: { verdict: known }, value: Number(known === verdict) })),
    ),
    perRollout(
      "evidence",
      "How strongly the errors of a rollout speak against its canary; 100 takes it back.",
      ({ evidence }) => [{ value: evidence }],
    ),
    perRollout(
      "units",
      "Conversations and clients of calls that a rollout compares under its present share.",
      ({ canary_units, former_units }) => [
        { labels: { side: "canary" }, value: canary_units },
        { labels: { side: "former" }, value: former_units },
      ],
    ),
    perRollout(
      "errors",
      "How many of them the model of their side failed.",
      ({ canary_errors, former_errors }) => [
        { labels: { side: "canary" }, value: canary_errors },
        { labels: { side: "former" }, value: former_errors },
      ],
    ),
    perRollout(
      "guard",
      "The canary compared with the former model: ratios; of errors, percentage points.",
      ({ guards }) =>
        guards.flatMap(({ guard, estimate, lower, upper, tolerated }) =>
          Object.entries({ estimate, lower, upper, tolerated })
            .map(([figure, value]) => ({ labels: { guard, figure }, value }))
        ),
    ),
  ];
}
