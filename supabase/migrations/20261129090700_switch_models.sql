-- The operator's writes. Each is one atomic call, refuses with a reason, and may be repeated. Each
-- returns the registry's version before it and after it.
-- Errors carry the switchboard's code in `detail`. A row that another transaction has locked is
-- waited for as long as the registry (switchboard.lock_registry()), then refused in the same way:
-- PT409 registry_locked, from each of them.

create function public.require_present_operator(
  p_user_id uuid,
  p_session_id uuid default null,
  p_aal text default null
)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not switchboard.is_signed_in(p_user_id, p_session_id, session_required => true) then
    perform switchboard.refuse_signed_out();
  end if;
  if coalesce(p_aal, '') <> 'aal2' and exists (
    select from public.registry_settings as rs where rs.require_mfa
  ) then
    raise exception using
      errcode = 'PT403',
      message = 'Changes require a second factor (aal2).',
      detail = 'insufficient_aal',
      hint = 'Verify your second factor with Auth and send the new access token, or use a secret key.';
  end if;
end;
$$;
comment on function public.require_present_operator(uuid, uuid, text) is
  'Refuses a change by a platform admin who has signed out or was banned since their token was issued, or who lacks the second factor that registry_settings.require_mfa demands. p_session_id, p_aal: of the verified token. PT401 invalid_credentials; PT403 insufficient_aal.';
revoke execute on function public.require_present_operator(uuid, uuid, text)
  from public, anon, authenticated;
grant execute on function public.require_present_operator(uuid, uuid, text) to service_role;

create function switchboard.note_change_author(
  actor_user_id uuid,
  source text,
  probe text default null,
  rollback_of bigint default null,
  actor_key_name text default null,
  probe_id bigint default null,
  reason text default null
)
returns void
language sql
set search_path = ''
as $$
  select
    pg_catalog.set_config('switchboard.actor_user_id', coalesce(actor_user_id::text, ''), true),
    pg_catalog.set_config('switchboard.actor_key_name', coalesce(actor_key_name, ''), true),
    pg_catalog.set_config('switchboard.source', coalesce(source, ''), true),
    pg_catalog.set_config('switchboard.probe', coalesce(probe, ''), true),
    pg_catalog.set_config('switchboard.probe_id', coalesce(probe_id::text, ''), true),
    pg_catalog.set_config('switchboard.rollback_of', coalesce(rollback_of::text, ''), true),
    -- In SQL a reason may have been set for the transaction before.
    pg_catalog.set_config(
      'switchboard.reason',
      coalesce(reason, pg_catalog.current_setting('switchboard.reason', true), ''), true);
$$;
comment on function switchboard.note_change_author(uuid, text, text, bigint, text, bigint, text) is
  'Tells the audit triggers the actor, the source, the probe, the rollback and the reason of the changes, until the end of the transaction. The actor is the caller''s claim, and logged as one. Without a reason, the one of the transaction stays.';
revoke execute on function
  switchboard.note_change_author(uuid, text, text, bigint, text, bigint, text)
  from public, anon, authenticated;
grant execute on function
  switchboard.note_change_author(uuid, text, text, bigint, text, bigint, text)
  to service_role;

