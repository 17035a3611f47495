-- Things that are no part of the API: helpers and trigger functions live in `private`, which
-- PostgREST does not expose. New objects belong to nobody until a migration grants them, on
-- projects old enough to have Supabase's former, generous default privileges too.

create schema private;
comment on schema private is 'Helpers and trigger functions of the switchboard; not exposed by the API.';

revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;

alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;
-- `public` may execute new functions by a default that only a global statement can revoke.
alter default privileges revoke execute on functions from public;

create function private.touch_updated_at()
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
comment on function private.touch_updated_at() is
  'Trigger: sets updated_at when a row''s content changes.';

create function private.refuse_truncate()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('%I.%I cannot be truncated: the audit log could not say what was lost',
      tg_table_schema, tg_table_name),
    hint = 'Delete the rows with DELETE.';
end;
$$;
comment on function private.refuse_truncate() is
  'Trigger: refuses TRUNCATE, which leaves no rows for the audit log to record.';
