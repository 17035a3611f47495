-- Erasing in batches. Each call does one, and may be repeated until the erasure is done: what a
-- call did is committed, so a job that was cut off goes on where it was.
--
-- Locks are taken in the order of all others: the registry (for a receipt), conversations, their
-- messages, windows. So a receipt is written by the call after the one that found nothing left.

create function switchboard.due_conversations(of_assistant_id uuid, most integer)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
declare
  kept_since constant timestamptz := (
    select now() - a.keep_days * interval '1 day'
    from public.ai_assistants as a where a.id = of_assistant_id);
begin
  -- A question is newer than its conversation's last answer while its turn runs, and where it was
  -- taken up again.
  return array(
    select c.id
    from public.ai_conversations as c
    where c.assistant_id = of_assistant_id and c.created_at < kept_since
      and not exists (
        select from public.ai_messages as m
        where m.conversation_id = c.id and greatest(m.created_at, m.begun_at) >= kept_since)
      and not switchboard.is_held(c.user_id)
    order by c.created_at
    limit most);
end;
$$;
comment on function switchboard.due_conversations(uuid, integer) is
  'Conversations of an assistant whose last turn is older than its keep_days, the oldest first; none under a legal hold.';
revoke execute on function switchboard.due_conversations(uuid, integer)
  from public, anon, authenticated, service_role;

create function switchboard.conversations_to_erase(job switchboard.erasure_jobs, most integer)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return case
    when job.rows_are_gone then '{}'::uuid[]
    when job.kind = 'retention' then switchboard.due_conversations(job.assistant_id, most)
    when job.kind = 'conversation' then array(
      select c.id from public.ai_conversations as c where c.id = job.conversation_id)
    else array(
      select c.id from public.ai_conversations as c
      where c.user_id = job.user_id
      limit most) end;
end;
$$;
comment on function switchboard.conversations_to_erase(switchboard.erasure_jobs, integer) is
  'What is left to erase of conversations, at most so many (null: all). Of a user, also those that began since.';
revoke execute on function switchboard.conversations_to_erase(switchboard.erasure_jobs, integer)
  from public, anon, authenticated, service_role;

create function switchboard.erase_rows(job switchboard.erasure_jobs, most integer)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  wanted uuid[] := switchboard.conversations_to_erase(job, 1000);
  removed_messages integer;
  removed_conversations integer;
begin
  if cardinality(wanted) = 0 then
    return 0;
  end if;
  -- One that a turn has locked at this moment is the next batch's. Looked for again under the
  -- locks: a turn may have begun.
  wanted := array(
    select c.id from public.ai_conversations as c
    where c.id = any (wanted) order by c.id for update skip locked);
  if job.kind = 'retention' then
    wanted := array(
      select unnest(wanted) intersect
      select unnest(switchboard.due_conversations(job.assistant_id, 1000)));
  end if;
  perform set_config('switchboard.erasure_id', job.erasure_id::text, true);
  -- By arrays, not by joins: their plans hold for what has grown since the tables were analyzed.
  delete from public.ai_messages as m
    where m.id = any (array(
      select e.id from public.ai_messages as e where e.conversation_id = any (wanted) limit most));
  get diagnostics removed_messages = row_count;
  delete from public.ai_conversations as c
    where c.id = any (wanted)
      and c.id <> all (array(
        select distinct m.conversation_id
        from public.ai_messages as m where m.conversation_id = any (wanted)));
  get diagnostics removed_conversations = row_count;
  perform set_config('switchboard.erasure_id', '', true);
  update public.ai_erasures as e
    set conversations = e.conversations + removed_conversations,
      messages = e.messages + removed_messages
    where e.id = job.erasure_id;
  if job.kind = 'user' then
    -- What was uploaded since the folder was emptied.
    perform switchboard.enqueue_folder(job.user_id, job.erasure_id);
  end if;
  return removed_messages;
end;
$$;
comment on function switchboard.erase_rows(switchboard.erasure_jobs, integer) is
  'Deletes at most so many messages of an erasure, and the conversations that have none left; returns how many messages.';
revoke execute on function switchboard.erase_rows(switchboard.erasure_jobs, integer)
  from public, anon, authenticated, service_role;

