import type { ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";

/** What is entered of a rollout, as it is typed. */
export interface RolloutValues {
  /** An assistant's type; empty: the default. */
  readonly assistant_type: string;
  readonly share: string;
  readonly on_verdict: "hold" | "promote";
  readonly error_points: string;
  readonly latency_ratio: string;
  readonly cost_ratio: string;
}

export type RolloutArgs = Omit<ArgumentsOf<"start-rollout">, "model_id" | "reason">;

export const newRollout: RolloutValues = {
  assistant_type: "",
  share: "10",
  on_verdict: "hold",
  error_points: "2",
  latency_ratio: "1.25",
  cost_ratio: "1.5",
};

/** What is wrong with a share, in words; null where nothing is. */
export function problemOfShare(share: string): string | null {
  const percent = /^\d{1,3}$/.test(share.trim()) ? Number(share) : 0;
  return percent >= 1 && percent <= 100 ? null : "The share is a whole percentage, 1 to 100.";
}

/** What is wrong with what was entered, in words; null where nothing is. */
export function problemOfRollout(values: RolloutValues): string | null {
  const points = numberOf(values.error_points);
  return problemOfShare(values.share) ??
    (points > 0 && points <= 100 ? null : "The percentage points are more than 0, at most 100.") ??
    (isRatio(values.latency_ratio, 100)
      ? null
      : "The ratio of times is more than 1, at most 100.") ??
    (isRatio(values.cost_ratio, 1000) ? null : "The ratio of costs is more than 1, at most 1000.");
}

/** The request's fields; null where they cannot be sent. */
export function rolloutArgs(values: RolloutValues): RolloutArgs | null {
  if (problemOfRollout(values) !== null) return null;
  return {
    ...(values.assistant_type !== "" && { assistant_type: values.assistant_type }),
    share: Number(values.share),
    on_verdict: values.on_verdict,
    guards: {
      error_points: numberOf(values.error_points),
      latency_ratio: numberOf(values.latency_ratio),
      cost_ratio: numberOf(values.cost_ratio),
    },
  };
}

function isRatio(text: string, most: number): boolean {
  const ratio = numberOf(text);
  return ratio > 1 && ratio <= most;
}

/** NaN where it is no number. */
function numberOf(text: string): number {
  return /^(\d+(\.\d*)?|\.\d+)$/.test(text.trim()) ? Number(text) : NaN;
}
