-- What AWS says about models, recorded: its catalog (which models there are, how long they live,
-- where their calls go), and the probes before a switch. None of it makes a model available or sets
-- a price.

create function public.apply_catalog_changes(
  p_changes jsonb,
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
  change jsonb;
  written integer;
  applied jsonb := '[]'::jsonb;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  -- What AWS says is a fact, by whichever hand it is written down.
  perform set_config('switchboard.needs_no_person', 'true', true);

  for change in select * from jsonb_array_elements(p_changes) loop
    case change ->> 'kind'
      when 'register' then
        insert into public.bedrock_models
        select * from jsonb_populate_record(
          null::public.bedrock_models,
          -- Functions from before the column leave it out, as the row's default does.
          '{"capabilities": {"output_schema": false, "betas": [], "prefill": false,
            "stop_sequences": false, "count_tokens": false}, "aliases": []}'
          || (change -> 'model') || jsonb_build_object(
            'id', gen_random_uuid(), 'created_at', now(), 'updated_at', now(),
            'is_available', false, 'is_default', false))
        on conflict (model_id) do nothing;
      when 'set-lifecycle' then
        -- Once calls have found a model retired, being listed does not prove that it answers again.
        update public.bedrock_models as bm
          set
            lifecycle = change ->> 'lifecycle', legacy_on = (change ->> 'legacy_on')::date,
            extended_access_on = (change ->> 'extended_access_on')::date,
            retires_on = (change ->> 'retires_on')::date
          where bm.model_id = change ->> 'model_id' and bm.lifecycle <> 'retired';
      when 'set-geographies' then
        update public.bedrock_models as bm
          set geographies = array(select jsonb_array_elements_text(change -> 'geographies'))
          where bm.model_id = change ->> 'model_id';
      when 'set-capabilities' then
        -- What the row says stays.
        update public.bedrock_models as bm
          set capabilities = change -> 'capabilities' || bm.capabilities
          where bm.model_id = change ->> 'model_id'
            and bm.capabilities <> (change -> 'capabilities' || bm.capabilities);
      else
        raise exception using
          errcode = '22023', message = format('Unknown kind of change: %s.', change ->> 'kind');
    end case;
    get diagnostics written = row_count;
    if written > 0 then
      applied := applied || jsonb_build_array(jsonb_build_object(
        'kind', change -> 'kind',
        'model_id', coalesce(change -> 'model' -> 'model_id', change -> 'model_id')));
    end if;
  end loop;
  perform set_config('switchboard.needs_no_person', '', true);

  return jsonb_build_object(
    'applied', applied,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.apply_catalog_changes(jsonb, uuid, text, text, text) is
  'Applies what a comparison with AWS''s catalog calls for, all or nothing: `register` a row (never available), `set-lifecycle`, `set-geographies`, `set-capabilities` (adds those that the row does not have). Returns the changes that had something to do.';
revoke execute on function public.apply_catalog_changes(jsonb, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.apply_catalog_changes(jsonb, uuid, text, text, text) to service_role;

create function public.set_registry_settings(
  p_settings jsonb,
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
  former public.registry_settings;
  wanted public.registry_settings;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();

  former_version := (select rv.version from public.registry_version as rv);
  select * into former from public.registry_settings as rs;
  wanted := jsonb_populate_record(former, p_settings - array['id', 'updated_at']);
  update public.registry_settings as rs
    set
      allowed_geographies = wanted.allowed_geographies,
      function_geographies = wanted.function_geographies,
      require_mfa = wanted.require_mfa,
      require_person = wanted.require_person,
      allow_anonymous_users = wanted.allow_anonymous_users,
      allow_provider_retention = wanted.allow_provider_retention,
      on_role_change = wanted.on_role_change,
      backup_days = wanted.backup_days
    where rs.id and wanted is distinct from former;

  return jsonb_build_object(
    'former_settings', to_jsonb(former) - array['id', 'updated_at'],
    'models_outside', coalesce((
      select jsonb_agg(bm.model_id order by bm.priority, bm.model_id)
      from public.bedrock_models as bm
      where bm.is_available and cardinality(switchboard.places_not_allowed(bm)) > 0), '[]'),
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_registry_settings(jsonb, uuid, text, text, text) is
  'Sets the settings that p_settings names, by column of registry_settings; others stay. Returns what they were before, and the available models whose calls may leave the allowed geographies and which are therefore never selected.';
revoke execute on function public.set_registry_settings(jsonb, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.set_registry_settings(jsonb, uuid, text, text, text) to service_role;

-- Probes: real calls of a model before a switch to it. Not part of the registry: a probe changes
-- nothing that an answer depends on.

create table public.model_probes (
  id bigint generated always as identity primary key,
  model_id text not null
    constraint model_probes_model_id_fkey
    references public.bedrock_models (model_id) on update cascade on delete cascade,
  created_at timestamptz not null default now(),
  passed boolean not null,
  error_code text,
  latency_ms integer
    constraint model_probes_latency_ms_range check (latency_ms >= 0),
  input_tokens integer
    constraint model_probes_input_tokens_range check (input_tokens >= 0),
  output_tokens integer
    constraint model_probes_output_tokens_range check (output_tokens >= 0),
  -- As probeCheckSchema in supabase/functions/_shared/switching/model_probe.ts.
  checks jsonb not null
    constraint model_probes_checks_is_array check (jsonb_typeof(checks) = 'array')
    constraint model_probes_checks_size check (
      jsonb_array_length(checks) between 1 and 10 and octet_length(checks::text) <= 20000)
    constraint model_probes_checks_are_objects
    check (not jsonb_path_exists(checks, '$[*].type() ? (@ != "object")'))
    constraint model_probes_checks_shape check (not jsonb_path_exists(checks, '$[*] ? (
      !(@.name.type() == "string" && (@.name == "invoke" || @.name == "stream"
        || @.name == "tool" || @.name == "schema" || @.name == "image" || @.name == "document"
        || @.name == "caching"))
      || !((@.ok.type() == "boolean" || @.ok.type() == "null") && @.retryable.type() == "boolean")
      || !(@.message.type() == "string")
      || !(@.hint.type() == "string" || @.hint.type() == "null")
      || !(@.error_code.type() == "string" || @.error_code.type() == "null")
      || !(@.latency_ms.type() == "null"
        || @.latency_ms.type() == "number" && @.latency_ms >= 0 && @.latency_ms <= 2147483647)
      || !(@.time_to_first_token_ms.type() == "null"
        || @.time_to_first_token_ms.type() == "number" && @.time_to_first_token_ms >= 0 && @.time_to_first_token_ms <= 2147483647)
      || !(@.input_tokens.type() == "null"
        || @.input_tokens.type() == "number" && @.input_tokens >= 0 && @.input_tokens <= 2147483647)
      || !(@.output_tokens.type() == "null"
        || @.output_tokens.type() == "number" && @.output_tokens >= 0 && @.output_tokens <= 2147483647))')),
  constraint model_probes_created_at_finite check (isfinite(created_at)),
  constraint model_probes_error_code_fits check (
    (error_code is null) = passed and char_length(error_code) <= 100),
  constraint model_probes_passed_fits_checks check (
    passed = not jsonb_path_exists(checks, '$[*] ? (@.ok == false)'))
);
comment on table public.model_probes is
  'Probes: real calls of a model before a switch to it, passed or failed.';
comment on column public.model_probes.model_id is 'The model that was called.';
comment on column public.model_probes.passed is 'Whether no check failed.';
comment on column public.model_probes.error_code is
  'The first failure, in the words of the API; null where it passed.';
comment on column public.model_probes.latency_ms is
  'Of the call without streaming, in milliseconds.';
comment on column public.model_probes.input_tokens is
  'Of all calls together; null where AWS did not report it.';
comment on column public.model_probes.output_tokens is
  'Of all calls together; null where AWS did not report it.';
comment on column public.model_probes.checks is
  'Each check: name, ok (null: not tried), message, and its figures.';

create index model_probes_model_id_idx on public.model_probes (model_id, id desc);

revoke all on public.model_probes from public, anon, authenticated, service_role;
revoke all on sequence public.model_probes_id_seq from public, anon, authenticated, service_role;
alter table public.model_probes enable row level security;

create policy model_probes_select_platform on public.model_probes
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy model_probes_select_platform on public.model_probes is
  'Platform admins read the probes.';

grant select (
  id, model_id, created_at, passed, error_code, latency_ms, input_tokens, output_tokens, checks
) on public.model_probes to authenticated;
grant select on public.model_probes to service_role;

-- A definer, and the only way to a row: a switch is proven by one, so none can be written with
-- another time, changed or deleted over the API.
create function public.record_model_probe(p_model_id text, p_probe jsonb)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  probe public.model_probes := jsonb_populate_record(null::public.model_probes, p_probe);
begin
  perform switchboard.find_model(p_model_id);
  insert into public.model_probes (
    model_id, passed, error_code, latency_ms, input_tokens, output_tokens, checks)
  values (
    p_model_id, probe.passed, probe.error_code, probe.latency_ms, probe.input_tokens,
    probe.output_tokens, probe.checks)
  returning id into probe.id;
  return probe.id;
end;
$$;
comment on function public.record_model_probe(text, jsonb) is
  'Records a probe that has just been made, and returns its id. p_probe: passed, error_code, latency_ms, input_tokens, output_tokens, checks. PT404 model_not_found.';
revoke execute on function public.record_model_probe(text, jsonb)
  from public, anon, authenticated;
grant execute on function public.record_model_probe(text, jsonb) to service_role;

create function switchboard.require_fresh_probe(wanted_id bigint, probed_model_id text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  longest_age constant interval := interval '10 minutes';
  probe public.model_probes;
  problem text;
begin
  if wanted_id is null then
    return 'skipped';
  end if;
  select * into probe from public.model_probes as mp where mp.id = wanted_id;
  problem := case
    when probe.id is null then 'does not exist'
    when probe.model_id is distinct from probed_model_id then 'was of another model'
    when not probe.passed then 'was failed'
    -- A proposal that is being applied names the probe of the day on which it was made.
    when probe.created_at < now() - longest_age and not exists (
      select from public.ai_change_proposals as c where c.is_applying and c.probe_id = wanted_id)
      then format('is older than %s minutes', extract(minute from longest_age))
  end;
  if problem is not null then
    raise exception using
      errcode = 'PT409',
      message = format('Probe %s %s.', wanted_id, problem),
      detail = 'probe_not_valid',
      hint = 'Probe the model again, and name that probe.';
  end if;
  return 'passed';
end;
$$;
comment on function switchboard.require_fresh_probe(bigint, text) is
  'What the audit log says of a switch''s probe: `skipped` without one, otherwise `passed`. PT409 probe_not_valid for a probe that does not exist, was of another model, was failed or is older than 10 minutes, but for the one that a proposal that is being applied was made with.';
revoke execute on function switchboard.require_fresh_probe(bigint, text)
  from public, anon, authenticated;
grant execute on function switchboard.require_fresh_probe(bigint, text) to service_role;

create view public.latest_model_probes
with (security_invoker = true)
as
select distinct on (mp.model_id)
  mp.model_id, mp.created_at, mp.passed, mp.error_code, mp.latency_ms, mp.input_tokens,
  mp.output_tokens, mp.checks
from public.model_probes as mp
order by mp.model_id, mp.id desc;
comment on view public.latest_model_probes is
  'The newest probe of each model that was ever probed.';
comment on column public.latest_model_probes.model_id is 'The model that was called.';
comment on column public.latest_model_probes.passed is 'As in model_probes.';
comment on column public.latest_model_probes.error_code is 'As in model_probes.';
comment on column public.latest_model_probes.latency_ms is 'As in model_probes, in milliseconds.';
comment on column public.latest_model_probes.input_tokens is 'As in model_probes.';
comment on column public.latest_model_probes.checks is 'As in model_probes.';

revoke all on public.latest_model_probes from public, anon, authenticated, service_role;
grant select on public.latest_model_probes to authenticated, service_role;
