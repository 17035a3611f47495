-- The audit log as operators read it, and the proof that nobody has changed it.

create function private.describe_model_state(model jsonb)
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
comment on function private.describe_model_state(jsonb) is
  'Whether a row of bedrock_models takes new conversations (`available`), only old ones (`disabled`) or none (`stopped`).';
revoke execute on function private.describe_model_state(jsonb) from public, anon, authenticated;
grant execute on function private.describe_model_state(jsonb) to service_role;

create function private.values_changed(one jsonb, other jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_object_agg(e.key, case
    -- Of a long text only that it changed.
    when e.key = 'system_prompt' then to_jsonb(length(e.value #>> '{}') || ' characters')
    else e.value
  end)
  from jsonb_each(one) as e
  where e.key <> 'updated_at' and e.value is distinct from other -> e.key;
$$;
comment on function private.values_changed(jsonb, jsonb) is
  'What a row holds where another differs from it, by column; null where there is nothing.';
revoke execute on function private.values_changed(jsonb, jsonb) from public, anon, authenticated;
grant execute on function private.values_changed(jsonb, jsonb) to service_role;

create function public.list_model_switches(p_limit integer default 20, p_before bigint default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with entries as (
    select
      ms.*,
      (
        -- The other half of the same switch.
        select other.model_id
        from public.model_switches as other
        where other.transaction_id = ms.transaction_id
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
      e.id, e.created_at, e.actor_user_id, e.database_role, e.source, e.action, e.model_id,
      e.assistant_type,
      case
        when e.action = 'set-default' then to_jsonb(e.other_model_id)
        when e.action = 'unset-default' then to_jsonb(e.model_id)
        when e.action in ('assign', 'unassign') then e.row_before -> 'model_version'
        when e.action in ('enable', 'disable') then private.describe_model_state(e.row_before)
        when e.action = 'retire' then e.row_before -> 'lifecycle'
        when e.row_after is not null then private.values_changed(e.row_before, e.row_after)
      end as "from",
      case
        when e.action = 'set-default' then to_jsonb(e.model_id)
        when e.action = 'unset-default' then to_jsonb(e.other_model_id)
        when e.action in ('assign', 'unassign') then e.row_after -> 'model_version'
        when e.action in ('enable', 'disable') then private.describe_model_state(e.row_after)
        when e.action = 'retire' then e.row_after -> 'lifecycle'
        when e.row_before is not null then private.values_changed(e.row_after, e.row_before)
      end as "to",
      e.probe, e.rollback_of, e.registry_version
    from entries as e
    -- A flag that another model took is told with that model.
    where not (
      e.action = 'unset-default' and e.other_model_id is not null
      and private.values_changed(e.row_before - 'is_default', e.row_after - 'is_default') is null)
    order by e.id desc
    limit least(greatest(p_limit, 1), 200)
  ) as listed;
$$;
comment on function public.list_model_switches(integer, bigint) is
  'The newest entries of the audit log (1 to 200; 20), before an id if one is given: who changed what, from what to what.';
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
      private.hash_switch(ms) as hash_of_content
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
          'No entry has the hash that was noted earlier: the log was written anew.'
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
  'Whether the audit log is as it was written: ok, the first broken entry, what is wrong, and the last hash. Who notes that hash elsewhere and gives it later (p_known_hash) also finds a log that was written anew from start to end.';
revoke execute on function public.verify_model_switches(text) from public, anon, authenticated;
grant execute on function public.verify_model_switches(text) to service_role;
