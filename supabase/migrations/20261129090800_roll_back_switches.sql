-- Back to the state before a switch, in one transaction, from what the audit log recorded.
--
-- Five kinds of entries are left as they are, because they are no switches: what AWS answered to a
-- turn (source `chat`), rows that follow a scheduled price (`adopt-price`), the end of a rollout
-- that gave its share back (`revert-rollout`) or of a watch (`end-watch`), changes of tables and
-- columns that switchboard.audited_tables excludes, such as where calls may be processed, who has
-- which role and which API keys are valid, and those of a seeded history, which never happened to
-- the rows.
--
-- A rollback names the entry that it went back before (rollback_of). From then on the log reads as
-- if it continued there: whatever lies between, rollbacks too, is taken back. So one more rollback
-- goes one step further back, and one that goes back before a rollback makes its switches count
-- again.

create function switchboard.is_no_switch(action text)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select action in ('adopt-price', 'revert-rollout', 'end-watch');
$$;
comment on function switchboard.is_no_switch(text) is
  'Whether an entry of this action only follows from what was decided before, so that no rollback takes it back.';
revoke execute on function switchboard.is_no_switch(text) from public, anon, authenticated;
grant execute on function switchboard.is_no_switch(text) to service_role;

create function switchboard.restore_row(restored_table text, row_id text, known jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  columns text := (
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
    from pg_catalog.pg_attribute as a
    where a.attrelid = ('public.' || quote_ident(restored_table))::regclass
      and a.attnum > 0 and not a.attisdropped
      and known ? a.attname::text and a.attname not in ('id', 'created_at', 'updated_at'));
  restored integer;
begin
  execute format(
    'update public.%1$I as t set (%2$s) = (
       select %2$s from jsonb_populate_record(t, $1)) where t.id = %3$L',
    restored_table, columns, row_id)
  using known;
  get diagnostics restored = row_count; -- `execute` leaves `found` alone
  if restored = 0 then
    execute format(
      'insert into public.%1$I select * from jsonb_populate_record(null::public.%1$I, $1)',
      restored_table)
    using known;
  end if;
end;
$$;
comment on function switchboard.restore_row(text, text, jsonb) is
  'Gives a row the values that it had, by column, or inserts it where it was deleted.';
