-- The settings that hold for every model and user, and those of them with rules of their own: where
-- calls of models may be processed, and where functions may run. AWS routes a call of an inference
-- profile to any of its regions, so a model is used only if every place that it may lead to is
-- allowed.

create function switchboard.known_geographies()
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- As geographies in supabase/functions/_shared/registry/geography.ts.
  return array[
    'eu', 'uk', 'ch', 'us', 'us-gov', 'ca', 'mx', 'br', 'apac', 'au', 'in', 'jp', 'me', 'il',
    'za', 'cn', 'global'];
end;
$$;
comment on function switchboard.known_geographies() is
  'The geographies that can be allowed.';
revoke execute on function switchboard.known_geographies() from public, anon, authenticated;
grant execute on function switchboard.known_geographies() to service_role;

create function switchboard.require_known_places()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  checked_column constant text := tg_argv[0];
  allowed constant text[] := switchboard.known_geographies() || tg_argv[1:];
  wrong constant text := (
    select w.place
    from jsonb_array_elements_text(nullif(to_jsonb(new) -> checked_column, 'null')) as w (place)
    where w.place <> all (allowed)
    limit 1);
begin
  if wrong is not null then
    raise exception using
      errcode = '23514',
      message = format('%s of public.%I names "%s", which is no geography that is known.',
        checked_column, tg_table_name, left(wrong, 100)),
      hint = 'Allowed: ' || array_to_string(allowed, ', ') || '.';
  end if;
  return new;
end;
$$;
comment on function switchboard.require_known_places() is
  'Trigger: 23514 for a place that is not known, which would take models out of the selection silently. Arguments: the column, and what it may hold besides geographies.';
revoke execute on function switchboard.require_known_places()
  from public, anon, authenticated, service_role;

create table public.registry_settings (
  id boolean primary key default true constraint registry_settings_one_row check (id),
  allowed_geographies text[] not null default '{eu}'
    constraint registry_settings_allowed_geographies_named check (
      cardinality(allowed_geographies) between 1 and 50
      and array_position(allowed_geographies, null) is null),
  function_geographies text[]
    constraint registry_settings_function_geographies_named check (
      cardinality(function_geographies) between 1 and 50
      and array_position(function_geographies, null) is null),
  require_mfa boolean not null default false,
  require_person boolean not null default false,
  allow_anonymous_users boolean not null default false,
  allow_provider_retention boolean not null default false,
  on_role_change text not null default 'refuse'
    constraint registry_settings_on_role_change_known check (on_role_change in ('refuse', 'move')),
  backup_days integer not null default 30
    constraint registry_settings_backup_days_range check (backup_days between 0 and 3650),
  updated_at timestamptz not null default now()
    constraint registry_settings_updated_at_finite check (isfinite(updated_at))
);
comment on table public.registry_settings is
  'One row: what holds for every model and user. Part of the registry, so a change is seen by the next request and recorded.';
comment on column public.registry_settings.allowed_geographies is
  'Where calls may be processed. `apac` holds `au`, `in` and `jp`; `global` allows every place, known or not.';
comment on column public.registry_settings.function_geographies is
  'Where functions may run that read what users write; elsewhere they refuse. Null: anywhere. Read as allowed_geographies.';
comment on column public.registry_settings.require_mfa is
  'Whether a platform admin needs a second factor (a token with `aal` `aal2`) for changes over the API; secret keys and SQL do not.';
comment on column public.registry_settings.require_person is
  'Whether audited changes over the API need a person: a user''s token, or a user whom the caller names. Not those in SQL by a role of its own, and not what AWS says, what is found of a rollout and what the tick does.';
comment on column public.registry_settings.allow_anonymous_users is
  'Whether users of anonymous sign-ins may chat. They never manage models.';
comment on column public.registry_settings.allow_provider_retention is
  'Whether models whose provider keeps traffic, or might, may answer calls that are with no assistant; of others, the assistant''s own column says so.';
comment on column public.registry_settings.on_role_change is
  'What becomes of conversations with another assistant than that of their user''s present role: `refuse` takes no more turns, `move` continues with the present assistant and without the pin.';
comment on column public.registry_settings.backup_days is
  'Days for which backups of the project are kept, 0 to 3650, for the receipts of erasing: Supabase keeps them for 7, 14 or 30 days, by plan.';

revoke all on public.registry_settings from public, anon, authenticated, service_role;
alter table public.registry_settings enable row level security;

create policy registry_settings_select_platform on public.registry_settings
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy registry_settings_select_platform on public.registry_settings is
  'Platform admins see the settings.';

