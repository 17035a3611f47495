-- What is counted against limits: a row of the ledger names the limits that it counts against when it
-- is written, and adds to their windows in the same transaction. So at every commit, what a window has
-- spent is what the rows that name its limit tell, and verify_limits() can prove it.
--
-- Windows are locked last in every transaction and in one order, holds only under the lock of their
-- window. So turns wait for each other, at most as long as a commit takes, and never in a circle.

create type switchboard.counted_limit as (
  limit_id bigint,
  unit text,
  amount numeric,
  scope_key text,
  window_start timestamptz,
  window_end timestamptz,
  slot smallint
);
comment on type switchboard.counted_limit is
  'A limit that a run counts against, with its window of the moment at which the run began.';
comment on column switchboard.counted_limit.limit_id is 'The row of ai_limits.';
comment on column switchboard.counted_limit.unit is 'As in ai_limits.';
comment on column switchboard.counted_limit.amount is 'As in ai_limits.';
comment on column switchboard.counted_limit.scope_key is 'As in switchboard.limit_windows.';
comment on column switchboard.counted_limit.window_start is 'As in switchboard.limit_windows.';
comment on column switchboard.counted_limit.window_end is
  'When the next window begins; null for `total` and `concurrent`.';
comment on column switchboard.counted_limit.slot is
  'The row of the window that this session adds to.';

create function switchboard.window_start(period text, moment timestamptz, time_zone text)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return case when period is null or period = 'total' then '2000-01-01 00:00:00+00'::timestamptz
    else date_trunc(period, moment, time_zone) end;
end;
$$;
comment on function switchboard.window_start(text, timestamptz, text) is
  'When the window of a moment began.';
revoke execute on function switchboard.window_start(text, timestamptz, text)
  from public, anon, authenticated, service_role;

create function switchboard.window_end(period text, window_start timestamptz, time_zone text)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return case
    when period is null or period = 'total' then null
    when period in ('minute', 'hour') then window_start + ('1 ' || period)::interval
    -- By the calendar there. A day whose midnight the clocks leave out begins at one.
    else (date_trunc(period, window_start at time zone time_zone) + ('1 ' || period)::interval)
      at time zone time_zone
  end;
end;
$$;
comment on function switchboard.window_end(text, timestamptz, text) is
  'When the window after one begins; null where none does.';
revoke execute on function switchboard.window_end(text, timestamptz, text)
  from public, anon, authenticated, service_role;

create function switchboard.limits_of(
  of_assistant_type text,
  of_user_hash text,
  of_api_key_id uuid,
  moment timestamptz,
  to_hold boolean
)
returns switchboard.counted_limit[]
language plpgsql
stable
set search_path = ''
as $$
declare
  family constant uuid[] := switchboard.key_family(of_api_key_id);
begin
  return array(
    select row(
      l.id, l.unit, l.amount, case l.scope when 'each_user' then of_user_hash else '' end,
      w.start, switchboard.window_end(l.period, w.start, l.time_zone),
      case l.enforcement when 'soft' then pg_backend_pid() % 16 else 0 end
    )::switchboard.counted_limit
    from public.ai_limits as l
    cross join lateral (
      select switchboard.window_start(l.period, moment, l.time_zone)
    ) as w (start)
    where (
        l.scope = 'project'
        or l.scope = 'each_user' and of_user_hash is not null
          and (l.assistant_type is null or l.assistant_type = of_assistant_type)
        or l.scope = 'assistant' and l.assistant_type = of_assistant_type
        or l.user_hash = of_user_hash
        or l.api_key_id = any (family))
      and case when to_hold then l.enforcement = 'hard' else l.unit <> 'concurrent' end
    order by l.id);
end;
$$;
comment on function switchboard.limits_of(text, text, uuid, timestamptz, boolean) is
  'The limits that a run counts against, of its assistant, user and API key: the hard ones, for which it holds, or all whose unit is used up. In the order in which their windows are locked.';