revoke execute on function switchboard.restore_row(text, text, jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.restore_row(text, text, jsonb) to service_role;

create function switchboard.states_before(first_id bigint, last_id bigint)
returns table (
  table_name text, row_id text, existed boolean, known jsonb, latest jsonb, label text)
language plpgsql
stable
set search_path = ''
as $$
declare
  entry public.model_switches;
  states jsonb := '{}'::jsonb;
  only_columns text[];
  key text;
  state jsonb;
begin
  -- From the newest back to the oldest, so that the oldest value of each column remains.
  for entry in
    select ms.*
    from public.model_switches as ms
    join switchboard.audited_tables as t on t.table_name = ms.table_name
    where ms.id between first_id and last_id and ms.source <> 'chat' and not ms.is_seeded
      and not switchboard.is_no_switch(ms.action) and t.is_rolled_back
    order by ms.id desc
  loop
    only_columns := (
      select t.rolled_back_columns from switchboard.audited_tables as t
      where t.table_name = entry.table_name);
    continue when only_columns is not null
      and (entry.row_before is null or entry.row_after is null);
    key := entry.table_name || ' ' || (coalesce(entry.row_before, entry.row_after) ->> 'id');
    state := coalesce(states -> key, '{"existed": true, "known": {}, "latest": {}}')
      || jsonb_build_object(
        'table', entry.table_name,
        'row_id', coalesce(entry.row_before, entry.row_after) -> 'id',
        'label', coalesce(entry.assistant_type, entry.model_id, entry.table_name));
    if entry.row_before is null then
      state := state || '{"existed": false}';
    elsif entry.row_after is null then
      state := state || jsonb_build_object('existed', true, 'known', entry.row_before);
    else
      -- Only what the change touched: what others changed in the row since stays.
      select state || jsonb_build_object(
        'known', (state -> 'known') || coalesce(jsonb_object_agg(e.key, e.value), '{}'),
        'latest', coalesce(jsonb_object_agg(e.key, entry.row_after -> e.key), '{}')
          || (state -> 'latest'))
      into state
      from jsonb_each(entry.row_before) as e
      where e.value is distinct from entry.row_after -> e.key
        and (only_columns is null or e.key = any (only_columns));
    end if;
    states := states || jsonb_build_object(key, state);
  end loop;

  return query
    select s.value ->> 'table', s.value ->> 'row_id', (s.value -> 'existed')::boolean,
      s.value -> 'known', s.value -> 'latest', s.value ->> 'label'
    from jsonb_each(states) as s;
end;
$$;
comment on function switchboard.states_before(bigint, bigint) is
  'The rows that a range of the audit log changed: whether each existed before, the former values of the columns that were changed, and the values that the range left.';
revoke execute on function switchboard.states_before(bigint, bigint)
  from public, anon, authenticated;
grant execute on function switchboard.states_before(bigint, bigint) to service_role;

create function switchboard.present_row(audited_name text, row_id text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Without those that the log must not hold, which no role may read.
  columns text := (
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
    from pg_catalog.pg_attribute as a
    where a.attrelid = ('public.' || quote_ident(audited_name))::regclass
      and a.attnum > 0 and not a.attisdropped
      and a.attname <> all (
        select unnest(t.secret_columns) from switchboard.audited_tables as t
        where t.table_name = audited_name));
  present jsonb;
begin
  execute format(
    'select to_jsonb(t) from (select %s from public.%I as r where r.id = %L) as t',
    columns, audited_name, row_id)
    into present;
  return present;
end;
$$;
comment on function switchboard.present_row(text, text) is
  'What the log would hold of a row of an audited table as it is now; null where there is none.';
revoke execute on function switchboard.present_row(text, text) from public, anon, authenticated;
grant execute on function switchboard.present_row(text, text) to service_role;

create function switchboard.states_to_restore(first_id bigint, last_id bigint)
returns table (table_name text, row_id text, existed boolean, known jsonb, label text)
language sql
stable
set search_path = ''
as $$
  select s.table_name, s.row_id, s.existed, d.known, s.label
  from switchboard.states_before(first_id, last_id) as s
  join switchboard.audited_tables as t on t.table_name = s.table_name
  cross join lateral switchboard.present_row(s.table_name, s.row_id) as p (present)
  cross join lateral (
    select case
      when p.present is null then s.known
      else coalesce((
        -- A value that the log does not know, as what AWS answered since, stays.
        select jsonb_object_agg(e.key, e.value)
        from jsonb_each(s.known) as e
        where e.key <> all (t.ignored_columns)
          and p.present -> e.key is distinct from e.value
          and p.present -> e.key is not distinct from s.latest -> e.key), '{}')
    end as known
  ) as d
  where case
    -- A row that is gone comes back if these entries deleted it.
    when p.present is null then s.existed and s.known ? 'id'
    when s.existed then d.known <> '{}'
    else true
  end;
$$;
comment on function switchboard.states_to_restore(bigint, bigint) is
  'Of switchboard.states_before() what is still in force: the rows and columns that are as the range of the log left them and were not so before.';
revoke execute on function switchboard.states_to_restore(bigint, bigint)
  from public, anon, authenticated;
grant execute on function switchboard.states_to_restore(bigint, bigint) to service_role;

create function switchboard.require_model_restorable(state jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  model public.bedrock_models;
  restored public.bedrock_models;
begin
  select * into model from public.bedrock_models as bm where bm.id = (state ->> 'row_id')::uuid;
  if not (state -> 'existed')::boolean then
    -- Deleting the row would take their pin from them.
    if exists (select from public.ai_conversations as c where c.model_id = model.model_id) then
      raise foreign_key_violation using message = 'conversations are pinned to it';
    end if;
    return;
  end if;
  restored := jsonb_populate_record(model, state -> 'known');
  if restored.is_available and not coalesce(model.is_available, false)
    or restored.is_default and not coalesce(model.is_default, false)
  then
    perform switchboard.require_not_retired(restored);
    perform switchboard.require_allowed_geographies(restored);
  end if;
end;
$$;
comment on function switchboard.require_model_restorable(jsonb) is
  'Guard of a rollback: refuses to bring a model back into use that is retired or outside the allowed geographies (PT409 model_retired, model_outside_geographies), and to delete one that conversations are pinned to.';
revoke execute on function switchboard.require_model_restorable(jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.require_model_restorable(jsonb) to service_role;

create function switchboard.require_assistant_restorable(state jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  model public.bedrock_models;
  assistant public.ai_assistants;
begin
  -- A row that is deleted needs no model.
  if (state -> 'existed')::boolean and state #>> '{known,model_version}' is not null then
    model := switchboard.find_model(state #>> '{known,model_version}');
    -- As the same rollback leaves the model, where it has not restored it yet.
    model := jsonb_populate_record(model, coalesce((
      select other -> 'known' from jsonb_array_elements(state -> 'others') as other
      where other ->> 'table_name' = 'bedrock_models' and other ->> 'row_id' = model.id::text), '{}'));
    select * into assistant
    from public.ai_assistants as a where a.id = (state ->> 'row_id')::uuid;
    perform switchboard.require_not_retired(model);
    perform switchboard.require_allowed_geographies(model);
    perform switchboard.require_allowed_retention(
      model, jsonb_populate_record(assistant, state -> 'known'));
  end if;
end;
$$;
comment on function switchboard.require_assistant_restorable(jsonb) is
  'Guard of a rollback: refuses to give an assistant a model that is retired, outside the allowed geographies, kept from it because its provider keeps traffic, or gone. PT409 model_retired, model_outside_geographies, provider_retains_data; PT404 model_not_found.';
revoke execute on function switchboard.require_assistant_restorable(jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.require_assistant_restorable(jsonb) to service_role;

create function switchboard.restore_state(
  restored_table text,
  row_id text,
  existed boolean,
  known jsonb
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  rules switchboard.audited_tables;
  state constant jsonb := jsonb_build_object(
    'row_id', row_id, 'existed', existed, 'known', known);
begin
  select * into strict rules
    from switchboard.audited_tables as t where t.table_name = restored_table;
  if rules.rollback_guard is not null then
    execute format('select switchboard.%I($1)', rules.rollback_guard) using state;
  end if;
  if rules.restored_with is not null then
    execute format('select switchboard.%I($1)', rules.restored_with) using state;
  elsif existed then
    perform switchboard.restore_row(restored_table, row_id, known);
  else
    execute format('delete from public.%I as t where t.id = %L', restored_table, row_id);
  end if;
end;
$$;
comment on function switchboard.restore_state(text, text, boolean, jsonb) is
  'Restores a row of an audited table to what it was before, or deletes it where it did not exist, unless the table''s guard refuses.';
revoke execute on function switchboard.restore_state(text, text, boolean, jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.restore_state(text, text, boolean, jsonb) to service_role;

create function switchboard.entries_of_switch(
  entry public.model_switches,
  out first_id bigint,
  out last_id bigint
)
returns record
language sql
stable
set search_path = ''
as $$
  select
    (
      select min(ms.id) from public.model_switches as ms
      where ms.transaction_id = entry.transaction_id and ms.id <= entry.id
        and ms.id > coalesce((
          select max(other.id) from public.model_switches as other
          where other.id < entry.id and other.transaction_id <> entry.transaction_id), 0)
    ), (
      select max(ms.id) from public.model_switches as ms
      where ms.transaction_id = entry.transaction_id and ms.id >= entry.id
        and ms.id < coalesce((
          select min(other.id) from public.model_switches as other
          where other.id > entry.id and other.transaction_id <> entry.transaction_id),
          9223372036854775807)
    );
$$;
comment on function switchboard.entries_of_switch(public.model_switches) is
  'The first and the last entry of the switch that an entry belongs to: what one transaction changed.';
revoke execute on function switchboard.entries_of_switch(public.model_switches)
  from public, anon, authenticated;
grant execute on function switchboard.entries_of_switch(public.model_switches) to service_role;

create function switchboard.find_switch_in_force(out first_id bigint, out last_id bigint)
returns record
language plpgsql
stable
set search_path = ''
as $$
declare
  entry public.model_switches;
  newest_id bigint := 9223372036854775807;
begin
  loop
    select ms.* into entry
    from public.model_switches as ms
    join switchboard.audited_tables as t on t.table_name = ms.table_name
    where ms.id <= newest_id and ms.source <> 'chat' and not ms.is_seeded
      and not switchboard.is_no_switch(ms.action) and t.is_rolled_back
      -- Rows that were only added or deleted are no switch.
      and (ms.rollback_of is not null
        or ms.row_before is not null and ms.row_after is not null)
    order by ms.id desc
    limit 1;
    if not found then
      return;
    elsif entry.rollback_of is not null then
      newest_id := entry.rollback_of - 1;
    else
      select * into first_id, last_id from switchboard.entries_of_switch(entry);
      exit when exists (select from switchboard.states_to_restore(first_id, last_id));
      newest_id := first_id - 1;
      first_id := null;
      last_id := null;
    end if;
  end loop;
end;
$$;
comment on function switchboard.find_switch_in_force() is
  'The entries of the newest switch that no rollback took back and whose changes are still there; null without one.';
revoke execute on function switchboard.find_switch_in_force() from public, anon, authenticated;
grant execute on function switchboard.find_switch_in_force() to service_role;

create function switchboard.find_switch(wanted_id bigint, out first_id bigint, out last_id bigint)
returns record
language plpgsql
stable
set search_path = ''
as $$
begin
  if wanted_id is null then
    select * into first_id, last_id from switchboard.find_switch_in_force();
  else
    select e.first_id, (select max(newest.id) from public.model_switches as newest)
      into first_id, last_id
      from public.model_switches as ms
      cross join lateral switchboard.entries_of_switch(ms) as e
      where ms.id = wanted_id;
  end if;
  if first_id is null then
    raise exception using
      errcode = 'PT404',
      message = case when wanted_id is null then 'No switch to roll back.'
        else format('There is no switch %s.', wanted_id) end,
      detail = 'switch_not_found',
      hint = 'The history lists the switches with their ids.';
  end if;
end;
$$;
comment on function switchboard.find_switch(bigint) is
  'The entries to take back: those of the newest switch in force or, of one that is named, it and everything since. PT404 switch_not_found.';
revoke execute on function switchboard.find_switch(bigint) from public, anon, authenticated;
grant execute on function switchboard.find_switch(bigint) to service_role;

create function public.next_rollback()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', ms.id, 'created_at', ms.created_at, 'action', ms.action, 'model_id', ms.model_id,
    'assistant_type', ms.assistant_type, 'reason', ms.reason)
  from switchboard.find_switch_in_force() as s
  join public.model_switches as ms on ms.id between s.first_id and s.last_id
  -- A transaction may also have changed what a rollback leaves.
  join switchboard.audited_tables as t on t.table_name = ms.table_name and t.is_rolled_back
  where not switchboard.is_no_switch(ms.action)
    -- Nor have those of a column that it leaves, as the end of an API key.
    and (t.rolled_back_columns is null
      or ms.row_before is not null and ms.row_after is not null and exists (
        select from unnest(t.rolled_back_columns) as c (name)
        where ms.row_before -> c.name is distinct from ms.row_after -> c.name))
  -- A flag that another model took is told with that model, and what followed a retirement with it.
  order by ms.action <> 'retire', ms.action = 'unset-default', ms.id desc
  limit 1;
$$;
comment on function public.next_rollback() is
  'The switch that roll_back_switches() would take back now, by its most telling entry; null where nothing is left.';
revoke execute on function public.next_rollback() from public, anon, authenticated;
grant execute on function public.next_rollback() to service_role;

create function switchboard.refuse_rollback(label text, first_id bigint, problem text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT409',
    message = format('%s cannot be brought back to what it was before switch %s: %s.',
      label, first_id, problem),
    detail = 'rollback_impossible',
    hint = 'Roll back to a later switch, or change the rows one by one.';
end;
$$;
comment on function switchboard.refuse_rollback(text, bigint, text) is
  'PT409 rollback_impossible, naming the row and what is in the way.';
revoke execute on function switchboard.refuse_rollback(text, bigint, text)
  from public, anon, authenticated;
grant execute on function switchboard.refuse_rollback(text, bigint, text) to service_role;

create function switchboard.restore_states(first_id bigint, last_id bigint)
returns void
language plpgsql
set search_path = ''
as $$
declare
  state record;
begin
  -- An alias may go back from one row to another, in whatever order.
  set constraints public.require_free_names deferred;
  for state in
    select s.*
    from switchboard.states_to_restore(first_id, last_id) as s
    join switchboard.audited_tables as t on t.table_name = s.table_name
    -- What is referred to comes before what refers to it, and goes after it; where nothing refers to
    -- a row, it makes room first.
    order by t.may_take_another_place and not s.existed desc, s.existed desc,
      case when s.existed then t.place else -t.place end, s.label
  loop
    begin
      perform switchboard.restore_state(state.table_name, state.row_id, state.existed, state.known);
    exception
      when integrity_constraint_violation or foreign_key_violation or unique_violation
        or check_violation or not_null_violation or restrict_violation
      then
        perform switchboard.refuse_rollback(state.label, first_id, sqlerrm);
    end;
  end loop;
  -- Told now and not at commit, where a refusal would come too late for an answer.
  set constraints public.require_available_model, public.bedrock_models_one_default,
    public.require_free_names, switchboard.judge_rollback immediate;
  set constraints public.require_available_model, public.bedrock_models_one_default,
    switchboard.judge_rollback deferred;
end;
$$;
comment on function switchboard.restore_states(bigint, bigint) is
  'Brings the rows that a range of the audit log changed back to what they were before it. PT409 rollback_impossible, alias_taken, approval_required, and what the guards of the tables refuse.';
revoke execute on function switchboard.restore_states(bigint, bigint)
  from public, anon, authenticated;
grant execute on function switchboard.restore_states(bigint, bigint) to service_role;

create function public.roll_back_switches(
  p_to bigint default null,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  undone record;
  newest_id bigint;
  present_version bigint;
begin
  perform switchboard.lock_registry();
  select rv.version into strict present_version from public.registry_version as rv;
  if p_expected_version > present_version then
    perform switchboard.refuse_lost_version(p_expected_version, present_version);
  end if;
  if exists (
    select from public.model_switches as ms
    where ms.registry_version > p_expected_version and ms.source <> 'chat'
      and not switchboard.is_no_switch(ms.action) and ms.action <> 'set-role'
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('The registry changed since version %s, on which the rollback was decided.',
        p_expected_version),
      detail = 'registry_changed',
      hint = 'Look at the history, and roll back again if it is still right.';
  end if;

  undone := switchboard.find_switch(p_to);
  newest_id := (select max(ms.id) from public.model_switches as ms);
  -- A rollback has to work when nothing else does, so nothing is probed.
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, 'skipped', undone.first_id, p_actor_key_name, reason => p_reason);
  perform switchboard.restore_states(undone.first_id, undone.last_id);
  -- What else this transaction changes is no part of the rollback.
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name);

  return jsonb_build_object(
    'first_id', undone.first_id,
    'last_id', undone.last_id,
    'changes', coalesce((
      select jsonb_agg(jsonb_build_object(
        'action', ms.action, 'model_id', ms.model_id, 'assistant_type', ms.assistant_type)
        order by ms.id)
      from public.model_switches as ms where ms.id > newest_id), '[]'),
    'next', public.next_rollback(),
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.roll_back_switches(bigint, uuid, text, bigint, text, text) is
  'Takes back the newest switch in force, or a named one and all since: models and assistants are what they were. Itself recorded, with rollback_of; the next one goes one step further back, to what `next` names. PT404 switch_not_found, model_not_found; PT409 model_retired, model_outside_geographies, provider_retains_data, last_available_model, rollback_impossible, registry_changed, approval_required.';
revoke execute on function public.roll_back_switches(bigint, uuid, text, bigint, text, text)
  from public, anon, authenticated;
grant execute on function public.roll_back_switches(bigint, uuid, text, bigint, text, text)
  to service_role;

create function public.read_registry_after_rollback(p_to bigint default null)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  undone record := switchboard.find_switch(p_to);
  states jsonb;
  guarded record;
begin
  select jsonb_agg(to_jsonb(s)) into states
  from switchboard.states_to_restore(undone.first_id, undone.last_id) as s;
  for guarded in
    select t.rollback_guard, s.state
    from jsonb_array_elements(states) as s (state)
    join switchboard.audited_tables as t on t.table_name = s.state ->> 'table_name'
    where t.rollback_guard is not null
  loop
    begin
      execute format('select switchboard.%I($1)', guarded.rollback_guard)
        using guarded.state || jsonb_build_object('others', states);
    exception when integrity_constraint_violation or foreign_key_violation then
      perform switchboard.refuse_rollback(
        guarded.state ->> 'label', undone.first_id, sqlerrm);
    end;
  end loop;
  return switchboard.registry_with_states(coalesce(states, '[]'));
end;
$$;
comment on function public.read_registry_after_rollback(bigint) is
  'As read_registry(), as roll_back_switches() with the same argument would leave it; changes nothing. PT404 switch_not_found, model_not_found; PT409 model_retired, model_outside_geographies, provider_retains_data, rollback_impossible.';
revoke execute on function public.read_registry_after_rollback(bigint)
  from public, anon, authenticated;
grant execute on function public.read_registry_after_rollback(bigint) to service_role;
