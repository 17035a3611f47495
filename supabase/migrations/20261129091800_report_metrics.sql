-- What a scraper asks for every few seconds: the present day only, and a bounded number of series.

create function switchboard.models_by_name()
returns setof text
language sql
stable
rows 50
set search_path = ''
as $$
  -- By age, so that none changes its name because another is busier, and no counter falls.
  select bm.model_id
  from public.bedrock_models as bm
  -- Users see the available models, but nothing of what they are used for, not even that it is 0.
  where exists (select from public.registry_version)
  order by bm.created_at, bm.model_id
  limit 50;
$$;
comment on function switchboard.models_by_name() is
  'The registered models that metrics name, the oldest 50; all others count together as `other`. Returns no rows unless the caller may read the registry''s version.';
revoke execute on function switchboard.models_by_name()
  from public, anon;
grant execute on function switchboard.models_by_name()
  to authenticated, service_role;

create function switchboard.metrics_of_turns(from_at timestamptz)
returns table (
  model_id text,
  assistant_type text,
  complete numeric,
  partial numeric,
  failed numeric,
  fallbacks numeric,
  interventions numeric,
  conversations numeric,
  input numeric,
  output numeric,
  cache_read numeric,
  cache_write numeric,
  usd numeric,
  unpriced numeric,
  estimated_usd numeric,
  trials numeric,
  trial_usd numeric
)
language sql
stable
rows 100
set search_path = ''
as $$
  with named as materialized (
    select n as model_id from switchboard.models_by_name() as n
  ),
  -- Also what has not been used yet: a counter that appears above 0 hides its first rise.
  expected as (
    select n.model_id, a.assistant_type
    from named as n
    join public.bedrock_models as bm on bm.model_id = n.model_id and bm.is_available
    cross join public.ai_assistants as a
    where a.is_active
  ),
  used as (
    select
      case when f.model_id is null then 'none' else coalesce(n.model_id, 'other') end as model_id,
      coalesce(f.assistant_type, 'none') as assistant_type,
      sum(f.complete) as complete, sum(f.partial) as partial,
      sum(f.failed) as failed, sum(f.fallbacks) as fallbacks,
      sum(f.interventions) as interventions,
      sum(f.conversations) as conversations, sum(f.input_tokens) as input,
      sum(f.output_tokens) as output, sum(f.cache_read_tokens) as cache_read,
      sum(f.cache_write_tokens) as cache_write, sum(f.cost_usd) as usd,
      sum(f.unpriced) as unpriced, sum(f.estimated_usd) as estimated_usd,
      sum(f.trials) as trials, sum(f.trial_usd) as trial_usd
    from public.usage_figures(from_at, now(), 'total') as f
    left join named as n on n.model_id = f.model_id
    group by 1, 2
  )
  select
    coalesce(u.model_id, e.model_id), coalesce(u.assistant_type, e.assistant_type),
    coalesce(u.complete, 0), coalesce(u.partial, 0), coalesce(u.failed, 0),
    coalesce(u.fallbacks, 0), coalesce(u.interventions, 0), coalesce(u.conversations, 0), coalesce(u.input, 0),
    coalesce(u.output, 0), coalesce(u.cache_read, 0), coalesce(u.cache_write, 0),
    coalesce(u.usd, 0), coalesce(u.unpriced, 0), coalesce(u.estimated_usd, 0),
    coalesce(u.trials, 0), coalesce(u.trial_usd, 0)
  from used as u
  full join expected as e on e.model_id = u.model_id and e.assistant_type = u.assistant_type;
$$;
comment on function switchboard.metrics_of_turns(timestamptz) is
  'Counts of the turns and calls since a moment per named model and assistant (`none` for calls without one), 0 included.';
revoke execute on function switchboard.metrics_of_turns(timestamptz)
  from public, anon;
grant execute on function switchboard.metrics_of_turns(timestamptz)
  to authenticated, service_role;

