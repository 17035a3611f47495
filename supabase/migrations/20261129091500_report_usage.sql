-- How much was used, for platform admins under row-level security and for service keys. Everything
-- runs as its caller; a caller who may not read the ledger gets no rows.
--
-- PostgREST takes over a function's statement_timeout for the request that calls it; a report over
-- years may take longer than what its role is allowed for everything else.

create function switchboard.split_range(p_from timestamptz, p_to timestamptz, p_bucket text)
returns table (summed_up boolean, from_at timestamptz, to_at timestamptz)
language plpgsql
stable
rows 3
set search_path = ''
as $$
declare
  first_day date := (p_from at time zone 'UTC')::date;
  last_day date := least(
    (p_to at time zone 'UTC')::date, (select r.until from switchboard.usage_rolled_up as r));
  days_from timestamptz;
  days_to timestamptz;
begin
  if p_bucket is null or p_bucket not in ('hour', 'day', 'month', 'total') then
    raise exception using
      errcode = '22023',
      message = format('p_bucket must be hour, day, month or total; it is %s.',
        coalesce(p_bucket, 'null'));
  end if;
  if first_day::timestamp at time zone 'UTC' < p_from then
    first_day := first_day + 1;
  end if;
  if p_bucket = 'hour' or first_day >= last_day then
    return query select false, p_from, p_to;
    return;
  end if;
  days_from := first_day::timestamp at time zone 'UTC';
  days_to := last_day::timestamp at time zone 'UTC';
  return query
    select false, p_from, days_from
    union all select true, days_from, days_to
    union all select false, days_to, p_to;
end;
$$;
comment on function switchboard.split_range(timestamptz, timestamptz, text) is
  'The parts of [p_from, p_to): the whole days that are summed up, and what is before and after them. 22023 for a bucket that is not hour, day, month or total.';
revoke execute on function switchboard.split_range(timestamptz, timestamptz, text)
  from public, anon;
grant execute on function switchboard.split_range(timestamptz, timestamptz, text)
  to authenticated, service_role;

create function switchboard.bucket_start(starts_at timestamptz, p_bucket text, p_from timestamptz)
returns timestamptz
language sql
immutable
set search_path = ''
as $$
  select case
    when p_bucket = 'total' then p_from
    else date_trunc(p_bucket, starts_at at time zone 'UTC') at time zone 'UTC'
  end;
$$;
comment on function switchboard.bucket_start(timestamptz, text, timestamptz) is
  'Where the bucket begins that holds a moment: the hour, day or month of UTC, or the whole range.';
revoke execute on function switchboard.bucket_start(timestamptz, text, timestamptz)
  from public, anon;
grant execute on function switchboard.bucket_start(timestamptz, text, timestamptz)
  to authenticated, service_role;

