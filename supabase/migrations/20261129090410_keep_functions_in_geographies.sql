-- Where functions may run. A hosted function runs near its caller, or where the caller's header
-- `x-region` says, so what users write may be read outside of the allowed geographies before a model
-- is called. Functions refuse before they read a body, by the settings that they have cached; here
-- they are refused in the statement that begins a turn or a call, whatever they had cached.

create function switchboard.function_region_within(allowed text[])
returns text
language sql
stable
set search_path = ''
as $$
  -- As functionRegions in supabase/functions/_shared/registry/function_region.ts.
  select r.name
  from unnest(array[
    'eu-central-1', 'eu-west-1', 'eu-west-3', 'eu-west-2', 'us-east-1', 'us-west-1', 'us-west-2',
    'ca-central-1', 'sa-east-1', 'ap-southeast-1', 'ap-northeast-2', 'ap-southeast-2', 'ap-south-1',
    'ap-northeast-1']) with ordinality as r (name, place)
  where switchboard.places_outside(array[switchboard.geography_of_region(r.name)], allowed) = '{}'
  -- Near the models, if there is a choice.
  order by
    exists (
      select from public.bedrock_models as bm where bm.is_available and bm.region = r.name) desc,
    r.place
  limit 1;
$$;
comment on function switchboard.function_region_within(text[]) is
  'A region of hosted functions inside the geographies, of an available model''s row if there is one; null: none is.';
revoke execute on function switchboard.function_region_within(text[])
  from public, anon, authenticated, service_role;

create function switchboard.require_function_inside(region text)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  allowed text[];
begin
  select rs.function_geographies into allowed from public.registry_settings as rs;
  if not found then
    -- Without the settings' row nothing is allowed.
    allowed := '{}';
  end if;
  if allowed is null
    or switchboard.places_outside(array[switchboard.geography_of_region(region)], allowed) = '{}'
  then
    return;
  end if;
  raise exception using
    errcode = 'PT403',
    message = format('%s; allowed is %s only.',
      coalesce('The function runs in ' || region, 'It is not known where the function runs'),
      coalesce(nullif(array_to_string(allowed, ', '), ''), 'nothing')),
    detail = 'function_outside_geographies',
    hint = case
      when region is null
        then 'Set SB_REGION to the AWS region of the functions; hosted projects set it themselves.'
      else coalesce(
        'Send the header x-region: ' || switchboard.function_region_within(allowed),
        'Hosted functions do not run there; see function_geographies in registry_settings.') end;
end;
$$;
comment on function switchboard.require_function_inside(text) is
  'PT403 function_outside_geographies for a function that runs outside registry_settings.function_geographies, or does not know where while that is set.';
revoke execute on function switchboard.require_function_inside(text)
  from public, anon, authenticated, service_role;