create function switchboard.metrics_of_times(from_at timestamptz, measured text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- Upper bounds in milliseconds, as a scraper wants them: few, and the same for ever.
  with bounds as (
    select array[50, 100, 250, 500, 1000, 2500, 5000, 10000, 20000, 40000, 60000] as le
  ),
  times as materialized (
    select
      coalesce(n.model_id, 'other') as model_id,
      -- The first bound that is not below it; one past the last where there is none.
      width_bucket(t.ms - 1, bounds.le) + 1 as place,
      count(*) as count, sum(t.ms) as sum_ms
    from bounds
    join public.ai_usage as u on u.ended_at >= from_at and u.status = 'complete'
      and u.purpose <> 'trial'
    cross join lateral (
      select case measured when 'response' then u.response_time_ms
        when 'first_token' then u.time_to_first_token_ms end as ms
    ) as t
    left join switchboard.models_by_name() as n (model_id) on n.model_id = u.model_id
    where u.model_id is not null and t.ms is not null
    group by 1, 2
  ),
  histograms as (
    select
      t.model_id, sum(t.count) as count, sum(t.sum_ms) as sum_ms, bounds.le, (
        select jsonb_agg(coalesce((
          select sum(up.count) from times as up
          where up.model_id = t.model_id and up.place <= b.place), 0)
          order by b.place)
        from generate_subscripts(bounds.le, 1) as b (place)
      ) as counts
    from times as t
    cross join bounds
    group by t.model_id, bounds.le
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'model_id', h.model_id, 'le', h.le, 'counts', h.counts, 'count', h.count,
    'sum_ms', h.sum_ms) order by h.model_id), '[]')
  from histograms as h;
$$;
comment on function switchboard.metrics_of_times(timestamptz, text) is
  'The times of the whole answers since a moment as a histogram per named model; measured: `response` or `first_token`.';
revoke execute on function switchboard.metrics_of_times(timestamptz, text)
  from public, anon;
grant execute on function switchboard.metrics_of_times(timestamptz, text)
  to authenticated, service_role;

create function switchboard.metrics_of_models()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'model_id', m.model_id, 'is_available', m.is_available, 'is_default', m.is_default,
    'lifecycle', m.lifecycle, 'last_probe_passed', p.passed, 'last_probe_at', p.created_at)
    order by m.model_id), '[]')
  from (
    select bm.* from public.bedrock_models as bm
    order by bm.is_default desc, bm.is_available desc, bm.priority, bm.model_id
    limit 50
  ) as m
  left join lateral (
    select mp.passed, mp.created_at from public.model_probes as mp
    where mp.model_id = m.model_id order by mp.id desc limit 1
  ) as p on true;
$$;
comment on function switchboard.metrics_of_models() is
  'State and last probe of the models, the default and the available ones first, at most 50.';
revoke execute on function switchboard.metrics_of_models()
  from public, anon;
grant execute on function switchboard.metrics_of_models()
  to authenticated, service_role;

create function public.metrics_report()
returns jsonb
language sql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
  with today as materialized (
    select
      date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' as starts_at,
      date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' as month_starts_at
  ),
  labelled as materialized (
    select l.* from today cross join lateral switchboard.metrics_of_turns(today.starts_at) as l
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
    'interventions', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', l.model_id, 'assistant_type', l.assistant_type, 'count', l.interventions)
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
        'unpriced', l.unpriced, 'estimated_usd', l.estimated_usd, 'trials', l.trials,
        'trial_usd', l.trial_usd)
        order by l.model_id, l.assistant_type)
      from labelled as l), '[]'),
    'fallbacks', coalesce((
      select jsonb_agg(jsonb_build_object('model_id', f.model_id, 'count', f.count)
        order by f.model_id)
      from (
        select l.model_id, sum(l.fallbacks) as count from labelled as l group by 1
      ) as f), '[]'),
    'latency', (select switchboard.metrics_of_times(today.starts_at, 'response') from today),
    'ttft', (select switchboard.metrics_of_times(today.starts_at, 'first_token') from today),
    'month_to_date_usd', coalesce((
      select sum(f.cost_usd)
      from today
      cross join lateral public.usage_figures(today.month_starts_at, now(), 'month') as f), 0),
    'switches_total', (
      select count(*) from public.model_switches as ms where switchboard.is_switch(ms)),
    'models', switchboard.metrics_of_models(),
    'tick', coalesce((
      select jsonb_agg(jsonb_build_object(
        'step', t.step, 'last_ran_at', t.last_ran_at, 'last_ok_at', t.last_ok_at) order by t.step)
      from switchboard.tick_steps as t), '[]'));
$$;
comment on function public.metrics_report() is
  'Counts of the present day (of UTC), the month''s cost, the state of the models, and how the tick does, as one JSON object for a scraper. At most 50 registered models by name, the oldest; turns of others count as `other`, those without a model as `none`, and calls without an assistant as `none`.';
