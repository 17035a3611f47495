-- Erasing: receipts that stay, jobs that run until all is gone, and the objects in Storage that are
-- to be removed, which Postgres cannot do itself.

create table public.ai_erasures (
  id bigint generated always as identity primary key,
  kind text not null
    constraint ai_erasures_kind_known
    check (kind in ('user', 'conversation', 'account', 'own', 'retention')),
  user_hash text
    constraint ai_erasures_user_hash_shape check (user_hash ~ '^[0-9a-f]{32}$'),
  conversation_id uuid,
  assistant_type text,
  status text not null default 'running'
    constraint ai_erasures_status_known check (status in ('running', 'done')),
  conversations integer not null default 0
    constraint ai_erasures_conversations_not_negative check (conversations >= 0),
  messages integer not null default 0
    constraint ai_erasures_messages_not_negative check (messages >= 0),
  objects integer not null default 0
    constraint ai_erasures_objects_not_negative check (objects >= 0),
  limit_windows integer not null default 0
    constraint ai_erasures_limit_windows_not_negative check (limit_windows >= 0),
  limit_windows_left integer
    constraint ai_erasures_limit_windows_left_not_negative check (limit_windows_left >= 0),
  limit_windows_until timestamptz,
  asked_by_user_id uuid,
  asked_by_key_name text,
  database_role text not null,
  begun_at timestamptz not null default now(),
  ended_at timestamptz,
  backups_until date,
  constraint ai_erasures_user_hash_fits_kind check ((kind = 'retention') = (user_hash is null)),
  constraint ai_erasures_conversation_id_fits_kind
    check ((kind = 'conversation') = (conversation_id is not null)),
  constraint ai_erasures_assistant_type_fits_kind
    check ((kind = 'retention') = (assistant_type is not null)),
  constraint ai_erasures_end_fits_status
    check ((status = 'done') = (num_nulls(ended_at, backups_until) = 0))
);
comment on table public.ai_erasures is
  'Erasures: receipts of those that are done, which never change, and what has gone of those that run. Figures without identities and without words. When one is done, the audit log has its receipt too.';
comment on column public.ai_erasures.kind is
  'What was to be erased: `user` and `conversation`, by an operator; `account`, with the user in Auth; `own`, conversations that their user deleted; `retention`, conversations of an assistant that are older than its keep_days.';
comment on column public.ai_erasures.user_hash is
  'Whose it was, as switchboard.keyed_hash(), by which the ledger knows users; null for `retention`.';
comment on column public.ai_erasures.conversation_id is 'Of `conversation`, which.';
comment on column public.ai_erasures.assistant_type is 'Of `retention`, whose conversations.';
comment on column public.ai_erasures.status is
  '`running`, or `done`: nothing of it is left in the tables and in Storage.';
comment on column public.ai_erasures.conversations is 'Conversations that were deleted.';
comment on column public.ai_erasures.messages is 'Questions and answers that were deleted.';
comment on column public.ai_erasures.objects is
  'Images and documents that were removed from Storage.';
comment on column public.ai_erasures.limit_windows is
  'Windows of limits for each user that were deleted; they are counted from the ledger if the user comes back.';
comment on column public.ai_erasures.limit_windows_left is
  'Windows of soft limits, a hash and a sum, that stay until their period has ended; null while it runs, and where there are none by kind.';
comment on column public.ai_erasures.limit_windows_until is
  'When the last of those periods ends; the tick deletes their windows a day later. Null: none stays, or only those of limits in total, which do not end.';
comment on column public.ai_erasures.asked_by_user_id is
  'The platform admin who asked for it; null for a key, for Auth, for retention, and for `own`, where user_hash stands for who did. See actor_proven in model_switches.';
comment on column public.ai_erasures.asked_by_key_name is
  'The name of the secret key that asked for it.';
comment on column public.ai_erasures.database_role is 'The Postgres role that asked for it.';
comment on column public.ai_erasures.begun_at is 'When it was asked for.';
comment on column public.ai_erasures.ended_at is 'When nothing was left; null while it runs.';
comment on column public.ai_erasures.backups_until is
  'The last day on which backups of the project may still hold it: backup_days of registry_settings after its end.';

create index ai_erasures_user_hash_idx on public.ai_erasures (user_hash) where user_hash is not null;
create index ai_erasures_conversation_id_idx on public.ai_erasures (conversation_id)
  where conversation_id is not null;

