-- What a switch did: before and after it, and whether it reached everyone.

create function switchboard.is_switch(entry public.model_switches)
returns boolean
language sql
stable
set search_path = ''
as $$
  select entry.action in ('set-default', 'assign', 'unassign')
    -- A model that is added as the default takes the flag, where there was one to take.
    or entry.action = 'create' and (entry.row_after -> 'is_default')::boolean and exists (
      select from public.model_switches as other
      where other.transaction_id = entry.transaction_id and other.action = 'unset-default');
$$;
comment on function switchboard.is_switch(public.model_switches) is
  'Whether an entry of the audit log made another model the default or an assistant''s.';
revoke execute on function switchboard.is_switch(public.model_switches) from public, anon;
grant execute on function switchboard.is_switch(public.model_switches)
  to authenticated, service_role;

create function switchboard.receipts()
returns table (registry_version bigint, last_begun_xmin bigint)
language sql
stable
set search_path = ''
as $$
  -- From one version to the next by index, instead of reading a row per turn.
  with recursive versions (registry_version) as (
    (select u.registry_version from public.ai_usage as u
      where u.registry_version is not null order by u.registry_version limit 1)
    union all
    select (
      select u.registry_version from public.ai_usage as u
      where u.registry_version > v.registry_version order by u.registry_version limit 1)
    from versions as v
    where v.registry_version is not null
  )
  select v.registry_version, (
    select u.begun_xmin from public.ai_usage as u
    where u.registry_version = v.registry_version and u.begun_xmin is not null
    order by u.begun_xmin desc limit 1)
  from versions as v
  where v.registry_version is not null;
$$;
comment on function switchboard.receipts() is
  'Each version of the registry that chose a model, with the newest begun_xmin of the attempts that it chose for.';
revoke execute on function switchboard.receipts() from public, anon;
grant execute on function switchboard.receipts() to authenticated, service_role;

create function switchboard.measure_turns(
  from_at timestamptz,
  to_at timestamptz,
  of_model_id text,
  of_assistant_type text
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'from', from_at, 'to', to_at,
    'turns', count(*) filter (where u.unanswered_call is null),
    'errors', count(*) filter (where u.status in ('partial', 'failed')),
    'error_rate', round(count(*) filter (where u.status in ('partial', 'failed'))::numeric
      / nullif(count(*) filter (where u.unanswered_call is null), 0), 4),
    'fallbacks', count(*) filter (where u.reason = 'fallback'),
    'mean_ms', round(avg(u.response_time_ms) filter (where u.status = 'complete'), 1),
    'p95_ms', round((percentile_cont(0.95) within group (order by u.response_time_ms)
      filter (where u.status = 'complete'))::numeric, 1),
    'cost_per_turn_usd', round(sum(u.cost_usd) / nullif(
      count(u.cost_usd) filter (where u.unanswered_call is null), 0), 9))
  from public.ai_usage as u
  where u.ended_at >= from_at and u.ended_at < to_at and u.purpose <> 'trial'
    and (of_assistant_type is null or u.assistant_type = of_assistant_type)
    -- The model that should have answered, also where another one did.
    and (of_model_id is null or coalesce(u.requested_model, u.model_id) = of_model_id);
$$;
comment on function switchboard.measure_turns(timestamptz, timestamptz, text, text) is
  'Errors, time and cost of the turns in [from_at, to_at) that a model was to answer, or an assistant; null: any.';
revoke execute on function switchboard.measure_turns(timestamptz, timestamptz, text, text)
  from public, anon;
grant execute on function switchboard.measure_turns(timestamptz, timestamptz, text, text)
  to authenticated, service_role;

create function switchboard.list_switches(
  p_from timestamptz,
  p_to timestamptz,
  p_window_hours integer,
  p_limit integer
)
returns table (
  id bigint,
  created_at timestamptz,
  source text,
  action text,
  assistant_type text,
  from_model_id text,
  to_model_id text,
  actor_user_id uuid,
  actor_key_name text,
  probe text,
  rollback_of bigint,
  registry_version bigint,
  transaction_id bigint,
  before_from timestamptz,
  after_to timestamptz
)
language sql
stable
rows 50
set search_path = ''
as $$
  with switches as materialized (
    select
      ms.*,
      switchboard.is_switch(ms) as is_switch,
      case
        when ms.assistant_type is not null then ms.row_before ->> 'model_version'
        else coalesce(lag(ms.model_id) over kind, (
          -- The log does not know how the first default came to be, but who had its flag taken,
          -- before or just after.
          select former.model_id
          from public.model_switches as former
          where former.action = 'unset-default' and former.model_id <> ms.model_id
            and former.id <= ms.id + 1
          order by former.id desc
          limit 1))
      end as from_model_id,
      case when ms.assistant_type is null then ms.model_id else ms.row_after ->> 'model_version' end
        as to_model_id,
      -- Switches of one kind: of the default, or of one assistant.
      lag(ms.created_at) over kind as former_at,
      lead(ms.created_at) over kind as next_at
    from public.model_switches as ms
    where ms.action in ('set-default', 'assign', 'unassign')
      -- No switch where there was no default before, but the default from then on.
      or ms.action = 'create' and ms.assistant_type is null
        and (ms.row_after -> 'is_default')::boolean
    window kind as (partition by ms.assistant_type order by ms.created_at, ms.id)
  )
  select
    s.id, s.created_at, s.source, case s.action when 'create' then 'set-default' else s.action end,
    s.assistant_type, s.from_model_id, s.to_model_id, s.actor_user_id, s.actor_key_name,
    s.probe, s.rollback_of, s.registry_version, s.transaction_id,
    greatest(s.created_at - make_interval(hours => p_window_hours), s.former_at),
    least(s.created_at + make_interval(hours => p_window_hours), s.next_at, now())
  from switches as s
  where s.is_switch and s.created_at >= p_from and s.created_at < p_to
  order by s.created_at desc, s.id desc
  limit least(greatest(p_limit, 1), 200);