create function switchboard.windows_of_user(of_user_id uuid)
returns table (
  limit_id bigint, scope_key text, window_start timestamptz, ends_at timestamptz, may_go boolean)
language plpgsql
stable
rows 10
set search_path = ''
as $$
begin
  return query
    select w.limit_id, w.scope_key, w.window_start,
      switchboard.window_end(l.period, w.window_start, l.time_zone),
      -- What is spread over several rows is added to without a lock that they share: of such a
      -- window one row could be counted again while another is still there.
      l.enforcement = 'hard' and max(w.slot) = 0
    from switchboard.limit_windows as w
    join public.ai_limits as l on l.id = w.limit_id and l.scope = 'each_user'
    where w.scope_key = switchboard.keyed_hash('user', of_user_id::text)
    group by w.limit_id, w.scope_key, w.window_start, l.id;
end;
$$;
comment on function switchboard.windows_of_user(uuid) is
  'The windows of a user in limits for each user, when each ends, and whether it may be deleted before: those of soft limits may not.';
revoke execute on function switchboard.windows_of_user(uuid)
  from public, anon, authenticated, service_role;

create function switchboard.erase_windows(job switchboard.erasure_jobs)
returns void
language plpgsql
set search_path = ''
as $$
declare
  dropped integer;
begin
  if job.kind not in ('user', 'account') then
    return;
  end if;
  perform switchboard.release_expired_holds();
  -- A window that is not there is counted from the ledger by the next run that needs it, so that
  -- nothing is gained by it. One that a run holds something of goes when the run has ended.
  with locked as materialized (
    select w.limit_id, w.scope_key, w.window_start
    from switchboard.limit_windows as w
    join switchboard.windows_of_user(job.user_id) as o
      on o.limit_id = w.limit_id and o.scope_key = w.scope_key
        and o.window_start = w.window_start and o.may_go
    where w.held = 0
    order by w.limit_id, w.scope_key, w.window_start
    for update of w skip locked
  ),
  dropped_windows as (
    delete from switchboard.limit_windows as w
    using locked as k
    where (w.limit_id, w.scope_key, w.window_start, w.slot)
        = (k.limit_id, k.scope_key, k.window_start, 0)
      and w.held = 0
    returning 1
  )
  select count(*) into dropped from dropped_windows;
  update public.ai_erasures as e
    set limit_windows = e.limit_windows + dropped
    where e.id = job.erasure_id and dropped > 0;
end;
$$;
comment on function switchboard.erase_windows(switchboard.erasure_jobs) is
  'Deletes the windows of a user in limits for each user, as far as they may go and no run holds something of them.';
revoke execute on function switchboard.erase_windows(switchboard.erasure_jobs)
  from public, anon, authenticated, service_role;

