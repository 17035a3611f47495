-- The assistants: one system prompt each, and optionally a model of its own.

create table public.ai_assistants (
  id uuid primary key default gen_random_uuid(),
  assistant_type text not null
    constraint ai_assistants_assistant_type_key unique
    constraint ai_assistants_assistant_type_shape check (assistant_type ~ '^[a-z][a-z0-9_-]{0,62}$'),
  name text not null
    constraint ai_assistants_name_not_blank check (btrim(name) <> '')
    constraint ai_assistants_name_length check (char_length(name) <= 200),
  system_prompt text not null default ''
    constraint ai_assistants_system_prompt_length check (char_length(system_prompt) <= 100000),
  model_version text
    constraint ai_assistants_model_version_fkey
    references public.bedrock_models (model_id) on update cascade on delete restrict,
  canary_model_id text
    constraint ai_assistants_canary_model_id_fkey
    references public.bedrock_models (model_id) on update cascade on delete restrict,
  canary_share smallint
    constraint ai_assistants_canary_share_range check (canary_share between 1 and 100),
  rollout_id bigint,
  model_config jsonb not null default '{}'
    constraint ai_assistants_model_config_is_object check (jsonb_typeof(model_config) = 'object')
    constraint ai_assistants_model_config_keys_known
    check (model_config - array['temperature', 'top_p', 'max_tokens', 'effort'] = '{}')
    -- A number may have any number of digits.
    constraint ai_assistants_model_config_size check (octet_length(model_config::text) <= 1000)
    constraint ai_assistants_model_config_temperature_range check (
      not model_config ? 'temperature' or (
        jsonb_typeof(model_config -> 'temperature') = 'number'
        and (model_config -> 'temperature')::numeric between 0 and 1))
    constraint ai_assistants_model_config_top_p_range check (
      not model_config ? 'top_p' or (
        jsonb_typeof(model_config -> 'top_p') = 'number'
        and (model_config -> 'top_p')::numeric between 0 and 1))
    -- At most what bedrock_models.max_tokens can hold: JSON takes numbers that JavaScript cannot.
    constraint ai_assistants_model_config_max_tokens_range check (
      not model_config ? 'max_tokens' or (
        jsonb_typeof(model_config -> 'max_tokens') = 'number'
        and (model_config -> 'max_tokens')::numeric between 1 and 2147483647
        and (model_config -> 'max_tokens')::numeric % 1 = 0))
    -- As efforts in supabase/functions/_shared/registry/capabilities.ts.
    constraint ai_assistants_model_config_effort_known check (
      not model_config ? 'effort'
      or model_config -> 'effort' <@ '["none", "low", "medium", "high", "xhigh", "max"]'
        and jsonb_typeof(model_config -> 'effort') = 'string'),
  fallback_models text[]
    constraint ai_assistants_fallback_models_no_nulls
    check (array_position(fallback_models, null) is null)
    constraint ai_assistants_fallback_models_count check (cardinality(fallback_models) <= 20),
  allowed_models text[] default '{}'
    constraint ai_assistants_allowed_models_no_nulls
    check (array_position(allowed_models, null) is null)
    constraint ai_assistants_allowed_models_count check (cardinality(allowed_models) <= 50),
  max_output_tokens integer
    constraint ai_assistants_max_output_tokens_positive check (max_output_tokens > 0),
  on_disconnect text not null default 'finish'
    constraint ai_assistants_on_disconnect_known check (on_disconnect in ('finish', 'stop')),
  -- As guardrailIdPattern and guardrailVersionPattern in
  -- supabase/functions/_shared/registry/assistant.ts.
  guardrail_id text
    constraint ai_assistants_guardrail_id_shape check (guardrail_id ~
      '^([a-z0-9]{1,100}|arn:aws[a-z-]{0,20}:bedrock:[a-z0-9-]{1,50}:[0-9]{12}:guardrail/[a-z0-9]{1,100})$'),
  guardrail_version text
    constraint ai_assistants_guardrail_version_shape
    check (guardrail_version ~ '^([1-9][0-9]{0,7}|DRAFT)$'),
  requires_evaluation boolean not null default false,
  evaluation_max_age_days integer
    constraint ai_assistants_evaluation_max_age_days_range
    check (evaluation_max_age_days between 1 and 3650),
  allow_provider_retention boolean not null default false,
  keep_days integer
    constraint ai_assistants_keep_days_range check (keep_days between 1 and 36500),
  is_active boolean not null default true,
  is_protected boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint ai_assistants_canary_is_whole
    check ((canary_model_id is null) = (canary_share is null)),
  constraint ai_assistants_guardrail_is_whole
    check ((guardrail_id is null) = (guardrail_version is null)),
  constraint ai_assistants_times_finite check (isfinite(created_at) and isfinite(updated_at))
);

comment on table public.ai_assistants is 'One row per kind of helper.';
comment on column public.ai_assistants.assistant_type is
  'The role it serves: `health`, `clinical`, `operations`, `platform`, or one of your own.';
comment on column public.ai_assistants.system_prompt is
  'Sent to the model before every conversation. Users cannot read it.';
comment on column public.ai_assistants.model_version is
  'The assistant''s own model; null follows the default.';
