-- What reads the registry and its log: instances of the functions, when the registry's version has
-- changed; a switch, which needs one or two models only; and operators, who read the log and check
-- that it is as it was written.

create function switchboard.registry_with(models jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'version', (select rv.version from public.registry_version as rv),
    'hash', (select encode(rv.last_switch_hash, 'hex') from public.registry_version as rv),
    'settings', coalesce(
      (select to_jsonb(rs) - 'id' - 'updated_at' from public.registry_settings as rs),
      -- Without the row nothing is allowed.
      '{"allowed_geographies": [], "require_mfa": false, "allow_anonymous_users": false,
        "on_role_change": "refuse"}'),
    'models', coalesce(models, '[]'),
    'assistants', coalesce((
      select jsonb_agg(to_jsonb(a) order by a.assistant_type)
      from public.ai_assistants as a), '[]'));
$$;
comment on function switchboard.registry_with(jsonb) is
  'The version and the hash that names its history, the settings, these models and all assistants. Stable, so all of one snapshot with the query that calls it.';
revoke execute on function switchboard.registry_with(jsonb) from public, anon, authenticated;
grant execute on function switchboard.registry_with(jsonb) to service_role;

create function public.read_registry()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select switchboard.registry_with((
    select jsonb_agg(
      to_jsonb(switchboard.with_present_prices(bm)) order by bm.priority, bm.model_id)
    from public.bedrock_models as bm));
$$;
comment on function public.read_registry() is
  'All models, assistants and settings with the version they make up. One statement, so one snapshot.';
revoke execute on function public.read_registry() from public, anon, authenticated;
grant execute on function public.read_registry() to service_role;

create function public.read_registry_part(p_model_ids text[])
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- A union and not an `or`, so that each side has its index.
  select switchboard.registry_with((
    select jsonb_agg(
      to_jsonb(switchboard.with_present_prices(bm)) order by bm.priority, bm.model_id)
    from public.bedrock_models as bm
    where bm.model_id in (
      select unnest(p_model_ids)
      union
      select d.model_id from public.bedrock_models as d where d.is_default)));
$$;
comment on function public.read_registry_part(text[]) is
  'As read_registry(), but of the models only the named ones, as far as they exist, and the default.';
revoke execute on function public.read_registry_part(text[]) from public, anon, authenticated;
grant execute on function public.read_registry_part(text[]) to service_role;

