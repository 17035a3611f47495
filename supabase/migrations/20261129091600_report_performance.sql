-- How long answers take. By hour and by day all figures are exact. Medians and percentiles of longer
-- times are read from histograms whose buckets are 5 % wide, so they are right within 2.5 %; mean and
-- deviation are exact always.

create function switchboard.latency_sums(p_from timestamptz, p_to timestamptz, p_bucket text)
returns table (
  bucket_start timestamptz,
  model_id text,
  answers bigint,
  errors bigint,
  timed numeric,
  sum_ms numeric,
  sum_of_squares numeric,
  ttft_timed numeric,
  ttft_sum_ms numeric,
  percentiles_ms integer[],
  ttft_percentiles_ms integer[]
)
language sql
stable
rows 100
set search_path = ''
as $$
  with parts as materialized (
    select * from switchboard.split_range(p_from, p_to, p_bucket)
  )
  select
    switchboard.bucket_start(e.starts_at, p_bucket, p_from), e.model_id,
    sum(e.answers)::bigint, sum(e.errors)::bigint, sum(e.timed), sum(e.sum_ms),
    sum(e.sum_of_squares), sum(e.ttft_timed), sum(e.ttft_sum_ms),
    -- Of one hour or day; of more they would mean nothing, and histograms are read instead.
    min(e.percentiles_ms), min(e.ttft_percentiles_ms)
  from (
    select
      d.day::timestamp at time zone 'UTC' as starts_at, d.model_id collate "C" as model_id,
      d.answers, d.errors, d.timed, d.sum_ms, d.sum_of_squares, d.percentiles_ms, d.ttft_timed,
      d.ttft_sum_ms, d.ttft_percentiles_ms
    from parts
    join public.ai_latency_days as d
      on d.day >= (parts.from_at at time zone 'UTC')::date
      and d.day < (parts.to_at at time zone 'UTC')::date
    where parts.summed_up
    union all
    select s.*
    from parts
    cross join lateral switchboard.sum_latency(
      parts.from_at, parts.to_at, case p_bucket when 'hour' then 'hour' else 'day' end) as s
    where not parts.summed_up
  ) as e
  group by 1, 2;
$$;
comment on function switchboard.latency_sums(timestamptz, timestamptz, text) is
  'What adds up of the times in [p_from, p_to), per bucket and model; percentiles of an hour or a day only.';
revoke execute on function switchboard.latency_sums(timestamptz, timestamptz, text)
  from public, anon;
grant execute on function switchboard.latency_sums(timestamptz, timestamptz, text)
  to authenticated, service_role;

create function switchboard.latency_percentiles(
  p_from timestamptz,
  p_to timestamptz,
  p_bucket text
)
returns table (bucket_start timestamptz, model_id text, measure text, percentiles_ms numeric[])
language sql
stable
rows 100
set search_path = ''
as $$
  with parts as materialized (
    select * from switchboard.split_range(p_from, p_to, p_bucket)
  ),
  histogram as (
    select
      case p_bucket when 'total' then p_from
        else date_trunc('month', c.day::timestamp) at time zone 'UTC' end as bucket_start,
      c.model_id, c.measure, c.bucket, sum(c.answers) as answers
    from (
      select
        b.day, b.model_id collate "C" as model_id, b.measure collate "C" as measure, b.bucket,
        b.answers
      from parts
      join public.ai_latency_buckets as b
        on b.day >= (parts.from_at at time zone 'UTC')::date
        and b.day < (parts.to_at at time zone 'UTC')::date
      where parts.summed_up
      union all
      select s.*
      from parts
      cross join lateral switchboard.count_latency(parts.from_at, parts.to_at) as s
      where not parts.summed_up
    ) as c
    where p_bucket in ('month', 'total')
    group by 1, 2, 3, 4
  ),
  ranked as (
    select
      h.*,
      sum(h.answers) over (
        partition by h.bucket_start, h.model_id, h.measure order by h.bucket) as up_to_here,
      sum(h.answers) over (partition by h.bucket_start, h.model_id, h.measure) as of_all
    from histogram as h
  )
  -- The nearest rank: the first bucket by which that share of the answers had come. Its middle.
  select
    r.bucket_start, r.model_id, r.measure, array[
      round(power(1.05, min(r.bucket) filter (where r.up_to_here >= 0.5 * r.of_all) - 0.5), 1),
      round(power(1.05, min(r.bucket) filter (where r.up_to_here >= 0.95 * r.of_all) - 0.5), 1),
      round(power(1.05, min(r.bucket) filter (where r.up_to_here >= 0.99 * r.of_all) - 0.5), 1)
    ]
  from ranked as r
  group by 1, 2, 3;
$$;
comment on function switchboard.latency_percentiles(timestamptz, timestamptz, text) is
  'By when half, 95 % and 99 % of the whole answers of [p_from, p_to) were there, per model, measure and `month` or `total`, within 2.5 %; no rows for an hour or a day.';
revoke execute on function switchboard.latency_percentiles(timestamptz, timestamptz, text)
  from public, anon;
grant execute on function switchboard.latency_percentiles(timestamptz, timestamptz, text)
  to authenticated, service_role;

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
  with percentiles as materialized (
    select * from switchboard.latency_percentiles(p_from, p_to, p_bucket)
  )
  select
    s.bucket_start, s.model_id, s.answers, s.errors,
    round(s.sum_ms / nullif(s.timed, 0), 1),
    case when s.timed > 1 then round(sqrt(
      greatest(s.sum_of_squares - s.sum_ms * s.sum_ms / s.timed, 0) / (s.timed - 1)), 1) end,
    response.ms[1], response.ms[2], response.ms[3],
    round(s.ttft_sum_ms / nullif(s.ttft_timed, 0), 1),
    first_token.ms[1], first_token.ms[2], first_token.ms[3]
  from switchboard.latency_sums(p_from, p_to, p_bucket) as s
  left join percentiles as r
    on r.bucket_start = s.bucket_start and r.model_id = s.model_id and r.measure = 'response'
  left join percentiles as f
    on f.bucket_start = s.bucket_start and f.model_id = s.model_id and f.measure = 'first_token'
  cross join lateral (
    select case when p_bucket in ('month', 'total') then r.percentiles_ms
      else s.percentiles_ms::numeric[] end as ms
  ) as response
  cross join lateral (
    select case when p_bucket in ('month', 'total') then f.percentiles_ms
      else s.ttft_percentiles_ms::numeric[] end as ms
  ) as first_token
  order by 1, 2;
$$;
comment on function public.latency_figures(timestamptz, timestamptz, text) is
  'Milliseconds until the whole answer and until its first piece (ttft), per model and `hour`, `day`, `month` (of UTC) or `total` of [p_from, p_to), by default the last 30 days; percentiles per month and total within 2.5 %. Over whole answers; errors are counted beside them. Returns no rows unless the caller is a platform admin.';
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
comment on column public.daily_latency.p50_ms is 'Half of the answers were there by then.';
comment on column public.daily_latency.p95_ms is '95 % of the answers were there by then.';
comment on column public.daily_latency.p99_ms is '99 % of the answers were there by then.';
comment on column public.daily_latency.ttft_mean_ms is
  'Until the first piece of the answer, in milliseconds.';
comment on column public.daily_latency.ttft_p50_ms is 'As p50_ms, until the first piece.';
comment on column public.daily_latency.ttft_p95_ms is 'As p95_ms, until the first piece.';
comment on column public.daily_latency.ttft_p99_ms is 'As p99_ms, until the first piece.';

revoke all on public.daily_latency from public, anon, authenticated, service_role;
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