$$;
comment on function switchboard.list_switches(timestamptz, timestamptz, integer, integer) is
  'The switches of [p_from, p_to), the newest first, with the model left and the model taken, and the time before and after each that is its own: p_window_hours, or until another switch of the same kind.';
revoke execute on function switchboard.list_switches(timestamptz, timestamptz, integer, integer)
  from public, anon;
grant execute on function switchboard.list_switches(timestamptz, timestamptz, integer, integer)
  to authenticated, service_role;

create function public.switch_effect_report(
  p_from timestamptz,
  p_to timestamptz,
  p_window_hours integer default 24,
  p_limit integer default 50
)
returns jsonb
language sql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
  with listed as materialized (
    select * from switchboard.list_switches(p_from, p_to, p_window_hours, p_limit)
  ),
  receipts as materialized (
    select * from switchboard.receipts()
  )
  select jsonb_build_object(
    'from', p_from, 'to', p_to, 'window_hours', p_window_hours,
    'switches', coalesce(jsonb_agg(jsonb_build_object(
      'switch_id', l.id, 'created_at', l.created_at, 'source', l.source,
      'action', l.action,
      'assistant_type', l.assistant_type, 'from_model_id', l.from_model_id,
      'to_model_id', l.to_model_id, 'actor_user_id', l.actor_user_id,
      'actor_key_name', l.actor_key_name, 'probe', l.probe,
      'rollback_of', l.rollback_of, 'registry_version', l.registry_version,
      'before', switchboard.measure_turns(
        l.before_from, l.created_at, l.from_model_id, l.assistant_type),
      'after', switchboard.measure_turns(
        l.created_at, l.after_to, l.to_model_id, l.assistant_type),
      'convergence', jsonb_build_object(
        'answers', (
          select count(*) from public.ai_usage as u
          where u.ended_at >= l.created_at and u.ended_at < l.after_to
            and u.begun_xmin > l.transaction_id and u.unanswered_call is null),
        'older', (
          select coalesce(sum(late.count), 0)
          from receipts as r
          cross join lateral (
            select count(*) as count from public.ai_usage as u
            where u.registry_version = r.registry_version and u.begun_xmin > l.transaction_id
              and u.unanswered_call is null
              -- Always so, but for rows from before a restore, after which ids start again.
              and u.begun_at >= l.created_at
          ) as late
          where r.registry_version < l.registry_version and r.last_begun_xmin > l.transaction_id),
        -- The time until the first request is no delay of the switch.
        'first_asked_ms', case when first.begun_at < l.created_at then 0
          else round(extract(epoch from first.begun_at - l.created_at) * 1000) end,
        'first_answer_ms', round(extract(epoch from first.ended_at - l.created_at) * 1000)))
      order by l.created_at desc, l.id desc), '[]'))
  from listed as l
  left join lateral (
    select u.begun_at, u.ended_at
    from public.ai_usage as u
    where u.ended_at >= l.created_at and u.registry_version >= l.registry_version
      and u.status in ('complete', 'partial') and u.purpose <> 'trial'
    order by u.ended_at
    limit 1
  ) as first on true;
$$;
comment on function public.switch_effect_report(timestamptz, timestamptz, integer, integer) is
  'The switches of [p_from, p_to), the newest first: errors, time and cost per turn within p_window_hours before and after each, of the model left and the model taken; and from the receipts how many answers were begun after its commit, how many of all since were chosen by an older registry (must be 0), and the milliseconds until the first answer that knew of it was asked for, and was there. One JSON object.';
revoke execute on function
  public.switch_effect_report(timestamptz, timestamptz, integer, integer) from public, anon;
grant execute on function
  public.switch_effect_report(timestamptz, timestamptz, integer, integer)
  to authenticated, service_role;
