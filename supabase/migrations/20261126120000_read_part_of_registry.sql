-- A switch has to know the registry's version, its settings and assistants, and one or two models.
-- It should not take longer because there are ten thousand others.

create function private.registry_with(models jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'version', (select rv.version from public.registry_version as rv),
    'settings', jsonb_build_object('allowed_geographies', coalesce(
      (select rs.allowed_geographies from public.registry_settings as rs), '{}')),
    'models', coalesce(models, '[]'),
    'assistants', coalesce((
      select jsonb_agg(to_jsonb(a) order by a.assistant_type)
      from public.ai_assistants as a), '[]'));
$$;
comment on function private.registry_with(jsonb) is
  'The version, the settings, these models and all assistants. Stable, so all of one snapshot with the query that calls it.';
revoke execute on function private.registry_with(jsonb) from public, anon, authenticated;
grant execute on function private.registry_with(jsonb) to service_role;

create or replace function public.read_registry()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.registry_with((
    select jsonb_agg(to_jsonb(bm) order by bm.priority, bm.model_id)
    from public.bedrock_models as bm));
$$;

create function public.read_registry_part(p_model_ids text[])
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- A union and not an `or`, so that each side has its index.
  select private.registry_with((
    select jsonb_agg(to_jsonb(bm) order by bm.priority, bm.model_id)
    from public.bedrock_models as bm
    where bm.model_id in (
      select unnest(p_model_ids)
      union
      select d.model_id from public.bedrock_models as d where d.is_default)));
$$;
comment on function public.read_registry_part(text[]) is
  'As read_registry(), but of the models only the named ones, as far as they exist, and the default.';
revoke execute on function public.read_registry_part(text[]) from public, anon, authenticated;
grant execute on function public.read_registry_part(text[]) to service_role;