create function switchboard.refuse_lost_version(expected_version bigint, present_version bigint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT409',
    message = format('The registry is at version %s and knows no version %s, as after a restore of a backup.',
      present_version, expected_version),
    detail = 'registry_changed',
    hint = 'Look at the registry as it is now, and decide again.';
end;
$$;
comment on function switchboard.refuse_lost_version(bigint, bigint) is
  'PT409 registry_changed for a decision on a version that the registry has not reached.';
revoke execute on function switchboard.refuse_lost_version(bigint, bigint)
  from public, anon, authenticated;
grant execute on function switchboard.refuse_lost_version(bigint, bigint) to service_role;

create function switchboard.require_unchanged_since(
  expected_version bigint,
  changed_model_id text,
  changed_assistant_type text default null
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  -- Without the default flag: a model is as good a choice when others have been the default in
  -- between, and operators who switch at once are ordered, not refused.
  ignored constant text[] := array['is_default', 'updated_at'];
  present_version constant bigint := (select rv.version from public.registry_version as rv);
  change public.model_switches;
begin
  if expected_version is null or expected_version = present_version then
    return;
  end if;
  if expected_version > present_version then
    perform switchboard.refuse_lost_version(expected_version, present_version);
  end if;
  select ms.* into change
  from public.model_switches as ms
  left join switchboard.audited_tables as t on t.table_name = ms.table_name
  where ms.registry_version > expected_version and ms.action not in ('adopt-price', 'revert-rollout', 'end-watch')
    and ms.row_before - ignored is distinct from ms.row_after - ignored
    -- Who talks to an assistant is no change of it.
    and ms.table_name not in ('ai_user_roles', 'ai_api_keys')
    and case
      when t.concerns_every_switch then true
      when ms.assistant_type is null then ms.model_id = changed_model_id
      else ms.assistant_type = changed_assistant_type
    end
  order by ms.id desc
  limit 1;
  if found then
    raise exception using
      errcode = 'PT409',
      message = format('%s changed since version %s of the registry, on which the switch was decided; it is %s now.',
        coalesce('The assistant ' || change.assistant_type, change.model_id, change.table_name),
        expected_version, present_version),
      detail = 'registry_changed',
      hint = 'Look at what changed, and switch again if it is still right.';
  end if;
end;
$$;
comment on function switchboard.require_unchanged_since(bigint, text, text) is
  'PT409 registry_changed if the model (but for its default flag), the assistant or a table that concerns every switch changed after a version, or if the registry has not reached that version. Null: nothing is expected.';
revoke execute on function switchboard.require_unchanged_since(bigint, text, text)
  from public, anon, authenticated;
grant execute on function switchboard.require_unchanged_since(bigint, text, text) to service_role;

create function switchboard.list_models(model_ids text[])
returns text
language sql
immutable
set search_path = ''
as $$
  select case cardinality(model_ids)
    when 0 then 'none'
    else array_to_string(model_ids[:20], ', ')
  end || case when cardinality(model_ids) > 20
    then format(' and %s more', cardinality(model_ids) - 20) else '' end;
$$;
comment on function switchboard.list_models(text[]) is
  'Model ids for the hint of an error: the first 20, and how many more there are.';
revoke execute on function switchboard.list_models(text[]) from public, anon, authenticated;
grant execute on function switchboard.list_models(text[]) to service_role;

create function switchboard.find_model(wanted_model_id text)
returns public.bedrock_models
language plpgsql
set search_path = ''
as $$
declare
  model public.bedrock_models;
begin
  select * into model from public.bedrock_models as bm where bm.model_id = wanted_model_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no model %s in the registry.', wanted_model_id),
      detail = 'model_not_found',
      hint = 'Registered: ' || switchboard.list_models(array(
        select bm.model_id from public.bedrock_models as bm order by bm.priority, bm.model_id));
  end if;
  return model;
end;
$$;
comment on function switchboard.find_model(text) is
  'The registry''s row of a model id; PT404 model_not_found without one.';
revoke execute on function switchboard.find_model(text) from public, anon, authenticated;
grant execute on function switchboard.find_model(text) to service_role;

create function switchboard.require_not_retired(model public.bedrock_models)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if model.lifecycle = 'retired' then
    raise exception using
      errcode = 'PT409',
      message = format('AWS has retired %s; it no longer answers.', model.model_id),
      detail = 'model_retired',
      hint = coalesce('Its successor is ' || model.successor_model_id || '.',
        'It has no successor on record.');
  end if;
end;
$$;
comment on function switchboard.require_not_retired(public.bedrock_models) is
  'PT409 model_retired, naming the successor, for a model that AWS has ended.';
revoke execute on function switchboard.require_not_retired(public.bedrock_models)
  from public, anon, authenticated;
grant execute on function switchboard.require_not_retired(public.bedrock_models) to service_role;

create function switchboard.require_usable(model public.bedrock_models)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform switchboard.require_not_retired(model);
  if not model.is_available then
    raise exception using
      errcode = 'PT409',
      message = format('%s is not available.', model.model_id),
      detail = 'model_not_available',
      hint = 'Enable it first.';
  end if;
  perform switchboard.require_allowed_geographies(model);
end;
$$;
comment on function switchboard.require_usable(public.bedrock_models) is
  'PT409 model_retired, model_not_available or model_outside_geographies for a model that the selection would skip.';
revoke execute on function switchboard.require_usable(public.bedrock_models)
  from public, anon, authenticated;
grant execute on function switchboard.require_usable(public.bedrock_models) to service_role;

create function public.set_default_model(
  p_model_id text,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
  p_probe_id bigint default null,
  p_actor_key_name text default null,
  p_reason text default null,
  p_watch_minutes integer default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former_version bigint;
  former_model_id text;
begin
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);

  perform switchboard.require_usable(switchboard.find_model(p_model_id));
  perform switchboard.require_no_rollout(null, p_model_id);
  perform switchboard.require_unchanged_since(p_expected_version, p_model_id);
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, switchboard.require_fresh_probe(p_probe_id, p_model_id),
    actor_key_name => p_actor_key_name, probe_id => p_probe_id, reason => p_reason);

  perform switchboard.note_watch(p_watch_minutes);
  select bm.model_id into former_model_id from public.bedrock_models as bm where bm.is_default;
  update public.bedrock_models as bm
    set is_default = true
    where bm.model_id = p_model_id and not bm.is_default;

  return jsonb_build_object(
    'former_model_id', former_model_id,
    'rollout_id', (
      select bm.rollout_id from public.bedrock_models as bm where bm.model_id = p_model_id),
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_default_model(text, uuid, text, bigint, bigint, text, text, integer) is
  'Makes an available model the default, atomically. Returns the former default and the registry''s version. p_expected_version: the version on which it was decided; p_probe_id: the probe that the model passed, null where it was skipped; p_watch_minutes: for how long the switch is watched, and reverts itself where more fails than before. PT404 model_not_found; PT409 model_not_available, model_retired, model_outside_geographies, registry_changed, probe_not_valid, rollout_active.';
revoke execute on function public.set_default_model(text, uuid, text, bigint, bigint, text, text, integer)
  from public, anon, authenticated;
grant execute on function public.set_default_model(text, uuid, text, bigint, bigint, text, text, integer)
  to service_role;

create function public.enable_model(
  p_model_id text,
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
  model public.bedrock_models;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);

  model := switchboard.find_model(p_model_id);
  perform switchboard.require_not_retired(model);
  perform switchboard.require_allowed_geographies(model);
  update public.bedrock_models as bm
    set is_available = true, serves_pinned = true
    where bm.model_id = p_model_id and not (bm.is_available and bm.serves_pinned);

  return jsonb_build_object(
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.enable_model(text, uuid, text, text, text) is
  'Makes a model available, also to conversations pinned to it. PT404 model_not_found; PT409 model_retired, model_outside_geographies.';
revoke execute on function public.enable_model(text, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.enable_model(text, uuid, text, text, text) to service_role;

create function public.disable_model(
  p_model_id text,
  p_at_once boolean default false,
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
  model public.bedrock_models;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);

  model := switchboard.find_model(p_model_id);
  if model.is_default then
    raise exception using
      errcode = 'PT409',
      message = format('%s is the default and cannot be disabled.', p_model_id),
      detail = 'model_is_default',
      hint = 'Make another model the default first.';
  end if;
  if model.is_available and not exists (
    select from public.bedrock_models as bm where bm.is_available and bm.model_id <> p_model_id
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('%s is the last available model and cannot be disabled.', p_model_id),
      detail = 'last_available_model',
      hint = 'Enable another model first.';
  end if;

  update public.bedrock_models as bm
    set is_available = false, serves_pinned = bm.serves_pinned and not p_at_once
    where bm.model_id = p_model_id
      and (bm.is_available or (p_at_once and bm.serves_pinned));

  return jsonb_build_object(
    'assistants', array(
      select a.assistant_type from public.ai_assistants as a
      where a.model_version = p_model_id
      order by a.assistant_type),
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.disable_model(text, boolean, uuid, text, text, text) is
  'Takes a model from new conversations; with p_at_once also from those pinned to it. Returns the assistants whose own model it is, for which fallbacks answer, and the registry''s version. PT404 model_not_found; PT409 model_is_default, last_available_model.';
revoke execute on function public.disable_model(text, boolean, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.disable_model(text, boolean, uuid, text, text, text) to service_role;

create function switchboard.find_assistant(wanted_type text)
returns public.ai_assistants
language plpgsql
set search_path = ''
as $$
declare
  assistant public.ai_assistants;
begin
  select * into assistant from public.ai_assistants as a where a.assistant_type = wanted_type;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no assistant %s.', wanted_type),
      detail = 'assistant_not_found',
      hint = 'Assistants: ' || coalesce((
        select string_agg(a.assistant_type, ', ' order by a.assistant_type)
        from public.ai_assistants as a), 'none');
  end if;
  return assistant;
end;
$$;
comment on function switchboard.find_assistant(text) is
  'The row of an assistant; PT404 assistant_not_found without one.';
revoke execute on function switchboard.find_assistant(text) from public, anon, authenticated;
grant execute on function switchboard.find_assistant(text) to service_role;

create function switchboard.require_fallbacks(model_ids text[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  fallback_id text;
begin
  foreach fallback_id in array coalesce(model_ids, '{}') loop
    perform switchboard.require_allowed_geographies(switchboard.find_model(fallback_id));
  end loop;
end;
$$;
comment on function switchboard.require_fallbacks(text[]) is
  'PT404 model_not_found or PT409 model_outside_geographies for a model that could never stand in.';
revoke execute on function switchboard.require_fallbacks(text[]) from public, anon, authenticated;
grant execute on function switchboard.require_fallbacks(text[]) to service_role;

create function public.assign_model(
  p_assistant_type text,
  p_model_id text default null,
  p_sets_fallback_models boolean default false,
  p_fallback_models text[] default null,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
  p_probe_id bigint default null,
  p_actor_key_name text default null,
  p_reason text default null,
  p_watch_minutes integer default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former_version bigint;
  assistant public.ai_assistants;
  probe text;
begin
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);

  assistant := switchboard.find_assistant(p_assistant_type);
  if p_model_id is not null then
    perform switchboard.require_usable(switchboard.find_model(p_model_id));
  end if;
  if p_sets_fallback_models then
    perform switchboard.require_fallbacks(p_fallback_models);
  end if;
  perform switchboard.require_no_rollout(p_assistant_type, p_model_id);
  perform switchboard.require_unchanged_since(p_expected_version, p_model_id, p_assistant_type);
  -- The default was probed when it became the default.
  if p_model_id is not null or p_probe_id is not null then
    probe := switchboard.require_fresh_probe(p_probe_id, p_model_id);
  end if;
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, probe, actor_key_name => p_actor_key_name, probe_id => p_probe_id, reason => p_reason);

  perform switchboard.note_watch(p_watch_minutes);
  update public.ai_assistants as a
    set
      model_version = p_model_id,
      fallback_models = case
        when p_sets_fallback_models then p_fallback_models else a.fallback_models end
    where a.assistant_type = p_assistant_type;

  return jsonb_build_object(
    'former_model_id', assistant.model_version,
    'rollout_id', (
      select a.rollout_id from public.ai_assistants as a
      where a.assistant_type = p_assistant_type),
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.assign_model(
  text, text, boolean, text[], uuid, text, bigint, bigint, text, text, integer) is
  'Gives an assistant a model of its own, or none (null), so that it follows the default; with p_sets_fallback_models also the models that may stand in; p_probe_id and p_watch_minutes as in set_default_model(). PT404 assistant_not_found, model_not_found; PT409 model_not_available, model_retired, model_outside_geographies, provider_retains_data, registry_changed, probe_not_valid, rollout_active.';
revoke execute on function public.assign_model(
  text, text, boolean, text[], uuid, text, bigint, bigint, text, text, integer) from public, anon, authenticated;
grant execute on function public.assign_model(
  text, text, boolean, text[], uuid, text, bigint, bigint, text, text, integer) to service_role;
