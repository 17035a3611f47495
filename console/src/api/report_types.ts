/** What the reports of `manage-bedrock-models` answer. Times are ISO 8601, buckets are UTC. */

export type Bucket = "hour" | "day" | "month" | "total";

export interface RangeArgs {
  from?: string;
  to?: string;
  days?: number;
  bucket?: Bucket;
}

interface Range {
  readonly from: string;
  readonly to: string;
}

export interface UsageFigures {
  /** Ended attempts at a turn: complete, partial and failed ones. */
  readonly turns: number;
  readonly complete: number;
  readonly partial: number;
  readonly failed: number;
  readonly fallbacks: number;
  readonly conversations: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  /** Null where nothing has a known cost. */
  readonly cost_usd: number | null;
  /** Attempts with tokens whose cost is not known. */
  readonly unpriced: number;
}

export interface UsageRow extends UsageFigures {
  readonly bucket_start: string;
  readonly model_id: string | null;
  readonly assistant_type: string;
}

export interface UsageAnswer extends Range {
  readonly bucket: Bucket;
  readonly usage: readonly UsageRow[];
  readonly totals: UsageFigures;
}

export interface CostRow {
  readonly bucket_start: string;
  readonly model_id: string | null;
  readonly assistant_type: string;
  readonly turns: number;
  readonly cost_usd: number | null;
  readonly unpriced: number;
}

export interface CostAnswer extends Range {
  readonly bucket: Bucket;
  readonly costs: readonly CostRow[];
  readonly total_usd: number | null;
  readonly month: {
    readonly month_start: string;
    readonly as_of: string;
    readonly elapsed_fraction: number;
    readonly to_date_usd: number | null;
    readonly projected_usd: number | null;
  };
}

export interface LatencyFigures {
  readonly mean_ms: number | null;
  readonly stddev_ms: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly ttft_mean_ms: number | null;
  readonly ttft_p50_ms: number | null;
  readonly ttft_p95_ms: number | null;
  readonly ttft_p99_ms: number | null;
}

export interface PerformanceRow extends LatencyFigures {
  readonly bucket_start: string;
  readonly model_id: string | null;
  /** Complete answers, which the times are over. */
  readonly answers: number;
  /** Failed and partial turns. */
  readonly errors: number;
}

export interface PerformanceAnswer extends Range {
  readonly bucket: Bucket;
  readonly performance: readonly PerformanceRow[];
}

/** The turns within a time before or after a switch. */
export interface EffectFigures extends Range {
  readonly turns: number;
  readonly errors: number;
  readonly error_rate: number | null;
  readonly mean_ms: number | null;
  readonly p95_ms: number | null;
  readonly cost_per_turn_usd: number | null;
}

export interface SwitchEffect {
  readonly switch_id: number;
  readonly created_at: string;
  readonly source: string;
  readonly action: "set-default" | "assign" | "unassign";
  readonly assistant_type: string | null;
  readonly from_model_id: string | null;
  readonly to_model_id: string | null;
  readonly actor_user_id: string | null;
  readonly probe: string | null;
  readonly rollback_of: number | null;
  readonly registry_version: number;
  readonly before: EffectFigures;
  readonly after: EffectFigures;
  readonly convergence: {
    /** Answers begun after the switch was committed. */
    readonly answers: number;
    /** Those of them that an older registry chose: must be 0. */
    readonly older: number;
    readonly first_answer_ms: number | null;
  };
}

export interface SwitchEffectAnswer extends Range {
  readonly window_hours: number;
  readonly switches: readonly SwitchEffect[];
}

export interface WhatIfAnswer extends Range {
  readonly model_id: string;
  readonly model_name: string;
  readonly turns: number;
  readonly unpriced: number;
  readonly actual_usd: number | null;
  readonly what_if_usd: number | null;
  readonly difference_usd: number | null;
  /** Whether cached tokens were counted as plain input, for want of a cache price. */
  readonly cache_as_input: boolean;
  readonly by_model: readonly {
    readonly model_id: string | null;
    readonly turns: number;
    readonly actual_usd: number | null;
    readonly what_if_usd: number | null;
  }[];
}