revoke execute on function switchboard.limits_of(text, text, uuid, timestamptz, boolean)
  from public, anon, authenticated, service_role;

create function switchboard.units_of(entry public.ai_usage, unit text)
returns numeric
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case unit
    when 'usd' then coalesce(entry.cost_usd, 0)
    when 'tokens' then coalesce(entry.input_tokens, 0)::numeric + coalesce(entry.output_tokens, 0)
      + coalesce(entry.cache_read_tokens, 0) + coalesce(entry.cache_write_tokens, 0)
    when 'turns' then case entry.status when 'unanswered' then 0 else 1 end
    else 0
  end;
end;
$$;
comment on function switchboard.units_of(public.ai_usage, text) is
  'What a row of the ledger counts against a limit of a unit; a cost that is not known counts as 0.';
revoke execute on function switchboard.units_of(public.ai_usage, text)
  from public, anon, authenticated, service_role;

create function switchboard.sum_window(
  of_limit public.ai_limits,
  counted switchboard.counted_limit,
  entered public.ai_usage[],
  out carried numeric,
  out spent numeric
)
language plpgsql
stable
set search_path = ''
as $$
declare
  of_user_hash constant text := coalesce(nullif(counted.scope_key, ''), of_limit.user_hash);
  family constant uuid[] := switchboard.key_family(of_limit.api_key_id);
  days_from timestamptz;
  days_to timestamptz;
  entered_ids constant bigint[] := array(select e.id from unnest(entered) as e);
begin
  -- A large ledger is not read from its beginning, which no turn has the time for. Its days are cut
  -- by when runs ended, windows by when they began: of those under way as a window began, one that
  -- ended on a day which is summed up counts in it.
  if num_nonnulls(of_user_hash, of_limit.api_key_id) = 0
    and counted.window_start < of_limit.created_at
  then
    select r.from_at, r.to_at into days_from, days_to
    from switchboard.split_range(counted.window_start, of_limit.created_at, 'day') as r
    where r.summed_up;
  end if;
  select
    coalesce(sum(p.units) filter (where not p.is_named), 0), coalesce(sum(p.units), 0)
  into carried, spent
  from (
    select
      coalesce(counted.limit_id = any (u.limit_ids), false) as is_named,
      -- units_of(), written out: called for each row, it takes most of the time of a turn that opens
      -- the window of a month.
      sum(case of_limit.unit
        when 'usd' then coalesce(u.cost_usd, 0)
        when 'tokens' then coalesce(u.input_tokens, 0)::numeric + coalesce(u.output_tokens, 0)
          + coalesce(u.cache_read_tokens, 0) + coalesce(u.cache_write_tokens, 0)
        when 'turns' then case u.status when 'unanswered' then 0 else 1 end
      end) as units
    from public.ai_usage as u
    where of_limit.unit <> 'concurrent'
      and u.ended_at >= counted.window_start and u.begun_at >= counted.window_start
      and (counted.window_end is null or u.begun_at < counted.window_end)
      and (days_to is null or u.ended_at < days_from or u.ended_at >= days_to)
      and (of_user_hash is null or u.user_hash = of_user_hash)
      -- Rows keep the former name of an assistant that was renamed.
      and (of_limit.assistant_type is null or u.assistant_type = of_limit.assistant_type
        or counted.limit_id = any (u.limit_ids))
      and (family is null or u.api_key_id = any (family))
      and u.id <> all (entered_ids)
    group by 1
    union all
    select false, sum(case of_limit.unit
      when 'usd' then d.cost_usd
      when 'tokens' then d.input_tokens + d.output_tokens + d.cache_read_tokens
        + d.cache_write_tokens
      else d.turns + d.trials end)
    from public.ai_usage_days as d
    where d.day >= (days_from at time zone 'UTC')::date
      and d.day < (days_to at time zone 'UTC')::date
      and (of_limit.assistant_type is null or d.assistant_type = of_limit.assistant_type)
  ) as p
  where p.is_named or counted.window_start < of_limit.created_at;
