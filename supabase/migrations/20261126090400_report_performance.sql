-- How long answers take. Times are read from histograms whose buckets are 5 % wide, so medians and
-- percentiles are right within 2.5 %, over months as over an hour; mean and deviation are exact.

create function public.latency_figures(
  p_from timestamptz default now() - interval '30 days',
  p_to timestamptz default now(),
  p_bucket text default 'total'
)
returns table (
  bucket_start timestamptz,
  model_id text,
  answers bigint,
  errors bigint,
  mean_ms numeric,
  stddev_ms numeric,
  p50_ms numeric,
  p95_ms numeric,
  p99_ms numeric,
  ttft_mean_ms numeric,
  ttft_p50_ms numeric,
  ttft_p95_ms numeric,
  ttft_p99_ms numeric
)
language sql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
  with parts as materialized (
    select * from private.split_range(p_from, p_to, p_bucket)
  ),
  sums as (
    select
      d.day::timestamp at time zone 'UTC' as starts_at, d.model_id, d.measure, d.bucket,
      d.answers, d.sum_ms, d.sum_of_squares
    from parts
    join public.ai_latency_days as d
      on d.day >= (parts.from_at at time zone 'UTC')::date
      and d.day < (parts.to_at at time zone 'UTC')::date
    where parts.summed_up
    union all
    select s.*
    from parts
    cross join lateral private.sum_latency(
      parts.from_at, parts.to_at, case p_bucket when 'hour' then 'hour' else 'day' end) as s
    where not parts.summed_up
  ),
  histogram as (
    select
      case when p_bucket = 'total' then p_from
        else date_trunc(p_bucket, s.starts_at at time zone 'UTC') at time zone 'UTC' end
        as bucket_start,
      -- Sorted below, for which the order of bytes will do.
      s.model_id collate "C" as model_id, s.measure collate "C" as measure, s.bucket,
      sum(s.answers) as answers, sum(s.sum_ms) as sum_ms, sum(s.sum_of_squares) as sum_of_squares
    from sums as s
    group by 1, 2, 3, 4
  ),
  ranked as (
    select
      h.*,
      sum(h.answers) over (
        partition by h.bucket_start, h.model_id, h.measure order by h.bucket) as up_to_here,
      sum(h.answers) over (partition by h.bucket_start, h.model_id, h.measure) as of_all
    from histogram as h
  ),
  -- The nearest rank: the first bucket by which that share of the answers had come. Its middle.
  described as (
    select
      r.bucket_start, r.model_id, r.measure,
      sum(r.answers)::bigint as answers,
      round(sum(r.sum_ms) / sum(r.answers), 1) as mean_ms,
      case when sum(r.answers) > 1 then round(sqrt(greatest(
        (sum(r.sum_of_squares)::numeric - sum(r.sum_ms) * sum(r.sum_ms) / sum(r.answers))
          / (sum(r.answers) - 1), 0)), 1) end as stddev_ms,
      round(power(1.05, min(r.bucket) filter (where r.up_to_here >= 0.5 * r.of_all) - 0.5), 1)
        as p50_ms,
      round(power(1.05, min(r.bucket) filter (where r.up_to_here >= 0.95 * r.of_all) - 0.5), 1)
        as p95_ms,
      round(power(1.05, min(r.bucket) filter (where r.up_to_here >= 0.99 * r.of_all) - 0.5), 1)
        as p99_ms
    from ranked as r
    group by 1, 2, 3
  ),
  -- What did not come to a whole answer has no time, and is counted beside it.
  counted as (
    select
      f.bucket_start, f.model_id, sum(f.complete)::bigint as answers,
      sum(f.partial + f.failed)::bigint as errors
    from public.usage_figures(p_from, p_to, p_bucket) as f
    where f.model_id is not null
    group by 1, 2
  )
  select
    c.bucket_start, c.model_id, c.answers, c.errors, r.mean_ms, r.stddev_ms, r.p50_ms, r.p95_ms,
    r.p99_ms, f.mean_ms, f.p50_ms, f.p95_ms, f.p99_ms
  from counted as c
  left join described as r
    on r.bucket_start = c.bucket_start and r.model_id = c.model_id and r.measure = 'response'
  left join described as f
    on f.bucket_start = c.bucket_start and f.model_id = c.model_id and f.measure = 'first_token'
  order by 1, 2;
$$;
comment on function public.latency_figures(timestamptz, timestamptz, text) is
  'Milliseconds until the whole answer and until its first piece (ttft), per model and `hour`, `day`, `month` (of UTC) or `total` of [p_from, p_to), by default the last 30 days. Over whole answers; errors are counted beside them. Empty for who is no platform admin.';
revoke execute on function public.latency_figures(timestamptz, timestamptz, text)
  from public, anon;
grant execute on function public.latency_figures(timestamptz, timestamptz, text)
  to authenticated, service_role;

create view public.daily_latency
with (security_invoker = true)
as
select
  (f.bucket_start at time zone 'UTC')::date as day, f.model_id, f.answers, f.errors, f.mean_ms,
  f.stddev_ms, f.p50_ms, f.p95_ms, f.p99_ms, f.ttft_mean_ms, f.ttft_p50_ms, f.ttft_p95_ms,
  f.ttft_p99_ms
from public.latency_figures(
  (date_trunc('day', now() at time zone 'UTC') - interval '89 days') at time zone 'UTC',
  now(), 'day') as f;
comment on view public.daily_latency is
  'How long answers took per day (of UTC) and model, of today and the 89 days before. For another range: latency_figures().';
comment on column public.daily_latency.day is 'In UTC.';
comment on column public.daily_latency.model_id is 'The model that answered.';
comment on column public.daily_latency.answers is 'Whole answers.';
comment on column public.daily_latency.errors is 'Attempts that were cut short or failed.';
comment on column public.daily_latency.mean_ms is 'Until the whole answer, in milliseconds.';
comment on column public.daily_latency.stddev_ms is 'Its standard deviation.';
comment on column public.daily_latency.p50_ms is 'Half of the answers were there by then; within 2.5 %.';
comment on column public.daily_latency.p95_ms is '95 % of the answers were there by then; within 2.5 %.';
comment on column public.daily_latency.p99_ms is '99 % of the answers were there by then; within 2.5 %.';
comment on column public.daily_latency.ttft_mean_ms is
  'Until the first piece of the answer, in milliseconds.';
comment on column public.daily_latency.ttft_p50_ms is 'As p50_ms, until the first piece.';
comment on column public.daily_latency.ttft_p95_ms is 'As p95_ms, until the first piece.';
comment on column public.daily_latency.ttft_p99_ms is 'As p99_ms, until the first piece.';

revoke all on public.daily_latency from anon, authenticated, service_role;
grant select on public.daily_latency to authenticated, service_role;

create function public.performance_report(p_from timestamptz, p_to timestamptz, p_bucket text)
returns jsonb
language sql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
  select jsonb_build_object(
    'from', p_from, 'to', p_to, 'bucket', p_bucket,
    'rows', coalesce((
      select jsonb_agg(to_jsonb(f) order by f.bucket_start, f.model_id)
      from public.latency_figures(p_from, p_to, p_bucket) as f), '[]'));
$$;
comment on function public.performance_report(timestamptz, timestamptz, text) is
  'latency_figures() as one JSON object.';
revoke execute on function public.performance_report(timestamptz, timestamptz, text)
  from public, anon;
grant execute on function public.performance_report(timestamptz, timestamptz, text)
  to authenticated, service_role;
