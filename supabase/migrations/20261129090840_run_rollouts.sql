-- The operator's writes of rollouts. Each may also be made in SQL, by canary_share and
-- canary_model_id; what the rollout tolerates is then as by default.

create function switchboard.describe_rollout(rollout public.ai_rollouts)
returns jsonb
language plpgsql
stable
-- Stages and figures are granted to no role.
security definer
set search_path = ''
as $$
begin
  return to_jsonb(rollout) - 'problem_at' || jsonb_build_object(
    'share', case when rollout.ended_at is null then (
      select s.share from switchboard.rollout_stages as s
      where s.rollout_id = rollout.id order by s.stage desc limit 1) end,
    'verdict', coalesce((
      select v.verdict from public.ai_rollout_verdicts as v
      where v.rollout_id = rollout.id
        and (v.verdict = 'worse' or (v.figures ->> 'stage')::integer = (
          select max(s.stage) from switchboard.rollout_stages as s
          where s.rollout_id = rollout.id))
      order by v.id desc limit 1), 'undecided'),
    'figures', (
      select f.figures || jsonb_build_object('measured_at', f.measured_at)
      from switchboard.rollout_figures as f where f.rollout_id = rollout.id),
    'verdicts', coalesce((
      select jsonb_agg(to_jsonb(v) - 'rollout_id' order by v.id)
      from public.ai_rollout_verdicts as v where v.rollout_id = rollout.id), '[]'));
end;
$$;
comment on function switchboard.describe_rollout(public.ai_rollouts) is
  'A rollout with the share that it has now (null once it has ended), its verdict by now (`worse`, `not_worse` under the present share, or `undecided`), its figures when the tick last looked (null: it did not yet), and all verdicts.';
revoke execute on function switchboard.describe_rollout(public.ai_rollouts)
  from public, anon, authenticated;
grant execute on function switchboard.describe_rollout(public.ai_rollouts) to service_role;

create function switchboard.find_rollout(wanted_id bigint)
returns public.ai_rollouts
language plpgsql
set search_path = ''
as $$
declare
  rollout public.ai_rollouts;
begin
  select * into rollout from public.ai_rollouts as r where r.id = wanted_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no rollout %s.', wanted_id),
      detail = 'rollout_not_found',
      hint = 'The ids are in the list of rollouts.';
  end if;
  return rollout;
end;
$$;
comment on function switchboard.find_rollout(bigint) is
  'The rollout of an id; PT404 rollout_not_found without one.';
revoke execute on function switchboard.find_rollout(bigint) from public, anon, authenticated;
grant execute on function switchboard.find_rollout(bigint) to service_role;

create function switchboard.require_no_rollout(
  of_assistant_type text,
  promoted_model_id text default null
)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  active public.ai_rollouts;
begin
  select r.* into active
  from public.ai_rollouts as r
  where r.ended_at is null and r.watch_until is null
    and r.assistant_type is not distinct from of_assistant_type
    and r.model_id is distinct from promoted_model_id
  limit 1;
  if found then
    raise exception using
      errcode = 'PT409',
      message = format('Rollout %s of %s is under way for %s.', active.id, active.model_id,
        coalesce('the assistant ' || of_assistant_type, 'the default')),
      detail = 'rollout_active',
      hint = format('Promote or revert it first: rollout end %s promote, or rollout end %s revert.',
        active.id, active.id);
  end if;
end;
$$;
comment on function switchboard.require_no_rollout(text, text) is
  'PT409 rollout_active while one is under way for an assistant, or for the default (null), of another model than the one that is to take the place.';
revoke execute on function switchboard.require_no_rollout(text, text) from public, anon, authenticated;
grant execute on function switchboard.require_no_rollout(text, text) to service_role;

create function switchboard.note_rollout(wanted jsonb)
returns void
language sql
set search_path = ''
as $$
  select pg_catalog.set_config(
    'switchboard.rollout', coalesce(pg_catalog.jsonb_strip_nulls(wanted)::text, ''), true);
$$;
comment on function switchboard.note_rollout(jsonb) is
  'Tells the triggers what the next rollout of the transaction tolerates (error_points, latency_ratio, cost_ratio), what follows its verdict (on_verdict) or, of a switch, for how long it is watched (watch_minutes).';
revoke execute on function switchboard.note_rollout(jsonb) from public, anon, authenticated;
grant execute on function switchboard.note_rollout(jsonb) to service_role;

