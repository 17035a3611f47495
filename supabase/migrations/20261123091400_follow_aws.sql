-- What AWS says about models, written into the registry: which there are, how long they live, where
-- their calls go. None of it makes a model available or sets a price.

create function public.retire_model(
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
  -- Not made unavailable: the default and the last available model must be so. The selection skips
  -- a retired model, or puts its successor in its place, whatever its flags say.
  update public.bedrock_models as bm
    set lifecycle = 'retired'
    where bm.model_id = p_model_id and bm.lifecycle <> 'retired';

  return jsonb_build_object(
    'retired', model.lifecycle <> 'retired',
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.retire_model(text, uuid, text) is
  'Records that AWS has ended a model, so that every instance stops trying it. Its flags stay; the selection skips it. May be repeated. PT404 model_not_found.';
revoke execute on function public.retire_model(text, uuid, text) from public, anon, authenticated;
grant execute on function public.retire_model(text, uuid, text) to service_role;

create function public.apply_directory_changes(
  p_changes jsonb,
  p_actor_user_id uuid default null,
  p_source text default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  change jsonb;
  written integer;
  applied jsonb := '[]'::jsonb;
begin
  perform private.note_change_author(p_actor_user_id, p_source);
  perform private.lock_registry();

  for change in select * from jsonb_array_elements(p_changes) loop
    case change ->> 'kind'
      when 'register' then
        insert into public.bedrock_models
        select * from jsonb_populate_record(
          null::public.bedrock_models,
          (change -> 'model') || jsonb_build_object(
            'id', gen_random_uuid(), 'created_at', now(), 'updated_at', now(),
            'is_available', false, 'is_default', false))
        on conflict (model_id) do nothing;
      when 'set-lifecycle' then
        -- Once a call has found a model retired, being listed does not prove that it answers again.
        update public.bedrock_models as bm
          set lifecycle = change ->> 'lifecycle', retires_on = (change ->> 'retires_on')::date
          where bm.model_id = change ->> 'model_id' and bm.lifecycle <> 'retired';
      when 'set-geographies' then
        update public.bedrock_models as bm
          set geographies = array(select jsonb_array_elements_text(change -> 'geographies'))
          where bm.model_id = change ->> 'model_id';
      else
        raise exception using
          errcode = '22023', message = format('There is no change of the kind %s.', change ->> 'kind');
    end case;
    get diagnostics written = row_count;
    if written > 0 then
      applied := applied || jsonb_build_array(jsonb_build_object(
        'kind', change -> 'kind',
        'model_id', coalesce(change -> 'model' -> 'model_id', change -> 'model_id')));
    end if;
  end loop;

  return jsonb_build_object(
    'applied', applied,
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.apply_directory_changes(jsonb, uuid, text) is
  'Applies what a comparison with AWS''s lists calls for, all or nothing: `register` a row (never available), `set-lifecycle`, `set-geographies`. Returns the changes that had something to do.';
revoke execute on function public.apply_directory_changes(jsonb, uuid, text)
  from public, anon, authenticated;
grant execute on function public.apply_directory_changes(jsonb, uuid, text) to service_role;

create function public.set_allowed_geographies(
  p_geographies text[],
  p_actor_user_id uuid default null,
  p_source text default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  former text[];
begin
  perform private.note_change_author(p_actor_user_id, p_source);
  perform private.lock_registry();

  select rs.allowed_geographies into former from public.registry_settings as rs;
  update public.registry_settings as rs
    set allowed_geographies = p_geographies
    where rs.id and rs.allowed_geographies <> p_geographies;

  return jsonb_build_object(
    'former_geographies', to_jsonb(former),
    'models_outside', coalesce((
      select jsonb_agg(bm.model_id order by bm.priority, bm.model_id)
      from public.bedrock_models as bm
      where bm.is_available and cardinality(private.places_not_allowed(bm)) > 0), '[]'),
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.set_allowed_geographies(text[], uuid, text) is
  'Sets where calls may be processed. Returns what was allowed before, and the available models that may leave it and so answer nobody.';
revoke execute on function public.set_allowed_geographies(text[], uuid, text)
  from public, anon, authenticated;
grant execute on function public.set_allowed_geographies(text[], uuid, text) to service_role;