create function switchboard.left_of_erasure(job switchboard.erasure_jobs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  of_hash constant text := switchboard.keyed_hash('user', job.user_id::text);
  rows_left constant uuid[] := switchboard.conversations_to_erase(
    job, case job.kind when 'retention' then 1000 end);
begin
  return jsonb_build_object(
    'conversations', cardinality(rows_left),
    'messages', (
      select count(*) from public.ai_messages as m where m.conversation_id = any (rows_left)),
    'objects', (
      select count(*) from switchboard.erasure_objects as o where o.erasure_id = job.erasure_id),
    'running_turns', (
      select count(*) from switchboard.erased_turns as t
      where t.status = 'pending' and t.begun_at > now() - switchboard.turns_may_run_for()
        and case job.kind
          when 'conversation' then t.conversation_id = job.conversation_id
          else t.user_hash = of_hash end),
    'limit_windows', (
      select count(*) from switchboard.windows_of_user(job.user_id) as w
      where w.may_go and job.kind in ('user', 'account')));
end;
$$;
comment on function switchboard.left_of_erasure(switchboard.erasure_jobs) is
  'What an erasure waits for: conversations (of `retention` at most 1000 at a time) with their messages, objects in Storage (a whole folder is one), turns that run, and windows of hard limits.';
revoke execute on function switchboard.left_of_erasure(switchboard.erasure_jobs)
  from public, anon, authenticated, service_role;

create function switchboard.finish_erasure(job switchboard.erasure_jobs)
returns void
language plpgsql
set search_path = ''
as $$
declare
  former_reason constant text := coalesce(current_setting('switchboard.reason', true), '');
  receipt public.ai_erasures;
begin
  perform switchboard.lock_registry();
  delete from switchboard.erasure_jobs as j where j.erasure_id = job.erasure_id;
  if not found then
    return;
  end if;
  -- A sweep that lost what it was begun for, as to a user, has erased nothing.
  delete from public.ai_erasures as e
    where e.id = job.erasure_id and e.kind = 'retention' and e.conversations = 0
    returning * into receipt;
  if found then
    return;
  end if;
  update public.ai_erasures as e
    set status = 'done', ended_at = now(),
      (limit_windows_left, limit_windows_until) = (
        select count(*), max(w.ends_at)
        from switchboard.windows_of_user(job.user_id) as w
        where job.kind in ('user', 'account')
        having job.kind in ('user', 'account')),
      backups_until = (now() at time zone 'UTC')::date
        + (select rs.backup_days from public.registry_settings as rs)
    where e.id = job.erasure_id
    returning * into receipt;
  perform switchboard.note_change_author(
    receipt.asked_by_user_id, job.source, actor_key_name => receipt.asked_by_key_name,
    reason => coalesce(job.reason, ''));
  -- It was decided when it was asked for.
  perform set_config('switchboard.needs_no_person', 'true', true);
  perform switchboard.write_registry_change('ai_erasures',
    jsonb_build_array(jsonb_build_object('after', to_jsonb(receipt))));
  perform set_config('switchboard.needs_no_person', '', true);
  perform switchboard.note_change_author(null, null, reason => former_reason);
end;
$$;
comment on function switchboard.finish_erasure(switchboard.erasure_jobs) is
  'Ends an erasure that has nothing left, and puts its receipt into the audit log, under the name of who asked for it.';
revoke execute on function switchboard.finish_erasure(switchboard.erasure_jobs)
  from public, anon, authenticated, service_role;

create function switchboard.is_erased(job switchboard.erasure_jobs)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(l.value::bigint), 0) = 0
    from jsonb_each_text(switchboard.left_of_erasure(job)) as l);
end;
$$;
comment on function switchboard.is_erased(switchboard.erasure_jobs) is
  'Whether an erasure has nothing left.';
revoke execute on function switchboard.is_erased(switchboard.erasure_jobs)
  from public, anon, authenticated, service_role;

create function switchboard.erase_batch(job switchboard.erasure_jobs, most integer)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  removed constant integer := switchboard.erase_rows(job, most);
begin
  if job.kind = 'retention' and not job.rows_are_gone
    and cardinality(switchboard.due_conversations(job.assistant_id, 1)) = 0
  then
    update switchboard.erasure_jobs as j
      set rows_are_gone = true where j.erasure_id = job.erasure_id;
  end if;
  return removed;
end;
$$;
comment on function switchboard.erase_batch(switchboard.erasure_jobs, integer) is
  'One batch of an erasure, of at most so many messages; returns how many were deleted.';
revoke execute on function switchboard.erase_batch(switchboard.erasure_jobs, integer)
  from public, anon, authenticated, service_role;

create function switchboard.describe_erasure(of_id bigint)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  job switchboard.erasure_jobs;
  erasure public.ai_erasures;
begin
  select * into erasure from public.ai_erasures as e where e.id = of_id;
  select * into job from switchboard.erasure_jobs as j where j.erasure_id = of_id;
  return jsonb_build_object(
    'erasure_id', erasure.id,
    'status', erasure.status,
    'left', case when job.erasure_id is null
      then '{"messages": 0, "conversations": 0, "objects": 0, "running_turns": 0,
        "limit_windows": 0}'::jsonb
      else switchboard.left_of_erasure(job) end,
    'receipt', to_jsonb(erasure));
end;
$$;
comment on function switchboard.describe_erasure(bigint) is
  'How far an erasure is: erasure_id, status, left and receipt (its row of ai_erasures).';
revoke execute on function switchboard.describe_erasure(bigint)
  from public, anon, authenticated, service_role;

create function switchboard.continue_erasure(job switchboard.erasure_jobs, most integer)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  if switchboard.is_erased(job) then
    perform switchboard.finish_erasure(job);
  else
    perform switchboard.erase_batch(job, most);
    perform switchboard.erase_windows(job);
  end if;
  return switchboard.describe_erasure(job.erasure_id);