grant select (
  id, allowed_geographies, function_geographies, require_mfa, require_person,
  allow_anonymous_users, allow_provider_retention, on_role_change, backup_days, updated_at
) on public.registry_settings to authenticated;
grant select, update on public.registry_settings to service_role;

-- The one row that the table always has, like that of registry_version, with the narrowest choice:
-- what operators allow stands here later. No change yet, so no entry in the audit log.
insert into public.registry_settings default values;

create trigger touch_updated_at before update on public.registry_settings
  for each row execute function switchboard.touch_updated_at();

create trigger require_known_places before insert or update on public.registry_settings
  for each row execute function switchboard.require_known_places('allowed_geographies');
create trigger require_known_function_places before insert or update on public.registry_settings
  for each row execute function switchboard.require_known_places('function_geographies');
-- AWS may name places that no geography here covers; sync writes them down as `unknown`.
create trigger require_known_places before insert or update on public.bedrock_models
  for each row execute function switchboard.require_known_places('geographies', 'unknown');

create function switchboard.geography_of_region(region text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when region in ('eu-west-2') then 'uk'
    when region in ('eu-central-2') then 'ch'
    when region in (
      'eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3',
      'eusc-de-east-1') then 'eu'
    when region in ('us-east-1', 'us-east-2', 'us-west-1', 'us-west-2') then 'us'
    when region in ('us-gov-east-1', 'us-gov-west-1') then 'us-gov'
    when region in ('ca-central-1', 'ca-west-1') then 'ca'
    when region in ('mx-central-1') then 'mx'
    when region in ('sa-east-1') then 'br'
    when region in ('ap-southeast-2', 'ap-southeast-4') then 'au'
    when region in ('ap-south-1', 'ap-south-2') then 'in'
    when region in ('ap-northeast-1', 'ap-northeast-3') then 'jp'
    when region in (
      'ap-east-1', 'ap-east-2', 'ap-northeast-2', 'ap-southeast-1', 'ap-southeast-3',
      'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7') then 'apac'
    when region in ('me-central-1', 'me-south-1') then 'me'
    when region in ('il-central-1') then 'il'
    when region in ('af-south-1') then 'za'
    when region in ('cn-north-1', 'cn-northwest-1') then 'cn'
    when region in ('*') then 'global'
    else 'unknown'
  end;
end;
$$;
comment on function switchboard.geography_of_region(text) is
  'The geography of an AWS region; `global` for `*`, `unknown` for a name not known here. Says the same as geographyOfRegion() in geography.ts, which a test compares.';

create function switchboard.places_of_model(model_id text, region text, geographies text[])
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- What an id itself says: the region of an ARN, and the prefix of a profile.
  return (
    with said as (
      select
        case when model_id like 'arn:%'
          then coalesce(nullif(split_part(model_id, ':', 4), ''), '*') end as arn_region,
        split_part(regexp_replace(model_id, '^arn:.*/', ''), '.', 1) as prefix
    )
    select array(
      select distinct place
      from said
      cross join lateral (
        select unnest(coalesce(geographies, array['unknown']))
        union all select switchboard.geography_of_region(places_of_model.region)
          where places_of_model.region is not null
        union all
        select switchboard.geography_of_region(said.arn_region) where said.arn_region is not null
        union all select said.prefix
          where said.prefix = any (switchboard.known_geographies())
      ) as p (place)
      order by place));
end;
$$;
comment on function switchboard.places_of_model(text, text, text[]) is
  'Every place where calls of a model may be processed: its geographies, and what its id and region say besides, so that a row cannot claim less than its id. `unknown` where the row does not know.';

create function switchboard.places_outside(places text[], allowed text[])
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  return array(
    select place
    from unnest(places) as place
    where not 'global' = any (allowed)
      and (
        place = 'unknown'
        or not (
          place = any (allowed)
          or place in ('au', 'in', 'jp') and 'apac' = any (allowed))));
end;
$$;
comment on function switchboard.places_outside(text[], text[]) is
  'The places that are not allowed. Says the same as outsideOf() in geography.ts, which a test compares.';

revoke execute on function switchboard.geography_of_region(text) from public, anon, authenticated;
revoke execute on function switchboard.places_of_model(text, text, text[])
  from public, anon, authenticated;
revoke execute on function switchboard.places_outside(text[], text[])
  from public, anon, authenticated;
grant execute on function switchboard.geography_of_region(text) to service_role;
grant execute on function switchboard.places_of_model(text, text, text[]) to service_role;
grant execute on function switchboard.places_outside(text[], text[]) to service_role;

create function switchboard.places_not_allowed(model public.bedrock_models)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
begin
  -- Without the settings' row nothing is allowed.
  return switchboard.places_outside(
    switchboard.places_of_model(model.model_id, model.region, model.geographies),
    coalesce((select rs.allowed_geographies from public.registry_settings as rs), '{}'));
end;
$$;
comment on function switchboard.places_not_allowed(public.bedrock_models) is
  'Where calls of a model may be processed, but must not according to registry_settings; empty: it may be used.';
revoke execute on function switchboard.places_not_allowed(public.bedrock_models)
  from public, anon, authenticated;
grant execute on function switchboard.places_not_allowed(public.bedrock_models) to service_role;

create function switchboard.require_allowed_geographies(model public.bedrock_models)
returns void
language plpgsql
set search_path = ''
as $$
declare
  outside text[] := switchboard.places_not_allowed(model);
begin
  if cardinality(outside) > 0 then
    raise exception using
      errcode = 'PT409',
      message = case
        when 'global' = any (outside)
          then format('Calls of %s may be processed in any region of AWS', model.model_id)
        when 'unknown' = any (outside)
          then format('Calls of %s are processed in an unknown location', model.model_id)
        else format('Calls of %s may be processed in %s',
          model.model_id, array_to_string(outside, ', '))
      end || format('; allowed is %s only.', coalesce(
        (select array_to_string(rs.allowed_geographies, ', ') from public.registry_settings as rs),
        'nothing')),
      detail = 'model_outside_geographies',
      hint = 'Use a model whose calls stay there; see allowed_geographies in registry_settings '
        || 'and geographies in the model''s row.';
  end if;
end;
$$;
comment on function switchboard.require_allowed_geographies(public.bedrock_models) is
  'PT409 model_outside_geographies for a model whose calls may leave registry_settings.allowed_geographies.';
revoke execute on function switchboard.require_allowed_geographies(public.bedrock_models)
  from public, anon, authenticated;
grant execute on function switchboard.require_allowed_geographies(public.bedrock_models)
  to service_role;

create function switchboard.keep_in_geographies()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform switchboard.require_allowed_geographies(new);
  return null;
end;
$$;
comment on function switchboard.keep_in_geographies() is
  'Trigger: switchboard.require_allowed_geographies(). Definer, so that a role that may write models need not be able to read the settings.';
revoke execute on function switchboard.keep_in_geographies()
  from public, anon, authenticated, service_role;

-- Only where a model begins to be used, or another one is put in its place: a row that is outside
-- because the setting was narrowed can still be corrected, priced and disabled, and a sync can
-- write down that AWS sends its calls further than before. The selection skips it all the while.
create trigger keep_inserted_in_geographies after insert on public.bedrock_models
  for each row when (new.is_available)
  execute function switchboard.keep_in_geographies();
create trigger keep_updated_in_geographies after update on public.bedrock_models
  for each row when (
    new.is_available
    and (
      not old.is_available
      or new.is_default and not old.is_default
      or new.model_id <> old.model_id
      or new.region is distinct from old.region))
  execute function switchboard.keep_in_geographies();

create function switchboard.name_model_outside()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  outside constant text[] := switchboard.places_not_allowed(new);
begin
  if cardinality(outside) > 0 then
    raise notice '% is available but never selected now, because its calls may be processed in %.',
      new.model_id, array_to_string(outside, ', ');
  end if;
  return null;
end;
$$;
comment on function switchboard.name_model_outside() is
  'Trigger: a notice where new geographies take an available model out of use.';
revoke execute on function switchboard.name_model_outside()
  from public, anon, authenticated, service_role;

create trigger name_model_outside after update on public.bedrock_models
  for each row when (
    new.is_available and old.is_available and new.geographies is distinct from old.geographies)
  execute function switchboard.name_model_outside();

create function switchboard.name_models_outside()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  outside text := (
    select string_agg(bm.model_id, ', ' order by bm.priority, bm.model_id)
    from public.bedrock_models as bm
    where bm.is_available and cardinality(switchboard.places_not_allowed(bm)) > 0);
begin
  if outside is not null then
    raise notice 'These models are available but never selected now, because their calls may leave %: %',
      array_to_string(new.allowed_geographies, ', '), outside;
  end if;
  return null;
end;
$$;
comment on function switchboard.name_models_outside() is
  'Trigger: a notice of the available models that a narrower setting takes out of use.';
revoke execute on function switchboard.name_models_outside()
  from public, anon, authenticated, service_role;

create trigger name_models_outside after update on public.registry_settings
  for each row when (new.allowed_geographies is distinct from old.allowed_geographies)
  execute function switchboard.name_models_outside();
