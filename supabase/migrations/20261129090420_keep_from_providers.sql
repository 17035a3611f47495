-- Models whose provider keeps traffic: what providers published of that, what a row takes from it, and
-- which assistants such a model is kept from. A row that does not say counts as keeping.

create table switchboard.provider_terms (
  provider text not null,
  model_id_pattern text not null,
  place smallint not null
    constraint provider_terms_place_key unique,
  provider_retention text not null
    constraint provider_terms_provider_retention_known
    check (provider_retention in ('none', 'flagged_30_days', 'all_30_days')),
  source text not null
    constraint provider_terms_source_not_blank check (btrim(source) <> ''),
  checked_on date not null,
  constraint provider_terms_pkey primary key (provider, model_id_pattern)
);
comment on table switchboard.provider_terms is
  'What is published of how long traffic of a provider''s models is kept. Data only: new rows of bedrock_models that do not say take it from here.';
comment on column switchboard.provider_terms.provider is
  'A regular expression for bedrock_models.provider, in whatever case.';
comment on column switchboard.provider_terms.model_id_pattern is
  'A regular expression for ids of models and profiles. Both must match.';
comment on column switchboard.provider_terms.place is 'The lowest that matches holds.';
comment on column switchboard.provider_terms.provider_retention is
  'As in bedrock_models; `unknown` is what no row says.';
comment on column switchboard.provider_terms.source is 'The page that says so.';
comment on column switchboard.provider_terms.checked_on is 'When the page was read.';

revoke all on switchboard.provider_terms from public, anon, authenticated, service_role;
grant select on switchboard.provider_terms to service_role;

-- The versions are named: what a later model of a family keeps is not known from an earlier one.
insert into switchboard.provider_terms (
  place, provider, model_id_pattern, provider_retention, source, checked_on)