revoke all on public.ai_erasures from public, anon, authenticated, service_role;
revoke all on sequence public.ai_erasures_id_seq from public, anon, authenticated, service_role;
alter table public.ai_erasures enable row level security;

create policy ai_erasures_select_platform on public.ai_erasures
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_erasures_select_platform on public.ai_erasures is
  'Platform admins read the receipts.';

grant select (
  id, kind, user_hash, conversation_id, assistant_type, status, conversations, messages, objects,
  limit_windows, limit_windows_left, limit_windows_until, asked_by_user_id, asked_by_key_name,
  database_role, begun_at, ended_at, backups_until
) on public.ai_erasures to authenticated;
grant select on public.ai_erasures to service_role;

create trigger refuse_change before update or delete on public.ai_erasures
  for each row when (old.status = 'done')
  execute function switchboard.refuse_change();
create trigger refuse_truncate before truncate on public.ai_erasures
  for each statement execute function switchboard.refuse_truncate();

-- Recorded by switchboard.finish_erasure(), once, and by record_export(): what these tables lose or
-- show to an operator is in the log, but none of what is in them.
insert into switchboard.audited_tables (table_name, place, actions, is_rolled_back)
values
  ('ai_erasures', 10, '[{"action": "erase"}]', false),
  ('ai_conversations', 11, '[{"action": "export-user"}]', false);

create table switchboard.erasure_jobs (
  erasure_id bigint primary key
    references public.ai_erasures (id) on delete cascade,
  kind text not null,
  user_id uuid,
  conversation_id uuid,
  assistant_id uuid,
  rows_are_gone boolean not null default false,
  source text,
  reason text
);
comment on table switchboard.erasure_jobs is
  'Erasures that run, with what they are to find. A row goes when its erasure is done.';
comment on column switchboard.erasure_jobs.erasure_id is 'The row of ai_erasures.';
comment on column switchboard.erasure_jobs.kind is 'As in ai_erasures.';
comment on column switchboard.erasure_jobs.user_id is 'Whose conversations; null for `retention`.';
comment on column switchboard.erasure_jobs.conversation_id is 'Of `conversation`, which.';
comment on column switchboard.erasure_jobs.assistant_id is
  'Of `retention`, the assistant with its keep_days.';
comment on column switchboard.erasure_jobs.rows_are_gone is
  'Whether no batch is left: of `own` from the beginning; of `retention` when its batches have come to an end, for what falls due later is another sweep''s.';
comment on column switchboard.erasure_jobs.source is 'As in model_switches, for its entry.';
comment on column switchboard.erasure_jobs.reason is 'As in model_switches, for its entry.';
create unique index erasure_jobs_user_id_key on switchboard.erasure_jobs (user_id)
  where kind in ('user', 'account');
create unique index erasure_jobs_conversation_id_key on switchboard.erasure_jobs (conversation_id);
create unique index erasure_jobs_assistant_id_key on switchboard.erasure_jobs (assistant_id);
revoke all on switchboard.erasure_jobs from public, anon, authenticated, service_role;

create table switchboard.erasure_objects (
  id bigint generated always as identity primary key,
  path text not null
    constraint erasure_objects_path_key unique,
  is_prefix boolean not null,
  erasure_id bigint
    references public.ai_erasures (id) on delete set null,
  claimed_at timestamptz,
  is_due_again boolean not null default false,
  tries integer not null default 0,
  last_error text
);
comment on table switchboard.erasure_objects is
  'What is to be removed from the bucket `switchboard-content` of Storage, over HTTP. A row goes when it is removed.';
comment on column switchboard.erasure_objects.path is
  'An object, or all below a folder that ends with a slash.';
comment on column switchboard.erasure_objects.is_prefix is 'Whether path is a folder.';
comment on column switchboard.erasure_objects.erasure_id is
  'The erasure that waits for it; null where none does.';
comment on column switchboard.erasure_objects.claimed_at is
  'Since when an instance removes it; null: none does. After five minutes it is given to another.';
comment on column switchboard.erasure_objects.is_due_again is
  'Whether it was to be removed once more while it was being removed.';
comment on column switchboard.erasure_objects.tries is 'How often its removal has failed.';
comment on column switchboard.erasure_objects.last_error is
  'The code of the last failure; null: none.';
create index erasure_objects_erasure_id_idx on switchboard.erasure_objects (erasure_id);
revoke all on switchboard.erasure_objects from public, anon, authenticated, service_role;
revoke all on sequence switchboard.erasure_objects_id_seq
  from public, anon, authenticated, service_role;

