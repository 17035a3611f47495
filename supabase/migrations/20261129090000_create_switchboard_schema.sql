-- The switchboard's internals live in a schema of their own, which PostgREST does not expose. Its
-- tables stand in `public`, where the API and operators find them. The schema is created in
-- projects that already live, so nothing here or in later files changes default privileges, other
-- schemas, or objects that are not the switchboard's: each object revokes what a project's default
-- privileges give, and then grants what is needed.

do $$
begin
  if exists (
    select from pg_catalog.pg_depend as d
    where d.refclassid = 'pg_catalog.pg_namespace'::regclass
      and d.refobjid = to_regnamespace('switchboard')
  ) then
    raise exception using
      errcode = '42P06',
      message = 'The schema "switchboard" has objects that are not the switchboard''s.',
      hint = 'Rename that schema, or install into another project.';
  end if;
end;
$$;

create schema if not exists switchboard;
comment on schema switchboard is
  'Internal tables and functions of the Bedrock Switchboard; not exposed by the API.';

revoke all on schema switchboard from public, anon, authenticated, service_role;
grant usage on schema switchboard to authenticated, service_role;

create function switchboard.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new is distinct from old then
    new.updated_at := now();
  end if;
  return new;
end;
$$;
comment on function switchboard.touch_updated_at() is
  'Trigger: sets updated_at when a row''s content changes.';
revoke execute on function switchboard.touch_updated_at()
  from public, anon, authenticated, service_role;

create function switchboard.refuse_truncate()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('%I.%I cannot be truncated: TRUNCATE cannot be audited.',
      tg_table_schema, tg_table_name),
    hint = 'Delete the rows with DELETE.';
end;
$$;
comment on function switchboard.refuse_truncate() is
  'Trigger: refuses TRUNCATE, which leaves no rows for the audit log to record.';
revoke execute on function switchboard.refuse_truncate()
  from public, anon, authenticated, service_role;

create function switchboard.refuse_change()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('Rows of %I.%I are append-only.', tg_table_schema, tg_table_name),
    hint = 'Changes are recorded as new rows.';
end;
$$;
comment on function switchboard.refuse_change() is
  'Trigger: refuses UPDATE and DELETE, also by the owner.';
revoke execute on function switchboard.refuse_change()
  from public, anon, authenticated, service_role;

create function switchboard.refuse_removal()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('The row of %I.%I cannot be removed: every turn and every switch needs it.',
      tg_table_schema, tg_table_name);
end;
$$;
comment on function switchboard.refuse_removal() is
  'Trigger: refuses DELETE and TRUNCATE, also by the owner. Without the row no switch could be recorded, and a new row would begin a second chain of the audit log.';
revoke execute on function switchboard.refuse_removal()
  from public, anon, authenticated, service_role;
