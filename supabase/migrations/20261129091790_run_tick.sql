-- What is done without being asked for: the tick, run each minute by whatever cron there is. Each
-- step may be done at any time, more than once, or late: turns, limits and reports are right without
-- it. Steps over HTTP are done by the functions; here is recorded how they ended.

create table switchboard.tick_steps (
  step text primary key,
  last_ran_at timestamptz,
  last_ok_at timestamptz,
  last_error text,
  result jsonb,
  has_ended boolean not null default true
);
comment on table switchboard.tick_steps is 'How each step of the tick last ended.';
comment on column switchboard.tick_steps.step is 'As steps_of_tick() names it.';
comment on column switchboard.tick_steps.last_ran_at is
  'When it last ran, with an error or without; of a step over HTTP, when it last began.';
comment on column switchboard.tick_steps.last_ok_at is 'When it last ended without an error.';
comment on column switchboard.tick_steps.last_error is
  'Why it last failed; null: it did not.';
comment on column switchboard.tick_steps.result is
  'What it last found or did without an error: figures, and no words of users; `skipped`: why it had nothing to work with.';
comment on column switchboard.tick_steps.has_ended is
  'False from when a step over HTTP begins until it is recorded how it ended.';

revoke all on switchboard.tick_steps from public, anon, authenticated, service_role;
alter table switchboard.tick_steps enable row level security;
create policy tick_steps_select_platform on switchboard.tick_steps
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy tick_steps_select_platform on switchboard.tick_steps is
  'Platform admins see how the tick does.';
grant select on switchboard.tick_steps to authenticated, service_role;

create function switchboard.steps_of_tick()
returns table (place integer, step text, is_over_http boolean, due_after interval, late_after interval)
language sql
immutable
rows 16
set search_path = ''
as $$
  -- What only reads or takes long comes first: the locks that turns and operators wait for are held
  -- from the last steps to the commit.
  values
    (1, 'roll-up-days', false, interval '0', interval '1 hour'),
    (2, 'verify-history', false, interval '1 hour', interval '3 hours'),
    (3, 'verify-limits', false, interval '1 hour', interval '3 hours'),
    (4, 'watch', false, interval '0', interval '10 minutes'),
    (5, 'clean-cron', false, interval '1 day', interval '3 days'),
    (6, 'judge-rollouts', false, interval '0', interval '10 minutes'),
    (7, 'adopt-prices', false, interval '0', interval '10 minutes'),
    (8, 'apply-changes', false, interval '0', interval '10 minutes'),
    (9, 'remove-limits', false, interval '0', interval '1 hour'),
    (10, 'sweep-retention', false, interval '1 hour', interval '3 hours'),
    (11, 'erase', false, interval '0', interval '1 hour'),
    (12, 'drop-windows', false, interval '0', interval '1 hour'),
    (13, 'release-holds', false, interval '0', interval '10 minutes'),
    (14, 'deliver', true, interval '0', interval '10 minutes'),
    (15, 'erase-objects', true, interval '0', interval '1 hour'),
    (16, 'sync', true, interval '1 day', interval '3 days');
$$;
comment on function switchboard.steps_of_tick() is
  'The steps of the tick in their order, where they are done, after how long they are due again, and since when they are late.';
revoke execute on function switchboard.steps_of_tick()
  from public, anon, authenticated, service_role;

create function switchboard.is_due(
  ran_at timestamptz, has_failed boolean, due_after interval, moment timestamptz
)
returns boolean
language sql
immutable
set search_path = ''
as $$
  -- Tried again after an hour at the latest; and at once where a clock was ahead.
  select coalesce(
    moment < ran_at
    or moment >= ran_at + case
      when has_failed then least(due_after, interval '1 hour') else due_after end,
    true);
$$;
comment on function switchboard.is_due(timestamptz, boolean, interval, timestamptz) is
  'Whether a step of the tick that last ran then, or never (null), is due at a moment.';
