-- Operators set and remove limits. A plain insert, update or delete in ai_limits does the same; what
-- these functions add are answers in words to what cannot be set, and what of a limit is used already,
-- before it is there.

create function switchboard.require_limit_terms(wanted public.ai_limits)
returns void
language plpgsql
set search_path = ''
as $$
declare
  of_scope constant text := case wanted.scope
    when 'assistant' then 'the type of an assistant' when 'user' then 'the id of a user'
    when 'api_key' then 'the id of an API key' end;
  problem constant text := case
    when wanted.scope is null
      or wanted.scope not in ('project', 'assistant', 'each_user', 'user', 'api_key')
      then 'scope must be project, assistant, each_user, user or api_key.'
    when wanted.scope = 'project'
      and num_nonnulls(wanted.assistant_type, wanted.user_id, wanted.api_key_id) > 0
      then 'A limit of the project takes no id.'
    when of_scope is not null and num_nonnulls(
      case wanted.scope when 'assistant' then wanted.assistant_type end,
      case wanted.scope when 'user' then wanted.user_id end,
      case wanted.scope when 'api_key' then wanted.api_key_id end) = 0
      then format('A limit of scope %s needs %s.', wanted.scope, of_scope)
    when wanted.unit is null or wanted.unit not in ('usd', 'tokens', 'turns', 'concurrent')
      then 'unit must be usd, tokens, turns or concurrent.'
    when wanted.amount is null or not wanted.amount between 0 and 1000000000000
      then 'amount must be between 0 and 1000000000000.'
    when wanted.unit <> 'usd' and wanted.amount % 1 <> 0
      then format('amount must be a whole number of %s.', case wanted.unit
        when 'concurrent' then 'turns' else wanted.unit end)
    when wanted.unit = 'concurrent' and wanted.period is not null
      then 'Turns at once (concurrent) have no period.'
    when wanted.unit <> 'concurrent' and (wanted.period is null
      or wanted.period not in ('minute', 'hour', 'day', 'month', 'total'))
      then 'period must be minute, hour, day, month or total.'
    when wanted.unit = 'concurrent' and wanted.enforcement <> 'hard'
      then 'Turns at once (concurrent) cannot be soft.'
    when wanted.enforcement not in ('hard', 'soft') then 'enforcement must be hard or soft.'
    when not exists (
      select from pg_catalog.pg_timezone_names as z where z.name = wanted.time_zone)
      then format('There is no time zone "%s".', left(wanted.time_zone, 64))
  end;
begin
  if problem is not null then
    raise exception using
      errcode = 'PT400', message = problem, detail = 'invalid_request';
  end if;
end;
$$;
comment on function switchboard.require_limit_terms(public.ai_limits) is
  'PT400 invalid_request for what no limit can be, in words.';
revoke execute on function switchboard.require_limit_terms(public.ai_limits)
  from public, anon, authenticated, service_role;

create function switchboard.limit_in_place_of(wanted public.ai_limits)
returns public.ai_limits
language sql
stable
set search_path = ''
as $$
  select l
  from public.ai_limits as l
  where (l.scope, l.unit) = (wanted.scope, wanted.unit)
    and (l.assistant_type, l.user_id, l.api_key_id, l.period) is not distinct from
      (wanted.assistant_type, wanted.user_id, wanted.api_key_id, wanted.period);
$$;
comment on function switchboard.limit_in_place_of(public.ai_limits) is
  'The limit of the same scope, unit and period; null where there is none.';
revoke execute on function switchboard.limit_in_place_of(public.ai_limits)
  from public, anon, authenticated, service_role;

create function switchboard.read_limit_terms(terms jsonb)
returns public.ai_limits
language plpgsql
set search_path = ''
as $$
declare
  wanted public.ai_limits := jsonb_populate_record(
    null::public.ai_limits, terms - array['id', 'user_hash', 'created_at', 'updated_at']);
  former constant public.ai_limits := switchboard.limit_in_place_of(wanted);
begin
  wanted.time_zone := coalesce(wanted.time_zone, former.time_zone, 'UTC');
  wanted.enforcement := coalesce(wanted.enforcement, former.enforcement, 'hard');
  perform switchboard.require_limit_terms(wanted);
  if wanted.assistant_type is not null then
    perform switchboard.find_assistant(wanted.assistant_type);
  end if;
  if wanted.api_key_id is not null then
    perform switchboard.find_api_key(wanted.api_key_id);
  end if;
  if wanted.user_id is not null
    and not exists (select from auth.users as u where u.id = wanted.user_id)
  then
    raise exception using
      errcode = 'PT404',
      message = 'There is no user with this id.',
      detail = 'user_not_found',
      hint = 'The ids are those of Auth.';
  end if;
  wanted.user_hash := switchboard.keyed_hash('user', wanted.user_id::text);
  return wanted;
end;
$$;
comment on function switchboard.read_limit_terms(jsonb) is
  'A limit that is to be set. What the terms leave out stays as it is, and of a new limit gets its default. PT400 invalid_request; PT404 assistant_not_found, user_not_found, key_not_found.';