create function public.usage_figures(
  p_from timestamptz default now() - interval '30 days',
  p_to timestamptz default now(),
  p_bucket text default 'day',
  p_model_id text default null,
  p_assistant_type text default null,
  p_purpose text default null,
  p_by text default null
)
returns table (
  bucket_start timestamptz,
  model_id text,
  assistant_type text,
  turns bigint,
  complete bigint,
  partial bigint,
  failed bigint,
  fallbacks bigint,
  interventions bigint,
  conversations bigint,
  input_tokens bigint,
  output_tokens bigint,
  cache_read_tokens bigint,
  cache_write_tokens bigint,
  cache_write_1h_tokens bigint,
  thinking_tokens bigint,
  cost_usd numeric,
  unpriced bigint,
  estimated_usd numeric,
  trials bigint,
  trial_usd numeric,
  caller text
)
language sql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
  with parts as materialized (
    select * from switchboard.split_range(p_from, p_to, p_bucket)
    where p_by is null
    union all
    -- What is summed up names no callers.
    select false, p_from, p_to where p_by is not null
  ),
  sums as (
    select
      d.day::timestamp at time zone 'UTC' as starts_at, d.model_id, d.assistant_type, d.purpose,
      d.turns, d.trials, d.complete, d.partial, d.failed, d.fallbacks, d.interventions,
      d.conversations, d.input_tokens, d.output_tokens, d.cache_read_tokens, d.cache_write_tokens, d.cache_write_1h_tokens,
      d.thinking_tokens, d.cost_usd, d.unpriced, d.estimated_usd, null as caller
    from parts
    join public.ai_usage_days as d
      on d.day >= (parts.from_at at time zone 'UTC')::date
      and d.day < (parts.to_at at time zone 'UTC')::date
    where parts.summed_up
    union all
    select s.*
    from parts
    cross join lateral switchboard.sum_usage(
      parts.from_at, parts.to_at, case p_bucket when 'hour' then 'hour' else 'day' end,
      p_by) as s
    where not parts.summed_up
  )
  select
    switchboard.bucket_start(s.starts_at, p_bucket, p_from),
    case when p_by is null then s.model_id end, case when p_by is null then s.assistant_type end,
    sum(s.turns)::bigint, sum(s.complete)::bigint, sum(s.partial)::bigint, sum(s.failed)::bigint,
    sum(s.fallbacks)::bigint, sum(s.interventions)::bigint, sum(s.conversations)::bigint, sum(s.input_tokens)::bigint,
    sum(s.output_tokens)::bigint, sum(s.cache_read_tokens)::bigint,
    sum(s.cache_write_tokens)::bigint, sum(s.cache_write_1h_tokens)::bigint,
    sum(s.thinking_tokens)::bigint, sum(s.cost_usd), sum(s.unpriced)::bigint,
    sum(s.estimated_usd), sum(s.trials)::bigint,
    coalesce(sum(s.cost_usd) filter (where s.purpose = 'trial'), 0), s.caller
  from sums as s
  where (p_model_id is null or s.model_id = p_model_id)
    and (p_assistant_type is null or s.assistant_type = p_assistant_type)
    and (p_purpose is null or s.purpose = p_purpose)
  group by 1, 2, 3, s.caller
  order by 1, 2, 3;
$$;
comment on function public.usage_figures(timestamptz, timestamptz, text, text, text, text, text) is
  'Turns, conversations, tokens and USD of [p_from, p_to), by default the last 30 days, per model, assistant and `hour`, `day`, `month` (of UTC) or `total`. Tokens and USD are of turns and trials together, or of p_purpose (`turn`, `trial`) only; turns and what they came to are of turns, as which calls count. With p_by, not per model and assistant but per caller: `user` (their hashes in ai_usage) or `api_key` (their ids). Returns no rows unless the caller is a platform admin.';
revoke execute on function public.usage_figures(timestamptz, timestamptz, text, text, text, text, text)
  from public, anon;
grant execute on function public.usage_figures(timestamptz, timestamptz, text, text, text, text, text)
  to authenticated, service_role;

create view public.daily_usage
with (security_invoker = true)
as
select
  (f.bucket_start at time zone 'UTC')::date as day, f.model_id, f.assistant_type, f.turns,
  f.complete, f.partial, f.failed, f.fallbacks, f.interventions, f.conversations, f.input_tokens,
  f.output_tokens, f.cache_read_tokens, f.cache_write_tokens, f.cache_write_1h_tokens, f.thinking_tokens,
  f.cost_usd, f.unpriced, f.estimated_usd, f.trials, f.trial_usd
from public.usage_figures(
  (date_trunc('day', now() at time zone 'UTC') - interval '89 days') at time zone 'UTC',
  now(), 'day') as f;
comment on view public.daily_usage is
  'Use per day (of UTC), model and assistant, of today and the 89 days before. For another range: usage_figures().';
comment on column public.daily_usage.day is 'In UTC.';
comment on column public.daily_usage.model_id is 'Null for turns that called no model.';
comment on column public.daily_usage.assistant_type is 'As in ai_usage_days.';
comment on column public.daily_usage.turns is 'As in ai_usage_days.';
comment on column public.daily_usage.complete is 'As in ai_usage_days.';
comment on column public.daily_usage.partial is 'As in ai_usage_days.';
comment on column public.daily_usage.failed is 'As in ai_usage_days.';
comment on column public.daily_usage.fallbacks is 'As in ai_usage_days.';
comment on column public.daily_usage.interventions is 'As in ai_usage_days.';
comment on column public.daily_usage.conversations is 'As in ai_usage_days.';
comment on column public.daily_usage.input_tokens is 'As in ai_usage_days.';
comment on column public.daily_usage.cache_write_1h_tokens is 'As in ai_usage_days.';
comment on column public.daily_usage.thinking_tokens is 'As in ai_usage_days.';
comment on column public.daily_usage.cost_usd is 'As in ai_usage_days.';
comment on column public.daily_usage.unpriced is 'As in ai_usage_days.';
comment on column public.daily_usage.estimated_usd is 'As in ai_usage_days.';
comment on column public.daily_usage.trials is 'As in ai_usage_days.';
comment on column public.daily_usage.trial_usd is 'How much of cost_usd is of trials.';

