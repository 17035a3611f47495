-- Every change of the registry waits for the one before, raises the registry's version, and is
-- recorded, whether it came over the API, from the shell, or in SQL.

-- One writer at a time, from before the first row is locked until commit. Without it, two
-- transactions that each make another row the default would both see the former default only,
-- and the second would be refused at commit.
create function switchboard.registry_lock()
returns bigint
language sql
immutable
set search_path = ''
as $$
  select pg_catalog.hashtextextended('switchboard.registry', 0);
$$;
comment on function switchboard.registry_lock() is
  'The key of the advisory lock that writers of the registry take.';
revoke execute on function switchboard.registry_lock() from public, anon, authenticated;
grant execute on function switchboard.registry_lock() to service_role;

create function switchboard.lock_registry()
returns void
language plpgsql
set search_path = ''
-- A writer takes milliseconds. Who waits for one and the same for so long waits for a transaction
-- that was left open, and is told so before the statement or the request is ended for taking too
-- long, which says nothing.
set lock_timeout = '3s'
as $$
declare
  holder record;
  holder_before record;
begin
  loop
    if pg_catalog.pg_try_advisory_xact_lock(switchboard.registry_lock()) then
      return;
    end if;
    select * into holder_before from switchboard.find_registry_holder();
    begin
      perform pg_catalog.pg_advisory_xact_lock(switchboard.registry_lock());
      return;
    exception when lock_not_available then
      select * into holder from switchboard.find_registry_holder();
      if (holder.pid, holder.since) is not distinct from (holder_before.pid, holder_before.since)
      then
        perform switchboard.refuse_locked_registry();
      end if;
      -- Many writers at once: the queue moves on.
    end;
  end loop;
end;
$$;
comment on function switchboard.lock_registry() is
  'Writers of the registry wait for one another until the end of their transactions; for one that has held the registry for 3 s, PT409 registry_locked.';
revoke execute on function switchboard.lock_registry() from public, anon, authenticated;
grant execute on function switchboard.lock_registry() to service_role;

create function switchboard.lock_registry_before_write()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform switchboard.lock_registry();
  return null;
end;
$$;
comment on function switchboard.lock_registry_before_write() is
  'Trigger: switchboard.lock_registry() before a statement that writes the registry.';
revoke execute on function switchboard.lock_registry_before_write()
  from public, anon, authenticated, service_role;

create table public.registry_version (
  id boolean primary key default true constraint registry_version_one_row check (id),
  version bigint not null default 1,
  changed_at timestamptz not null default now(),
  last_switch_hash bytea not null default ''
);
comment on table public.registry_version is
  'One row: the version of bedrock_models, ai_assistants and registry_settings together. It grows with every change, not always by one.';
comment on column public.registry_version.last_switch_hash is
  'The hash of the newest entry of model_switches, so that its end cannot be cut off unseen; empty before the first. It names the history of the version: after a restore of a backup the same version can come again, but not the same hash.';

revoke all on public.registry_version from public, anon, authenticated, service_role;
alter table public.registry_version enable row level security;

create policy registry_version_select_platform on public.registry_version
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy registry_version_select_platform on public.registry_version is
  'Platform admins see the version.';

grant select (id, version, changed_at, last_switch_hash) on public.registry_version
  to authenticated;
grant select on public.registry_version to service_role;

insert into public.registry_version default values;

create trigger refuse_removal before delete or truncate on public.registry_version
  for each statement execute function switchboard.refuse_removal();

