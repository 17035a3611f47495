-- Every change of the registry raises its version and is written down, whoever made it and
-- however: over the API, from the shell, or in SQL.

create table public.registry_version (
  id boolean primary key default true constraint registry_version_one_row check (id),
  version bigint not null default 1,
  changed_at timestamptz not null default now(),
  last_switch_hash bytea not null default ''
);
comment on table public.registry_version is
  'One row: the version of bedrock_models, ai_assistants and registry_settings together. It grows with every change, not always by one.';
comment on column public.registry_version.last_switch_hash is
  'The hash of the newest entry of model_switches, so that its end cannot be cut off unseen; empty before the first.';

revoke all on public.registry_version from anon, authenticated, service_role;
alter table public.registry_version enable row level security;

create policy registry_version_select_platform on public.registry_version
  for select to authenticated
  using ((select private.is_platform_user()));
comment on policy registry_version_select_platform on public.registry_version is
  'Platform admins see the version.';

grant select (id, version, changed_at, last_switch_hash) on public.registry_version to authenticated;
grant select on public.registry_version to service_role;

insert into public.registry_version default values;

create function private.refuse_removal()
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
comment on function private.refuse_removal() is
  'Trigger: refuses DELETE and TRUNCATE, whoever asks. A new row would begin the chain of the audit log anew, and no switch could be recorded.';

create trigger refuse_removal before delete or truncate on public.registry_version
  for each statement execute function private.refuse_removal();

create table public.model_switches (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default clock_timestamp(),
  actor_user_id uuid,
  database_role text not null,
  source text not null
    constraint model_switches_source_known check (source in ('api', 'cli', 'sql', 'chat')),
  action text not null
    constraint model_switches_action_known check (action in (
      'create', 'delete', 'update', 'set-default', 'unset-default', 'enable', 'disable', 'retire',
      'assign', 'unassign', 'update-settings')),
  model_id text,
  assistant_type text,
  row_before jsonb,
  row_after jsonb,
  registry_version bigint not null,
  transaction_id bigint not null default pg_current_xact_id()::text::bigint,
  probe text
    constraint model_switches_probe_known check (probe in ('passed', 'skipped')),
  rollback_of bigint,
  previous_hash bytea not null
    constraint model_switches_previous_hash_key unique,
  hash bytea not null
);
comment on table public.model_switches is
  'The audit log of the registry, written by trigger. Nobody can edit it over the API, and each entry carries the hash of the one before.';
comment on column public.model_switches.created_at is 'When the row changed, not when its transaction began.';
comment on column public.model_switches.actor_user_id is
  'The platform admin who asked for it; null for a service key or SQL.';
comment on column public.model_switches.database_role is 'The Postgres role that made the change.';
comment on column public.model_switches.source is
  'How: `api` (REST), `cli` (the operator''s command), `sql`, or `chat` (what AWS answered to a turn).';
comment on column public.model_switches.action is
  'What the change amounts to; `update` for anything but availability, default, end and assignment.';
comment on column public.model_switches.model_id is
  'The model changed or, for an assistant, the model it has now.';
comment on column public.model_switches.assistant_type is 'Set when an assistant changed.';
comment on column public.model_switches.registry_version is
  'The version that the change made. Answers that carry it or a larger one knew of it.';
comment on column public.model_switches.transaction_id is
  'The transaction that made the change: entries that follow each other with the same one are one switch.';
comment on column public.model_switches.probe is
  'Whether the model was called before the switch: `passed`, or `skipped` on request; null where nothing is probed, as in SQL.';
comment on column public.model_switches.rollback_of is
  'The first entry that the change took back, where it is part of a rollback. No foreign key: entries stay.';
comment on column public.model_switches.previous_hash is
  'The hash of the entry before; empty for the first.';
comment on column public.model_switches.hash is
  'SHA-256 over previous_hash and the entry''s content; see private.hash_switch().';

create index model_switches_created_at_idx on public.model_switches (created_at);
create index model_switches_registry_version_idx on public.model_switches (registry_version);
create index model_switches_transaction_id_idx on public.model_switches (transaction_id, id);