comment on column public.ai_assistants.canary_model_id is
  'The model that gets canary_share of what the assistant''s model would answer, in its place; null: none.';
comment on column public.ai_assistants.canary_share is
  'Percent of the assistant''s new conversations and calls that canary_model_id gets.';
comment on column public.ai_assistants.rollout_id is
  'The rollout that the canary belongs to, or that watches the assistant''s model since it was given; set by trigger.';
comment on column public.ai_assistants.model_config is
  'What the assistant sets differently from its model''s row: `temperature`, `top_p` (0 to 1), `max_tokens`, `effort` (how much it thinks: `none`, `low`, `medium`, `high`, `xhigh`, `max`).';
comment on column public.ai_assistants.fallback_models is
  'Model ids that may answer when the chosen model cannot; null: any available one, empty: none.';
comment on column public.ai_assistants.allowed_models is
  'Ids or aliases of the models that callers who are bound to the assistant may name, besides the one that it has: by the role of their user, or by their key; null: any.';
comment on column public.ai_assistants.max_output_tokens is
  'Most tokens of an answer, thinking included, whatever its caller asks for; null: as the model has it.';
comment on column public.ai_assistants.on_disconnect is
  'What becomes of a turn whose client disconnects, unless its request says: `finish` stores the whole answer, `stop` ends the call of the model and stores what has come.';
comment on column public.ai_assistants.guardrail_id is
  'The guardrail of Amazon Bedrock that guards every answer, by its id or ARN, whatever model answers; null: none.';
comment on column public.ai_assistants.guardrail_version is
  'The guardrail''s version: a number, or `DRAFT`.';
comment on column public.ai_assistants.requires_evaluation is
  'Whether its model, the default too while it follows that, changes only to one that has passed an evaluation with its present prompt and settings.';
comment on column public.ai_assistants.evaluation_max_age_days is
  'Days for which such an evaluation counts, from 1 to 3650; null: as long as the prompt and settings stay.';
comment on column public.ai_assistants.allow_provider_retention is
  'Whether models may answer it whose provider keeps traffic, or might (provider_retention of the model); else they never do.';
comment on column public.ai_assistants.keep_days is
  'Days after its last turn for which a conversation is kept, from 1 to 36500; null: for good.';
comment on column public.ai_assistants.is_active is 'Whether it answers at all.';
comment on column public.ai_assistants.is_protected is
  'Whether a change of its model, fallbacks, allowed models, prompt, type, protection or permission for models whose provider keeps traffic, or of the model that is due for it while it follows the default, needs a second person.';

create index ai_assistants_model_version_idx on public.ai_assistants (model_version);
create index ai_assistants_canary_model_id_idx on public.ai_assistants (canary_model_id);

revoke all on public.ai_assistants from public, anon, authenticated, service_role;
alter table public.ai_assistants enable row level security;

create policy ai_assistants_select_active on public.ai_assistants
  for select to authenticated
  using (is_active or (select switchboard.is_platform_user()));
comment on policy ai_assistants_select_active on public.ai_assistants is
  'Users see the active assistants, platform admins all; the system prompts are granted to neither here.';

-- Without system_prompt, model_config, fallback_models, allowed_models, max_output_tokens, the guardrail
-- what is required of evaluations, allow_provider_retention and is_protected, which are the
-- operators' and not the users' to read.
grant select (
  id, assistant_type, name, model_version, is_active, created_at, updated_at
) on public.ai_assistants to authenticated;
grant select, insert, update, delete on public.ai_assistants to service_role;

create trigger touch_updated_at before update on public.ai_assistants
  for each row execute function switchboard.touch_updated_at();

-- An array has no foreign keys. Only ids that come new are looked for: a model may leave the registry
-- that a list still names.
create function switchboard.require_known_fallbacks()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  former constant text[] := case when tg_op = 'UPDATE' then old.fallback_models end;
  unknown constant text := (
    select f.id from unnest(new.fallback_models) as f (id)
    where f.id <> all (coalesce(former, '{}'))
      and not exists (select from public.bedrock_models as bm where bm.model_id = f.id)
    limit 1);
begin
  if unknown is not null then
    raise exception using
      errcode = '23503',
      message = format('fallback_models of assistant %s: there is no model "%s" in the registry.',
        new.assistant_type, left(unknown, 200)),
      hint = 'Registered: ' || switchboard.list_models(array(
        select bm.model_id from public.bedrock_models as bm order by bm.priority, bm.model_id));
  end if;
  return null;
end;
$$;
comment on function switchboard.require_known_fallbacks() is
  'Trigger: 23503 for a fallback that is no model of the registry, which would be passed over silently. Definer, so that a role that may write assistants need not read all models.';
revoke execute on function switchboard.require_known_fallbacks()
  from public, anon, authenticated, service_role;

create trigger require_known_fallbacks after insert or update of fallback_models
  on public.ai_assistants
  for each row when (cardinality(new.fallback_models) > 0)
  execute function switchboard.require_known_fallbacks();

alter table public.ai_user_roles
  add constraint ai_user_roles_assistant_type_fkey
  foreign key (assistant_type) references public.ai_assistants (assistant_type)
  on update cascade on delete restrict;