create view public.hourly_usage
with (security_invoker = true)
as
select
  f.bucket_start as hour, f.model_id, f.assistant_type, f.turns, f.complete, f.partial, f.failed,
  f.fallbacks, f.interventions, f.conversations, f.input_tokens, f.output_tokens, f.cache_read_tokens,
  f.cache_write_tokens, f.cache_write_1h_tokens, f.thinking_tokens, f.cost_usd, f.unpriced,
  f.estimated_usd, f.trials, f.trial_usd
from public.usage_figures(
  date_trunc('hour', now()) - interval '47 hours', now(), 'hour') as f;
comment on view public.hourly_usage is
  'Use per hour, model and assistant, of this hour and the 47 before. For another range: usage_figures().';
comment on column public.hourly_usage.hour is 'Where the hour begins.';
comment on column public.hourly_usage.model_id is 'Null for turns that called no model.';
comment on column public.hourly_usage.assistant_type is 'As in ai_usage_days.';
comment on column public.hourly_usage.turns is 'As in ai_usage_days.';
comment on column public.hourly_usage.complete is 'As in ai_usage_days.';
comment on column public.hourly_usage.partial is 'As in ai_usage_days.';
comment on column public.hourly_usage.failed is 'As in ai_usage_days.';
comment on column public.hourly_usage.fallbacks is 'As in ai_usage_days.';
comment on column public.hourly_usage.interventions is 'As in ai_usage_days.';
comment on column public.hourly_usage.conversations is 'As in ai_usage_days.';
comment on column public.hourly_usage.input_tokens is 'As in ai_usage_days.';
comment on column public.hourly_usage.cache_write_1h_tokens is 'As in ai_usage_days.';
comment on column public.hourly_usage.thinking_tokens is 'As in ai_usage_days.';
comment on column public.hourly_usage.cost_usd is 'As in ai_usage_days.';
comment on column public.hourly_usage.unpriced is 'As in ai_usage_days.';
comment on column public.hourly_usage.estimated_usd is 'As in ai_usage_days.';
comment on column public.hourly_usage.trials is 'As in ai_usage_days.';
comment on column public.hourly_usage.trial_usd is 'How much of cost_usd is of trials.';

revoke all on public.daily_usage, public.hourly_usage
  from public, anon, authenticated, service_role;
grant select on public.daily_usage, public.hourly_usage to authenticated, service_role;

create function public.usage_report(
  p_from timestamptz,
  p_to timestamptz,
  p_bucket text,
  p_model_id text default null,
  p_assistant_type text default null,
  p_by text default null
)
returns jsonb
language sql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
  with figures as materialized (
    select * from public.usage_figures(
      p_from, p_to, p_bucket, p_model_id, p_assistant_type, p_by => p_by)
  )
  select jsonb_build_object(
    'from', p_from, 'to', p_to, 'bucket', p_bucket, 'left_out', 0,
    'rows', coalesce((
      select jsonb_agg(to_jsonb(f) order by f.bucket_start, f.model_id, f.assistant_type, f.caller)
      from figures as f), '[]'),
    'totals', (
      select jsonb_build_object(
        'turns', coalesce(sum(f.turns), 0), 'complete', coalesce(sum(f.complete), 0),
        'partial', coalesce(sum(f.partial), 0), 'failed', coalesce(sum(f.failed), 0),
        'fallbacks', coalesce(sum(f.fallbacks), 0),
        'interventions', coalesce(sum(f.interventions), 0),
        'conversations', coalesce(sum(f.conversations), 0),
        'input_tokens', coalesce(sum(f.input_tokens), 0),
        'output_tokens', coalesce(sum(f.output_tokens), 0),
        'cache_read_tokens', coalesce(sum(f.cache_read_tokens), 0),
        'cache_write_tokens', coalesce(sum(f.cache_write_tokens), 0),
        'cache_write_1h_tokens', coalesce(sum(f.cache_write_1h_tokens), 0),
        'thinking_tokens', coalesce(sum(f.thinking_tokens), 0),
        'cost_usd', coalesce(sum(f.cost_usd), 0), 'unpriced', coalesce(sum(f.unpriced), 0),
        'estimated_usd', coalesce(sum(f.estimated_usd), 0),
        'trials', coalesce(sum(f.trials), 0), 'trial_usd', coalesce(sum(f.trial_usd), 0))
      from figures as f));