end;
$$;
comment on function switchboard.continue_erasure(switchboard.erasure_jobs, integer) is
  'Does one batch of an erasure or, where nothing is left, ends it; under erasure_lock(). Returns describe_erasure().';
revoke execute on function switchboard.continue_erasure(switchboard.erasure_jobs, integer)
  from public, anon, authenticated, service_role;

-- Definers: conversations, windows and the key of the ledger's hashes are granted to no role.

create function public.erase_user(
  p_user_id uuid,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  of_hash constant text := switchboard.keyed_hash('user', p_user_id::text);
  is_stored boolean;
  former_id bigint;
  job switchboard.erasure_jobs;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.require_person('ai_erasures', '[]');
  -- Twice at once is one erasure.
  perform pg_catalog.pg_advisory_xact_lock(switchboard.erasure_lock(p_user_id::text));
  perform switchboard.require_not_held(p_user_id);
  select * into job from switchboard.erasure_jobs as j
    where j.user_id = p_user_id and j.kind in ('user', 'account');
  if not found then
    is_stored := exists (select from public.ai_conversations as c where c.user_id = p_user_id)
      or exists (select from switchboard.windows_of_user(p_user_id) as w where w.may_go);
    former_id := (
      select max(e.id) from public.ai_erasures as e
      where e.user_hash = of_hash and e.kind in ('user', 'account'));
    -- Asked for again when it is done.
    if not is_stored and former_id is not null then
      return switchboard.describe_erasure(former_id);
    elsif not is_stored and switchboard.role_of(p_user_id) is null then
      raise exception using
        errcode = 'PT404',
        message = 'There is no user with this id, and nothing is stored of one.',
        detail = 'user_not_found',
        hint = 'The ids are those of Auth.';
    end if;
    job.kind := 'user';
    job.user_id := p_user_id;
    job := switchboard.begin_erasure(job);
  end if;
  return switchboard.continue_erasure(job, 5000);
end;
$$;
comment on function public.erase_user(uuid, uuid, text, text, text) is
  'Erases what a user wrote and was answered, with titles, pins, images and documents, and their windows of hard limits: begins it, or goes on with it, by one batch of at most 5000 messages. The account stays, and so does the ledger, which holds figures under a hash. To be repeated, or left to the tick, until status is `done`. Returns erasure_id, status, left (messages, conversations, objects, running_turns, limit_windows) and receipt (the row of ai_erasures). What is asked for again when nothing came since returns the same receipt. PT404 user_not_found; PT409 legal_hold, registry_locked (only the receipt waits).';
revoke execute on function public.erase_user(uuid, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.erase_user(uuid, uuid, text, text, text) to service_role;

create function public.erase_conversation(
  p_conversation_id uuid,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  job switchboard.erasure_jobs;
  former_id bigint;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.require_person('ai_erasures', '[]');
  perform pg_catalog.pg_advisory_xact_lock(switchboard.erasure_lock(p_conversation_id::text));
  select * into job from switchboard.erasure_jobs as j where j.conversation_id = p_conversation_id;
  if not found then
    job.kind := 'conversation';
    job.conversation_id := p_conversation_id;
    job.user_id := (
      select c.user_id from public.ai_conversations as c where c.id = p_conversation_id);
    if job.user_id is null then
      former_id := (
        select max(e.id) from public.ai_erasures as e where e.conversation_id = p_conversation_id);
      if former_id is not null then
        return switchboard.describe_erasure(former_id);
      end if;
      raise exception using
        errcode = 'PT404',
        message = 'Conversation not found.',
        detail = 'conversation_not_found',
        hint = 'Its user may have deleted it.';
    end if;
    perform switchboard.require_not_held(job.user_id);
    job := switchboard.begin_erasure(job);
  end if;
  perform switchboard.require_not_held(job.user_id);
  return switchboard.continue_erasure(job, 5000);
end;
$$;
comment on function public.erase_conversation(uuid, uuid, text, text, text) is
  'Erases one conversation with its images and documents, but for those that another conversation of its user has too. As erase_user() otherwise. PT404 conversation_not_found; PT409 legal_hold, registry_locked (only the receipt waits).';
revoke execute on function public.erase_conversation(uuid, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.erase_conversation(uuid, uuid, text, text, text) to service_role;