create function switchboard.values_changed(one jsonb, other jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_object_agg(e.key, case
    -- Of capabilities only those that differ.
    when e.key = 'capabilities' and jsonb_typeof(e.value) = 'object' then coalesce((
      select jsonb_object_agg(c.key, c.value) from jsonb_each(e.value) as c
      where c.value is distinct from other -> 'capabilities' -> c.key), '{}')
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

create function switchboard.text_of_change(
  reason text,
  model_id text,
  assistant_type text,
  row_before jsonb,
  row_after jsonb
)
returns text
language sql
immutable
set search_path = ''
as $$
  select lower(concat_ws(' ', reason, model_id, assistant_type, (
    -- An API key is found by its names, whatever of it has changed.
    select concat_ws(' ', key.of ->> 'id', key.of ->> 'name', key.of ->> 'prefix')
    from (select coalesce(row_after, row_before)) as key (of)
    where key.of ? 'prefix'
  ), (
    select string_agg(e.key || ' ' || (e.value #>> '{}'), ' ')
    from (
      select * from jsonb_each(switchboard.values_changed(row_before, row_after))
      union all
      select * from jsonb_each(switchboard.values_changed(row_after, row_before))
    ) as e
  )));
$$;
comment on function switchboard.text_of_change(text, text, text, jsonb, jsonb) is
  'Where the audit log is searched: reason, model, assistant, key and the changed values of an entry, in lower case.';
revoke execute on function switchboard.text_of_change(text, text, text, jsonb, jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.text_of_change(text, text, text, jsonb, jsonb)
  to service_role;

create table public.model_switches (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default clock_timestamp(),
  actor_user_id uuid,
  actor_key_name text
    constraint model_switches_actor_key_name_length check (char_length(actor_key_name) <= 200),
  actor_proven boolean not null,
  database_role text not null,
  session_role text not null default session_user,
  application_name text
    constraint model_switches_application_name_length
    check (char_length(application_name) between 1 and 100),
  source text not null
    constraint model_switches_source_known
    check (source in ('api', 'cli', 'sql', 'chat', 'watch')),
  action text not null
    constraint model_switches_action_shape check (action ~ '^[a-z]+(-[a-z]+)*$'),
  table_name text not null,
  model_id text,
  assistant_type text,
  row_before jsonb,
  row_after jsonb,
  registry_version bigint not null,
  transaction_id bigint not null default pg_current_xact_id()::text::bigint,
  probe text
    constraint model_switches_probe_known check (probe in ('passed', 'skipped')),
  probe_id bigint,
  rollback_of bigint,
  approval text
    constraint model_switches_approval_known
    check (approval in ('approved', 'going-back', 'unapproved')),
  proposal_id bigint,
  reason text
    constraint model_switches_reason_length check (char_length(reason) between 1 and 500),
  is_seeded boolean not null default false,
  searched_text text not null generated always as (
    switchboard.text_of_change(reason, model_id, assistant_type, row_before, row_after)) stored,
  previous_hash bytea not null
    constraint model_switches_previous_hash_key unique,
  hash bytea not null,
  -- What AWS told a turn is left out of rollbacks, and a turn is told of ends only.
  constraint model_switches_chat_retires check (source <> 'chat' or action = 'retire')
);
comment on table public.model_switches is
  'The audit log of the registry, written by trigger. It cannot be edited over the API, and each entry carries the hash of the one before.';
comment on column public.model_switches.created_at is
  'When the row changed, not when its transaction began.';
comment on column public.model_switches.actor_user_id is
  'The platform admin who asked for it; null for a secret key or SQL. See actor_proven.';
comment on column public.model_switches.actor_key_name is
  'The name of the secret key that asked for it, as the project''s SUPABASE_SECRET_KEYS has it, never the key; null for a user, for SQL, and for a key used with the Data API, which does not tell its name.';
comment on column public.model_switches.actor_proven is
  'Whether Postgres knows the actor itself: database_role and, of a user, the token that the API server verified. False: the user or the key is what database_role said. The functions verify users and keys and then say so as `service_role`, as any holder of a secret key can.';
comment on column public.model_switches.database_role is 'The Postgres role that made the change.';
comment on column public.model_switches.session_role is
  'The login of the session, of which `set role` changes nothing: that of an SQL editor or, of each request over the API, the API server''s own, `authenticator`.';
comment on column public.model_switches.application_name is
  'What the session calls itself, such as `Supabase Studio` or `psql`: its own word, proof of nothing. Null where it says nothing.';
comment on column public.model_switches.source is
  'How: `api` (REST), `cli` (the operator''s command), `sql`, `chat` (what AWS answered to a turn), or `watch` (the verdict of a rollout).';
comment on column public.model_switches.action is
  'What the change amounts to, as switchboard.audited_tables names it; otherwise `create`, `update` or `delete`.';
comment on column public.model_switches.table_name is
  'The table whose row changed; how its changes are named and taken back stands in switchboard.audited_tables.';
comment on column public.model_switches.model_id is
  'The model changed or, for an assistant, the model it has now.';
comment on column public.model_switches.assistant_type is 'Set when an assistant changed.';
comment on column public.model_switches.registry_version is
  'The version that the change made. Answers that carry it or a larger one knew of it.';
comment on column public.model_switches.transaction_id is
  'The transaction that made the change: entries that follow each other with the same one are one switch.';
comment on column public.model_switches.probe is
  'Whether the model was called before the switch: `passed`, as the probe''s row says, or `skipped`; null for plain updates, and for changes that choose no model.';
comment on column public.model_switches.probe_id is
  'The row of model_probes that `passed` is copied from. No foreign key: entries stay.';
comment on column public.model_switches.rollback_of is
  'The entry that the change went back before, where it is part of a rollback: from it on, everything is taken back. No foreign key: entries stay.';
comment on column public.model_switches.approval is
  'How a change passed the guard of protected assistants: `approved` by a second person; `going-back` to what was in force, disabling or retiring; `unapproved`, by the owner of the database. The last two are to be signed (model_switch_signatures). Null: it needed no approval.';
comment on column public.model_switches.proposal_id is
  'The row of ai_change_proposals that the change was applied from. No foreign key: entries stay.';
comment on column public.model_switches.reason is
  'Why, in the words of who made the change; null where none were given.';
comment on column public.model_switches.is_seeded is
  'Whether the entry belongs to a seeded history: the change never happened to the rows, so no rollback takes it back.';
comment on column public.model_switches.searched_text is
  'switchboard.text_of_change(), for the search of list_model_switches().';
comment on column public.model_switches.previous_hash is
  'The hash of the entry before; empty for the first.';
comment on column public.model_switches.hash is
  'SHA-256 over previous_hash and the entry''s content; see switchboard.hash_switch().';

create index model_switches_created_at_idx on public.model_switches (created_at);
create index model_switches_registry_version_idx on public.model_switches (registry_version);
create index model_switches_approval_idx on public.model_switches (id)
  where approval in ('going-back', 'unapproved');
create index model_switches_transaction_id_idx on public.model_switches (transaction_id, id);

revoke all on public.model_switches from public, anon, authenticated, service_role;
revoke all on sequence public.model_switches_id_seq from public, anon, authenticated, service_role;
alter table public.model_switches enable row level security;

create policy model_switches_select_platform on public.model_switches
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy model_switches_select_platform on public.model_switches is
  'Platform admins read the audit log.';

grant select (
  id, created_at, actor_user_id, actor_key_name, actor_proven, database_role, session_role,
  application_name, source, action, table_name, model_id, assistant_type, row_before, row_after,
  registry_version, transaction_id, probe, probe_id, rollback_of, approval, proposal_id, reason,
  is_seeded, searched_text, previous_hash, hash
) on public.model_switches to authenticated;
grant select on public.model_switches to service_role;

create trigger refuse_truncate before truncate on public.model_switches
  for each statement execute function switchboard.refuse_truncate();

create trigger refuse_change before update or delete on public.model_switches
  for each statement execute function switchboard.refuse_change();

create table public.model_switch_signatures (
  switch_id bigint
    constraint model_switch_signatures_pkey primary key,
  signed_by uuid not null,
  signed_at timestamptz not null default now(),
  reason text
    constraint model_switch_signatures_reason_length check (char_length(reason) between 1 and 500)
);
comment on table public.model_switch_signatures is
  'Signatures of a second person under entries of the audit log, which themselves never change.';
comment on column public.model_switch_signatures.switch_id is
  'The entry of model_switches. No foreign key: its check would lock the log.';
comment on column public.model_switch_signatures.signed_by is
  'The platform admin who signed, which Postgres knows from the verified token.';
comment on column public.model_switch_signatures.signed_at is 'When they signed.';
comment on column public.model_switch_signatures.reason is
  'What the signer said to it; null where nothing.';

revoke all on public.model_switch_signatures from public, anon, authenticated, service_role;
alter table public.model_switch_signatures enable row level security;
create policy model_switch_signatures_select_platform on public.model_switch_signatures
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy model_switch_signatures_select_platform on public.model_switch_signatures is
  'Platform admins read the signatures.';
grant select (switch_id, signed_by, signed_at, reason) on public.model_switch_signatures
  to authenticated;
grant select on public.model_switch_signatures to service_role;

create trigger refuse_change before update or delete or truncate on public.model_switch_signatures
  for each statement execute function switchboard.refuse_change();

create function switchboard.signature_of(of_switch_id bigint)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'signed_by', s.signed_by, 'email', switchboard.email_of(s.signed_by),
    'signed_at', s.signed_at, 'reason', s.reason)
  from public.model_switch_signatures as s
  where s.switch_id = of_switch_id;
$$;
comment on function switchboard.signature_of(bigint) is
  'The signature under an entry of the audit log, with the address of the user as it is now; null without one.';
revoke execute on function switchboard.signature_of(bigint) from public, anon, authenticated;
grant execute on function switchboard.signature_of(bigint) to service_role;

create function switchboard.hash_switch(entry public.model_switches)
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
    entry.actor_user_id, entry.actor_key_name, entry.actor_proven, entry.database_role,
    entry.session_role, entry.application_name, entry.source, entry.action, entry.table_name,
    entry.model_id, entry.assistant_type,
    entry.row_before, entry.row_after, entry.registry_version, entry.transaction_id, entry.probe,
    entry.probe_id, entry.rollback_of, entry.approval, entry.proposal_id, entry.reason,
    entry.is_seeded)::text, 'UTF8'));
$$;
comment on function switchboard.hash_switch(public.model_switches) is
  'The hash that an entry of the audit log must carry: over the hash of the one before and every column but its own and what is derived.';
revoke execute on function switchboard.hash_switch(public.model_switches)
  from public, anon, authenticated;
grant execute on function switchboard.hash_switch(public.model_switches) to service_role;

-- The chain is as strict as the writers are ordered: each locks the one row of registry_version
-- until commit, and no two entries can follow the same one.
create function switchboard.chain_switch()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  select rv.last_switch_hash into strict new.previous_hash
    from public.registry_version as rv for update;
  new.hash := switchboard.hash_switch(new);
  update public.registry_version set last_switch_hash = new.hash;
  return new;
end;
$$;
comment on function switchboard.chain_switch() is
  'Trigger: hashes a new entry of the audit log together with the hash of the one before.';
revoke execute on function switchboard.chain_switch()
  from public, anon, authenticated, service_role;

create trigger lock_registry before insert on public.model_switches
  for each statement execute function switchboard.lock_registry_before_write();
create trigger chain_switch before insert on public.model_switches
  for each row execute function switchboard.chain_switch();

-- Which tables are audited, which of their columns count, and what their changes are called, is
-- data. Another table is a row here and a call of add_audit_triggers().
create table switchboard.audited_tables (
  table_name text
    constraint audited_tables_pkey primary key,
  place smallint not null
    constraint audited_tables_place_key unique,
  model_id_column text,
  assistant_type_column text,
  ignored_columns text[] not null default '{updated_at}',
  secret_columns text[] not null default '{}',
  actions jsonb not null default '[]'
    constraint audited_tables_actions_is_array check (jsonb_typeof(actions) = 'array'),
  is_rolled_back boolean not null default true,
  rolled_back_columns text[],
  restored_with text,
  may_take_another_place boolean not null default false,
  concerns_every_switch boolean not null default false,
  rollback_guard text,
  -- A rollback says what it takes back by model or assistant.
  constraint audited_tables_rolled_back_by_name check (
    not is_rolled_back or num_nonnulls(model_id_column, assistant_type_column) > 0)
);
comment on table switchboard.audited_tables is
  'The tables of `public` whose changes are recorded in model_switches.';
comment on column switchboard.audited_tables.table_name is 'In the schema `public`.';
comment on column switchboard.audited_tables.place is
  'Order in a rollback: a table comes after those that it refers to.';
comment on column switchboard.audited_tables.model_id_column is
  'The column that model_switches.model_id is read from; null: none.';
comment on column switchboard.audited_tables.assistant_type_column is
  'The column that model_switches.assistant_type is read from; null: none.';
comment on column switchboard.audited_tables.ignored_columns is
  'An update of these columns alone is not recorded.';
comment on column switchboard.audited_tables.secret_columns is
  'Columns whose values are left out of the log.';
comment on column switchboard.audited_tables.actions is
  'How a change is named, the first that matches: a column that a new row is `created_with`; `removed`, for a row that was deleted; or `column` that changed (none: any change), the value that it `becomes` (none: any value); and `action`. Otherwise it is `create`, `update` or `delete`. Reports take `set-default`, `assign` and `unassign` for switches of models.';
comment on column switchboard.audited_tables.is_rolled_back is
  'Whether roll_back_switches() takes its changes back.';
comment on column switchboard.audited_tables.rolled_back_columns is
  'The only columns that a rollback restores, in rows that are still there; null: all, and rows that were made or deleted.';
comment on column switchboard.audited_tables.restored_with is
  'Function of this schema that takes one jsonb (row_id, existed, known) and restores the row, of a table that no role may write; null: switchboard.restore_row().';
comment on column switchboard.audited_tables.may_take_another_place is
  'Whether a row that a rollback brings back may take the place of one that it removes: nothing refers to the rows, so they are removed first.';
comment on column switchboard.audited_tables.concerns_every_switch is
  'Whether a switch that was decided before a change of this table is refused, whatever its model and assistant.';
comment on column switchboard.audited_tables.rollback_guard is
  'Function of this schema that takes one jsonb (row_id, existed, known: the former values; of a rollback that is only foreseen also others: the states of all rows) and raises where a rollback must not restore the row to them or, where it did not exist, delete it; null: none.';

revoke all on switchboard.audited_tables from public, anon, authenticated, service_role;
grant select on switchboard.audited_tables to service_role;

insert into switchboard.audited_tables (
  table_name, place, model_id_column, assistant_type_column, actions, is_rolled_back,
  concerns_every_switch, rollback_guard)
values
  ('bedrock_models', 1, 'model_id', null, '[
    {"column": "is_default", "becomes": true, "action": "set-default"},
    {"column": "is_default", "becomes": false, "action": "unset-default"},
    {"column": "lifecycle", "becomes": "retired", "action": "retire"},
    {"column": "is_available", "becomes": true, "action": "enable"},
    {"column": "is_available", "becomes": false, "action": "disable"},
    {"column": "input_cost_per_mtok", "action": "set-price"},
    {"column": "output_cost_per_mtok", "action": "set-price"},
    {"column": "cache_read_cost_per_mtok", "action": "set-price"},
    {"column": "cache_write_cost_per_mtok", "action": "set-price"},
    {"column": "cache_write_1h_cost_per_mtok", "action": "set-price"},
    {"column": "long_prompt_tokens", "action": "set-price"},
    {"column": "long_prompt_factor", "action": "set-price"},
    {"column": "aliases", "action": "set-aliases"},
    {"column": "provider_retention", "action": "set-provider-retention"},
    {"column": "provider_retention_source", "action": "set-provider-retention"},
    {"column": "provider_retention_checked_on", "action": "set-provider-retention"},
    {"column": "canary_share", "becomes": null, "action": "revert-rollout"},
    {"column": "rollout_id", "becomes": null, "action": "end-watch"},
    {"column": "rollout_id", "action": "start-rollout"},
    {"column": "canary_share", "action": "set-rollout-share"}]',
    true, false, 'require_model_restorable'),
  ('ai_assistants', 2, 'model_version', 'assistant_type', '[
    {"column": "model_version", "becomes": null, "action": "unassign"},
    {"column": "model_version", "action": "assign"},
    {"column": "keep_days", "action": "set-retention"},
    {"column": "canary_model_id", "becomes": null, "action": "revert-rollout"},
    {"column": "rollout_id", "becomes": null, "action": "end-watch"},
    {"column": "rollout_id", "action": "start-rollout"},
    {"column": "canary_share", "action": "set-rollout-share"}]',
    true, false, 'require_assistant_restorable'),
  ('registry_settings', 3, null, null, '[{"action": "update-settings"}]', false, true, null);