revoke execute on function switchboard.is_due(timestamptz, boolean, interval, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.steps_due(over_http boolean, moment timestamptz)
returns text[]
language sql
stable
set search_path = ''
as $$
  select coalesce(array_agg(s.step order by s.place), '{}')
  from switchboard.steps_of_tick() as s
  left join switchboard.tick_steps as t on t.step = s.step
  where s.is_over_http = over_http
    and switchboard.is_due(
      t.last_ran_at, t.last_error is not null or not t.has_ended, s.due_after, moment);
$$;
comment on function switchboard.steps_due(boolean, timestamptz) is
  'The steps of the tick, over HTTP or in the database, that are due at a moment, in order.';
revoke execute on function switchboard.steps_due(boolean, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.note_step(done text, outcome jsonb, problem text)
returns void
language sql
set search_path = ''
as $$
  insert into switchboard.tick_steps as t (step, last_ran_at, last_ok_at, last_error, result)
  values (
    done, clock_timestamp(), case when problem is null then clock_timestamp() end,
    left(problem, 500), case when problem is null then outcome end)
  on conflict (step) do update set
    last_ran_at = excluded.last_ran_at,
    last_ok_at = coalesce(excluded.last_ok_at, t.last_ok_at),
    last_error = excluded.last_error,
    has_ended = true,
    result = case when excluded.last_error is null then excluded.result else t.result end;
$$;
comment on function switchboard.note_step(text, jsonb, text) is
  'Records how a step ended: with what it found, or with its problem.';
revoke execute on function switchboard.note_step(text, jsonb, text)
  from public, anon, authenticated, service_role;

create function switchboard.release_expired_holds()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  outcome jsonb;
begin
  -- The window before its holds, as everywhere; one that a turn has locked is left to the turn or
  -- to the next tick.
  with windows as materialized (
    select w.limit_id, w.scope_key, w.window_start
    from switchboard.limit_windows as w
    where w.slot = 0 and exists (
      select from switchboard.limit_holds as h
      where h.limit_id = w.limit_id and h.scope_key = w.scope_key
        and h.window_start = w.window_start and h.expires_at <= clock_timestamp())
    order by w.limit_id, w.scope_key, w.window_start
    limit 10000
    for update of w skip locked
  ),
  released as (
    delete from switchboard.limit_holds as h
    using windows as w
    where h.limit_id = w.limit_id and h.scope_key = w.scope_key
      and h.window_start = w.window_start and h.expires_at <= clock_timestamp()
    returning h.limit_id, h.scope_key, h.window_start, h.amount
  ),
  freed as (
    update switchboard.limit_windows as w set held = w.held - r.amount
    from (
      select r.limit_id, r.scope_key, r.window_start, sum(r.amount) as amount
      from released as r
      group by r.limit_id, r.scope_key, r.window_start
    ) as r
    where w.limit_id = r.limit_id and w.scope_key = r.scope_key
      and w.window_start = r.window_start and w.slot = 0
  )
  select jsonb_build_object('released', (select count(*) from released)) into outcome;
  return outcome;
end;
$$;
comment on function switchboard.release_expired_holds() is
  'Gives back what runs that never ended have reserved.';
revoke execute on function switchboard.release_expired_holds()
  from public, anon, authenticated, service_role;

create function switchboard.drop_old_windows()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  outcome jsonb;
begin
  -- An hour after its end the ledger has all that belongs to a window; a day is on the safe side.
  with windows as materialized (
    select w.limit_id, w.scope_key, w.window_start
    from switchboard.limit_windows as w
    left join public.ai_limits as l on l.id = w.limit_id
    where (
        l.id is null
        or l.unit = 'concurrent' and w.held = 0
        or switchboard.window_end(l.period, w.window_start, l.time_zone) < now() - interval '1 day')
      and not exists (
        select from switchboard.limit_holds as h
        where h.limit_id = w.limit_id and h.scope_key = w.scope_key
          and h.window_start = w.window_start)
    group by w.limit_id, w.scope_key, w.window_start
    limit 20000
  ),
  orphans as (
    -- Others are given back with their window: a rollback may bring their limit back.
    delete from switchboard.limit_holds as h
    where h.expires_at <= now() and not exists (
      select from switchboard.limit_windows as w
      where w.limit_id = h.limit_id and w.scope_key = h.scope_key
        and w.window_start = h.window_start)
  ),
  locked as materialized (
    -- As the row is now: a run may have begun. Those that one has locked are left to the next tick.
    select w.limit_id, w.scope_key, w.window_start, w.slot
    from switchboard.limit_windows as w
    join windows as o on o.limit_id = w.limit_id and o.scope_key = w.scope_key
      and o.window_start = w.window_start
    where w.held = 0
    order by w.limit_id, w.scope_key, w.window_start, w.slot
    for update of w skip locked
  ),
  dropped as (
    delete from switchboard.limit_windows as w
    using locked as k
    where (w.limit_id, w.scope_key, w.window_start, w.slot)
      = (k.limit_id, k.scope_key, k.window_start, k.slot)
    returning 1
  )
  select jsonb_build_object('dropped', (select count(*) from dropped)) into outcome;
  return outcome;
end;
$$;
comment on function switchboard.drop_old_windows() is
  'Deletes windows that ended more than a day ago, those of limits that are gone, and those of `concurrent` in which nothing runs.';
revoke execute on function switchboard.drop_old_windows()
  from public, anon, authenticated, service_role;

create function switchboard.run_step(wanted text)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return case wanted
    when 'roll-up-days' then jsonb_build_object('until', public.roll_up_usage())
    when 'verify-history' then public.verify_model_switches()
    when 'verify-limits' then public.verify_limits()
    when 'watch' then switchboard.watch()
    when 'clean-cron' then switchboard.clean_cron_log()
    when 'judge-rollouts' then switchboard.judge_rollouts()
    when 'adopt-prices' then jsonb_build_object('adopted', public.adopt_due_prices())
    when 'apply-changes' then switchboard.apply_due_changes()
    when 'remove-limits' then
      jsonb_build_object('removed', switchboard.remove_limits_of_deleted_users())
    when 'sweep-retention' then switchboard.sweep_retention()
    when 'erase' then public.continue_erasures()
    when 'drop-windows' then switchboard.drop_old_windows()
    when 'release-holds' then switchboard.release_expired_holds()
  end;
end;
$$;
comment on function switchboard.run_step(text) is
  'Does one step of the tick, and returns what it found or did.';
revoke execute on function switchboard.run_step(text)
  from public, anon, authenticated, service_role;

create function switchboard.try_step(wanted text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  outcome jsonb;
  problem text;
begin
  begin
    perform set_config('switchboard.needs_no_person', 'true', true);
    outcome := switchboard.run_step(wanted);
    perform set_config('switchboard.needs_no_person', '', true);
    -- Of a part of a step that failed while the others did their work.
    problem := outcome ->> 'failed';
  -- `others` leaves out a step that took too long; it must not take the others with it.
  exception when others or query_canceled then
    problem := format('%s (%s)', sqlerrm, sqlstate);
  end;
  perform switchboard.note_step(wanted, outcome, problem);
end;
$$;
comment on function switchboard.try_step(text) is
  'Does one step of the tick and records how it ended. A step that fails leaves nothing of what it did, and the other steps go on.';
revoke execute on function switchboard.try_step(text)
  from public, anon, authenticated, service_role;

create function switchboard.tick_lock()
returns bigint
language sql
immutable
set search_path = ''
as $$
  select pg_catalog.hashtextextended('switchboard.tick', 0);
$$;
comment on function switchboard.tick_lock() is
  'The key of the advisory lock that a tick holds until its end.';
revoke execute on function switchboard.tick_lock()
  from public, anon, authenticated, service_role;

-- A definer: it does what no role may.
create function public.tick()
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
set statement_timeout = '30s'
as $$
declare
  ran constant boolean := pg_catalog.pg_try_advisory_xact_lock(switchboard.tick_lock());
  began_at constant timestamptz := clock_timestamp();
  due text[] := array[]::text[];
  step text;
begin
  if ran then
    due := switchboard.steps_due(over_http => false, moment => began_at);
  end if;
  foreach step in array due loop
    perform switchboard.try_step(step);
  end loop;
  return jsonb_build_object(
    'ran', ran,
    'steps', coalesce((
      select jsonb_agg(jsonb_build_object(
          'step', t.step, 'error', t.last_error,
          'result', case when t.last_error is null then t.result end)
        order by array_position(due, t.step))
      from switchboard.tick_steps as t where t.step = any (due)), '[]'),
    'sync_due', 'sync' = any (switchboard.steps_due(over_http => true, moment => began_at)));
end;
$$;
comment on function public.tick() is
  'Does what is due: sums up days, verifies the audit log and the limits, watches for alerts, judges rollouts, adopts scheduled prices, applies approved changes whose time has come, removes the limits of users who are gone, goes on with what is to be erased, and gives back expired holds. May be called at any time, by several at once (one does it) or never. Returns ran, each step with its error or result, and whether AWS is to be asked now (sync_due).';
revoke execute on function public.tick() from public, anon, authenticated;
grant execute on function public.tick() to service_role;

-- Definers, because no role may write by other means how a step ended.

create function switchboard.require_step_over_http(wanted text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not exists (
    select from switchboard.steps_of_tick() as s where s.step = wanted and s.is_over_http
  ) then
    raise exception using
      errcode = 'PT400',
      message = format('%s is not an HTTP step of the tick.', wanted),
      detail = 'invalid_request';
  end if;
end;
$$;
comment on function switchboard.require_step_over_http(text) is
  'PT400 invalid_request for anything but an HTTP step of the tick.';
revoke execute on function switchboard.require_step_over_http(text)
  from public, anon, authenticated, service_role;

create function public.begin_tick_step(p_step text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  due_after interval;
begin
  perform switchboard.require_step_over_http(p_step);
  select s.due_after into due_after from switchboard.steps_of_tick() as s where s.step = p_step;
  insert into switchboard.tick_steps as t (step, last_ran_at, has_ended)
  values (p_step, clock_timestamp(), false)
  on conflict (step) do update
    set last_ran_at = excluded.last_ran_at, has_ended = false
    -- As the row is now: another caller may have begun it.
    where switchboard.is_due(
      t.last_ran_at, t.last_error is not null or not t.has_ended, due_after,
      excluded.last_ran_at);
  return found;
end;
$$;
comment on function public.begin_tick_step(text) is
  'Whether a step over HTTP is due; then it counts as begun, so that of several callers one does it. PT400 invalid_request.';
revoke execute on function public.begin_tick_step(text) from public, anon, authenticated;
grant execute on function public.begin_tick_step(text) to service_role;

create function public.end_tick_step(
  p_step text,
  p_result jsonb default null,
  p_error text default null
)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform switchboard.require_step_over_http(p_step);
  perform switchboard.note_step(p_step, p_result, p_error);
end;
$$;
comment on function public.end_tick_step(text, jsonb, text) is
  'Records how a step over HTTP ended. PT400 invalid_request.';
revoke execute on function public.end_tick_step(text, jsonb, text)
  from public, anon, authenticated;
grant execute on function public.end_tick_step(text, jsonb, text) to service_role;

create function switchboard.describe_steps()
returns table (
  place integer, step text, is_over_http boolean, last_ran_at timestamptz, last_ok_at timestamptz,
  last_error text, result jsonb, is_late boolean, state text
)
language sql
stable
rows 16
set search_path = ''
as $$
  with told as (
    select
      s.*, t.last_ran_at, t.last_ok_at, t.result,
      -- Longer than any step takes.
      not t.has_ended and t.last_ran_at > now() - interval '5 minutes' as is_running,
      case when not t.has_ended and t.last_ran_at <= now() - interval '5 minutes'
        then 'The step started and did not finish.' else t.last_error end as last_error,
      -- What needs HTTP, a webhook or AWS is not missed where it was never set up.
      s.is_over_http and (
        t.step is null or t.last_error is null and coalesce(t.result ? 'skipped', false)) as is_idle
    from switchboard.steps_of_tick() as s
    left join switchboard.tick_steps as t on t.step = s.step
  ),
  timed as (
    select t.*,
      not t.is_idle and coalesce(t.last_ok_at < now() - t.late_after, true) as is_late
    from told as t
  )
  select
    t.place, t.step, t.is_over_http, t.last_ran_at, t.last_ok_at, t.last_error, t.result, t.is_late,
    case
      when t.is_running then 'running'
      when t.last_error is not null then 'failed'
      when t.is_idle then 'not_set_up'
      when t.is_late then 'late'
      when t.result -> 'ok' = 'false' then 'not_ok'
      else 'ok'
    end
  from timed as t;
$$;
comment on function switchboard.describe_steps() is
  'Each step of the tick: how it last ended, whether it is late, and how it does: running, failed, not_set_up, late, not_ok (it found something wrong) or ok.';
revoke execute on function switchboard.describe_steps()
  from public, anon, authenticated, service_role;

-- A definer, as the functions above.
create function switchboard.runs_outside()
returns jsonb
language sql
stable
set search_path = ''
as $$
  with recursive regions (name) as (
    (select u.function_region
    from public.ai_usage as u
    where u.function_region is not null and u.unanswered_call is null and u.purpose <> 'trial'
    order by u.function_region
    limit 1)
    union all
    select (
      select u.function_region
      from public.ai_usage as u
      where u.function_region > r.name and u.unanswered_call is null and u.purpose <> 'trial'
      order by u.function_region
      limit 1)
    from regions as r
    where r.name is not null
  ),
  settings as (
    select rs.allowed_geographies as allowed
    from public.registry_settings as rs
    where rs.function_geographies is null
  )
  select coalesce(jsonb_agg(jsonb_build_object('region', r.name, 'runs', c.runs)
    order by c.runs desc, r.name), '[]')
  from settings as s
  join regions as r on cardinality(
    switchboard.places_outside(array[switchboard.geography_of_region(r.name)], s.allowed)) > 0
  cross join lateral (
    select count(*) as runs
    from public.ai_usage as u
    where u.function_region = r.name and u.ended_at > now() - interval '7 days'
      and u.unanswered_call is null and u.purpose <> 'trial'
  ) as c
  where c.runs > 0;
$$;
comment on function switchboard.runs_outside() is
  'The AWS regions outside allowed_geographies in which functions ran in the last 7 days, with how many turns and calls; empty while function_geographies is set. Reads no entry of a region inside.';
revoke execute on function switchboard.runs_outside()
  from public, anon, authenticated, service_role;

create function public.tick_status()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with steps as materialized (select d.* from switchboard.describe_steps() as d)
  select jsonb_build_object(
    'last_ran_at', max(s.last_ran_at) filter (where not s.is_over_http),
    -- As late as the step that may wait least.
    'is_late', coalesce(
      max(s.last_ran_at) filter (where not s.is_over_http)
        < now() - (select min(o.late_after) from switchboard.steps_of_tick() as o), true),
    'steps', jsonb_agg(jsonb_build_object(
      'step', s.step, 'last_ran_at', s.last_ran_at, 'last_ok_at', s.last_ok_at,
      'last_error', s.last_error, 'result', s.result, 'is_late', s.is_late,
      'state', s.state) order by s.place),
    'open_alerts', switchboard.count_open_alerts(),
    'unacknowledged_alerts', (
      select count(*) from public.ai_alerts as a
      where a.closed_at is null and a.acknowledged_at is null),
    'data_retention', coalesce((
      select jsonb_agg(to_jsonb(r) order by r.region) from switchboard.account_data_retention as r),
      '[]'),
    'runs_outside', switchboard.runs_outside(),
    'registry_version', (select rv.version from public.registry_version as rv))
  from steps as s;
$$;
comment on function public.tick_status() is
  'When the tick and each of its steps last ran, which are late, how many alerts are open and not acknowledged, and which data retention mode the AWS account had where it was last read; and switchboard.runs_outside().';
revoke execute on function public.tick_status() from public, anon, authenticated;
grant execute on function public.tick_status() to service_role;
