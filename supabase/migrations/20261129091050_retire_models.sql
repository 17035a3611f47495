-- Taking a model out of use in time: which model can take its place, what uses it, and one function
-- that puts the successor into its place everywhere and retires it. Pins stay as they are: a
-- conversation whose model is retired goes on with the successor that the row names.

create function switchboard.family_of_model(model public.bedrock_models)
returns text
language sql
immutable
set search_path = ''
as $$
  select lower(model.provider) || ': ' || nullif(string_agg(w.word, ' ' order by w.place), '')
  from regexp_split_to_table(lower(model.model_name), '[^a-z]+') with ordinality as w (word, place)
  -- Versions, sizes and the provider's own name tell no family.
  where length(w.word) > 1
    and w.word <> all (regexp_split_to_array(lower(model.provider), '[^a-z]+'));
$$;
comment on function switchboard.family_of_model(public.bedrock_models) is
  'The provider and the words of the name without its versions: models of one family follow each other. Null where the name has no words.';
revoke execute on function switchboard.family_of_model(public.bedrock_models)
  from public, anon, authenticated, service_role;

create function switchboard.accepts_as_much(one jsonb, other jsonb)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select not exists (
      select
      from unnest(array['images', 'documents', 'tools', 'thinking', 'caching']) as c (name)
      where other ? c.name and not one ? c.name)
    and (one -> 'output_schema' = 'true' or other -> 'output_schema' is distinct from 'true')
    and coalesce(one #> '{images,types}', '[]') @> coalesce(other #> '{images,types}', '[]')
    and coalesce(one #> '{documents,types}', '[]') @> coalesce(other #> '{documents,types}', '[]');
$$;
comment on function switchboard.accepts_as_much(jsonb, jsonb) is
  'Whether a model with the first capabilities takes what one with the second takes: images and documents of these types, tools, schemas, thinking, caching. What the functions do in another way where a model lacks it, such as prefill, does not count.';
revoke execute on function switchboard.accepts_as_much(jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.can_succeed(candidate public.bedrock_models, model public.bedrock_models)
returns boolean
language sql
stable
set search_path = ''
as $$
  select candidate.id <> model.id
    and candidate.lifecycle <> 'retired'
    and (candidate.retires_on is null or candidate.retires_on > greatest(
      model.retires_on, (now() at time zone 'UTC')::date))
    and switchboard.family_of_model(candidate) = switchboard.family_of_model(model)
    and switchboard.accepts_as_much(candidate.capabilities, model.capabilities)
    and (candidate.provider_retention = 'none' or model.provider_retention <> 'none')
    and cardinality(switchboard.places_not_allowed(candidate)) = 0
    and switchboard.places_of_model(candidate.model_id, candidate.region, candidate.geographies)
      <@ switchboard.places_of_model(model.model_id, model.region, model.geographies);
$$;
comment on function switchboard.can_succeed(public.bedrock_models, public.bedrock_models) is
  'Whether a model can be proposed in the place of another: of its family, for no shorter time, with its capabilities, processed nowhere else, and not kept by its provider where the other is not.';
revoke execute on function switchboard.can_succeed(public.bedrock_models, public.bedrock_models)
  from public, anon, authenticated, service_role;

create function switchboard.recorded_successor(model public.bedrock_models)
returns public.bedrock_models
language sql
stable
set search_path = ''
as $$
  with recursive chain as (
    select bm.id, bm.lifecycle, bm.successor_model_id, 1 as place
    from public.bedrock_models as bm where bm.model_id = model.successor_model_id
    union
    select bm.id, bm.lifecycle, bm.successor_model_id, c.place + 1
    from chain as c
    join public.bedrock_models as bm on bm.model_id = c.successor_model_id
    -- A circle has no end.
    where c.lifecycle = 'retired' and c.place < 100
  )
  select bm.*
  from chain as c
  join public.bedrock_models as bm on bm.id = c.id
  where c.lifecycle <> 'retired' and c.id <> model.id
  order by c.place
  limit 1;
$$;
comment on function switchboard.recorded_successor(public.bedrock_models) is
  'The first model in the chain of successors that is not retired, as selection/available_models.ts follows it; null where there is none.';
revoke execute on function switchboard.recorded_successor(public.bedrock_models)
  from public, anon, authenticated, service_role;

create function switchboard.proposed_successor(
  of_model public.bedrock_models,
  out model_id text,
  out is_recorded boolean,
  out is_available boolean,
  out input_price_ratio numeric,
  out output_price_ratio numeric
)
returns record
language sql
stable
set search_path = ''
as $$
  select
    bm.model_id, c.is_recorded, bm.is_available,
    trim_scale(round(bm.input_cost_per_mtok / nullif(of_model.input_cost_per_mtok, 0), 2)),
    trim_scale(round(bm.output_cost_per_mtok / nullif(of_model.output_cost_per_mtok, 0), 2))
  from (
    select (switchboard.recorded_successor(of_model)).id, true as is_recorded
    union all
    select other.id, false from public.bedrock_models as other
    where switchboard.can_succeed(other, of_model)
  ) as c
  join public.bedrock_models as bm on bm.id = c.id
  where cardinality(switchboard.places_not_allowed(bm)) = 0
  order by c.is_recorded desc, bm.is_available desc, bm.lifecycle = 'active' desc,
    bm.retires_on desc nulls first, bm.priority, bm.model_id
  limit 1;
$$;
comment on function switchboard.proposed_successor(public.bedrock_models) is
  'The model to put in the place of another: the one on record or, without one, the best that can_succeed() names; null: none. The ratios: its prices by those of the other; null where one is not known.';
revoke execute on function switchboard.proposed_successor(public.bedrock_models)
  from public, anon, authenticated, service_role;

create function switchboard.uses_of_model(model public.bedrock_models)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  -- Planned once a session, not with each model of a list.
  return (
    with pins as (
      select
        a.assistant_type, count(*) as conversations,
        count(*) filter (where c.updated_at >= now() - interval '30 days') as recent
      from public.ai_conversations as c
      join public.ai_assistants as a on a.id = c.assistant_id
      where c.model_id = model.model_id
      group by a.assistant_type
    )
    select jsonb_build_object(
      'is_default', model.is_default,
      'assistants', array(
        select a.assistant_type from public.ai_assistants as a
        where a.model_version = model.model_id order by a.assistant_type),
      'fallback_lists', array(
        select a.assistant_type from public.ai_assistants as a
        where model.model_id = any (a.fallback_models) order by a.assistant_type),
      'allowed_lists', array(
        select a.assistant_type from public.ai_assistants as a
        where a.allowed_models && (model.aliases || model.model_id) order by a.assistant_type),
      'aliases', model.aliases,
      'api_keys', coalesce((
        select jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'prefix', k.prefix)
          order by k.name, k.id)
        from public.ai_api_keys as k where k.models && (model.aliases || model.model_id)), '[]'),
      'successor_of', array(
        select bm.model_id from public.bedrock_models as bm
        where bm.successor_model_id = model.model_id order by bm.model_id),
      'rollouts', coalesce((
        select jsonb_agg(r.id order by r.id) from public.ai_rollouts as r
        where r.ended_at is null and model.model_id in (r.model_id, r.former_model_id)), '[]'),
      'pins', coalesce((select jsonb_agg(to_jsonb(p) order by p.assistant_type) from pins as p), '[]'),
      'conversations', (select coalesce(sum(p.conversations), 0) from pins as p),
      'recent_conversations', (select coalesce(sum(p.recent), 0) from pins as p)));
end;
$$;
comment on function switchboard.uses_of_model(public.bedrock_models) is
  'Everything that refers to a model: whether it is the default, the assistants whose own model it is or whose lists name it, its aliases, API keys (also ended ones), models whose successor it is, and rollouts that compare it, which end with it; the conversations pinned to it, and those of them that were used in the last 30 days.';
revoke execute on function switchboard.uses_of_model(public.bedrock_models)
  from public, anon, authenticated, service_role;

create function switchboard.is_in_use(uses jsonb)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select exists (
    -- A rollout needs no successor: it ends.
    select from jsonb_each(uses - 'rollouts') as u where u.value not in ('false', '[]', '0'));
$$;
comment on function switchboard.is_in_use(jsonb) is
  'Whether anything is there of what switchboard.uses_of_model() lists.';
revoke execute on function switchboard.is_in_use(jsonb) from public, anon, authenticated, service_role;

create function switchboard.successor_for(model public.bedrock_models, named text, uses jsonb)
returns public.bedrock_models
language plpgsql
stable
set search_path = ''
as $$
declare
  successor public.bedrock_models;
  proposed record;
begin
  if named = model.model_id then
    raise exception using
      errcode = 'PT400', message = format('%s cannot be its own successor.', named),
      detail = 'invalid_request', hint = 'Name another model.';
  end if;
  if named is not null then
    successor := switchboard.find_model(named);
  elsif switchboard.is_in_use(uses) then
    successor := switchboard.recorded_successor(model);
  elsif model.is_available and not exists (
    select from public.bedrock_models as bm where bm.is_available and bm.id <> model.id
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('%s is the last available model and cannot be retired.', model.model_id),
      detail = 'last_available_model',
      hint = 'Enable another model first.';
  else
    return null;
  end if;
  if successor.id is null then
    select * into proposed from switchboard.proposed_successor(model);
    raise exception using
      errcode = 'PT409',
      message = format('%s is in use and has no successor.', model.model_id),
      detail = 'successor_required',
      hint = case
        when proposed.model_id is null then 'Name one; no model of the registry is of its family, with its capabilities, in its geographies.'
        else format('Name one, such as %s%s.', proposed.model_id,
          case when not proposed.is_available then ' (enable it first)' end)
      end;
  end if;
  perform switchboard.require_usable(successor);
  perform switchboard.require_allowed_retention(successor, users.a)
  from (
    select a from public.ai_assistants as a
    where a.model_version = model.model_id or model.model_id = any (a.fallback_models)
    order by a.assistant_type
  ) as users;
  if cardinality(successor.aliases) + cardinality(model.aliases) > 20 then
    raise exception using
      errcode = 'PT400',
      message = format('%s and %s have more than 20 aliases together.',
        model.model_id, successor.model_id),
      detail = 'invalid_request',
      hint = 'Take some from one of them first.';
  end if;
  return successor;
end;
$$;
comment on function switchboard.successor_for(public.bedrock_models, text, jsonb) is
  'The model that takes the place of one that is retired: the named one, or the one on record; null where there is none and nothing uses the model. PT404 model_not_found; PT409 successor_required, last_available_model, model_retired, model_not_available, model_outside_geographies, provider_retains_data; PT400 invalid_request.';
revoke execute on function switchboard.successor_for(public.bedrock_models, text, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.replaced_in(list text[], former text, successor text)
returns text[]
language sql
immutable
set search_path = ''
as $$
  select array_agg(r.name order by r.place)
  from (
    select case when l.name = former then successor else l.name end as name, min(l.place) as place
    from unnest(list) with ordinality as l (name, place)
    group by 1
  ) as r;
$$;
comment on function switchboard.replaced_in(text[], text, text) is
  'A list of names with one in the place of another, each once, in order.';
revoke execute on function switchboard.replaced_in(text[], text, text)
  from public, anon, authenticated, service_role;

create function switchboard.put_in_place(
  model public.bedrock_models,
  successor public.bedrock_models
)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- One statement, so that aliases and the default pass from row to row.
  update public.bedrock_models as bm
    set
      lifecycle = case when bm.id = model.id then 'retired' else bm.lifecycle end,
      is_available = bm.is_available and bm.id <> model.id,
      is_default = case when successor.id is null then bm.is_default
        else bm.is_default and bm.id <> model.id or bm.id = successor.id and model.is_default end,
      aliases = case when successor.id is null then bm.aliases
        when bm.id = model.id then '{}'
        when bm.id = successor.id then bm.aliases || model.aliases
        else bm.aliases end,
      successor_model_id = case when successor.id is null then bm.successor_model_id
        when bm.id = model.id then successor.model_id
        when bm.successor_model_id = model.model_id
          then nullif(successor.model_id, bm.model_id)
        else bm.successor_model_id end
    where bm.id in (model.id, successor.id)
      or successor.id is not null and bm.successor_model_id = model.model_id;
  if successor.id is null then
    return;
  end if;
  update public.ai_assistants as a
    set
      model_version = case when a.model_version = model.model_id
        then successor.model_id else a.model_version end,
      fallback_models = case when model.model_id = any (a.fallback_models)
        then switchboard.replaced_in(a.fallback_models, model.model_id, successor.model_id)
        else a.fallback_models end,
      allowed_models = case when model.model_id = any (a.allowed_models)
        then switchboard.replaced_in(a.allowed_models, model.model_id, successor.model_id)
        else a.allowed_models end
    where a.model_version = model.model_id
      or model.model_id = any (a.fallback_models) or model.model_id = any (a.allowed_models);
  update public.ai_api_keys as k
    set models = switchboard.replaced_in(k.models, model.model_id, successor.model_id)
    where model.model_id = any (k.models);
end;
$$;
comment on function switchboard.put_in_place(public.bedrock_models, public.bedrock_models) is
  'Retires a model, and puts its successor (null: none) into its place in the registry and in the scopes of API keys.';
revoke execute on function switchboard.put_in_place(public.bedrock_models, public.bedrock_models)
  from public, anon, authenticated, service_role;

-- Definers: no role may write API keys by other means, and the two that only read share their parts.
create function public.retire_model(
  p_model_id text,
  p_successor_model_id text default null,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former_version bigint;
  model public.bedrock_models;
  uses jsonb;
  successor public.bedrock_models;
begin
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);
  model := switchboard.find_model(p_model_id);
  perform switchboard.require_unchanged_since(p_expected_version, p_model_id);
  uses := switchboard.uses_of_model(model);
  -- The successor that is named is also put on record for one that has been retired without.
  if model.lifecycle <> 'retired' or switchboard.is_in_use(uses) or p_successor_model_id is not null
  then
    successor := switchboard.successor_for(model, p_successor_model_id, uses);
    -- As a switch in SQL, nothing is probed.
    perform switchboard.note_change_author(
      p_actor_user_id, p_source, case when successor.id is not null then 'skipped' end,
      actor_key_name => p_actor_key_name, reason => p_reason);
    perform switchboard.put_in_place(model, successor);
  end if;
  return jsonb_build_object(
    'successor_model_id', successor.model_id,
    'uses', uses,
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.retire_model(text, text, uuid, text, bigint, text, text) is
  'Takes a model out of use: its successor (the named one, otherwise the one on record) becomes the default where it was, takes its place in assistants, lists, API keys and as successor of others, and gets its aliases; the model is retired. Pinned conversations follow with their next turn. Returns successor_model_id, what used the model, and the registry''s version. A rollback takes all of it back. PT404 model_not_found; PT409 successor_required, last_available_model, model_retired, model_not_available, model_outside_geographies, provider_retains_data, registry_changed; PT400 invalid_request.';
revoke execute on function public.retire_model(text, text, uuid, text, bigint, text, text)
  from public, anon, authenticated;
grant execute on function public.retire_model(text, text, uuid, text, bigint, text, text)
  to service_role;

-- It is made and undone, so that it is refused by whatever refuses it.
create function public.foresee_retirement(p_model_id text, p_successor_model_id text default null)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  model public.bedrock_models;
  uses jsonb;
  proposed record;
  successor public.bedrock_models;
  problem text;
  advice text;
begin
  perform switchboard.lock_registry();
  model := switchboard.find_model(p_model_id);
  uses := switchboard.uses_of_model(model);
  select * into proposed from switchboard.proposed_successor(model);
  begin
    -- Taken back with the rest: to look is no change.
    perform set_config('switchboard.needs_no_person', 'true', true);
    successor := switchboard.successor_for(
      model,
      -- What is only proposed is shown as if it had been named.
      coalesce(p_successor_model_id, case
        when not proposed.is_recorded and switchboard.is_in_use(uses) then proposed.model_id end),
      uses);
    perform switchboard.put_in_place(model, successor);
    set constraints all immediate;
    raise exception using errcode = 'SBFOR', message = 'foreseen';
  exception
    when sqlstate 'SBFOR' then
      null;
    when sqlstate 'PT409' then
      -- What uses the model is told all the same.
      get stacked diagnostics problem = message_text, advice = pg_exception_hint;
  end;
  return jsonb_build_object(
    'successor_model_id', successor.model_id,
    'refusal', concat_ws(' ', problem, advice),
    'uses', uses,
    'proposed', case when proposed.model_id is not null then to_jsonb(proposed) end);
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.foresee_retirement(text, text) is
  'What retire_model() would find, and with which successor: the named one, the one on record or, as if it had been named, the proposed one. Leaves nothing changed. refusal: why the caller would be refused now, also for a protected assistant or one that requires an evaluation; empty: they would not. PT404 model_not_found; PT400 invalid_request; PT409 registry_locked.';
revoke execute on function public.foresee_retirement(text, text) from public, anon, authenticated;
grant execute on function public.foresee_retirement(text, text) to service_role;

create function public.list_lifecycle()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'models', coalesce((
      select jsonb_agg(jsonb_build_object(
        'model_id', bm.model_id, 'model_name', bm.model_name, 'lifecycle', bm.lifecycle,
        'legacy_on', bm.legacy_on, 'extended_access_on', bm.extended_access_on,
        'retires_on', bm.retires_on,
        'days_left', bm.retires_on - (now() at time zone 'UTC')::date,
        'is_available', bm.is_available,
        'is_in_use', switchboard.is_in_use(switchboard.uses_of_model(bm)),
        'successor', case when p.model_id is not null then to_jsonb(p) end)
        order by bm.retires_on nulls last, bm.model_id)
      from public.bedrock_models as bm
      cross join lateral switchboard.proposed_successor(bm) as p
      where bm.lifecycle <> 'active'
        or num_nonnulls(bm.legacy_on, bm.extended_access_on, bm.retires_on) > 0), '[]'),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function public.list_lifecycle() is
  'The models whose end AWS has announced or that are not active, the next to end first: their dates, the days left, whether anything uses them, and the successor that is on record or proposed.';
revoke execute on function public.list_lifecycle() from public, anon, authenticated;
grant execute on function public.list_lifecycle() to service_role;