end;
$$;
comment on function switchboard.sum_window(
  public.ai_limits, switchboard.counted_limit, public.ai_usage[]) is
  'What the ledger has in a window, without the rows that were just entered: of rows that name the limit and, where the window began before the limit was there, of those that do not (`carried`), whole days of them as ai_usage_days has them.';
revoke execute on function switchboard.sum_window(
  public.ai_limits, switchboard.counted_limit, public.ai_usage[])
  from public, anon, authenticated, service_role;

create function switchboard.open_windows(
  counted switchboard.counted_limit[],
  entered public.ai_usage[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- What the ledger has already is in slot 0, whichever slot this session adds to.
  insert into switchboard.limit_windows (
    limit_id, scope_key, window_start, slot, carried, spent)
  select c.limit_id, c.scope_key, c.window_start, s.slot, coalesce(l.carried, 0),
    coalesce(l.spent, 0)
  from unnest(counted) as c
  cross join lateral (
    select 0::smallint as slot union select c.slot
  ) as s
  left join lateral switchboard.sum_window(
    (select i from public.ai_limits as i where i.id = c.limit_id), c, entered) as l on s.slot = 0
  where not exists (
    select from switchboard.limit_windows as w
    where w.limit_id = c.limit_id and w.scope_key = c.scope_key
      and w.window_start = c.window_start and w.slot = s.slot)
  order by c.limit_id, c.scope_key, c.window_start, s.slot
  on conflict do nothing;
end;
$$;
comment on function switchboard.open_windows(switchboard.counted_limit[], public.ai_usage[]) is
  'Makes the windows that are not there yet, with what the ledger has besides the rows that were just entered.';
revoke execute on function switchboard.open_windows(switchboard.counted_limit[], public.ai_usage[])
  from public, anon, authenticated, service_role;

-- A definer: who may write limits may not write windows.
create function switchboard.open_window_of_limit()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  starts_at constant timestamptz := switchboard.window_start(new.period, now(), new.time_zone);
begin
  insert into switchboard.limit_windows (limit_id, scope_key, window_start, carried, spent)
  select new.id, '', starts_at, s.carried, s.spent
  from switchboard.sum_window(
    new, row(new.id, new.unit, new.amount, '', starts_at,
      switchboard.window_end(new.period, starts_at, new.time_zone), 0)::switchboard.counted_limit,
    '{}') as s
  where s.spent > 0
  on conflict do nothing;
  return null;
end;
$$;
comment on function switchboard.open_window_of_limit() is
  'Trigger: opens the window of a limit with what the ledger has. A run that is refused cannot: it leaves no row, so that each would sum the ledger up, and no alert would see that the limit is reached.';
revoke execute on function switchboard.open_window_of_limit()
  from public, anon, authenticated, service_role;

create function switchboard.forget_windows()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from switchboard.limit_windows as w where w.limit_id = new.id and w.held = 0;
  return null;
end;
$$;
comment on function switchboard.forget_windows() is
  'Trigger: a limit that comes back under its id is counted from the ledger, with what was used meanwhile.';
revoke execute on function switchboard.forget_windows()
  from public, anon, authenticated, service_role;

create trigger forget_windows after insert on public.ai_limits
  for each row execute function switchboard.forget_windows();

-- At commit, so that what is used until then counts. Of each user, a run opens the window.
create constraint trigger open_window
  after insert or update of scope, assistant_type, user_id, api_key_id, unit, period, time_zone
  on public.ai_limits
  deferrable initially deferred
  for each row
  when (new.scope <> 'each_user' and new.unit <> 'concurrent')
  execute function switchboard.open_window_of_limit();

create function switchboard.lock_windows(counted switchboard.counted_limit[], of_run_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return (
    with locked as materialized (
      select w.limit_id, w.scope_key, w.window_start, w.slot
      from switchboard.limit_windows as w
      where (w.limit_id, w.scope_key, w.window_start, w.slot) in (
        select c.limit_id, c.scope_key, c.window_start, c.slot from unnest(counted) as c
        union all
        select h.limit_id, h.scope_key, h.window_start, 0
        from switchboard.limit_holds as h where h.run_id = of_run_id)
      order by w.limit_id, w.scope_key, w.window_start, w.slot
      for update
    )
    -- Left, so that every row is locked.
    select count(c.limit_id) = cardinality(counted)
    from locked as k
    left join unnest(counted) as c
      on (c.limit_id, c.scope_key, c.window_start, c.slot)
        = (k.limit_id, k.scope_key, k.window_start, k.slot));
end;
$$;
comment on function switchboard.lock_windows(switchboard.counted_limit[], uuid) is
  'Locks the windows of these limits, and those of the run''s holds, in the one order. Returns whether all of these limits are there: the tick drops those of `concurrent` in which nothing runs.';
revoke execute on function switchboard.lock_windows(switchboard.counted_limit[], uuid)
  from public, anon, authenticated, service_role;

create function switchboard.end_holds(of_run_id uuid, counted switchboard.counted_limit[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  with own as (
    delete from switchboard.limit_holds as h
    where h.run_id = of_run_id
    returning h.limit_id, h.scope_key, h.window_start, h.amount
  ),
  expired as (
    delete from switchboard.limit_holds as h
    using unnest(counted) as c
    where h.limit_id = c.limit_id and h.scope_key = c.scope_key
      and h.window_start = c.window_start and h.expires_at <= now() and c.slot = 0
      and h.run_id is distinct from of_run_id
    returning h.limit_id, h.scope_key, h.window_start, h.amount
  ),
  ended as (
    select e.limit_id, e.scope_key, e.window_start, sum(e.amount) as amount
    from (select * from own union all select * from expired) as e
    group by e.limit_id, e.scope_key, e.window_start
  )
  update switchboard.limit_windows as w
    set held = w.held - e.amount
    from ended as e
    where w.limit_id = e.limit_id and w.scope_key = e.scope_key
      and w.window_start = e.window_start and w.slot = 0;
end;
$$;
comment on function switchboard.end_holds(uuid, switchboard.counted_limit[]) is
  'Gives back what a run holds, and what expired holds of these windows hold; under the locks of lock_windows().';
revoke execute on function switchboard.end_holds(uuid, switchboard.counted_limit[])
  from public, anon, authenticated, service_role;

create function switchboard.settle(
  ended_run_id uuid,
  counted switchboard.counted_limit[],
  entered public.ai_usage[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  adding constant switchboard.counted_limit[] :=
    case when cardinality(entered) > 0 then counted else '{}' end;
begin
  if cardinality(adding) = 0 and not exists (
    select from switchboard.limit_holds as h where h.run_id = ended_run_id
  ) then
    return;
  end if;
  loop
    perform switchboard.open_windows(adding, entered);
    -- Until its lock, its user may be erased.
    exit when switchboard.lock_windows(adding, ended_run_id);
  end loop;
  perform switchboard.end_holds(ended_run_id, adding);
  update switchboard.limit_windows as w
    set spent = w.spent + c.units
    from (
      select c.limit_id, c.scope_key, c.window_start, c.slot,
        (select sum(switchboard.units_of(e, c.unit)) from unnest(entered) as e) as units
      from unnest(adding) as c
    ) as c
    where w.limit_id = c.limit_id and w.scope_key = c.scope_key
      and w.window_start = c.window_start and w.slot = c.slot and c.units > 0;
end;
$$;
comment on function switchboard.settle(uuid, switchboard.counted_limit[], public.ai_usage[]) is
  'Ends what a run holds (null: leaves it) and adds the rows that were just entered in the ledger to the windows of the limits that they name. Never refused; the last step of its transaction.';
revoke execute on function switchboard.settle(
  uuid, switchboard.counted_limit[], public.ai_usage[])
  from public, anon, authenticated, service_role;

-- A definer, as complete_chat_turn().
create function public.release_holds(p_run_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform switchboard.settle(p_run_id, '{}', '{}');
end;
$$;
comment on function public.release_holds(uuid) is
  'Gives back what a turn or a call holds that began and will not run. May be repeated.';
revoke execute on function public.release_holds(uuid) from public, anon, authenticated;
grant execute on function public.release_holds(uuid) to service_role;

-- A definer: windows and holds are granted to no role.
create function public.verify_limits()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  -- One statement, so one snapshot: what is counted meanwhile raises no alarm.
  with limits as materialized (
    -- No row names a limit long before it was there, however far back its window goes.
    select l.*, greatest(w.since, l.created_at - interval '1 day') as since
    from public.ai_limits as l
    join (
      select o.limit_id, min(o.window_start) as since
      from switchboard.limit_windows as o group by o.limit_id
    ) as w on w.limit_id = l.id
    where l.unit <> 'concurrent'
  ),
  entered as (
    -- units_of() and window_start(), written out: called for each row, they take ten times as long.
    select
      l.id as limit_id, case l.scope when 'each_user' then u.user_hash else '' end as scope_key,
      case l.period when 'total' then '2000-01-01 00:00:00+00'::timestamptz
        else date_trunc(l.period, u.begun_at, l.time_zone) end as window_start,
      sum(case l.unit
        when 'usd' then coalesce(u.cost_usd, 0)
        when 'tokens' then coalesce(u.input_tokens, 0)::numeric + coalesce(u.output_tokens, 0)
          + coalesce(u.cache_read_tokens, 0) + coalesce(u.cache_write_tokens, 0)
        when 'turns' then case u.status when 'unanswered' then 0 else 1 end
        else 0 end) as amount
    from public.ai_usage as u
    cross join unnest(u.limit_ids) as n (limit_id)
    join limits as l on l.id = n.limit_id and u.begun_at >= l.since
    where u.ended_at >= (select min(e.since) from limits as e)
    group by 1, 2, 3
  ),
  held as (
    select h.limit_id, h.scope_key, h.window_start, sum(h.amount) as amount
    from switchboard.limit_holds as h
    group by h.limit_id, h.scope_key, h.window_start
  ),
  windows as (
    select w.limit_id, w.scope_key, w.window_start, sum(w.spent - w.carried) as spent,
      sum(w.held) as held
    from switchboard.limit_windows as w
    group by w.limit_id, w.scope_key, w.window_start
  ),
  differing as (
    select
      l.id as limit_id, k.window_start, coalesce(w.spent, 0) as spent,
      coalesce(e.amount, 0) as in_ledger, coalesce(w.held, 0) as held, coalesce(h.amount, 0) as holds
    from windows as w
    full join entered as e using (limit_id, scope_key, window_start)
    full join held as h using (limit_id, scope_key, window_start)
    cross join lateral (select limit_id, window_start) as k
    join public.ai_limits as l on l.id = k.limit_id
    -- A window that is not there, long over or of a limit that a rollback brought back, is counted
    -- from the ledger when a run opens it.
    where coalesce(w.held, 0) <> coalesce(h.amount, 0)
      or w.spent <> coalesce(e.amount, 0)
  )
  select jsonb_build_object(
    'ok', not exists (select from differing),
    'windows', (select count(*) from windows),
    'differing', coalesce((
      select jsonb_agg(to_jsonb(d) order by d.limit_id, d.window_start)
      from (select * from differing order by limit_id, window_start limit 20) as d), '[]'));
$$;
comment on function public.verify_limits() is
  'Whether, in every window, what is spent is what the rows of the ledger tell that name the limit, and what is held is the sum of its holds: ok, windows (how many), differing (at most 20: limit_id, window_start, spent, in_ledger, held, holds).';
revoke execute on function public.verify_limits() from public, anon, authenticated;
grant execute on function public.verify_limits() to service_role;
