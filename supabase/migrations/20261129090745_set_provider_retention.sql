-- What the provider of a model keeps, set with its source.

create function public.set_provider_retention(
  p_model_id text,
  p_provider_retention text,
  p_retention_source text,
  p_checked_on date,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
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
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);
  model := switchboard.find_model(p_model_id);
  perform switchboard.require_unchanged_since(p_expected_version, p_model_id);
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);

  update public.bedrock_models as bm
    set
      provider_retention = p_provider_retention,
      provider_retention_source = p_retention_source,
      provider_retention_checked_on = p_checked_on
    where bm.id = model.id
      and (bm.provider_retention, bm.provider_retention_source, bm.provider_retention_checked_on)
        is distinct from (p_provider_retention, p_retention_source, p_checked_on);

  return jsonb_build_object(
    'former_provider_retention', model.provider_retention,
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_provider_retention(
  text, text, text, date, uuid, text, bigint, text, text) is
  'Sets what the provider of a model keeps (`none`, `flagged_30_days`, `all_30_days`, `unknown`), with the page that says so and the day on which it was read. Assistants that do not allow it are answered by other models from then on. Returns former_provider_retention and the registry''s version before and after. PT404 model_not_found; PT409 registry_changed.';
revoke execute on function public.set_provider_retention(
  text, text, text, date, uuid, text, bigint, text, text) from public, anon, authenticated;
grant execute on function public.set_provider_retention(
  text, text, text, date, uuid, text, bigint, text, text) to service_role;