revoke execute on function public.metrics_report() from public, anon;
grant execute on function public.metrics_report() to authenticated, service_role;

create function switchboard.metrics_of_rollouts()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
      'id', r.id, 'assistant_type', coalesce(r.assistant_type, 'none'), 'model_id', r.model_id,
      'share', coalesce((d.rollout ->> 'share')::integer, 0),
      'verdict', d.rollout -> 'verdict',
      'evidence', switchboard.e_value(s.evidence),
      'canary_units', coalesce(d.rollout #> '{figures,canary,units}', '0'),
      'former_units', coalesce(d.rollout #> '{figures,former,units}', '0'),
      'canary_errors', s.canary_errors,
      'former_errors', s.errors - s.canary_errors,
      'guards', coalesce((
        select jsonb_agg(jsonb_build_object(
            'guard', g.key, 'estimate', g.value -> 'estimate', 'lower', g.value -> 'lower',
            'upper', g.value -> 'upper', 'tolerated', g.value -> 'tolerated') order by g.key)
        from jsonb_each(d.rollout #> '{figures,guards}') as g), '[]'))
    order by r.id), '[]')
  from (
    select *
    from public.ai_rollouts as o
    -- What ended at once is to be seen by the next scrape.
    where o.ended_at is null or o.ended_at > now() - interval '1 hour'
    order by o.ended_at is not null, o.id desc
    limit 100
  ) as r
  cross join lateral switchboard.present_stage(r.id) as s
  cross join lateral (select switchboard.describe_rollout(r) as rollout) as d;
$$;
comment on function switchboard.metrics_of_rollouts() is
  'Share, verdict and figures of at most 100 rollouts that are under way or ended within the last hour, whose share is 0.';
revoke execute on function switchboard.metrics_of_rollouts()
  from public, anon, authenticated, service_role;

-- A definer: windows of limits and figures of rollouts are granted to no role.
create function public.watch_metrics()
returns jsonb
language sql
stable
security definer
set search_path = ''
set statement_timeout = '30s'
as $$
  with limits as materialized (
    select l.*, switchboard.window_start(l.period, now(), l.time_zone) as starts_at
    from public.ai_limits as l
    order by l.scope in ('project', 'assistant', 'each_user') desc, l.id
    limit 100
  ),
  windows as (
    select l.id, w.scope_key, sum(w.spent) as spent, sum(w.held) as held
    from limits as l
    join switchboard.limit_windows as w on w.limit_id = l.id
      and w.window_start = l.starts_at
    group by l.id, w.scope_key
  ),
  used as (
    select
      l.id, coalesce(sum(w.spent), 0) as spent, coalesce(sum(w.held), 0) as held,
      count(*) filter (where w.spent + w.held >= l.amount * 0.8) as users_at_80,
      count(*) filter (where w.spent + w.held >= l.amount) as users_at_100
    from limits as l
    left join windows as w on w.id = l.id
    group by l.id
  )
  select jsonb_build_object(
    'alerts', (
      select jsonb_agg(jsonb_build_object('kind', r.kind, 'open', (
        select count(*) from public.ai_alerts as a where a.kind = r.kind and a.closed_at is null))
        order by r.kind)
      from public.ai_alert_rules as r),
    'limits', coalesce((
      select jsonb_agg(jsonb_build_object(
          'id', l.id, 'name', switchboard.limit_name(l), 'unit', l.unit, 'amount', l.amount)
        || case l.scope
          when 'each_user' then jsonb_build_object(
            'spent', null, 'held', null, 'users_at_80', u.users_at_80,
            'users_at_100', u.users_at_100)
          else jsonb_build_object(
            'spent', u.spent, 'held', u.held, 'users_at_80', null, 'users_at_100', null)
        end order by l.id)
      from public.ai_limits as l
      join used as u on u.id = l.id), '[]'),
    'rollouts', switchboard.metrics_of_rollouts());
$$;
comment on function public.watch_metrics() is
  'For a scraper: how many alerts of each kind are open, and what is used of at most 100 limits in their present windows; of a limit of each user, how many users are at 80 and 100 percent of it. With the rollouts, as metrics_of_rollouts().';
revoke execute on function public.watch_metrics() from public, anon, authenticated;
grant execute on function public.watch_metrics() to service_role;
