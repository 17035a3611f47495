-- What an instance of the functions loads when the registry's version has changed.

create function public.read_registry()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'version', (select rv.version from public.registry_version as rv),
    'settings', jsonb_build_object('allowed_geographies', coalesce(
      (select rs.allowed_geographies from public.registry_settings as rs), '{}')),
    'models', coalesce((
      select jsonb_agg(to_jsonb(bm) order by bm.priority, bm.model_id)
      from public.bedrock_models as bm), '[]'),
    'assistants', coalesce((
      select jsonb_agg(to_jsonb(a) order by a.assistant_type)
      from public.ai_assistants as a), '[]'));
$$;
comment on function public.read_registry() is
  'All models, assistants and settings with the version they make up. One statement, so one snapshot.';
revoke execute on function public.read_registry() from public, anon, authenticated;
grant execute on function public.read_registry() to service_role;