revoke execute on function switchboard.read_limit_terms(jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.try_state_of(wanted public.ai_limits)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (switchboard.states_of_limits(array[wanted], now(), 10))[1];
exception when query_canceled then
  -- It took too long: what an operator has to set is set all the same.
  return null;
end;
$$;
comment on function switchboard.try_state_of(public.ai_limits) is
  'How far a limit is used up now, as states_of_limits() tells; null where the time did not suffice.';
revoke execute on function switchboard.try_state_of(public.ai_limits)
  from public, anon, authenticated, service_role;

-- Definers: users, windows and the key of the ledger's hashes are granted to no role.

create function public.set_limit(
  p_limit jsonb,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null,
  p_dry_run boolean default false
)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
set statement_timeout = '20s'
as $$
declare
  wanted public.ai_limits := switchboard.read_limit_terms(p_limit);
  former public.ai_limits := switchboard.limit_in_place_of(wanted);
  impact jsonb;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  -- With another time zone its windows are others, which are counted from the ledger.
  if wanted.time_zone = former.time_zone then
    wanted.id := former.id;
    wanted.created_at := former.created_at;
  end if;
  -- Before the lock, for which the others wait.
  impact := switchboard.try_state_of(wanted);
  if not p_dry_run then
    perform switchboard.lock_registry();
    wanted := switchboard.read_limit_terms(p_limit);
    former := switchboard.limit_in_place_of(wanted);
    if former.id is null then
      insert into public.ai_limits (
        scope, assistant_type, user_id, api_key_id, unit, amount, period, time_zone, enforcement)
      values (
        wanted.scope, wanted.assistant_type, wanted.user_id, wanted.api_key_id, wanted.unit,
        wanted.amount, wanted.period, wanted.time_zone, wanted.enforcement)
      returning * into wanted;
    elsif (former.amount, former.time_zone, former.enforcement)
      is distinct from (wanted.amount, wanted.time_zone, wanted.enforcement)
    then
      update public.ai_limits as l
        set amount = wanted.amount, time_zone = wanted.time_zone, enforcement = wanted.enforcement
        where l.id = former.id
        returning * into wanted;
    else
      wanted := former;
    end if;
  end if;
  return jsonb_build_object(
    'limit', switchboard.describe_limit(wanted),
    'former', case when former.id is not null then switchboard.describe_limit(former) end,
    'impact', impact,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_limit(jsonb, uuid, text, text, text, boolean) is
  'Sets the limit of a scope, a unit and a period, of which there is one. p_limit: scope (`project`, `assistant`, `each_user`, `user`, `api_key`), assistant_type, user_id or api_key_id by scope, unit (`usd`, `tokens`, `turns`, `concurrent`), amount, period (`minute`, `hour`, `day`, `month`, `total`; none for `concurrent`), time_zone (of a new one by default UTC) and enforcement (of a new one by default hard), which stay as they are where they are left out. With p_dry_run nothing is stored. Returns limit (as it is now, or would be), former (null: there was none), impact (what of it is used already, as limit_status(); null where counting took too long) and registry_version. PT400 invalid_request; PT404 assistant_not_found, user_not_found, key_not_found.';
revoke execute on function public.set_limit(jsonb, uuid, text, text, text, boolean)
  from public, anon, authenticated;
grant execute on function public.set_limit(jsonb, uuid, text, text, text, boolean)
  to service_role;

-- No cascade of Auth's does it: the deletion of a user waits for no operator.
create function switchboard.remove_limits_of_deleted_users()
returns integer
language plpgsql
set search_path = ''
as $$
declare
  former_reason constant text := coalesce(current_setting('switchboard.reason', true), '');
  removed integer;
begin
  if not exists (
    select from public.ai_limits as l
    where l.user_id is not null
      and not exists (select from auth.users as u where u.id = l.user_id)
  ) then
    return 0;
  end if;
  perform switchboard.lock_registry();
  perform switchboard.note_change_author(null, null, reason => 'The user was deleted.');
  delete from public.ai_limits as l
  where l.user_id is not null
    and not exists (select from auth.users as u where u.id = l.user_id);
  get diagnostics removed = row_count;
  perform set_config('switchboard.reason', former_reason, true);
  return removed;
end;
$$;
comment on function switchboard.remove_limits_of_deleted_users() is
  'Removes the limits of users who are not in Auth any more, and returns how many.';
revoke execute on function switchboard.remove_limits_of_deleted_users()
  from public, anon, authenticated, service_role;

create function public.remove_limit(
  p_id bigint,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former public.ai_limits;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  former := switchboard.find_limit(p_id);
  delete from public.ai_limits as l where l.id = p_id;
  return jsonb_build_object(
    'limit', switchboard.describe_limit(former),
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.remove_limit(bigint, uuid, text, text, text) is
  'Removes a limit: the next request is not held to it. Returns limit, as it was, and registry_version. PT404 limit_not_found.';
revoke execute on function public.remove_limit(bigint, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.remove_limit(bigint, uuid, text, text, text) to service_role;
