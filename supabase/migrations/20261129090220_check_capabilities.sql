-- What a row of bedrock_models says that its model accepts has to be readable by the functions: one
-- row that is not keeps its model from every answer.

create function switchboard.capabilities_shape()
returns jsonb
language sql
immutable
set search_path = ''
as $$
  -- As capabilitiesSchema in supabase/functions/_shared/registry/capabilities.ts.
  select '{
    "keys": {
      "images": {"keys": {
        "max_count": "count",
        "max_bytes": "count",
        "max_side": {"or_null": "count"},
        "types": {"least": 1, "list": {"one_of":
          ["image/png", "image/jpeg", "image/gif", "image/webp"]}},
        "in_tool_results": "boolean"}},
      "documents": {"keys": {
        "max_count": "count",
        "max_bytes": "count",
        "types": {"least": 1, "list": {"one_of": [
          "application/pdf", "text/csv", "application/msword",
          "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
          "application/vnd.ms-excel",
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
          "text/html", "text/plain", "text/markdown"]}}}},
      "tools": {"keys": {
        "choices": {"least": 0, "list": {"one_of": ["any", "tool", "none"]}},
        "single": "boolean",
        "names": {"one_of": ["hyphen", "underscore"]},
        "ids": {"one_of": ["any", "nine"]},
        "strict": "boolean"}},
      "output_schema": "boolean",
      "thinking": {"keys": {
        "mode": {"one_of": ["budget", "adaptive", "levels", "field"]},
        "efforts": {"least": 1, "list": {"one_of": ["low", "medium", "high", "xhigh", "max"]}},
        "by_default": "boolean",
        "off": {"one_of": ["disabled", "between_tools", "omitted"]},
        "forced_tools": "boolean"}},
      "caching": {"keys": {
        "min_tokens": "count",
        "max_points": "count",
        "ttls": {"least": 1, "list": {"one_of": ["5m", "1h"]}},
        "places": {"least": 1, "list": {"one_of": ["tools", "system", "messages"]}},
        "automatic": "boolean"}},
      "betas": {"least": 0, "most": 50, "list": "word"},
      "prefill": "boolean",
      "stop_sequences": "boolean",
      "count_tokens": "boolean",
      "source": {"keys": {
        "url": "url",
        "checked_on": "day",
        "assumed": {"least": 0, "most": 50, "list": "word"}}}},
    "optional": ["images", "documents", "tools", "thinking", "caching", "source"]}'::jsonb;
$$;
comment on function switchboard.capabilities_shape() is
  'What bedrock_models.capabilities may hold, for switchboard.problem_of_value().';
revoke execute on function switchboard.capabilities_shape()
  from public, anon, authenticated, service_role;

create function switchboard.problem_of_value(given jsonb, shape jsonb, path text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  kind constant text := jsonb_typeof(given);
  problem text;
begin
  if shape ? 'keys' then
    if kind is distinct from 'object' then
      return path || ' must be an object';
    end if;
    return coalesce((
      select format('%s has no key "%s"', path, left(k, 100))
      from jsonb_object_keys(given) as k
      where not shape -> 'keys' ? k order by k limit 1
    ), (
      select p.problem
      from jsonb_each(shape -> 'keys') as s
      cross join lateral (
        select case
          when given ? s.key
            then switchboard.problem_of_value(given -> s.key, s.value, path || '.' || s.key)
          when not coalesce(shape -> 'optional' ? s.key, false)
            then path || '.' || s.key || ' is missing'
        end as problem
      ) as p
      where p.problem is not null order by s.key limit 1
    ));
  elsif shape ? 'list' then
    if kind is distinct from 'array' or jsonb_array_length(given) < (shape -> 'least')::integer
      or jsonb_array_length(given) > (shape -> 'most')::integer
    then
      return format('%s must be a list of at least %s%s', path, shape -> 'least',
        ' and at most ' || (shape ->> 'most'));
    end if;
    return (
      select p.problem
      from jsonb_array_elements(given) with ordinality as e (value, place)
      cross join lateral (
        select switchboard.problem_of_value(e.value, shape -> 'list',
          format('%s[%s]', path, e.place - 1)) as problem
      ) as p
      where p.problem is not null order by e.place limit 1);
  elsif shape ? 'or_null' then
    problem := switchboard.problem_of_value(given, shape -> 'or_null', path);
    return case when kind <> 'null' then problem || ' or null' end;
  end if;
  return path || case
    when shape ? 'one_of' and not (kind = 'string' and given <@ (shape -> 'one_of'))
      then ' must be one of ' || array_to_string(array(
        select jsonb_array_elements_text(shape -> 'one_of')), ', ')
    when shape ? 'boolean' and kind <> 'boolean' then ' must be true or false'
    when shape ? 'word' and not (kind = 'string' and given #>> '{}' ~ '^[!-~]{1,100}$')
      then ' must be a text of 1 to 100 ASCII characters without blanks'
    when shape ? 'url' and not (kind = 'string'
      and given #>> '{}' ~ '^https://[!-~]+$' and length(given #>> '{}') <= 2008)
      then ' must be an https address of at most 2008 ASCII characters without blanks'
    when shape ? 'day' and not (kind = 'string' and given #>> '{}'
      ~ '^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$')
      then ' must be an ISO date from 2000-01-01'
    when shape ? 'count' and not case when kind = 'number'
      then given::numeric between 1 and 9007199254740991 and given::numeric % 1 = 0
      else false end
      then ' must be a whole number from 1'
  end;
end;
$$;
comment on function switchboard.problem_of_value(jsonb, jsonb, text) is
  'The first thing that is wrong with a value, naming its place; null where it has its shape.';
revoke execute on function switchboard.problem_of_value(jsonb, jsonb, text)
  from public, anon, authenticated, service_role;

create function switchboard.require_capabilities()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  problem constant text := switchboard.problem_of_value(
    new.capabilities, switchboard.capabilities_shape(), 'capabilities');
begin
  if problem is not null then
    raise exception using
      errcode = '23514',
      message = format('Model %s: %s.', new.model_id, problem),
      hint = 'Other models'' rows show how capabilities are written.';
  end if;
  return new;
end;
$$;
comment on function switchboard.require_capabilities() is
  'Trigger: 23514 for capabilities that the functions could not read. Definer, so that a role that may write models needs no functions of this schema.';
revoke execute on function switchboard.require_capabilities()
  from public, anon, authenticated, service_role;

create trigger require_capabilities before insert or update of capabilities
  on public.bedrock_models
  for each row execute function switchboard.require_capabilities();