create function switchboard.erasure_under_way()
returns bigint
language sql
stable
set search_path = ''
as $$
  select nullif(current_setting('switchboard.erasure_id', true), '')::bigint;
$$;
comment on function switchboard.erasure_under_way() is
  'The erasure whose rows this transaction deletes now; null: none.';
revoke execute on function switchboard.erasure_under_way()
  from public, anon, authenticated, service_role;

create function switchboard.enqueue_objects(
  paths text[],
  of_erasure_id bigint default null,
  is_prefix boolean default false
)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- A project without Storage keeps no bytes.
  if to_regclass('storage.buckets') is null or cardinality(paths) = 0 then
    return;
  end if;
  insert into switchboard.erasure_objects as o (path, is_prefix, erasure_id)
  select p.path, enqueue_objects.is_prefix, of_erasure_id
  from (select distinct unnest(paths) as path) as p
  -- Not where all of its folder goes.
  where not exists (
    select from switchboard.erasure_objects as f
    where f.path = split_part(p.path, '/', 1) || '/' and f.path <> p.path
      and f.claimed_at is null)
  order by p.path
  on conflict (path) do update
    set
      erasure_id = coalesce(excluded.erasure_id, o.erasure_id),
      is_due_again = o.claimed_at is not null;
end;
$$;
comment on function switchboard.enqueue_objects(text[], bigint, boolean) is
  'Has objects, or all below folders, removed from Storage. May be repeated.';
revoke execute on function switchboard.enqueue_objects(text[], bigint, boolean)
  from public, anon, authenticated, service_role;

