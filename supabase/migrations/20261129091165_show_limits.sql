-- Limits as operators read them, with what of each is used now. Windows are read without locks: a turn
-- that ends at this moment is in the next answer.

create function switchboard.describe_limit(of_limit public.ai_limits)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', of_limit.id,
    'name', switchboard.limit_name(of_limit),
    'scope', jsonb_build_object(
      'kind', of_limit.scope,
      'id', coalesce(
        of_limit.assistant_type, of_limit.user_id::text, of_limit.api_key_id::text)),
    'unit', of_limit.unit,
    'amount', of_limit.amount,
    'period', of_limit.period,
    'time_zone', of_limit.time_zone,
    'enforcement', of_limit.enforcement,
    'created_at', of_limit.created_at,
    'updated_at', of_limit.updated_at);
$$;
comment on function switchboard.describe_limit(public.ai_limits) is
  'A limit as operators read it.';
revoke execute on function switchboard.describe_limit(public.ai_limits)
  from public, anon, authenticated, service_role;

create function switchboard.windows_of(of_limit public.ai_limits, moment timestamptz)
returns table (scope_key text, spent numeric, held numeric)
language plpgsql
stable
rows 100
set search_path = ''
as $$
declare
  starts_at constant timestamptz :=
    switchboard.window_start(of_limit.period, moment, of_limit.time_zone);
  ends_at constant timestamptz :=
    switchboard.window_end(of_limit.period, starts_at, of_limit.time_zone);
begin
  of_limit.created_at := coalesce(of_limit.created_at, moment);
  return query
    with opened as materialized (
      select w.scope_key, sum(w.spent) as spent, sum(w.held) as held
      from switchboard.limit_windows as w
      where w.limit_id = of_limit.id and w.window_start = starts_at
      group by w.scope_key
    ),
    expired as (
      select h.scope_key, sum(h.amount) as amount
      from switchboard.limit_holds as h
      where h.limit_id = of_limit.id and h.window_start = starts_at and h.expires_at <= moment
      group by h.scope_key
    ),
    -- A window that no run has opened since the limit is there begins with what the ledger has.
    -- Sums of days know no users.
    unopened as (
      -- units_of(), written out, as in sum_window().
      select u.user_hash as scope_key,
        sum(case of_limit.unit
          when 'usd' then coalesce(u.cost_usd, 0)
          when 'tokens' then coalesce(u.input_tokens, 0)::numeric + coalesce(u.output_tokens, 0)
            + coalesce(u.cache_read_tokens, 0) + coalesce(u.cache_write_tokens, 0)
          else case u.status when 'unanswered' then 0 else 1 end
        end) as spent
      from public.ai_usage as u
      where of_limit.scope = 'each_user' and of_limit.unit <> 'concurrent'
        and starts_at < of_limit.created_at
        and u.ended_at >= starts_at and u.begun_at >= starts_at
        and (ends_at is null or u.begun_at < ends_at)
        and u.user_hash is not null
        and (of_limit.assistant_type is null or u.assistant_type = of_limit.assistant_type)
        and not exists (select from opened as o where o.scope_key = u.user_hash)
      group by u.user_hash
      union all
      select '', s.spent
      from switchboard.sum_window(of_limit, row(of_limit.id, of_limit.unit, of_limit.amount, '',
        starts_at, ends_at, 0)::switchboard.counted_limit, '{}') as s
      where of_limit.scope <> 'each_user' and not exists (select from opened)
    )
    select o.scope_key, o.spent, o.held - coalesce(e.amount, 0)
    from opened as o left join expired as e on e.scope_key = o.scope_key
    where of_limit.scope <> 'each_user' or o.spent + o.held - coalesce(e.amount, 0) > 0
    union all
    select n.scope_key, n.spent, 0 from unopened as n
    where of_limit.scope <> 'each_user' or n.spent > 0;
end;
$$;
comment on function switchboard.windows_of(public.ai_limits, timestamptz) is
  'What of a limit is used at a moment, without holds that have expired: by user for a limit of each, of those who used any of it; else one row. Of a limit without id, that is not stored, as it would be.';