create function switchboard.describe_model_state(model jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select to_jsonb(case
    when (model -> 'is_available')::boolean then 'available'
    when (model -> 'serves_pinned')::boolean then 'disabled'
    else 'stopped'
  end);
$$;
comment on function switchboard.describe_model_state(jsonb) is
  'Whether a row of bedrock_models takes new conversations (`available`), only old ones (`disabled`) or none (`stopped`).';
revoke execute on function switchboard.describe_model_state(jsonb) from public, anon, authenticated;
grant execute on function switchboard.describe_model_state(jsonb) to service_role;

create function switchboard.values_changed(one jsonb, other jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_object_agg(e.key, case
    -- Of a prompt and of a long value only that it changed, so that a list stays short.
    when jsonb_typeof(e.value) <> 'null' and (e.key = 'system_prompt' or length(e.value #>> '{}') > 500)
      then to_jsonb(length(e.value #>> '{}') || ' characters')
    else e.value
  end)
  from jsonb_each(one) as e
  where e.key <> 'updated_at' and e.value is distinct from other -> e.key;
$$;
comment on function switchboard.values_changed(jsonb, jsonb) is
  'What a row holds where another differs from it, by column, with the length of a prompt or of a value of more than 500 characters in its place; null where there is nothing.';
revoke execute on function switchboard.values_changed(jsonb, jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.values_changed(jsonb, jsonb) to service_role;

create function public.list_model_switches(p_limit integer default 20, p_before bigint default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with entries as (
    select
      ms.*,
      -- Only these tables have forms of their own; entries of others are told by column.
      case when ms.table_name in ('bedrock_models', 'ai_assistants') then ms.action end as own_form,
      (
        -- The other half of the same switch.
        select other.model_id
        from public.model_switches as other
        where other.transaction_id = ms.transaction_id and other.table_name = ms.table_name
          and other.action = case ms.action
            when 'set-default' then 'unset-default' when 'unset-default' then 'set-default' end
        order by abs(other.id - ms.id)
        limit 1
      ) as other_model_id
    from public.model_switches as ms
    where p_before is null or ms.id < p_before
  )
  select coalesce(jsonb_agg(to_jsonb(listed) order by listed.id desc), '[]')
  from (
    select
      e.id, e.created_at, e.actor_user_id, switchboard.email_of(e.actor_user_id) as actor_email,
      e.actor_key_name, e.actor_proven, e.database_role,
      e.source, e.action, e.model_id, e.assistant_type,
      case
        when e.own_form = 'set-default' then to_jsonb(e.other_model_id)
        when e.own_form = 'unset-default' then to_jsonb(e.model_id)
        when e.own_form in ('assign', 'unassign') then e.row_before -> 'model_version'
        when e.own_form in ('enable', 'disable') then switchboard.describe_model_state(e.row_before)
        when e.own_form = 'retire' then e.row_before -> 'lifecycle'
        when e.table_name = 'model_prices'
          then e.row_before - array['id', 'model_id', 'valid_to', 'scheduled']
        when e.row_after is not null then switchboard.values_changed(e.row_before, e.row_after)
      end as "from",
      case
        when e.own_form = 'set-default' then to_jsonb(e.model_id)
        when e.own_form = 'unset-default' then to_jsonb(e.other_model_id)
        when e.own_form in ('assign', 'unassign') then e.row_after -> 'model_version'
        when e.own_form in ('enable', 'disable') then switchboard.describe_model_state(e.row_after)
        when e.own_form = 'retire' then e.row_after -> 'lifecycle'
        when e.table_name = 'model_prices'
          then e.row_after - array['id', 'model_id', 'valid_to', 'scheduled']
        when e.row_before is not null then switchboard.values_changed(e.row_after, e.row_before)
      end as "to",
      e.probe, e.rollback_of, e.reason, e.is_seeded, e.registry_version
    from entries as e
    -- A flag that another model took is told with that model.
    where not (
      e.own_form = 'unset-default' and e.other_model_id is not null
      and switchboard.values_changed(e.row_before - 'is_default', e.row_after - 'is_default') is null)
    order by e.id desc
    limit least(greatest(p_limit, 1), 200)
  ) as listed;
$$;
comment on function public.list_model_switches(integer, bigint) is
  'The newest entries of the audit log (1 to 200; 20), before an id if one is given: the actor, the change, and what it led from and to.';
revoke execute on function public.list_model_switches(integer, bigint)
  from public, anon, authenticated;
grant execute on function public.list_model_switches(integer, bigint) to service_role;

create function public.verify_model_switches(p_known_hash text default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- One statement, so one snapshot: an entry that is written meanwhile raises no alarm.
  with chain as (
    select
      ms.id, ms.hash, ms.previous_hash,
      coalesce(lag(ms.hash) over (order by ms.id), '') as hash_before,
      switchboard.hash_switch(ms) as hash_of_content
    from public.model_switches as ms
  ),
  found as (
    select
      count(*) as entries,
      min(c.id) filter (
        where c.previous_hash <> c.hash_before or c.hash <> c.hash_of_content) as broken_id,
      coalesce((array_agg(c.hash order by c.id desc))[1], '') as last_hash,
      coalesce(bool_or(encode(c.hash, 'hex') = lower(p_known_hash)), false) as known_found
    from chain as c
  ),
  judged as (
    select
      f.*,
      case
        when f.broken_id is not null then
          'This entry is not as it was written, or the one before it is missing or was put in.'
        when f.last_hash <> (select rv.last_switch_hash from public.registry_version as rv) then
          'Entries after the last one are missing.'
        when p_known_hash is not null and not f.known_found then
          'No entry has the hash that was noted earlier: the log was rewritten.'
      end as problem
    from found as f
  )
  select jsonb_build_object(
    'ok', j.problem is null,
    'entries', j.entries,
    'broken_id', j.broken_id,
    'problem', j.problem,
    'last_hash', encode(j.last_hash, 'hex'))
  from judged as j;
$$;
comment on function public.verify_model_switches(text) is
  'Whether the audit log is as it was written: ok, the first broken entry, what is wrong, and the last hash. Give a hash noted elsewhere as p_known_hash to find also a log that was rewritten from start to end.';
revoke execute on function public.verify_model_switches(text) from public, anon, authenticated;
grant execute on function public.verify_model_switches(text) to service_role;