$$;
comment on function public.usage_report(timestamptz, timestamptz, text, text, text, text) is
  'usage_figures() with totals, as one JSON object.';
revoke execute on function public.usage_report(timestamptz, timestamptz, text, text, text, text)
  from public, anon;
grant execute on function public.usage_report(timestamptz, timestamptz, text, text, text, text)
  to authenticated, service_role;

-- A definer: users are granted to no role.
create function public.usage_by_caller(
  p_from timestamptz,
  p_to timestamptz,
  p_bucket text,
  p_by text,
  p_model_id text default null,
  p_assistant_type text default null,
  p_most integer default 1000
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set statement_timeout = '30s'
as $$
declare
  report jsonb;
  listed jsonb;
begin
  if p_by is null or p_by not in ('user', 'api_key') then
    raise exception using
      errcode = '22023',
      message = format('p_by must be user or api_key; it is %s.', coalesce(p_by, 'null'));
  end if;
  report := public.usage_report(p_from, p_to, p_bucket, p_model_id, p_assistant_type, p_by);
  with ranked as (
    select r.content, row_number() over (
      order by (r.content -> 'cost_usd')::numeric desc, (r.content -> 'turns')::numeric desc) as place
    from jsonb_array_elements(report -> 'rows') as r (content)
  ),
  found as materialized (
    select u.user_hash, u.user_id
    from switchboard.users_of_hashes(case when p_by = 'user' then array(
      select r.content ->> 'caller' from ranked as r where r.place <= p_most) end) as u
  )
  select jsonb_agg(
    jsonb_set(r.content, '{caller}', jsonb_build_object(
      'user_id', f.user_id,
      'user_hash', case when p_by = 'user' and f.user_id is null then r.content -> 'caller' end,
      'api_key_id', case when p_by = 'api_key' then r.content -> 'caller' end,
      'api_key_name', k.name))
    order by r.content ->> 'bucket_start', r.place)
  into listed
  from ranked as r
  left join found as f on f.user_hash = r.content ->> 'caller'
  left join public.ai_api_keys as k
    on p_by = 'api_key' and k.id::text = r.content ->> 'caller'
  where r.place <= p_most;
  return report || jsonb_build_object(
    'rows', coalesce(listed, '[]'),
    'left_out', greatest(jsonb_array_length(report -> 'rows') - p_most, 0));
end;
$$;
comment on function public.usage_by_caller(
  timestamptz, timestamptz, text, text, text, text, integer) is
  'As usage_report(), per `user` or `api_key` in place of models and assistants: at most p_most rows, those that cost most; left_out tells of how many more. A user has an id or, once deleted, a hash. For service keys.';
revoke execute on function public.usage_by_caller(
  timestamptz, timestamptz, text, text, text, text, integer) from public, anon, authenticated;
grant execute on function public.usage_by_caller(
  timestamptz, timestamptz, text, text, text, text, integer) to service_role;

create function public.cost_report(p_from timestamptz, p_to timestamptz, p_bucket text)
returns jsonb
language sql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
  with figures as materialized (
    select * from public.usage_figures(p_from, p_to, p_bucket)
  ),
  -- The month that the range ends in, up to its end.
  month as (
    select
      m.starts_at,
      extract(epoch from m.as_of - m.starts_at)
        / extract(epoch from m.ends_at - m.starts_at) as elapsed,
      m.as_of
    from (
      select
        date_trunc('month', last.moment at time zone 'UTC') at time zone 'UTC' as starts_at,
        (date_trunc('month', last.moment at time zone 'UTC') + interval '1 month')
          at time zone 'UTC' as ends_at,
        least(p_to, now()) as as_of
      -- A range that ends where a month does ends in the month before.
      from (select least(p_to, now()) - interval '1 microsecond' as moment) as last
    ) as m
  ),
  to_date as materialized (
    select f.*, month.elapsed
    from month
    cross join lateral public.usage_figures(month.starts_at, month.as_of, 'month') as f
  )
  select jsonb_build_object(
    'from', p_from, 'to', p_to, 'bucket', p_bucket,
    'rows', coalesce((
      select jsonb_agg(jsonb_build_object(
        'bucket_start', f.bucket_start, 'model_id', f.model_id,
        'assistant_type', f.assistant_type, 'turns', f.turns, 'cost_usd', f.cost_usd,
        'unpriced', f.unpriced, 'estimated_usd', f.estimated_usd, 'trial_usd', f.trial_usd)
        order by f.bucket_start, f.model_id, f.assistant_type)
      from figures as f), '[]'),
    'total_usd', coalesce((select sum(f.cost_usd) from figures as f), 0),
    'unpriced', coalesce((select sum(f.unpriced) from figures as f), 0),
    'estimated_usd', coalesce((select sum(f.estimated_usd) from figures as f), 0),
    'trial_usd', coalesce((select sum(f.trial_usd) from figures as f), 0),
    'month', (
      select jsonb_build_object(
        'month_start', month.starts_at, 'as_of', month.as_of,
        'elapsed_fraction', round(month.elapsed, 6),
        'to_date_usd', coalesce((select sum(t.cost_usd) from to_date as t), 0),
        -- A straight line through the month so far.
        'projected_usd', coalesce(
          (select round(sum(t.cost_usd) / nullif(month.elapsed, 0), 6) from to_date as t), 0),
        'unpriced', coalesce((select sum(t.unpriced) from to_date as t), 0),
        'estimated_usd', coalesce((select sum(t.estimated_usd) from to_date as t), 0),
        'by_model', coalesce((
          select jsonb_agg(to_jsonb(t) order by t.to_date_usd desc, t.model_id)
          from (
            select
              t.model_id, sum(t.cost_usd) as to_date_usd,
              round(sum(t.cost_usd) / nullif(max(t.elapsed), 0), 6) as projected_usd,
              sum(t.unpriced) as unpriced, sum(t.estimated_usd) as estimated_usd
            from to_date as t group by t.model_id
          ) as t), '[]'),
        'by_assistant', coalesce((
          select jsonb_agg(to_jsonb(t) order by t.to_date_usd desc, t.assistant_type)
          from (
            select
              t.assistant_type, sum(t.cost_usd) as to_date_usd,
              round(sum(t.cost_usd) / nullif(max(t.elapsed), 0), 6) as projected_usd,
              sum(t.unpriced) as unpriced, sum(t.estimated_usd) as estimated_usd
            from to_date as t group by t.assistant_type
          ) as t), '[]'))
      from month));
$$;
comment on function public.cost_report(timestamptz, timestamptz, text) is
  'USD of [p_from, p_to) per model, assistant and bucket, and the month in which the range ends: to date, and projected on a straight line. One JSON object.';
revoke execute on function public.cost_report(timestamptz, timestamptz, text) from public, anon;
grant execute on function public.cost_report(timestamptz, timestamptz, text)
  to authenticated, service_role;

create view public.month_costs
with (security_invoker = true)
as
select
  f.model_id, f.assistant_type, f.turns, f.cost_usd as to_date_usd,
  round(f.cost_usd / nullif(
    extract(epoch from now() - month.starts_at)
      / extract(epoch from month.ends_at - month.starts_at), 0), 6) as projected_usd,
  f.unpriced, f.estimated_usd, f.trials, f.trial_usd
from (
  select
    date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' as starts_at,
    (date_trunc('month', now() at time zone 'UTC') + interval '1 month') at time zone 'UTC'
      as ends_at
) as month
cross join lateral public.usage_figures(month.starts_at, now(), 'month') as f;
comment on view public.month_costs is
  'What this month (of UTC) has cost so far, and what it will on a straight line, per model and assistant.';
comment on column public.month_costs.model_id is 'Null for turns that called no model.';
comment on column public.month_costs.assistant_type is 'As in ai_usage_days.';
comment on column public.month_costs.turns is 'As in ai_usage_days.';
comment on column public.month_costs.to_date_usd is
  'USD from the beginning of the month until now.';
comment on column public.month_costs.projected_usd is
  'USD of the whole month, if it goes on as it has.';
comment on column public.month_costs.unpriced is 'As in ai_usage_days.';
comment on column public.month_costs.estimated_usd is
  'How much of to_date_usd rests on estimated tokens.';
comment on column public.month_costs.trials is 'As in ai_usage_days.';
comment on column public.month_costs.trial_usd is 'How much of to_date_usd is of trials.';

revoke all on public.month_costs from public, anon, authenticated, service_role;
grant select on public.month_costs to authenticated, service_role;

-- What the same tokens would have cost on another model, at its present prices.

create function switchboard.long_prompt_surcharges(
  from_at timestamptz,
  to_at timestamptz,
  price public.model_prices,
  longer_than integer,
  factor numeric
)
returns table (model_id text, assistant_type text, usd numeric)
language sql
stable
rows 20
set search_path = ''
as $$
  -- Sums of many turns do not tell how long their prompts were.
  -- Counts that are not known are left out, as from those sums.
  select u.model_id, u.assistant_type, sum((factor - 1) * switchboard.cost_of_tokens(
    price, u.input_tokens, coalesce(u.output_tokens, 0), coalesce(u.cache_read_tokens, 0),
    coalesce(u.cache_write_tokens, 0), u.cache_write_1h_tokens))
  from public.ai_usage as u
  where u.ended_at >= from_at and u.ended_at < to_at and u.purpose <> 'trial'
    and u.input_tokens::bigint + coalesce(u.cache_read_tokens, 0)
      + coalesce(u.cache_write_tokens, 0) > longer_than
    -- As of ai_usage_long_prompts_idx: no model's long_prompt_tokens are fewer.
    and u.input_tokens::bigint + coalesce(u.cache_read_tokens, 0)
      + coalesce(u.cache_write_tokens, 0) > 50000
  group by u.model_id, u.assistant_type;
$$;
comment on function switchboard.long_prompt_surcharges(
  timestamptz, timestamptz, public.model_prices, integer, numeric) is
  'What prompts of [from_at, to_at) that are longer than that many tokens would cost in addition, were they billed at a multiple of these prices; per model that answered and assistant.';
revoke execute on function switchboard.long_prompt_surcharges(
  timestamptz, timestamptz, public.model_prices, integer, numeric) from public, anon;
grant execute on function switchboard.long_prompt_surcharges(
  timestamptz, timestamptz, public.model_prices, integer, numeric) to authenticated, service_role;

create function switchboard.price_of_sums(model jsonb)
returns public.model_prices
language sql
immutable
set search_path = ''
as $$
  -- Cached tokens without a price of their own are taken to be paid in full, and those kept for an
  -- hour at the price of the others: the model would keep them for as long as it can. Long prompts
  -- come on top, as sums do not tell them.
  select jsonb_populate_record(null::public.model_prices, jsonb_build_object(
    'input_cost_per_mtok', model -> 'input_cost_per_mtok',
    'output_cost_per_mtok', model -> 'output_cost_per_mtok',
    'cache_read_cost_per_mtok', coalesce(
      nullif(model -> 'cache_read_cost_per_mtok', 'null'), model -> 'input_cost_per_mtok'),
    'cache_write_cost_per_mtok', coalesce(
      nullif(model -> 'cache_write_cost_per_mtok', 'null'), model -> 'input_cost_per_mtok'),
    'cache_write_1h_cost_per_mtok', coalesce(
      nullif(model -> 'cache_write_1h_cost_per_mtok', 'null'),
      nullif(model -> 'cache_write_cost_per_mtok', 'null'), model -> 'input_cost_per_mtok')));
$$;
comment on function switchboard.price_of_sums(jsonb) is
  'The prices of a row of bedrock_models for the tokens of many calls together, see switchboard.cost_of_tokens().';
revoke execute on function switchboard.price_of_sums(jsonb) from public, anon;
grant execute on function switchboard.price_of_sums(jsonb) to authenticated, service_role;

create function public.what_if_report(p_model_id text, p_from timestamptz, p_to timestamptz)
returns jsonb
language plpgsql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
declare
  model public.bedrock_models;
  price public.model_prices;
  report jsonb;
begin
  -- Not by switchboard.find_model(), which callers of reports may not execute.
  select * into model from public.bedrock_models as bm where bm.model_id = p_model_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no model %s in the registry.', p_model_id),
      detail = 'model_not_found',
      hint = 'Registered: ' || coalesce(nullif(array_to_string(array(
        select bm.model_id from public.bedrock_models as bm
        order by bm.priority, bm.model_id limit 20), ', '), ''), 'none');
  end if;
  model := switchboard.with_present_prices(model);
  if model.input_cost_per_mtok is null or model.output_cost_per_mtok is null then
    raise exception using
      errcode = 'PT409',
      message = format('The price of %s is not known.', p_model_id),
      detail = 'price_unknown',
      hint = 'Set its price: set-price over REST, price set in the shell.';
  end if;
  price := switchboard.price_of_sums(to_jsonb(model));

  with surcharges as materialized (
    select c.*
    from switchboard.long_prompt_surcharges(
      p_from, p_to, price, model.long_prompt_tokens, model.long_prompt_factor) as c
    where model.long_prompt_tokens is not null
  ),
  by_model as (
    select
      f.model_id,
      sum(f.turns) as turns,
      sum(f.unpriced) as unpriced,
      sum(f.cost_usd) as actual_usd,
      switchboard.cost_of_tokens(
        price, sum(f.input_tokens)::bigint, sum(f.output_tokens)::bigint,
        sum(f.cache_read_tokens)::bigint, sum(f.cache_write_tokens)::bigint,
        sum(f.cache_write_1h_tokens)::bigint)
        + coalesce((
          select sum(c.usd) from surcharges as c
          where c.model_id is not distinct from f.model_id), 0) as what_if_usd,
      model.cache_read_cost_per_mtok is null and sum(f.cache_read_tokens) > 0
        or model.cache_write_cost_per_mtok is null and sum(f.cache_write_tokens) > 0
        as cache_as_input
    from public.usage_figures(p_from, p_to, 'total', p_purpose => 'turn') as f
    group by f.model_id
  )
  select jsonb_build_object(
    'from', p_from, 'to', p_to, 'model_id', model.model_id, 'model_name', model.model_name,
    'turns', coalesce(sum(m.turns), 0),
    'unpriced', coalesce(sum(m.unpriced), 0),
    'actual_usd', coalesce(sum(m.actual_usd), 0),
    'what_if_usd', coalesce(sum(m.what_if_usd), 0),
    'difference_usd', coalesce(sum(m.what_if_usd) - sum(m.actual_usd), 0),
    'cache_as_input', coalesce(bool_or(m.cache_as_input), false),
    'by_model', coalesce(jsonb_agg(jsonb_build_object(
      'model_id', m.model_id, 'turns', m.turns, 'unpriced', m.unpriced,
      'actual_usd', m.actual_usd,
      'what_if_usd', m.what_if_usd) order by m.actual_usd desc, m.model_id), '[]'))
  into report
  from by_model as m;
  return report;
end;
$$;
comment on function public.what_if_report(text, timestamptz, timestamptz) is
  'What the tokens of the turns of [p_from, p_to) cost, and what they would have cost on another model at its present prices; models count tokens differently, so it is an estimate. Tokens that no model told are estimated, and in both; those of turns whose cost is not known are in the second only. PT404 model_not_found, PT409 price_unknown. One JSON object.';
revoke execute on function public.what_if_report(text, timestamptz, timestamptz)
  from public, anon;
grant execute on function public.what_if_report(text, timestamptz, timestamptz)
  to authenticated, service_role;

-- What a change of the registry would cost more or less, and how many conversations it concerns.

create function public.impact_figures(p_moves jsonb, p_model_ids text[])
returns jsonb
language sql
stable
set search_path = ''
set statement_timeout = '10s'
as $$
  with used as materialized (
    select f.*
    from public.usage_figures(
      now() - interval '30 days', now(), 'total', p_purpose => 'turn') as f
    where f.model_id is not null
  ),
  moves as materialized (
    select
      m.assistant_type, m.from_model_id, m.to_model,
      coalesce(u.turns, 0) as turns,
      case when m.to_model is null then 0 else coalesce(u.unpriced, 0) end as unpriced,
      case when m.to_model is null then 0 else coalesce(u.cost_usd, 0) end as actual_usd,
      case
        when m.to_model is null or u.turns is null then 0
        else switchboard.cost_of_tokens(
          switchboard.price_of_sums(m.to_model), u.input_tokens, u.output_tokens,
          u.cache_read_tokens, u.cache_write_tokens, u.cache_write_1h_tokens)
      end as what_if_usd
    from jsonb_to_recordset(p_moves)
      as m (assistant_type text, from_model_id text, to_model jsonb)
    left join used as u
      on u.assistant_type is not distinct from m.assistant_type and u.model_id = m.from_model_id
  ),
  priced as (
    select
      m.*,
      m.what_if_usd + coalesce((
        select c.usd
        from switchboard.long_prompt_surcharges(
          now() - interval '30 days', now(), switchboard.price_of_sums(m.to_model),
          (m.to_model ->> 'long_prompt_tokens')::integer,
          (m.to_model ->> 'long_prompt_factor')::numeric) as c
        where m.turns > 0 and m.to_model ->> 'long_prompt_tokens' is not null
          and c.model_id = m.from_model_id
          and c.assistant_type is not distinct from m.assistant_type), 0)
        as full_usd
    from moves as m
  )
  select jsonb_build_object(
    'moves', coalesce((
      select jsonb_agg(jsonb_build_object(
        'assistant_type', p.assistant_type, 'from_model_id', p.from_model_id, 'turns', p.turns)
        order by p.assistant_type, p.from_model_id)
      from priced as p), '[]'),
    'cost', (
      select jsonb_build_object(
        'turns', coalesce(sum(p.turns) filter (where p.to_model is not null), 0),
        'unpriced', coalesce(sum(p.unpriced), 0),
        'actual_usd', coalesce(sum(p.actual_usd), 0),
        'what_if_usd', case when bool_and(p.full_usd is not null) is not false
          then coalesce(sum(p.full_usd), 0) end,
        'difference_usd', case when bool_and(p.full_usd is not null) is not false
          then coalesce(sum(p.full_usd) - sum(p.actual_usd), 0) end)
      from priced as p),
    'used', coalesce((
      select jsonb_agg(jsonb_build_object(
        'assistant_type', u.assistant_type, 'model_id', u.model_id, 'turns', u.turns)
        order by u.assistant_type, u.model_id)
      from used as u where u.model_id = any (p_model_ids)), '[]'),
    'pinned', coalesce((
      select jsonb_agg(to_jsonb(c) order by c.assistant_type, c.model_id)
      from (
        select
          a.assistant_type, c.model_id, count(*) as conversations,
          count(*) filter (where c.updated_at >= now() - interval '30 days') as recent
        from public.ai_conversations as c
        join public.ai_assistants as a on a.id = c.assistant_id
        where c.model_id = any (p_model_ids)
        group by a.assistant_type, c.model_id
      ) as c), '[]'));
$$;
comment on function public.impact_figures(jsonb, text[]) is
  'Of moves (assistant_type, null for calls with none; from_model_id, to_model: the row of the model that would answer, or null): the calls of the last 30 days, what they cost, and what their tokens cost at to_model''s prices, as in what_if_report(). Of p_model_ids: the calls of the last 30 days, and the conversations that are pinned to them, with those used in the last 30 days. One JSON object.';
revoke execute on function public.impact_figures(jsonb, text[]) from public, anon, authenticated;
grant execute on function public.impact_figures(jsonb, text[]) to service_role;