revoke all on public.model_switches from anon, authenticated, service_role;
alter table public.model_switches enable row level security;

create policy model_switches_select_platform on public.model_switches
  for select to authenticated
  using ((select private.is_platform_user()));
comment on policy model_switches_select_platform on public.model_switches is
  'Platform admins read the audit log.';

grant select (
  id, created_at, actor_user_id, database_role, source, action, model_id, assistant_type,
  row_before, row_after, registry_version, transaction_id, probe, rollback_of, previous_hash, hash
) on public.model_switches to authenticated;
grant select on public.model_switches to service_role;

create trigger refuse_truncate before truncate on public.model_switches
  for each statement execute function private.refuse_truncate();

create function private.refuse_change()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('Rows of %I.%I stay as they were written.', tg_table_schema, tg_table_name),
    hint = 'Whoever disables this trigger breaks the chain of hashes, which then shows it.';
end;
$$;
comment on function private.refuse_change() is
  'Trigger: refuses UPDATE and DELETE, whoever asks.';

create trigger refuse_change before update or delete on public.model_switches
  for each statement execute function private.refuse_change();

create function private.hash_switch(entry public.model_switches)
returns bytea
language sql
stable
set search_path = ''
as $$
  -- jsonb writes the same content always in the same way; times are written in UTC, whatever the
  -- time zone of the session.
  select sha256(entry.previous_hash || convert_to(jsonb_build_array(
    entry.id,
    to_char(entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    entry.actor_user_id, entry.database_role, entry.source, entry.action, entry.model_id,
    entry.assistant_type, entry.row_before, entry.row_after, entry.registry_version,
    entry.transaction_id, entry.probe, entry.rollback_of)::text, 'UTF8'));
$$;
comment on function private.hash_switch(public.model_switches) is
  'The hash that an entry of the audit log must carry: over the hash of the one before and every column but its own.';
revoke execute on function private.hash_switch(public.model_switches)
  from public, anon, authenticated;
grant execute on function private.hash_switch(public.model_switches) to service_role;

-- The chain is as strict as the writers are ordered: each locks the one row of registry_version
-- until commit, and no two entries can follow the same one.
create function private.chain_switch()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  select rv.last_switch_hash into strict new.previous_hash
    from public.registry_version as rv for update;
  new.hash := private.hash_switch(new);
  update public.registry_version set last_switch_hash = new.hash;
  return new;
end;
$$;
comment on function private.chain_switch() is
  'Trigger: hashes a new entry of the audit log together with the hash of the one before.';

create trigger lock_registry before insert on public.model_switches
  for each statement execute function private.lock_registry_before_write();
create trigger chain_switch before insert on public.model_switches
  for each row execute function private.chain_switch();

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
    when row_before -> 'lifecycle' <> row_after -> 'lifecycle' and row_after ->> 'lifecycle' = 'retired'
      then 'retire'
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
    row_before, row_after, registry_version, probe, rollback_of)
  select
    coalesce(nullif(current_setting('switchboard.actor_user_id', true), '')::uuid, auth.uid()),
    -- The triggers run as their owner; the `role` setting is still the caller's.
    coalesce(nullif(current_setting('role', true), 'none'), session_user),
    coalesce(
      nullif(current_setting('switchboard.source', true), ''),
      -- The API server tells the claims of every request; a session in SQL has none.
      case when nullif(current_setting('request.jwt.claims', true), '') is null
        then 'sql' else 'api' end),
    case table_name
      when 'bedrock_models' then private.name_model_change(c.before, c.after)
      when 'ai_assistants' then private.name_assistant_change(c.before, c.after)
      else 'update-settings'
    end,
    case table_name
      when 'bedrock_models' then coalesce(c.after, c.before) ->> 'model_id'
      when 'ai_assistants' then coalesce(c.after, c.before) ->> 'model_version'
    end,
    case table_name when 'ai_assistants' then coalesce(c.after, c.before) ->> 'assistant_type' end,
    c.before, c.after, new_version,
    nullif(current_setting('switchboard.probe', true), ''),
    nullif(current_setting('switchboard.rollback_of', true), '')::bigint
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
