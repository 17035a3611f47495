-- What a scraper asks for every few seconds: the present day only, and a bounded number of series.

create function public.metrics_report()
returns jsonb
language sql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
  with today as (
    select
      date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' as starts_at,
      date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' as month_starts_at
  ),
  figures as materialized (
    select f.*
    from today cross join lateral public.usage_figures(today.starts_at, now(), 'total') as f
  ),
  -- The registered models by name, the oldest 50 if there are more; all others together. By age, so
  -- that none changes its name because another is busier, and no counter falls.
  named as materialized (
    select bm.model_id
    from public.bedrock_models as bm
    -- Users see the available models, but nothing of what they are used for, not even that it is 0.
    where exists (select from public.registry_version)
    order by bm.created_at, bm.model_id
    limit 50
  ),
  -- Also what has not been used yet today: a counter that appears above 0 hides its first rise.
  expected as (
    select n.model_id, a.assistant_type
    from named as n
    join public.bedrock_models as bm on bm.model_id = n.model_id and bm.is_available
    cross join public.ai_assistants as a
    where a.is_active
  ),
  labelled as materialized (
    select
      coalesce(used.model_id, e.model_id) as model_id,
      coalesce(used.assistant_type, e.assistant_type) as assistant_type,
      coalesce(used.complete, 0) as complete, coalesce(used.partial, 0) as partial,
      coalesce(used.failed, 0) as failed, coalesce(used.fallbacks, 0) as fallbacks,
      coalesce(used.conversations, 0) as conversations, coalesce(used.input, 0) as input,
      coalesce(used.output, 0) as output, coalesce(used.cache_read, 0) as cache_read,
      coalesce(used.cache_write, 0) as cache_write, coalesce(used.usd, 0) as usd,
      coalesce(used.unpriced, 0) as unpriced
    from (
      select
        case when f.model_id is null then 'none' else coalesce(n.model_id, 'other') end
          as model_id,
        f.assistant_type, sum(f.complete) as complete, sum(f.partial) as partial,
        sum(f.failed) as failed, sum(f.fallbacks) as fallbacks,
        sum(f.conversations) as conversations, sum(f.input_tokens) as input,
        sum(f.output_tokens) as output, sum(f.cache_read_tokens) as cache_read,
        sum(f.cache_write_tokens) as cache_write, sum(f.cost_usd) as usd,
        sum(f.unpriced) as unpriced
      from figures as f
      left join named as n on n.model_id = f.model_id
      group by 1, 2
    ) as used
    full join expected as e
      on e.model_id = used.model_id and e.assistant_type = used.assistant_type
  ),
  -- Upper bounds in milliseconds, as a scraper wants them: few, and the same for ever.
  bounds as (
    select array[50, 100, 250, 500, 1000, 2500, 5000, 10000, 20000, 40000, 60000] as le
  ),
  times as materialized (
    select
      coalesce(n.model_id, 'other') as model_id, t.measure,
      -- The first bound that is not below it; one past the last where there is none.
      width_bucket(t.ms - 1, bounds.le) + 1 as place,
      count(*) as count, sum(t.ms) as sum_ms
    from today
    cross join bounds
    join public.ai_usage as u on u.ended_at >= today.starts_at and u.status = 'complete'
    cross join lateral (
      values ('response', u.response_time_ms), ('first_token', u.time_to_first_token_ms)
    ) as t (measure, ms)
    left join named as n on n.model_id = u.model_id
    where u.model_id is not null and t.ms is not null
    group by 1, 2, 3
  ),
  histograms as materialized (
    select
      t.model_id, t.measure, sum(t.count) as count, sum(t.sum_ms) as sum_ms, (
        select jsonb_agg(coalesce((
          select sum(up.count) from times as up
          where up.model_id = t.model_id and up.measure = t.measure and up.place <= b.place), 0)
          order by b.place)
        from generate_subscripts(bounds.le, 1) as b (place)
      ) as counts
    from times as t
    cross join bounds
    group by t.model_id, t.measure, bounds.le
  )
  select jsonb_build_object(
    'day', (select (today.starts_at at time zone 'UTC')::date from today),
    'registry_version', (select rv.version from public.registry_version as rv),
    'turns', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', l.model_id, 'assistant_type', l.assistant_type, 'status', s.status,
        'count', s.count) order by l.model_id, l.assistant_type, s.status)
      from labelled as l
      cross join lateral (
        values ('complete', l.complete), ('partial', l.partial), ('failed', l.failed)
      ) as s (status, count)), '[]'),
    'conversations', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', l.model_id, 'assistant_type', l.assistant_type, 'count', l.conversations)
        order by l.model_id, l.assistant_type)
      from labelled as l), '[]'),
    'tokens', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', l.model_id, 'assistant_type', l.assistant_type, 'input', l.input,
        'output', l.output, 'cache_read', l.cache_read, 'cache_write', l.cache_write)
        order by l.model_id, l.assistant_type)
      from labelled as l), '[]'),
    'cost', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', l.model_id, 'assistant_type', l.assistant_type, 'usd', l.usd,
        'unpriced', l.unpriced)
        order by l.model_id, l.assistant_type)
      from labelled as l), '[]'),
    'fallbacks', coalesce((
      select jsonb_agg(jsonb_build_object('model_id', f.model_id, 'count', f.count)
        order by f.model_id)
      from (
        select l.model_id, sum(l.fallbacks) as count from labelled as l group by 1
      ) as f), '[]'),
    'latency', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', h.model_id, 'le', (select bounds.le from bounds),
        'counts', h.counts, 'count', h.count, 'sum_ms', h.sum_ms) order by h.model_id)
      from histograms as h where h.measure = 'response'), '[]'),
    'ttft', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', h.model_id, 'le', (select bounds.le from bounds),
        'counts', h.counts, 'count', h.count, 'sum_ms', h.sum_ms) order by h.model_id)
      from histograms as h where h.measure = 'first_token'), '[]'),
    'month_to_date_usd', coalesce((
      select sum(f.cost_usd)
      from today
      cross join lateral public.usage_figures(today.month_starts_at, now(), 'month') as f), 0),
    'switches_total', (
      select count(*) from public.model_switches as ms
      where private.is_switch(ms)),
    'models', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', m.model_id, 'is_available', m.is_available, 'is_default', m.is_default,
        'lifecycle', m.lifecycle, 'last_probe_passed', p.passed,
        'last_probe_at', p.created_at) order by m.model_id)
      from (
        select bm.* from public.bedrock_models as bm
        order by bm.is_default desc, bm.is_available desc, bm.priority, bm.model_id
        limit 50
      ) as m
      left join lateral (
        select mp.passed, mp.created_at from public.model_probes as mp
        where mp.model_id = m.model_id order by mp.id desc limit 1
      ) as p on true), '[]'));
$$;
comment on function public.metrics_report() is
  'Counts of the present day (of UTC), the month''s cost, and the state of the models, as one JSON object for a scraper. At most 50 registered models by name, the oldest; turns of others count as `other`, those without a model as `none`.';
revoke execute on function public.metrics_report() from public, anon;
grant execute on function public.metrics_report() to authenticated, service_role;
