-- Which model an assistant answers with, without SQL.

create function public.assign_model(
  p_assistant_type text,
  p_model_id text default null,
  p_sets_fallback_models boolean default false,
  p_fallback_models text[] default null,
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
  assistant public.ai_assistants;
  fallback_id text;
begin
  perform private.note_change_author(p_actor_user_id, p_source, p_probe);
  perform private.lock_registry();

  select * into assistant from public.ai_assistants as a where a.assistant_type = p_assistant_type;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no assistant %s.', p_assistant_type),
      detail = 'assistant_not_found',
      hint = 'There are: ' || coalesce((
        select string_agg(a.assistant_type, ', ' order by a.assistant_type)
        from public.ai_assistants as a), 'none');
  end if;
  if p_model_id is not null then
    perform private.require_usable(private.find_model(p_model_id));
  end if;
  if p_sets_fallback_models then
    foreach fallback_id in array coalesce(p_fallback_models, '{}') loop
      perform private.require_allowed_geographies(private.find_model(fallback_id));
    end loop;
  end if;
  perform private.require_unchanged_since(p_expected_version, p_model_id, p_assistant_type);

  update public.ai_assistants as a
    set
      model_version = p_model_id,
      fallback_models = case
        when p_sets_fallback_models then p_fallback_models else a.fallback_models end
    where a.assistant_type = p_assistant_type;

  return jsonb_build_object(
    'former_model_id', assistant.model_version,
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.assign_model(
  text, text, boolean, text[], uuid, text, bigint, text) is
  'Gives an assistant a model of its own, or none (null), so that it follows the default; with p_sets_fallback_models also the models that may stand in. PT404 assistant_not_found, model_not_found; PT409 model_not_available, model_retired, model_outside_geographies, registry_changed.';
revoke execute on function public.assign_model(
  text, text, boolean, text[], uuid, text, bigint, text) from public, anon, authenticated;
grant execute on function public.assign_model(
  text, text, boolean, text[], uuid, text, bigint, text) to service_role;