create function switchboard.enqueue_folder(of_user_id uuid, of_erasure_id bigint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from switchboard.erasure_objects as o
    where o.claimed_at is null and not o.is_prefix and starts_with(o.path, of_user_id || '/');
  perform switchboard.enqueue_objects(
    array[of_user_id || '/'], of_erasure_id, is_prefix => true);
end;
$$;
comment on function switchboard.enqueue_folder(uuid, bigint) is
  'Has all images and documents of a user removed from Storage. May be repeated.';
revoke execute on function switchboard.enqueue_folder(uuid, bigint)
  from public, anon, authenticated, service_role;

create function switchboard.enqueue_objects_of_messages()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform switchboard.enqueue_objects(
    array(
      select distinct p.path
      from removed as r
      cross join lateral unnest(switchboard.content_paths(r.blocks)) as p (path)
      where r.role = 'user' and r.blocks is not null),
    switchboard.erasure_under_way());
  return null;
end;
$$;
comment on function switchboard.enqueue_objects_of_messages() is
  'Trigger: has the images and documents of deleted messages removed from Storage.';
revoke execute on function switchboard.enqueue_objects_of_messages()
  from public, anon, authenticated, service_role;

create trigger enqueue_objects after delete on public.ai_messages
  referencing old table as removed
  for each statement execute function switchboard.enqueue_objects_of_messages();

create function switchboard.erasure_lock(of_subject text)
returns bigint
language sql
immutable
set search_path = ''
as $$
  select pg_catalog.hashtextextended('switchboard.erasure ' || of_subject, 0);
$$;
comment on function switchboard.erasure_lock(text) is
  'The key of the advisory lock that who begins or continues the erasure of a user, a conversation or an assistant''s old conversations holds until commit.';
revoke execute on function switchboard.erasure_lock(text)
  from public, anon, authenticated, service_role;

create function switchboard.begin_erasure(wanted switchboard.erasure_jobs)
returns switchboard.erasure_jobs
language plpgsql
set search_path = ''
as $$
begin
  insert into public.ai_erasures (
    kind, user_hash, conversation_id, assistant_type, asked_by_user_id, asked_by_key_name,
    database_role)
  values (
    wanted.kind, switchboard.keyed_hash('user', wanted.user_id::text), wanted.conversation_id,
    (select a.assistant_type from public.ai_assistants as a where a.id = wanted.assistant_id),
    case when wanted.kind <> 'own' then
      coalesce(nullif(current_setting('switchboard.actor_user_id', true), '')::uuid, auth.uid()) end,
    left(nullif(current_setting('switchboard.actor_key_name', true), ''), 200),
    coalesce(nullif(current_setting('role', true), 'none'), session_user))
  returning id into wanted.erasure_id;
  wanted.rows_are_gone := wanted.kind = 'own';
  wanted.source := nullif(current_setting('switchboard.source', true), '');
  wanted.reason := switchboard.stated_reason();
  insert into switchboard.erasure_jobs select wanted.*;
  if wanted.kind in ('user', 'account') then
    perform switchboard.enqueue_folder(wanted.user_id, wanted.erasure_id);
  end if;
  return wanted;
end;
$$;
comment on function switchboard.begin_erasure(switchboard.erasure_jobs) is
  'Begins an erasure of the actor of this transaction; under erasure_lock().';
revoke execute on function switchboard.begin_erasure(switchboard.erasure_jobs)
  from public, anon, authenticated, service_role;

create table switchboard.erased_conversations (
  conversation_id uuid primary key,
  user_id uuid not null,
  messages integer not null
);
comment on table switchboard.erased_conversations is
  'Conversations that go with an account, or that their user deletes, from before their deletion until it is counted at the end of the same statement; empty at every commit.';
comment on column switchboard.erased_conversations.messages is 'How many messages it had.';
revoke all on switchboard.erased_conversations from public, anon, authenticated, service_role;

create function switchboard.count_erased_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if old.user_id = auth.uid()
    or not exists (select from auth.users as u where u.id = old.user_id)
  then
    insert into switchboard.erased_conversations (conversation_id, user_id, messages)
    select old.id, old.user_id, count(*)
    from public.ai_messages as m where m.conversation_id = old.id;
  end if;
  return old;
end;
$$;
comment on function switchboard.count_erased_conversation() is
  'Trigger: counts the messages of a conversation that goes with its account, or that its user deletes. At the end of the statement they are gone.';
revoke execute on function switchboard.count_erased_conversation()
  from public, anon, authenticated, service_role;

create trigger count_erased_conversation before delete on public.ai_conversations
  for each row execute function switchboard.count_erased_conversation();

create function switchboard.begin_counted_erasure(of_user_id uuid)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  job switchboard.erasure_jobs;
begin
  job.user_id := of_user_id;
  if exists (select from auth.users as u where u.id = of_user_id) then
    -- Each deletion is one of its own, so that a user never waits for a batch of another erasure.
    job.kind := 'own';
    job := switchboard.begin_erasure(job);
    -- The files of the messages are queued after this, at the end of the same statement.
    perform set_config('switchboard.erasure_id', job.erasure_id::text, true);
    return job.erasure_id;
  end if;
  -- Who holds it waits for no row of this account: those are locked already.
  perform pg_catalog.pg_advisory_xact_lock(switchboard.erasure_lock(of_user_id::text));
  job.erasure_id := (
    select j.erasure_id from switchboard.erasure_jobs as j
    where j.user_id = of_user_id and j.kind in ('user', 'account'));
  if job.erasure_id is null then
    job.kind := 'account';
    job := switchboard.begin_erasure(job);
  else
    perform switchboard.enqueue_folder(of_user_id, job.erasure_id);
  end if;
  return job.erasure_id;
end;
$$;
comment on function switchboard.begin_counted_erasure(uuid) is
  'Begins the erasure of what a deletion has left of a user''s conversations, or leaves it to the one that runs; returns which.';
revoke execute on function switchboard.begin_counted_erasure(uuid)
  from public, anon, authenticated, service_role;

create function switchboard.note_erased_conversations()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  counted record;
  running_id bigint;
begin
  for counted in
    with gone as (
      delete from switchboard.erased_conversations as c
      using removed as r where c.conversation_id = r.id
      returning c.user_id, c.messages
    )
    select g.user_id, count(*) as conversations, sum(g.messages) as messages
    from gone as g
    group by g.user_id
    order by g.user_id
  loop
    running_id := switchboard.begin_counted_erasure(counted.user_id);
    update public.ai_erasures as e
      set conversations = e.conversations + counted.conversations,
        messages = e.messages + counted.messages
      where e.id = running_id;
  end loop;
  return null;
end;
$$;
comment on function switchboard.note_erased_conversations() is
  'Trigger: where Auth deleted a user, whose conversations went with the account, or a user deleted their own, sees to the files and the receipt.';
revoke execute on function switchboard.note_erased_conversations()
  from public, anon, authenticated, service_role;

create trigger note_erased_conversations after delete on public.ai_conversations
  referencing old table as removed
  for each statement execute function switchboard.note_erased_conversations();
