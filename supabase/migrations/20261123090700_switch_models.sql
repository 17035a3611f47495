-- The operator's writes. Each is one atomic call, refuses with a reason, and may be repeated.
-- Errors carry the switchboard's code in `detail`.

create function private.note_change_author(
  actor_user_id uuid,
  source text,
  probe text default null,
  rollback_of bigint default null
)
returns void
language sql
set search_path = ''
as $$
  select
    pg_catalog.set_config('switchboard.actor_user_id', coalesce(actor_user_id::text, ''), true),
    pg_catalog.set_config('switchboard.source', coalesce(source, ''), true),
    pg_catalog.set_config('switchboard.probe', coalesce(probe, ''), true),
    pg_catalog.set_config('switchboard.rollback_of', coalesce(rollback_of::text, ''), true);
$$;
comment on function private.note_change_author(uuid, text, text, bigint) is
  'Tells the audit triggers who asks, how, after which probe and in which rollback, until the end of the transaction.';
revoke execute on function private.note_change_author(uuid, text, text, bigint)
  from public, anon, authenticated;
grant execute on function private.note_change_author(uuid, text, text, bigint) to service_role;

create function private.require_unchanged_since(
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
  change public.model_switches;
begin
  if expected_version is null then
    return;
  end if;
  select * into change
  from public.model_switches as ms
  where ms.registry_version > expected_version
    and ms.row_before - ignored is distinct from ms.row_after - ignored
    and case
      when ms.action = 'update-settings' then true
      when ms.assistant_type is null then ms.model_id = changed_model_id
      else ms.assistant_type = changed_assistant_type
    end
  order by ms.id desc
  limit 1;
  if found then
    raise exception using
      errcode = 'PT409',
      message = format('%s changed since version %s of the registry, on which the switch was decided; it is %s now.',
        case when change.action = 'update-settings' then 'The registry''s settings'
          else coalesce('The assistant ' || change.assistant_type, change.model_id) end,
        expected_version,
        (select rv.version from public.registry_version as rv)),
      detail = 'registry_changed',
      hint = 'Look at what changed, and switch again if it is still right.';
  end if;
end;
$$;
comment on function private.require_unchanged_since(bigint, text, text) is
  'PT409 registry_changed if the model (but for its default flag), the assistant or the settings changed after a version. Null: nothing is expected.';
revoke execute on function private.require_unchanged_since(bigint, text, text)
  from public, anon, authenticated;
grant execute on function private.require_unchanged_since(bigint, text, text) to service_role;

create function private.find_model(wanted_model_id text)
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
      hint = 'Registered: ' || coalesce((
        select string_agg(bm.model_id, ', ' order by bm.priority, bm.model_id)
        from public.bedrock_models as bm), 'none');
  end if;
  return model;
end;
$$;
comment on function private.find_model(text) is
  'The registry''s row of a model id; PT404 model_not_found without one.';
revoke execute on function private.find_model(text) from public, anon, authenticated;
grant execute on function private.find_model(text) to service_role;

create function private.require_not_retired(model public.bedrock_models)
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
comment on function private.require_not_retired(public.bedrock_models) is
  'PT409 model_retired, naming the successor, for a model that AWS has ended.';
revoke execute on function private.require_not_retired(public.bedrock_models)
  from public, anon, authenticated;
grant execute on function private.require_not_retired(public.bedrock_models) to service_role;

create function private.require_usable(model public.bedrock_models)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_not_retired(model);
  if not model.is_available then
    raise exception using
      errcode = 'PT409',
      message = format('%s is not available.', model.model_id),
      detail = 'model_not_available',
      hint = 'Enable it first.';
  end if;
  perform private.require_allowed_geographies(model);
end;
$$;
comment on function private.require_usable(public.bedrock_models) is
  'PT409 model_retired, model_not_available or model_outside_geographies for a model that the selection would skip.';
revoke execute on function private.require_usable(public.bedrock_models)
  from public, anon, authenticated;
grant execute on function private.require_usable(public.bedrock_models) to service_role;

create function public.set_default_model(
  p_model_id text,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
  p_probe text default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  former_model_id text;
begin
  perform private.note_change_author(p_actor_user_id, p_source, p_probe);
  perform private.lock_registry();

  perform private.require_usable(private.find_model(p_model_id));
  perform private.require_unchanged_since(p_expected_version, p_model_id);

  select bm.model_id into former_model_id from public.bedrock_models as bm where bm.is_default;
  update public.bedrock_models as bm
    set is_default = true
    where bm.model_id = p_model_id and not bm.is_default;

  return jsonb_build_object(
    'former_model_id', former_model_id,
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.set_default_model(text, uuid, text, bigint, text) is
  'Makes an available model the default, atomically. Returns the former default and the registry''s version. p_expected_version: the version on which it was decided, p_probe: `passed` or `skipped`. PT404 model_not_found; PT409 model_not_available, model_retired, model_outside_geographies, registry_changed.';
revoke execute on function public.set_default_model(text, uuid, text, bigint, text)
  from public, anon, authenticated;
grant execute on function public.set_default_model(text, uuid, text, bigint, text) to service_role;

create function public.enable_model(
  p_model_id text,
  p_actor_user_id uuid default null,
  p_source text default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  model public.bedrock_models;
begin
  perform private.note_change_author(p_actor_user_id, p_source);
  perform private.lock_registry();

  model := private.find_model(p_model_id);
  perform private.require_not_retired(model);
  perform private.require_allowed_geographies(model);
  update public.bedrock_models as bm
    set is_available = true, serves_pinned = true
    where bm.model_id = p_model_id and not (bm.is_available and bm.serves_pinned);

  return jsonb_build_object(
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.enable_model(text, uuid, text) is
  'Makes a model available, also to conversations pinned to it. PT404 model_not_found; PT409 model_retired, model_outside_geographies.';
revoke execute on function public.enable_model(text, uuid, text) from public, anon, authenticated;
grant execute on function public.enable_model(text, uuid, text) to service_role;

create function public.disable_model(
  p_model_id text,
  p_at_once boolean default false,
  p_actor_user_id uuid default null,
  p_source text default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  model public.bedrock_models;
begin
  perform private.note_change_author(p_actor_user_id, p_source);
  perform private.lock_registry();

  model := private.find_model(p_model_id);
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
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.disable_model(text, boolean, uuid, text) is
  'Takes a model from new conversations; with p_at_once also from those pinned to it. PT404 model_not_found; PT409 model_is_default, last_available_model.';
revoke execute on function public.disable_model(text, boolean, uuid, text)
  from public, anon, authenticated;
grant execute on function public.disable_model(text, boolean, uuid, text) to service_role;