values
  (10, '^amazon$', '(^|[./])amazon\.nova-', 'none',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/abuse-detection.html', '2026-11-30'),
  (20, '^anthropic$', '(^|[./])anthropic\.claude-fable-5([-:]|$)', 'all_30_days',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html', '2026-11-30'),
  (30, '^anthropic$', '(^|[./])anthropic\.claude-(3-|(haiku|sonnet|opus)-[45]([-:]|$))', 'none',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html', '2026-11-30'),
  (40, '^openai$', '(^|[./])openai\.gpt-oss-', 'none',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/abuse-detection.html', '2026-11-30'),
  (50, '^openai$', '(^|[./])openai\.', 'flagged_30_days',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/abuse-detection.html', '2026-11-30');

create function switchboard.fill_provider_retention()
returns trigger
language plpgsql
-- Who may write models may not be able to read the terms.
security definer
set search_path = ''
as $$
declare
  terms switchboard.provider_terms;
begin
  if tg_op = 'UPDATE' then
    -- Another id is another model. What the statement itself says of it stays.
    if (new.model_id, new.provider) is not distinct from (old.model_id, old.provider)
      or (new.provider_retention, new.provider_retention_source,
          new.provider_retention_checked_on) is distinct from
        (old.provider_retention, old.provider_retention_source,
          old.provider_retention_checked_on)
    then
      return new;
    end if;
  elsif new.provider_retention is not null then
    return new;
  end if;
  select t.* into terms
  from switchboard.provider_terms as t
  where new.provider ~* t.provider and new.model_id ~ t.model_id_pattern
  order by t.place
  limit 1;
  new.provider_retention := coalesce(terms.provider_retention, 'unknown');
  new.provider_retention_source := terms.source;
  new.provider_retention_checked_on := terms.checked_on;
  return new;
end;
$$;
comment on function switchboard.fill_provider_retention() is
  'Trigger: what switchboard.provider_terms says of a model whose row does not say, or which became another one; else `unknown`.';
revoke execute on function switchboard.fill_provider_retention()
  from public, anon, authenticated, service_role;

create trigger fill_provider_retention
  before insert or update of model_id, provider on public.bedrock_models
  for each row execute function switchboard.fill_provider_retention();

create function switchboard.is_kept_from(
  model public.bedrock_models,
  assistant public.ai_assistants
)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  -- As keepsTraffic() and allowsRetention() in supabase/functions/_shared/registry/.
  return model.provider_retention is distinct from 'none' and not coalesce(
    case when assistant.id is null
      then (select rs.allow_provider_retention from public.registry_settings as rs)
      else assistant.allow_provider_retention
    end, false);
end;
$$;
comment on function switchboard.is_kept_from(public.bedrock_models, public.ai_assistants) is
  'Whether a model may not answer an assistant, because its provider keeps traffic, or might; of no assistant (a null row), as registry_settings says.';
revoke execute on function switchboard.is_kept_from(public.bedrock_models, public.ai_assistants)
  from public, anon, authenticated;
grant execute on function switchboard.is_kept_from(public.bedrock_models, public.ai_assistants)
  to service_role;

create function switchboard.require_allowed_retention(
  model public.bedrock_models,
  assistant public.ai_assistants
)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if switchboard.is_kept_from(model, assistant) then
    raise exception using
      errcode = 'PT409',
      message = case model.provider_retention
        when 'flagged_30_days'
          then format('The provider of %s keeps flagged traffic for up to 30 days', model.model_id)
        when 'all_30_days'
          then format('The provider of %s keeps all traffic for up to 30 days', model.model_id)
        else format('It is not known whether the provider of %s keeps traffic', model.model_id)
      end || case when assistant.id is null
        then ', which calls without an assistant do not allow.'
        else format(', which the assistant %s does not allow.', assistant.assistant_type)
      end,
      detail = 'provider_retains_data',
      hint = 'Use a model whose provider keeps no traffic; see provider_retention in the model''s '
        || 'row and allow_provider_retention '
        || case when assistant.id is null then 'in registry_settings.' else 'of the assistant.' end;
  end if;
end;
$$;
comment on function switchboard.require_allowed_retention(
  public.bedrock_models, public.ai_assistants) is
  'PT409 provider_retains_data for a model that is kept from an assistant; see switchboard.is_kept_from().';
revoke execute on function switchboard.require_allowed_retention(
  public.bedrock_models, public.ai_assistants) from public, anon, authenticated;
grant execute on function switchboard.require_allowed_retention(
  public.bedrock_models, public.ai_assistants) to service_role;

create function switchboard.keep_from_providers()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  judged text[] := array[new.model_version, new.canary_model_id] || new.fallback_models;
  model public.bedrock_models;
begin
  if tg_op = 'UPDATE' and not old.allow_provider_retention then
    judged := array(
      select n.model_id
      from (
        values
          (new.model_version, old.model_version), (new.canary_model_id, old.canary_model_id)
      ) as n (model_id, former_id)
      where n.model_id is distinct from n.former_id
        -- A model that only got another id stays with who has it, and is passed over.
        and (n.former_id is null or exists (
          select from public.bedrock_models as bm where bm.model_id = n.former_id))
      union all
      select f.model_id from unnest(new.fallback_models) as f (model_id)
      where f.model_id <> all (coalesce(old.fallback_models, '{}')));
  end if;
  for model in
    select bm.* from public.bedrock_models as bm
    where bm.model_id = any (judged)
    order by array_position(judged, bm.model_id)
  loop
    perform switchboard.require_allowed_retention(model, new);
  end loop;
  return null;
end;
$$;
comment on function switchboard.keep_from_providers() is
  'Trigger: PT409 provider_retains_data for a model, canary or fallback that is kept from the assistant: one that comes new, or each when the permission is taken away. What became so since, as providers change their terms, stays and is passed over.';
revoke execute on function switchboard.keep_from_providers()
  from public, anon, authenticated, service_role;

create trigger keep_from_providers
  after insert or update of model_version, canary_model_id, fallback_models,
    allow_provider_retention
  on public.ai_assistants
  for each row when (not new.allow_provider_retention)
  execute function switchboard.keep_from_providers();

create function switchboard.name_assistants_kept_from()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  assistants constant text := (
    select string_agg(a.assistant_type, ', ' order by a.assistant_type)
    from public.ai_assistants as a
    where not a.allow_provider_retention
      and (a.model_version = new.model_id or a.canary_model_id = new.model_id
        or new.model_id = any (a.fallback_models) or a.model_version is null and new.is_default));
begin
  if assistants is not null then
    raise notice '% is never selected now for these assistants, which do not allow that its provider keeps traffic: %',
      new.model_id, assistants;
  end if;
  return null;
end;
$$;
comment on function switchboard.name_assistants_kept_from() is
  'Trigger: a notice of the assistants that a model is taken from because its provider keeps traffic now.';
revoke execute on function switchboard.name_assistants_kept_from()
  from public, anon, authenticated, service_role;

create trigger name_assistants_kept_from after update on public.bedrock_models
  for each row when (new.provider_retention <> 'none' and old.provider_retention = 'none')
  execute function switchboard.name_assistants_kept_from();