create function switchboard.note_watch(watch_minutes integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if watch_minutes not between 1 and 10080 then
    raise exception using
      errcode = 'PT400', message = 'A switch is watched for 1 to 10080 minutes.',
      detail = 'invalid_request';
  end if;
  perform switchboard.note_rollout(jsonb_build_object('watch_minutes', watch_minutes));
end;
$$;
comment on function switchboard.note_watch(integer) is
  'Tells the triggers for how long the switch that follows is watched; null: not at all.';
revoke execute on function switchboard.note_watch(integer) from public, anon, authenticated;
grant execute on function switchboard.note_watch(integer) to service_role;

create function public.start_rollout(
  p_model_id text,
  p_share integer,
  p_assistant_type text default null,
  p_guards jsonb default null,
  p_on_verdict text default null,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
  p_probe_id bigint default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former_version bigint;
  started_id bigint;
begin
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);
  perform switchboard.require_usable(switchboard.find_model(p_model_id));
  perform switchboard.require_no_rollout(p_assistant_type);
  perform switchboard.require_unchanged_since(p_expected_version, p_model_id, p_assistant_type);
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, switchboard.require_fresh_probe(p_probe_id, p_model_id),
    actor_key_name => p_actor_key_name, probe_id => p_probe_id, reason => p_reason);
  perform switchboard.note_rollout(
    coalesce(p_guards, '{}') || jsonb_build_object('on_verdict', p_on_verdict));
  if p_assistant_type is null then
    update public.bedrock_models as bm
      set canary_share = p_share
      where bm.model_id = p_model_id
      returning bm.rollout_id into started_id;
  else
    update public.ai_assistants as a
      set canary_model_id = p_model_id, canary_share = p_share
      where a.id = (switchboard.find_assistant(p_assistant_type)).id
      returning a.rollout_id into started_id;
  end if;

  return jsonb_build_object(
    'rollout', switchboard.describe_rollout(switchboard.find_rollout(started_id)),
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.start_rollout(
  text, integer, text, jsonb, text, uuid, text, bigint, bigint, text, text) is
  'Gives a model p_share percent (1 to 100) of the new conversations and calls that the default answers or, with p_assistant_type, that the assistant''s model answers, and compares the two. p_guards: error_points (2), latency_ratio (1.25), cost_ratio (1.5); p_on_verdict: `hold` (default) or `promote`. PT404 model_not_found, assistant_not_found; PT409 rollout_active, model_is_default, model_not_available, model_retired, model_outside_geographies, provider_retains_data, registry_changed, probe_not_valid.';
revoke execute on function public.start_rollout(
  text, integer, text, jsonb, text, uuid, text, bigint, bigint, text, text)
  from public, anon, authenticated;
grant execute on function public.start_rollout(
  text, integer, text, jsonb, text, uuid, text, bigint, bigint, text, text) to service_role;

create function switchboard.find_rollout_under_way(wanted_id bigint)
returns public.ai_rollouts
language plpgsql
set search_path = ''
as $$
declare
  rollout constant public.ai_rollouts := switchboard.find_rollout(wanted_id);
begin
  if rollout.ended_at is not null then
    raise exception using
      errcode = 'PT409',
      message = format('Rollout %s has ended: %s.', wanted_id, rollout.outcome),
      detail = 'rollout_ended',
      hint = 'Start another one.';
  end if;
  return rollout;
end;
$$;
comment on function switchboard.find_rollout_under_way(bigint) is
  'As find_rollout(); PT409 rollout_ended for one that has ended.';
revoke execute on function switchboard.find_rollout_under_way(bigint)
  from public, anon, authenticated;
grant execute on function switchboard.find_rollout_under_way(bigint) to service_role;

create function public.set_rollout_share(
  p_id bigint,
  p_share integer,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former_version bigint;
  rollout public.ai_rollouts;
begin
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);
  rollout := switchboard.find_rollout_under_way(p_id);
  if rollout.watch_until is not null then
    raise exception using
      errcode = 'PT400',
      message = format('%s was switched to at once and is watched; it has no share.', rollout.model_id),
      detail = 'invalid_request',
      hint = 'Roll the switch back, and start a rollout.';
  end if;
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  update public.bedrock_models as bm
    set canary_share = p_share
    where bm.rollout_id = p_id and bm.canary_share <> p_share;
  update public.ai_assistants as a
    set canary_share = p_share
    where a.rollout_id = p_id and a.canary_share <> p_share;

  return jsonb_build_object(
    'rollout', switchboard.describe_rollout(switchboard.find_rollout(p_id)),
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_rollout_share(bigint, integer, uuid, text, text, text) is
  'Changes the share of a rollout, in percent (1 to 100), for new conversations and calls; what was assigned stays. PT404 rollout_not_found; PT409 rollout_ended; PT400 invalid_request for a watched switch.';
revoke execute on function public.set_rollout_share(bigint, integer, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.set_rollout_share(bigint, integer, uuid, text, text, text)
  to service_role;

create function switchboard.promote_canary(rollout public.ai_rollouts)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform switchboard.require_usable(switchboard.find_model(rollout.model_id));
  if rollout.assistant_type is null then
    update public.bedrock_models as bm
      set is_default = true
      where bm.rollout_id = rollout.id and not bm.is_default;
  else
    update public.ai_assistants as a
      set model_version = a.canary_model_id
      where a.rollout_id = rollout.id and a.canary_model_id is not null;
  end if;
end;
$$;
comment on function switchboard.promote_canary(public.ai_rollouts) is
  'Puts the canary in the place of the model that it was compared with. PT409 as of require_usable().';
revoke execute on function switchboard.promote_canary(public.ai_rollouts)
  from public, anon, authenticated;
grant execute on function switchboard.promote_canary(public.ai_rollouts) to service_role;

create function switchboard.take_back_rollout(rollout public.ai_rollouts)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if rollout.watch_until is null then
    update public.bedrock_models as bm set canary_share = null where bm.rollout_id = rollout.id;
    update public.ai_assistants as a set canary_model_id = null where a.rollout_id = rollout.id;
    return;
  end if;
  perform switchboard.require_usable(switchboard.find_model(rollout.former_model_id));
  if rollout.assistant_type is null then
    update public.bedrock_models as bm
      set is_default = true
      where bm.model_id = rollout.former_model_id and exists (
        select from public.bedrock_models as d where d.rollout_id = rollout.id and d.is_default);
  else
    update public.ai_assistants as a
      set model_version = rollout.former_model_id
      where a.rollout_id = rollout.id;
  end if;
end;
$$;
comment on function switchboard.take_back_rollout(public.ai_rollouts) is
  'Takes its share, or after a watched switch its place, from the model of a rollout. PT409 as of require_usable() where the former model cannot take its place again.';
revoke execute on function switchboard.take_back_rollout(public.ai_rollouts)
  from public, anon, authenticated;
grant execute on function switchboard.take_back_rollout(public.ai_rollouts) to service_role;

create function switchboard.release_rollout(of_id bigint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.bedrock_models as bm set rollout_id = null where bm.rollout_id = of_id;
  update public.ai_assistants as a set rollout_id = null where a.rollout_id = of_id;
end;
$$;
comment on function switchboard.release_rollout(bigint) is
  'Ends the watch of a switch; its model stays.';
revoke execute on function switchboard.release_rollout(bigint) from public, anon, authenticated;
grant execute on function switchboard.release_rollout(bigint) to service_role;

create function public.end_rollout(
  p_id bigint,
  p_outcome text,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former_version bigint;
  rollout public.ai_rollouts;
begin
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);
  rollout := switchboard.find_rollout_under_way(p_id);
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  case p_outcome
    when 'revert' then
      perform switchboard.take_back_rollout(rollout);
    when 'promote' then
      if rollout.watch_until is null then
        perform switchboard.promote_canary(rollout);
      else
        perform switchboard.release_rollout(p_id);
      end if;
    else
      raise exception using
        errcode = 'PT400', message = 'A rollout ends as promote or revert.',
        detail = 'invalid_request';
  end case;

  return jsonb_build_object(
    'rollout', switchboard.describe_rollout(switchboard.find_rollout(p_id)),
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.end_rollout(bigint, text, uuid, text, text, text) is
  'Ends a rollout: `promote` puts its model in the place of the former one, `revert` gives all back to that one. Of a watched switch: `promote` ends the watch. PT404 rollout_not_found; PT409 rollout_ended, model_not_available, model_retired, model_outside_geographies, provider_retains_data.';
revoke execute on function public.end_rollout(bigint, text, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.end_rollout(bigint, text, uuid, text, text, text)
  to service_role;

create function public.list_rollouts(p_id bigint default null, p_limit integer default 20)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(switchboard.describe_rollout(r) order by r.ended_at is not null, r.id desc)
    from (
      select * from public.ai_rollouts as o
      where p_id is null or o.id = p_id
      order by o.ended_at is not null, o.id desc
      limit least(greatest(p_limit, 1), 200)
    ) as r), '[]');
end;
$$;
comment on function public.list_rollouts(bigint, integer) is
  'Rollouts, those under way first, then the newest first (1 to 200; 20); with p_id that one alone.';
revoke execute on function public.list_rollouts(bigint, integer) from public, anon, authenticated;
grant execute on function public.list_rollouts(bigint, integer) to service_role;

create function switchboard.side_of_unit(of_rollout_id bigint, unit text, share integer)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when ('x' || left(encode(sha256(convert_to(of_rollout_id || ' ' || unit, 'UTF8')),
      'hex'), 8))::bit(32)::bigint * 100 < share * 4294967296
    then 'canary' else 'former' end;
end;
$$;
comment on function switchboard.side_of_unit(bigint, text, integer) is
  'The side of a rollout that a conversation or a client of calls is on: `canary` for as many percent as the share, by a hash. sideOf() in supabase/functions/_shared/runs/assign_rollout.ts is the same.';
revoke execute on function switchboard.side_of_unit(bigint, text, integer)
  from public, anon, authenticated, service_role;