revoke execute on function switchboard.windows_of(public.ai_limits, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.states_of_limits(
  of_limits public.ai_limits[],
  moment timestamptz,
  most integer
)
returns jsonb[]
language plpgsql
stable
set search_path = ''
as $$
declare
  states jsonb[];
begin
  with used as (
    select i.place, of_limits[i.place] as of_limit, w.*,
      row_number() over (
        partition by i.place order by w.spent + w.held desc, w.scope_key) as nearness
    from generate_subscripts(of_limits, 1) as i (place)
    cross join lateral switchboard.windows_of(of_limits[i.place], moment) as w
  ),
  listed as materialized (
    select * from used as u where u.nearness <= most
  ),
  users as materialized (
    select f.user_hash, f.user_id
    from switchboard.users_of_hashes(array(
      select distinct l.scope_key from listed as l where l.scope_key <> '')) as f
  ),
  shown as (
    select l.place, jsonb_agg(jsonb_build_object(
        'user_id', f.user_id, 'spent', l.spent, 'held', l.held,
        'left', greatest((l.of_limit).amount - l.spent - l.held, 0),
        'window_start', case when b.ends_at is not null then b.starts_at end,
        'window_end', b.ends_at)
      order by l.nearness) as windows
    from listed as l
    cross join lateral (
      select switchboard.window_start((l.of_limit).period, moment, (l.of_limit).time_zone)
    ) as s (starts_at)
    cross join lateral (
      select s.starts_at,
        switchboard.window_end((l.of_limit).period, s.starts_at, (l.of_limit).time_zone)
    ) as b (starts_at, ends_at)
    left join users as f on f.user_hash = l.scope_key
    group by l.place
  ),
  counts as (
    select u.place, count(*) as count,
      count(*) filter (where u.spent + u.held >= 0.8 * (u.of_limit).amount) as near,
      count(*) filter (where u.spent + u.held >= (u.of_limit).amount) as full
    from used as u group by u.place
  )
  select array_agg(jsonb_build_object(
      'windows', coalesce(s.windows, '[]'), 'count', coalesce(c.count, 0),
      'near', coalesce(c.near, 0), 'full', coalesce(c.full, 0))
    order by i.place)
  into states
  from generate_subscripts(of_limits, 1) as i (place)
  left join shown as s on s.place = i.place
  left join counts as c on c.place = i.place;
  return coalesce(states, '{}');
end;
$$;
comment on function switchboard.states_of_limits(public.ai_limits[], timestamptz, integer) is
  'How far each limit is used up at a moment: windows (the nearest to the limit, at most so many), count of all, near (80 % or more) and full.';
revoke execute on function switchboard.states_of_limits(
  public.ai_limits[], timestamptz, integer)
  from public, anon, authenticated, service_role;

create function switchboard.find_limit(wanted_id bigint)
returns public.ai_limits
language plpgsql
set search_path = ''
as $$
declare
  found_limit public.ai_limits;
begin
  select * into found_limit from public.ai_limits as l where l.id = wanted_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no limit %s.', wanted_id),
      detail = 'limit_not_found',
      hint = 'The ids are in the list of limits.';
  end if;
  return found_limit;
end;
$$;
comment on function switchboard.find_limit(bigint) is
  'The row of a limit; PT404 limit_not_found without one.';
revoke execute on function switchboard.find_limit(bigint)
  from public, anon, authenticated, service_role;

create function switchboard.sorted_limits(wanted_id bigint default null)
returns public.ai_limits[]
language sql
stable
set search_path = ''
as $$
  select coalesce(array_agg(l order by
    array_position(array['project', 'assistant', 'each_user', 'user', 'api_key'], l.scope),
    l.assistant_type nulls first, l.user_id, l.api_key_id, l.unit, l.period, l.id), '{}')
  from public.ai_limits as l
  where wanted_id is null or l.id = wanted_id;
$$;
comment on function switchboard.sorted_limits(bigint) is
  'All limits, those that concern most first; or one.';
revoke execute on function switchboard.sorted_limits(bigint)
  from public, anon, authenticated, service_role;

create function public.list_limits()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'limits', coalesce((
      select jsonb_agg(switchboard.describe_limit(w.limits[i.place]) order by i.place)
      from (select switchboard.sorted_limits()) as w (limits)
      cross join lateral generate_subscripts(w.limits, 1) as i (place)), '[]'),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function public.list_limits() is
  'All limits, and registry_version.';
revoke execute on function public.list_limits() from public, anon, authenticated;
grant execute on function public.list_limits() to service_role;

create function public.limit_status(p_id bigint default null, p_most integer default 100)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set statement_timeout = '30s'
as $$
declare
  wanted constant public.ai_limits[] := switchboard.sorted_limits(
    case when p_id is not null then (switchboard.find_limit(p_id)).id end);
  states constant jsonb[] := switchboard.states_of_limits(wanted, now(), p_most);
begin
  return jsonb_build_object(
    'limits', coalesce((
      select jsonb_agg(
        switchboard.describe_limit(wanted[i.place]) || states[i.place] order by i.place)
      from generate_subscripts(wanted, 1) as i (place)), '[]'),
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.limit_status(bigint, integer) is
  'All limits, or one, with how far they are used up now: windows (spent, held, left, window_start, window_end and, of a limit for each user, user_id; the nearest to the limit, at most p_most), count of all windows, near (80 % or more) and full; and registry_version. PT404 limit_not_found.';
revoke execute on function public.limit_status(bigint, integer) from public, anon, authenticated;
grant execute on function public.limit_status(bigint, integer) to service_role;
