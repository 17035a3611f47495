/** Rollouts as the console and the command get them, for tests. */
import type { Rollout } from "../../supabase/functions/_shared/switching/rollout.ts";

type RolloutFigures = NonNullable<Rollout["figures"]>;

const ratio = { estimate: null, lower: null, upper: null, tolerated: 1.25, more_units: null };

export const rolloutFigures: RolloutFigures = {
  measured_at: "2026-11-30T10:00:00+00:00",
  stage: 1,
  share: 10,
  evidence: 1.5,
  canary: { units: 120, errors: 2, answered: 118, unpriced: 0 },
  former: { units: 1120, errors: 22, answered: 1118, unpriced: 3 },
  guards: {
    errors: {
      estimate: 0.4,
      lower: -1.2,
      upper: 1.9,
      tolerated: 2,
      verdict: "not_worse",
      more_units: 0,
    },
    first_token: {
      ...ratio,
      estimate: 1.02,
      lower: 0.9,
      upper: 1.3,
      verdict: "undecided",
      more_units: 400,
    },
    time: { ...ratio, verdict: "undecided" },
    cost: { ...ratio, estimate: 0.5, lower: 0.4, upper: 0.6, tolerated: 1.5, verdict: "unknown" },
  },
  forecast: { more_units: 400, units_per_hour: 20, more_hours: 20 },
};

export const rolloutRow: Rollout = {
  id: 3,
  assistant_type: null,
  model_id: "eu.a.lite",
  former_model_id: "eu.a.pro",
  share: 10,
  error_points: 2,
  latency_ratio: 1.25,
  cost_ratio: 1.5,
  on_verdict: "hold",
  watch_until: null,
  started_at: "2026-11-27T16:00:00+00:00",
  found_worse_at: null,
  problem: null,
  ended_at: null,
  outcome: null,
  verdict: "undecided",
  figures: null,
  verdicts: [],
};