create function switchboard.find_registry_holder()
returns table (pid integer, role_name text, application text, state text, since timestamptz)
language sql
stable
security definer
set search_path = ''
as $$
  -- One that waits itself, as the writer that is first in the queue, holds others up only because of
  -- another. Reading holds nothing up. The sessions' statements are left out: they may quote anything.
  select l.pid, a.usename::text, nullif(a.application_name, ''), a.state, a.xact_start
  from pg_catalog.pg_locks as l
  left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
  where l.granted
    and l.pid is distinct from pg_catalog.pg_backend_pid()
    and l.database = (
      select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    and case l.locktype
      when 'advisory' then l.objsubid = 1
        and ((l.classid::bigint << 32) | l.objid::bigint) = switchboard.registry_lock()
      -- Tables that are locked without the registry's lock, as ai_user_roles by a project's own
      -- change and model_prices by a turn, are left out: an innocent session would be named.
      when 'relation' then l.mode <> 'AccessShareLock' and l.relation in (
        select t.tgrelid from pg_catalog.pg_trigger as t
        where t.tgfoid = 'switchboard.lock_registry_before_write()'::regprocedure
        union all select 'public.registry_version'::regclass)
      else false
    end
  order by
    exists (select from pg_catalog.pg_locks as w where w.pid = l.pid and not w.granted),
    l.locktype = 'advisory' desc, a.xact_start
  limit 1;
$$;
comment on function switchboard.find_registry_holder() is
  'The session whose transaction keeps others from writing the registry, of this moment; no row where none does. Definer, because only its owner may see the sessions of others; where the owner may not either, what is hidden is null.';
revoke execute on function switchboard.find_registry_holder() from public, anon, authenticated;
grant execute on function switchboard.find_registry_holder() to service_role;

create function switchboard.refuse_locked_registry()
returns void
language plpgsql
set search_path = ''
as $$
declare
  holder record;
begin
  select * into holder from switchboard.find_registry_holder();
  raise exception using
    errcode = 'PT409',
    message = 'Another transaction has locked the registry' || coalesce(
      ': process ' || holder.pid || ' (' || concat_ws(
        ', ',
        holder.application,
        'role ' || holder.role_name,
        holder.state,
        'open since ' || to_char(holder.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'))
        || ')',
      '') || '. Nothing was changed.',
    detail = 'registry_locked',
    hint = coalesce(
      'Commit it or roll it back there, or end it in SQL: select pg_terminate_backend('
        || holder.pid || ');',
      'Try again in a few seconds.');
end;
$$;
comment on function switchboard.refuse_locked_registry() is
  'PT409 registry_locked, naming the session that holds the registry, since when, and how to end it.';
revoke execute on function switchboard.refuse_locked_registry() from public, anon, authenticated;
grant execute on function switchboard.refuse_locked_registry() to service_role;

create function switchboard.name_change(audited_name text, row_before jsonb, row_after jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  named text;
begin
  select a.rule ->> 'action' into named
  from switchboard.audited_tables as t
  cross join jsonb_array_elements(t.actions) with ordinality as a (rule, place)
  cross join lateral (
    select row_before -> (a.rule ->> 'column') as before, row_after -> (a.rule ->> 'column') as after
  ) as value
  where t.table_name = audited_name
    and case
      when a.rule ? 'created_with'
        then row_before is null and row_after ->> (a.rule ->> 'created_with') is not null
      when a.rule ? 'removed' then row_after is null
      else not a.rule ? 'column'
        or row_before is not null and row_after is not null
        and value.before is distinct from value.after
        and (not a.rule ? 'becomes' or value.after = a.rule -> 'becomes')
    end
  order by a.place
  limit 1;
  return coalesce(named, case
    when row_before is null then 'create'
    when row_after is null then 'delete'
    else 'update'
  end);
end;
$$;
comment on function switchboard.name_change(text, jsonb, jsonb) is
  'What a change of a row of an audited table amounts to, as model_switches.action.';
revoke execute on function switchboard.name_change(text, jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.stated_reason()
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  longest constant integer := 500;
  reason constant text :=
    nullif(btrim(current_setting('switchboard.reason', true), E' \t\r\n'), '');
begin
  if char_length(reason) > longest then
    raise exception using
      errcode = '22023',
      message = format('The reason has %s characters; at most %s are allowed.',
        char_length(reason), longest),
      hint = 'Shorten it. Nothing was changed.';
  end if;
  return reason;
end;
$$;
comment on function switchboard.stated_reason() is
  'The reason of the changes of this transaction, as note_change_author() or, in SQL, set_config(''switchboard.reason'', …, true) said it; null without one. 22023 for one of more than 500 characters.';
revoke execute on function switchboard.stated_reason()
  from public, anon, authenticated, service_role;

create function switchboard.acting_role()
returns text
language sql
stable
set search_path = ''
as $$
  -- In a definer's function too, the `role` setting is the caller's.
  select coalesce(nullif(current_setting('role', true), 'none'), session_user);
$$;
comment on function switchboard.acting_role() is
  'The role that the caller acts as: of a request over the API that of its token or key, in SQL the one that was set, else the login.';
revoke execute on function switchboard.acting_role()
  from public, anon, authenticated, service_role;

create function switchboard.stated_application()
returns text
language sql
stable
set search_path = ''
as $$
  select nullif(btrim(left(regexp_replace(
    current_setting('application_name', true), '[[:cntrl:]]', '?', 'g'), 100)), '');
$$;
comment on function switchboard.stated_application() is
  'What the session calls itself, at most 100 characters, with `?` for control characters; null where it says nothing.';
revoke execute on function switchboard.stated_application()
  from public, anon, authenticated, service_role;

create function switchboard.require_person(changed_table text, changes jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  -- A change of the setting itself needs what held before it.
  is_required constant boolean := case changed_table
    when 'registry_settings' then (changes #>> '{0,before,require_person}')::boolean
    else (select rs.require_person from public.registry_settings as rs)
  end;
begin
  if is_required is not true then
    return;
  end if;
  -- SQL editors have roles of their own.
  if switchboard.acting_role() <> 'service_role'
    or auth.uid() is not null
    or current_setting('switchboard.actor_user_id', true) <> ''
    -- Not by the source, which a caller may claim.
    or current_setting('switchboard.needs_no_person', true) = 'true'
    -- Of a proposal, the person is the one who approves it.
    or exists (select from public.ai_change_proposals as c where c.is_applying)
  then
    return;
  end if;
  raise exception using
    errcode = 'PT403',
    message = 'A secret key cannot change this without a person.',
    detail = 'person_required',
    hint = 'Sign in to the console, or send a platform admin''s access token, or propose the change.';
end;
$$;
comment on function switchboard.require_person(text, jsonb) is
  'Where registry_settings.require_person is set, PT403 person_required for changes as `service_role` without a user, proven or named. What is recorded without being asked for passes (the setting `switchboard.needs_no_person`): what AWS says of models, what is found of rollouts, scheduled prices, the steps of the tick; so does a proposal, which a person approves.';
revoke execute on function switchboard.require_person(text, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.write_registry_change(changed_table text, changes jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  new_version bigint;
  -- Of the token that the API server verified.
  proven_user_id constant uuid := auth.uid();
  claimed_user_id constant uuid :=
    nullif(current_setting('switchboard.actor_user_id', true), '')::uuid;
  claimed_key_name constant text :=
    left(nullif(current_setting('switchboard.actor_key_name', true), ''), 200);
begin
  perform switchboard.require_person(changed_table, changes);
  update public.registry_version
    set version = version + 1, changed_at = clock_timestamp()
    returning version into strict new_version;

  insert into public.model_switches (
    actor_user_id, actor_key_name, actor_proven, database_role, session_role, application_name,
    source, action, table_name, model_id, assistant_type, row_before, row_after, registry_version,
    probe, probe_id, rollback_of, approval, proposal_id, reason)
  select
    coalesce(claimed_user_id, proven_user_id),
    claimed_key_name,
    claimed_key_name is null
      and (claimed_user_id is null or claimed_user_id is not distinct from proven_user_id),
    switchboard.acting_role(),
    session_user,
    switchboard.stated_application(),
    coalesce(
      -- `sql` is found out, never claimed.
      nullif(nullif(current_setting('switchboard.source', true), ''), 'sql'),
      -- The API server tells the claims of every request; a session in SQL has none.
      case when nullif(current_setting('request.jwt.claims', true), '') is null
        then 'sql' else 'api' end),
    case when current_setting('switchboard.adopts_prices', true) = 'true' then 'adopt-price'
      else switchboard.name_change(changed_table, c.before, c.after) end,
    changed_table,
    coalesce(c.after, c.before) ->> t.model_id_column,
    coalesce(c.after, c.before) ->> t.assistant_type_column,
    c.before - t.secret_columns, c.after - t.secret_columns, new_version,
    nullif(current_setting('switchboard.probe', true), ''),
    nullif(current_setting('switchboard.probe_id', true), '')::bigint,
    nullif(current_setting('switchboard.rollback_of', true), '')::bigint,
    passed.approval, passed.proposal_id,
    switchboard.stated_reason()
  from switchboard.audited_tables as t
  cross join jsonb_to_recordset(changes) as c (before jsonb, after jsonb)
  cross join lateral switchboard.approval_of(changed_table, c.before, c.after) as passed
  where t.table_name = changed_table;
  if not found then
    raise exception using
      errcode = '42501',
      message = format('Changes of public.%I cannot be recorded: it has no row in switchboard.audited_tables.',
        changed_table);
  end if;
end;
$$;
comment on function switchboard.write_registry_change(text, jsonb) is
  'Raises the registry''s version and writes the audit log: one row per changed row. PT403 person_required.';
revoke execute on function switchboard.write_registry_change(text, jsonb)
  from public, anon, authenticated, service_role;

-- The three triggers are definers: a role that may change the registry must not be able to write
-- the log or the version by other means.

create function switchboard.record_insert()
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
    perform switchboard.write_registry_change(tg_table_name, changes);
  end if;
  return null;
end;
$$;
comment on function switchboard.record_insert() is
  'Trigger: switchboard.write_registry_change() for new rows.';
revoke execute on function switchboard.record_insert()
  from public, anon, authenticated, service_role;

create function switchboard.record_update()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  ignored constant text[] := coalesce((
    select t.ignored_columns from switchboard.audited_tables as t
    where t.table_name = tg_table_name), '{}');
  changes jsonb := (
    select jsonb_agg(jsonb_build_object('before', to_jsonb(o), 'after', to_jsonb(n)))
    from old_rows as o
    full join new_rows as n on n.id = o.id
    where to_jsonb(o) - ignored is distinct from to_jsonb(n) - ignored);
begin
  if changes is not null then
    perform switchboard.write_registry_change(tg_table_name, changes);
  end if;
  return null;
end;
$$;
comment on function switchboard.record_update() is
  'Trigger: switchboard.write_registry_change() for the rows whose content an update changed.';
revoke execute on function switchboard.record_update()
  from public, anon, authenticated, service_role;

create function switchboard.record_delete()
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
    perform switchboard.write_registry_change(tg_table_name, changes);
  end if;
  return null;
end;
$$;
comment on function switchboard.record_delete() is
  'Trigger: switchboard.write_registry_change() for deleted rows.';
revoke execute on function switchboard.record_delete()
  from public, anon, authenticated, service_role;

create function switchboard.add_audit_triggers(audited_name text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  execute format(
    'create trigger refuse_truncate before truncate on public.%1$I
       for each statement execute function switchboard.refuse_truncate();
     create trigger lock_registry before insert or update or delete on public.%1$I
       for each statement execute function switchboard.lock_registry_before_write();
     create trigger record_insert after insert on public.%1$I
       referencing new table as new_rows
       for each statement execute function switchboard.record_insert();
     create trigger record_update after update on public.%1$I
       referencing old table as old_rows new table as new_rows
       for each statement execute function switchboard.record_update();
     create trigger record_delete after delete on public.%1$I
       referencing old table as old_rows
       for each statement execute function switchboard.record_delete()',
    audited_name);
end;
$$;
comment on function switchboard.add_audit_triggers(text) is
  'Begins the audit of a table that has a row in switchboard.audited_tables: one writer at a time, every change recorded, no TRUNCATE.';
revoke execute on function switchboard.add_audit_triggers(text)
  from public, anon, authenticated, service_role;

select switchboard.add_audit_triggers(t.table_name) from switchboard.audited_tables as t;
