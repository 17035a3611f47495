-- What reads the registry and its log: instances of the functions, when the registry's version has
-- changed; a switch, which needs one or two models only, and what it changed; and operators, who read
-- the log and check that it is as it was written.

create function switchboard.prompt_version(assistant jsonb)
returns text
language sql
immutable
set search_path = ''
as $$
  select encode(sha256(convert_to(jsonb_build_object(
    'system_prompt', assistant -> 'system_prompt',
    'model_config', assistant -> 'model_config',
    'max_output_tokens', assistant -> 'max_output_tokens',
    'guardrail_id', assistant -> 'guardrail_id',
    'guardrail_version', assistant -> 'guardrail_version')::text, 'UTF8')), 'hex');
$$;
comment on function switchboard.prompt_version(jsonb) is
  'SHA-256, in hexadecimal, of what an assistant''s row adds to a question: prompt, settings, largest answer, guardrail.';
revoke execute on function switchboard.prompt_version(jsonb) from public, anon, authenticated;
grant execute on function switchboard.prompt_version(jsonb) to service_role;

create function switchboard.with_prompt_hash(assistant jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select assistant || jsonb_build_object('prompt_hash', switchboard.prompt_version(assistant));
$$;
comment on function switchboard.with_prompt_hash(jsonb) is
  'A row of ai_assistants as the functions get it: with switchboard.prompt_version() as prompt_hash, which they record of each run.';
revoke execute on function switchboard.with_prompt_hash(jsonb) from public, anon, authenticated;
grant execute on function switchboard.with_prompt_hash(jsonb) to service_role;

-- These three in PL/pgSQL, which keeps its plans for a session: planned with every call, as functions
-- in SQL are, they would take half as long again.

create function switchboard.registry_with(models jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'version', (select rv.version from public.registry_version as rv),
    'hash', (select encode(rv.last_switch_hash, 'hex') from public.registry_version as rv),
    'settings', coalesce(
      (select to_jsonb(rs) - 'id' - 'updated_at' from public.registry_settings as rs),
      -- Without the row nothing is allowed.
      '{"allowed_geographies": [], "function_geographies": [], "require_mfa": false,
        "require_person": false, "allow_anonymous_users": false,
        "allow_provider_retention": false, "on_role_change": "refuse", "backup_days": 30}'),
    'models', coalesce(models, '[]'),
    'assistants', coalesce((
      select jsonb_agg(switchboard.with_prompt_hash(to_jsonb(a)) order by a.assistant_type)
      from public.ai_assistants as a), '[]'));
end;
$$;
comment on function switchboard.registry_with(jsonb) is
  'The version and the hash that names its history, the settings, these models and all assistants. Stable, so all of one snapshot with the query that calls it.';
revoke execute on function switchboard.registry_with(jsonb) from public, anon, authenticated;
grant execute on function switchboard.registry_with(jsonb) to service_role;

create function public.read_registry()
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return switchboard.registry_with((
    select jsonb_agg(
      to_jsonb(case
        -- No other row can differ from what holds, and there may be thousands.
        when bm.model_id in (
          select mp.model_id from public.model_prices as mp where mp.scheduled)
        then switchboard.with_present_prices(bm)
        else bm
      end)
      order by bm.priority, bm.model_id)
    from public.bedrock_models as bm));
end;
$$;
comment on function public.read_registry() is
  'All models, assistants and settings with the version they make up. One statement, so one snapshot.';
revoke execute on function public.read_registry() from public, anon, authenticated;
grant execute on function public.read_registry() to service_role;

create function public.read_registry_part(p_model_ids text[])
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  -- A union and not an `or`, so that each side has its index.
  return switchboard.registry_with((
    select jsonb_agg(
      to_jsonb(switchboard.with_present_prices(bm)) order by bm.priority, bm.model_id)
    from public.bedrock_models as bm
    where bm.model_id in (
      select unnest(p_model_ids)
      union
      select d.model_id from public.bedrock_models as d where d.is_default)));
end;
$$;
comment on function public.read_registry_part(text[]) is
  'As read_registry(), but of the models only the named ones, as far as they exist, and the default.';
revoke execute on function public.read_registry_part(text[]) from public, anon, authenticated;
grant execute on function public.read_registry_part(text[]) to service_role;

-- The registry as it was, or as it would be: the present rows, some of them with other values. A row
-- is named by its table and its id; `existed`: whether there is such a row; `known`: its values, by
-- column.

create function switchboard.registry_with_states(states jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with present as (
    select 'bedrock_models' as table_name, m.content
    from jsonb_array_elements(public.read_registry() -> 'models') as m (content)
    union all
    select 'ai_assistants', to_jsonb(a) from public.ai_assistants as a
    union all
    select 'registry_settings', to_jsonb(rs) from public.registry_settings as rs
  ),
  resulting as (
    select
      coalesce(p.table_name, s.table_name) as table_name,
      coalesce(p.content, '{}') || coalesce(s.known, '{}') as content
    from present as p
    full join jsonb_to_recordset(states)
      as s (table_name text, row_id text, existed boolean, known jsonb)
      on s.table_name = p.table_name and s.row_id = p.content ->> 'id'
    where s.existed is distinct from false
  )
  select switchboard.registry_with((
      select jsonb_agg(r.content order by r.content -> 'priority', r.content ->> 'model_id')
      from resulting as r where r.table_name = 'bedrock_models'))
    || jsonb_build_object('assistants', coalesce((
      select jsonb_agg(
        switchboard.with_prompt_hash(r.content) order by r.content ->> 'assistant_type')
      from resulting as r where r.table_name = 'ai_assistants'), '[]'))
    || coalesce((
      select jsonb_build_object('settings', r.content - 'id' - 'updated_at')
      from resulting as r where r.table_name = 'registry_settings'), '{}');
$$;
comment on function switchboard.registry_with_states(jsonb) is
  'As read_registry(), with other values in some rows: an array of table_name, row_id, existed, known.';
revoke execute on function switchboard.registry_with_states(jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.registry_with_states(jsonb) to service_role;

create function switchboard.knows_version(wanted_version bigint, seen_at timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select case
    -- Of a history that a restore has lost.
    when wanted_version > (select rv.version from public.registry_version as rv) then false
    when newest.id is null
      then wanted_version + 1 >= (select min(ms.registry_version) from public.model_switches as ms)
    -- After a restore other changes come to the same numbers, later.
    else newest.created_at <= coalesce(seen_at, newest.created_at)
      -- No row has seen the versions within a seeded history; at its end they are as they were.
      and not (newest.is_seeded and coalesce(next.is_seeded, false))
  end
  from (values (true)) as one
  left join lateral (
    select ms.*
    from public.model_switches as ms
    where ms.registry_version <= wanted_version
    order by ms.registry_version desc, ms.id desc
    limit 1
  ) as newest on true
  left join lateral (
    select ms.is_seeded
    from public.model_switches as ms
    where ms.registry_version > wanted_version
    order by ms.registry_version, ms.id
    limit 1
  ) as next on true;
$$;
comment on function switchboard.knows_version(bigint, timestamptz) is
  'Whether the audit log tells the registry of a version that was seen at a moment (null: at any): not a version from before the log, of a history that a restore of a backup has lost, or from within a seeded one.';
revoke execute on function switchboard.knows_version(bigint, timestamptz)
  from public, anon, authenticated;
grant execute on function switchboard.knows_version(bigint, timestamptz) to service_role;

create function public.read_registry_as_of(
  p_version bigint,
  p_seen_at timestamptz default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- Each row as the first change since found it.
  with since as (
    select distinct on (ms.table_name, coalesce(ms.row_before, ms.row_after) ->> 'id')
      ms.table_name, coalesce(ms.row_before, ms.row_after) ->> 'id' as row_id, ms.row_before
    from public.model_switches as ms
    where ms.registry_version > p_version and not ms.is_seeded
    order by ms.table_name, coalesce(ms.row_before, ms.row_after) ->> 'id', ms.id
  )
  select case when switchboard.knows_version(p_version, p_seen_at) then
    switchboard.registry_with_states(coalesce((
      select jsonb_agg(jsonb_build_object(
        'table_name', s.table_name, 'row_id', s.row_id, 'existed', s.row_before is not null,
        'known', s.row_before))
      from since as s), '[]'))
    || jsonb_build_object('version', p_version)
  end;
$$;
comment on function public.read_registry_as_of(bigint, timestamptz) is
  'As read_registry(), of an earlier version, from what the audit log recorded; null where the log does not tell it. p_seen_at: when something used the version, which tells it from one of another history with the same number. Its `hash` is that of the present.';
revoke execute on function public.read_registry_as_of(bigint, timestamptz)
  from public, anon, authenticated;
grant execute on function public.read_registry_as_of(bigint, timestamptz) to service_role;

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

create function switchboard.describe_role(user_role jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'user_id', user_role -> 'id', 'email', switchboard.email_of((user_role ->> 'id')::uuid),
    'assistant_type', user_role -> 'assistant_type');
$$;
comment on function switchboard.describe_role(jsonb) is
  'A role as the audit log holds it, with the address of the user as it is now.';
revoke execute on function switchboard.describe_role(jsonb) from public, anon, authenticated;
grant execute on function switchboard.describe_role(jsonb) to service_role;

create function switchboard.other_half(entry public.model_switches)
returns text
language sql
stable
set search_path = ''
as $$
  select other.model_id
  from public.model_switches as other
  where other.transaction_id = entry.transaction_id and other.table_name = entry.table_name
    and other.action = case entry.action
      when 'set-default' then 'unset-default' when 'unset-default' then 'set-default' end
  order by abs(other.id - entry.id)
  limit 1;
$$;
comment on function switchboard.other_half(public.model_switches) is
  'The model that took the default flag from the model of an entry, or that the flag was taken from, in the same transaction; null without one.';
revoke execute on function switchboard.other_half(public.model_switches)
  from public, anon, authenticated;
grant execute on function switchboard.other_half(public.model_switches) to service_role;

create function switchboard.is_told_by_other_half(entry public.model_switches)
returns boolean
language sql
stable
set search_path = ''
as $$
  -- Only where the flag is all that changed.
  select entry.action = 'unset-default' and entry.table_name = 'bedrock_models'
    and switchboard.values_changed(
      entry.row_before - 'is_default', entry.row_after - 'is_default') is null
    and switchboard.other_half(entry) is not null;
$$;
comment on function switchboard.is_told_by_other_half(public.model_switches) is
  'Whether an entry says only that another model took the default flag, which the entry of that model says too.';
revoke execute on function switchboard.is_told_by_other_half(public.model_switches)
  from public, anon, authenticated;
grant execute on function switchboard.is_told_by_other_half(public.model_switches) to service_role;

create function switchboard.describe_switch(entry public.model_switches)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', entry.id, 'created_at', entry.created_at, 'actor_user_id', entry.actor_user_id,
    'actor_email', switchboard.email_of(entry.actor_user_id),
    'actor_key_name', entry.actor_key_name, 'actor_proven', entry.actor_proven,
    'database_role', entry.database_role, 'session_role', entry.session_role,
    'application_name', entry.application_name, 'source', entry.source, 'action', entry.action,
    'model_id', entry.model_id, 'assistant_type', entry.assistant_type,
    'from', case
      when o.form = 'set-default' then to_jsonb(switchboard.other_half(entry))
      when o.form = 'unset-default' then to_jsonb(entry.model_id)
      when o.form in ('assign', 'unassign') then entry.row_before -> 'model_version'
      when o.form in ('enable', 'disable') then switchboard.describe_model_state(entry.row_before)
      when o.form = 'retire' then entry.row_before -> 'lifecycle'
      when entry.action = 'set-role' then switchboard.describe_role(entry.row_before)
      when entry.table_name = 'model_prices'
        then entry.row_before - array['id', 'model_id', 'valid_to', 'scheduled']
      -- A change of one of their columns alone would not say which row it is about.
      when entry.table_name in ('ai_api_keys', 'ai_limits', 'ai_alert_rules', 'ai_legal_holds')
        then entry.row_before - array['last_used_on', 'user_hash', 'updated_at']
      when entry.row_after is not null
        then switchboard.values_changed(entry.row_before, entry.row_after)
    end,
    'to', case
      when o.form = 'set-default' then to_jsonb(entry.model_id)
      when o.form = 'unset-default' then to_jsonb(switchboard.other_half(entry))
      when o.form in ('assign', 'unassign') then entry.row_after -> 'model_version'
      when o.form in ('enable', 'disable') then switchboard.describe_model_state(entry.row_after)
      when o.form = 'retire' then entry.row_after -> 'lifecycle'
      when entry.action = 'set-role' then switchboard.describe_role(entry.row_after)
      when entry.table_name = 'model_prices'
        then entry.row_after - array['id', 'model_id', 'valid_to', 'scheduled']
      when entry.table_name in ('ai_api_keys', 'ai_limits', 'ai_alert_rules', 'ai_legal_holds')
        then entry.row_after - array['last_used_on', 'user_hash', 'updated_at']
      -- Nothing came before: they tell what was erased or exported, and how much.
      when entry.table_name in ('ai_erasures', 'ai_conversations')
        then jsonb_strip_nulls(entry.row_after - array['id', 'status', 'begun_at', 'ended_at',
          'asked_by_user_id', 'asked_by_key_name', 'database_role'])
      when entry.row_before is not null
        then switchboard.values_changed(entry.row_after, entry.row_before)
    end,
    'probe', entry.probe, 'rollback_of', entry.rollback_of, 'approval', entry.approval,
    'proposal_id', entry.proposal_id, 'signature', switchboard.signature_of(entry.id),
    'reason', entry.reason, 'is_seeded', entry.is_seeded, 'registry_version', entry.registry_version)
  from (
    -- Only these tables have forms of their own; entries of others are told by column.
    select case when entry.table_name in ('bedrock_models', 'ai_assistants') then entry.action end
  ) as o (form);
$$;
comment on function switchboard.describe_switch(public.model_switches) is
  'An entry of the audit log as it is listed: the actor, the change, and what it led from and to.';
revoke execute on function switchboard.describe_switch(public.model_switches)
  from public, anon, authenticated;
grant execute on function switchboard.describe_switch(public.model_switches) to service_role;

create function public.list_model_switches(
  p_limit integer default 20,
  p_before bigint default null,
  p_model_id text default null,
  p_assistant_type text default null,
  p_actions text[] default null,
  p_actor text default null,
  p_search text default null,
  p_from timestamptz default null,
  p_to timestamptz default null
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  actor_ids constant uuid[] := case
    when p_actor ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then array[p_actor::uuid]
    -- No other actor has an address, so that no table of users is read for the name of a key.
    when p_actor like '%@%' then switchboard.ids_of_email(p_actor)
  end;
  listed jsonb;
begin
  -- Executed, so that it is planned for the filters that are given and not for all at once.
  execute $query$
    select coalesce(jsonb_agg(switchboard.describe_switch(ms) order by ms.id desc), '[]')
    from (
      select ms.*
      from public.model_switches as ms
      where ($2 is null or ms.id < $2)
        and ($3 is null or ms.model_id = $3)
        and ($4 is null or ms.assistant_type = $4)
        and ($5 is null or ms.action = any ($5))
        and ($6 is null or ms.actor_user_id = any ($7) or ms.actor_key_name = $6
          or ms.database_role = $6)
        and ($8 is null or strpos(ms.searched_text, lower($8)) > 0)
        and ($9 is null or ms.created_at >= $9)
        and ($10 is null or ms.created_at < $10)
        -- Who looks for the model or the action wants to see that half too.
        and ($3 is not null or $5 is not null or ms.action <> 'unset-default'
          or not switchboard.is_told_by_other_half(ms))
      order by ms.id desc
      limit $1
    ) as ms
  $query$ into listed using least(greatest(p_limit, 1), 200), p_before, p_model_id,
    p_assistant_type, p_actions, p_actor, actor_ids, p_search, p_from, p_to;
  return listed;
end;
$$;
comment on function public.list_model_switches(
  integer, bigint, text, text, text[], text, text, timestamptz, timestamptz) is
  'The newest entries of the audit log (1 to 200; 20), before an id if one is given: the actor, the change, and what it led from and to. Filters: model, assistant, actions, actor (a user''s id or address, the name of a key, a database role), text in the reason and the changed values, time [p_from, p_to).';
revoke execute on function public.list_model_switches(
  integer, bigint, text, text, text[], text, text, timestamptz, timestamptz)
  from public, anon, authenticated;
grant execute on function public.list_model_switches(
  integer, bigint, text, text, text[], text, text, timestamptz, timestamptz) to service_role;

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
