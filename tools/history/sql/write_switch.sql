-- Enters a change of the registry into the audit log, with a time in the past. The rows themselves
-- stay as they are: the last change of the history leads to what they are today. The log's own
-- triggers lock the registry and chain the hashes, so verify_model_switches() finds it whole; the
-- entries come after those that the log has, whatever their times.

create function local_history.write_switch(change_place integer)
returns void
language plpgsql
as $$
declare
  change local_history.changes :=
    (select c from local_history.changes as c where c.place = change_place);
  version_found bigint;
  first_id bigint;
begin
  perform switchboard.lock_registry();
  update public.registry_version
    set version = version + 1, changed_at = clock_timestamp()
    returning version - 1 into strict version_found;

  with models as (
    select to_jsonb(bm) || (p.patch -> 'before') as row_before,
      to_jsonb(bm) || (p.patch -> 'after') as row_after, p.place
    from jsonb_array_elements(change.patches) with ordinality as p (patch, place)
    join public.bedrock_models as bm on bm.model_id = p.patch ->> 'key'
    where change.table_name = 'bedrock_models'
  ), assistants as (
    select to_jsonb(a) || (p.patch -> 'before') as row_before,
      to_jsonb(a) || (p.patch -> 'after') as row_after, p.place
    from jsonb_array_elements(change.patches) with ordinality as p (patch, place)
    join public.ai_assistants as a on a.assistant_type = p.patch ->> 'key'
    where change.table_name = 'ai_assistants'
  ), entries as (
    insert into public.model_switches (
      created_at, actor_user_id, actor_proven, database_role, source, action, table_name, model_id,
      assistant_type, row_before, row_after, registry_version, probe,
      rollback_of, is_seeded)
    select
      change.moment + c.place * interval '1 millisecond', change.actor_user_id,
      change.actor_user_id is null,
      case change.source when 'sql' then 'postgres' else 'service_role' end, change.source,
      switchboard.name_change(change.table_name, c.row_before, c.row_after), change.table_name,
      c.model_id, c.assistant_type, c.row_before, c.row_after, version_found + 1,
      change.probe,
      (select s.first_switch_id from local_history.switches as s where s.place = change.undoes),
      true
    from (
      select m.place, m.row_after ->> 'model_id' as model_id, null as assistant_type, m.row_before, m.row_after
      from models as m
      union all
      select a.place, a.row_after ->> 'model_version', a.row_after ->> 'assistant_type', a.row_before,
        a.row_after
      from assistants as a
    ) as c
    order by c.place
    returning id
  )
  select min(e.id) into strict first_id from entries as e;

  insert into local_history.switches (
    place, moment, version_before, first_switch_id, transaction_id)
  values (
    change.place, change.moment, version_found, first_id, pg_current_xact_id()::text::bigint);
end;
$$;
