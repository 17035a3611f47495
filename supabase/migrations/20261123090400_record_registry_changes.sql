-- Every change of the registry raises its version and is written down, whoever made it and
-- however: over the API, from the shell, or in SQL.

create table public.registry_version (
  id boolean primary key default true constraint registry_version_one_row check (id),
  version bigint not null default 1,
  changed_at timestamptz not null default now()
);
comment on table public.registry_version is
  'One row: the version of bedrock_models and ai_assistants together. It grows with every change, not always by one.';

revoke all on public.registry_version from anon, authenticated, service_role;
alter table public.registry_version enable row level security;

create policy registry_version_select_platform on public.registry_version
  for select to authenticated
  using ((select private.is_platform_user()));
comment on policy registry_version_select_platform on public.registry_version is
  'Platform admins see the version.';

grant select (id, version, changed_at) on public.registry_version to authenticated;
grant select on public.registry_version to service_role;

insert into public.registry_version default values;

create table public.model_switches (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default clock_timestamp(),
  actor_user_id uuid,
  database_role text not null,
  source text not null
    constraint model_switches_source_known check (source in ('api', 'cli', 'sql')),
  action text not null
    constraint model_switches_action_known check (action in (
      'create', 'delete', 'update', 'set-default', 'unset-default', 'enable', 'disable',
      'assign', 'unassign')),
  model_id text,
  assistant_type text,
  row_before jsonb,
  row_after jsonb,
  registry_version bigint not null
);
comment on table public.model_switches is
  'The audit log of the registry, written by trigger. Nobody can edit it over the API.';
comment on column public.model_switches.created_at is 'When the row changed, not when its transaction began.';
comment on column public.model_switches.actor_user_id is
  'The platform admin who asked for it; null for a service key or SQL.';
comment on column public.model_switches.database_role is 'The Postgres role that made the change.';
comment on column public.model_switches.source is
  'How: `api` (REST), `cli` (the operator''s command) or `sql`.';
comment on column public.model_switches.action is
  'What the change amounts to; `update` for anything but availability, default and assignment.';
comment on column public.model_switches.model_id is
  'The model changed or, for an assistant, the model it has now.';
comment on column public.model_switches.assistant_type is 'Set when an assistant changed.';
comment on column public.model_switches.registry_version is
  'The version that the change made. Answers that carry it or a larger one knew of it.';

create index model_switches_created_at_idx on public.model_switches (created_at);

revoke all on public.model_switches from anon, authenticated, service_role;
alter table public.model_switches enable row level security;

create policy model_switches_select_platform on public.model_switches
  for select to authenticated
  using ((select private.is_platform_user()));
comment on policy model_switches_select_platform on public.model_switches is
  'Platform admins read the audit log.';

grant select (
  id, created_at, actor_user_id, database_role, source, action, model_id, assistant_type,
  row_before, row_after, registry_version
) on public.model_switches to authenticated;
grant select on public.model_switches to service_role;

create trigger refuse_truncate before truncate on public.model_switches
  for each statement execute function private.refuse_truncate();

create function private.name_model_change(row_before jsonb, row_after jsonb)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when row_before is null then 'create'
    when row_after is null then 'delete'
    when row_before -> 'is_default' <> row_after -> 'is_default'
      then case when (row_after -> 'is_default')::boolean then 'set-default' else 'unset-default' end
    when row_before -> 'is_available' <> row_after -> 'is_available'
      then case when (row_after -> 'is_available')::boolean then 'enable' else 'disable' end
    else 'update'
  end;
$$;
comment on function private.name_model_change(jsonb, jsonb) is
  'What a change of a bedrock_models row amounts to, as model_switches.action.';

create function private.name_assistant_change(row_before jsonb, row_after jsonb)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when row_before is null then 'create'
    when row_after is null then 'delete'
    when row_before -> 'model_version' = row_after -> 'model_version' then 'update'
    when row_after ->> 'model_version' is null then 'unassign'
    else 'assign'
  end;
$$;
comment on function private.name_assistant_change(jsonb, jsonb) is
  'What a change of an ai_assistants row amounts to, as model_switches.action.';

create function private.write_registry_change(table_name text, changes jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  new_version bigint;
begin
  update public.registry_version
    set version = version + 1, changed_at = clock_timestamp()
    returning version into strict new_version;

  insert into public.model_switches (
    actor_user_id, database_role, source, action, model_id, assistant_type,
    row_before, row_after, registry_version)
  select
    coalesce(nullif(current_setting('switchboard.actor_user_id', true), '')::uuid, auth.uid()),
    -- The triggers run as their owner; the `role` setting is still the caller's.
    coalesce(nullif(current_setting('role', true), 'none'), session_user),
    coalesce(nullif(current_setting('switchboard.source', true), ''), 'sql'),
    case table_name
      when 'bedrock_models' then private.name_model_change(c.before, c.after)
      else private.name_assistant_change(c.before, c.after)
    end,
    case table_name
      when 'bedrock_models' then coalesce(c.after, c.before) ->> 'model_id'
      else coalesce(c.after, c.before) ->> 'model_version'
    end,
    case table_name when 'ai_assistants' then coalesce(c.after, c.before) ->> 'assistant_type' end,
    c.before, c.after, new_version
  from jsonb_to_recordset(changes) as c (before jsonb, after jsonb);
end;
$$;
comment on function private.write_registry_change(text, jsonb) is
  'Raises the registry''s version and writes the audit log: one row per changed row.';
revoke execute on function private.write_registry_change(text, jsonb) from public, anon, authenticated, service_role;

-- The three triggers are definers: whoever may change the registry must not be able to write the
-- log or the version by other means.

create function private.record_insert()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  changes jsonb := (
    select jsonb_agg(jsonb_build_object('after', to_jsonb(n))) from new_rows as n);
begin
  if changes is not null then
    perform private.write_registry_change(tg_table_name, changes);
  end if;
  return null;
end;
$$;
comment on function private.record_insert() is 'Trigger: private.write_registry_change() for new rows.';

create function private.record_update()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  changes jsonb := (
    select jsonb_agg(jsonb_build_object('before', to_jsonb(o), 'after', to_jsonb(n)))
    from old_rows as o
    full join new_rows as n on n.id = o.id
    where to_jsonb(o) - 'updated_at' is distinct from to_jsonb(n) - 'updated_at');
begin
  if changes is not null then
    perform private.write_registry_change(tg_table_name, changes);
  end if;
  return null;
end;
$$;
comment on function private.record_update() is
  'Trigger: private.write_registry_change() for the rows whose content an update changed.';

create function private.record_delete()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  changes jsonb := (
    select jsonb_agg(jsonb_build_object('before', to_jsonb(o))) from old_rows as o);
begin
  if changes is not null then
    perform private.write_registry_change(tg_table_name, changes);
  end if;
  return null;
end;
$$;
comment on function private.record_delete() is
  'Trigger: private.write_registry_change() for deleted rows.';

create trigger record_insert after insert on public.bedrock_models
  referencing new table as new_rows
  for each statement execute function private.record_insert();
create trigger record_update after update on public.bedrock_models
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.record_update();
create trigger record_delete after delete on public.bedrock_models
  referencing old table as old_rows
  for each statement execute function private.record_delete();

create trigger record_insert after insert on public.ai_assistants
  referencing new table as new_rows
  for each statement execute function private.record_insert();
create trigger record_update after update on public.ai_assistants
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.record_update();
create trigger record_delete after delete on public.ai_assistants
  referencing old table as old_rows
  for each statement execute function private.record_delete();
