/** The ledger of a rollout, written in bulk as ended calls write it one by one. */
import type { Session } from "./test_database.ts";

/** What the units of one side are like. */
export interface SideOfLedger {
  readonly side: "canary" | "former";
  readonly units: number;
  /** Milliseconds of an answer; half of them take longer. */
  readonly medianMs?: number;
  /** USD of an answer; half of them cost more. Null: not known. */
  readonly medianUsd?: number | null;
  /** How many of the units fail, evenly spread. */
  readonly errors?: number;
  /** Why they fail. */
  readonly code?: string;
  /** A model that answers in the place of the one that fails. Default: none. */
  readonly standIn?: string | null;
}

/**
 * Enters one call for each unit, with times and costs of a spread of 0.6 in logarithms, the same for
 * the same arguments; what failed is weighed as its end would have it.
 */
export async function enterUnits(
  sql: Session,
  rolloutId: number,
  {
    side,
    units,
    medianMs = 2000,
    medianUsd = 0.002,
    errors = 0,
    code = "bedrock_unavailable",
    standIn = null,
  }: SideOfLedger,
): Promise<void> {
  await sql`
    with entered as (
      insert into public.ai_usage (
        question_id, attempt, model_id, purpose, surface, status, error_code, reason, requested_model,
        fallback_code, response_time_ms,
        time_to_first_token_ms, cost_usd, rollout_id, rollout_side, rollout_share, rollout_unit,
        rollout_failed, begun_at, ended_at, begins_conversation)
      select
        gen_random_uuid(), 1, case when n.stands_in then ${standIn} else n.due end,
        'call', 'openai', case when n.fails and not n.stands_in then 'failed' else 'complete' end,
        case when n.fails and not n.stands_in then ${code} end,
        case when n.stands_in then 'fallback' end, case when n.stands_in then n.due end,
        case when n.stands_in then ${code} end, round(${medianMs}::numeric * n.factor),
        round(${medianMs}::numeric * n.factor / 4),
        case when not n.fails then round(${medianUsd}::numeric * n.factor, 9) end, r.id, ${side},
        s.share, switchboard.keyed_hash('unit', ${side} || clock_timestamp() || n.place), n.fails,
        clock_timestamp(), clock_timestamp(), false
      from public.ai_rollouts as r
      cross join lateral switchboard.present_stage(r.id) as s
      cross join lateral (
        select
          f.*, f.fails and ${standIn}::text is not null as stands_in,
          case ${side} when 'canary' then r.model_id else r.former_model_id end as due
        from (
        select
          g.place, floor(g.place * ${errors}::numeric / ${units})
            > floor((g.place - 1) * ${errors}::numeric / ${units}) as fails,
          -- Places in the order of a low-discrepancy sequence, by Box and Muller.
          exp(0.6 * sqrt(-2 * ln((g.place - 0.5) / ${units}))
            * cos(2 * pi() * (g.place * 0.6180339887 % 1)))::numeric as factor
        from generate_series(1, ${units}::integer) as g (place)
        ) as f
      ) as n
      where r.id = ${rolloutId}
      order by n.place
      returning *
    )
    select switchboard.watch_rollout(e::public.ai_usage) from entered as e where e.rollout_failed`;
}
