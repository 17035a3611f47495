-- Assistants: a new one, and what an operator sets of one. Its model is given by assign_model().

create function switchboard.require_assistant_columns(assistant jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  known constant text[] := array[
    'name', 'system_prompt', 'model_config', 'fallback_models', 'allowed_models',
    'max_output_tokens', 'on_disconnect', 'guardrail_id', 'guardrail_version',
    'requires_evaluation', 'evaluation_max_age_days', 'allow_provider_retention', 'is_active',
    'is_protected'];
  problem constant text := case
    when assistant - known <> '{}' then format('%s cannot be set of an assistant.', (
      select string_agg(k, ', ' order by k) from jsonb_object_keys(assistant - known) as k))
    when assistant = '{}' then 'The request names nothing to set.'
    when assistant ? 'guardrail_id' <> assistant ? 'guardrail_version'
      or (assistant ->> 'guardrail_id' is null) <> (assistant ->> 'guardrail_version' is null)
      then 'guardrail_id and guardrail_version are set together.'
  end;
begin
  if problem is not null then
    raise exception using
      errcode = 'PT400', message = problem, detail = 'invalid_request',
      hint = 'What can be set: ' || array_to_string(known, ', ') || '.';
  end if;
end;
$$;
comment on function switchboard.require_assistant_columns(jsonb) is
  'PT400 invalid_request for columns of an assistant that are not set in this way, for none, and for half a guardrail.';
revoke execute on function switchboard.require_assistant_columns(jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.require_assistant_columns(jsonb) to service_role;

create function public.set_assistant(
  p_assistant_type text,
  p_assistant jsonb,
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
  former public.ai_assistants;
  wanted public.ai_assistants;
  former_version bigint;
begin
  perform switchboard.lock_registry();
  former := switchboard.find_assistant(p_assistant_type);
  former_version := (select rv.version from public.registry_version as rv);
  perform switchboard.require_unchanged_since(p_expected_version, null, p_assistant_type);
  perform switchboard.require_assistant_columns(p_assistant);
  wanted := jsonb_populate_record(former, p_assistant);
  if p_assistant ? 'fallback_models' then
    perform switchboard.require_fallbacks(wanted.fallback_models);
  end if;
  if p_assistant ? 'allowed_models' then
    perform switchboard.require_model_names(wanted.allowed_models);
  end if;
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);

  update public.ai_assistants as a
    set
      name = wanted.name,
      system_prompt = wanted.system_prompt,
      model_config = wanted.model_config,
      fallback_models = wanted.fallback_models,
      allowed_models = wanted.allowed_models,
      max_output_tokens = wanted.max_output_tokens,
      on_disconnect = wanted.on_disconnect,
      guardrail_id = wanted.guardrail_id,
      guardrail_version = wanted.guardrail_version,
      requires_evaluation = wanted.requires_evaluation,
      evaluation_max_age_days = wanted.evaluation_max_age_days,
      allow_provider_retention = wanted.allow_provider_retention,
      is_active = wanted.is_active,
      is_protected = wanted.is_protected
    where a.id = former.id and wanted is distinct from former;

  return jsonb_build_object(
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_assistant(text, jsonb, uuid, text, bigint, text, text) is
  'Sets what p_assistant names of an assistant: name, system_prompt, model_config (the whole of it), fallback_models, allowed_models (null: any), max_output_tokens, on_disconnect, guardrail_id and guardrail_version (both or neither), requires_evaluation, evaluation_max_age_days, allow_provider_retention, is_active, is_protected. PT404 assistant_not_found, model_not_found (of a fallback or an allowed model); PT400 invalid_request; PT409 model_outside_geographies, provider_retains_data, registry_changed, approval_required.';
revoke execute on function public.set_assistant(text, jsonb, uuid, text, bigint, text, text)
  from public, anon, authenticated;
grant execute on function public.set_assistant(text, jsonb, uuid, text, bigint, text, text)
  to service_role;

create function public.create_assistant(
  p_assistant_type text,
  p_assistant jsonb,
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
  wanted public.ai_assistants;
begin
  perform switchboard.lock_registry();
  perform switchboard.require_assistant_columns(p_assistant);
  wanted := jsonb_populate_record(null::public.ai_assistants, p_assistant);
  perform switchboard.require_fallbacks(wanted.fallback_models);
  perform switchboard.require_model_names(wanted.allowed_models);
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);

  insert into public.ai_assistants (
    assistant_type, name, system_prompt, model_config, fallback_models, allowed_models,
    max_output_tokens, on_disconnect, guardrail_id, guardrail_version, requires_evaluation,
    evaluation_max_age_days, allow_provider_retention, is_active, is_protected)
  values (
    p_assistant_type, wanted.name, coalesce(wanted.system_prompt, ''),
    coalesce(wanted.model_config, '{}'), wanted.fallback_models,
    case when p_assistant ? 'allowed_models' then wanted.allowed_models else '{}' end,
    wanted.max_output_tokens, coalesce(wanted.on_disconnect, 'finish'), wanted.guardrail_id,
    wanted.guardrail_version, coalesce(wanted.requires_evaluation, false),
    wanted.evaluation_max_age_days, coalesce(wanted.allow_provider_retention, false),
    coalesce(wanted.is_active, true), coalesce(wanted.is_protected, false))
  on conflict (assistant_type) do nothing;
  if not found then
    raise exception using
      errcode = 'PT409',
      message = format('There is an assistant %s already.', p_assistant_type),
      detail = 'assistant_exists',
      hint = 'Choose another type, or change it: set-assistant over REST, assistant set in the shell.';
  end if;

  return jsonb_build_object(
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.create_assistant(text, jsonb, uuid, text, text, text) is
  'Adds an assistant, which follows the default; p_assistant as in set_assistant(), with a name. PT404 model_not_found (of a fallback or an allowed model); PT400 invalid_request; PT409 assistant_exists, model_outside_geographies, provider_retains_data.';
revoke execute on function public.create_assistant(text, jsonb, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.create_assistant(text, jsonb, uuid, text, text, text)
  to service_role;
