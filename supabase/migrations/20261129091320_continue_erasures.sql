-- What is left of erasures, and what an assistant does not keep any longer, is the tick's; the objects
-- in Storage are the functions', which ask here for what is to go.

create function switchboard.forget_erased_turns()
returns integer
language plpgsql
set search_path = ''
as $$
declare
  forgotten integer;
  paths text[];
begin
  with gone as (
    delete from switchboard.erased_turns as t
    where t.begun_at < now() - switchboard.turns_may_run_for()
    returning t.paths
  )
  select (select count(*) from gone), array(
    select distinct p.path from gone as g cross join lateral unnest(g.paths) as p (path))
  into forgotten, paths;
  -- An upload may have ended after they were removed.
  perform switchboard.enqueue_objects(paths);
  return forgotten;
end;
$$;
comment on function switchboard.forget_erased_turns() is
  'Deletes what was kept of erased turns that can end no more, and returns how many.';
revoke execute on function switchboard.forget_erased_turns()
  from public, anon, authenticated, service_role;

create function switchboard.subject_of_erasure(job switchboard.erasure_jobs)
returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce(job.conversation_id, job.user_id, job.assistant_id)::text;
$$;
comment on function switchboard.subject_of_erasure(switchboard.erasure_jobs) is
  'What erasure_lock() takes for an erasure.';
revoke execute on function switchboard.subject_of_erasure(switchboard.erasure_jobs)
  from public, anon, authenticated, service_role;

create function switchboard.finish_erasures(
  jobs switchboard.erasure_jobs[],
  out done integer,
  out failed text
)
returns record
language plpgsql
set search_path = ''
as $$
declare
  job switchboard.erasure_jobs;
begin
  done := 0;
  foreach job in array jobs loop
    if switchboard.is_erased(job) then
      begin
        perform switchboard.finish_erasure(job);
        done := done + 1;
      exception when sqlstate 'PT409' then
        failed := sqlerrm;
        return;
      end;
    end if;
  end loop;
end;
$$;
comment on function switchboard.finish_erasures(switchboard.erasure_jobs[]) is
  'Ends the erasures that have nothing left, and returns how many; `failed`: who holds the registry, so that the receipts wait.';
revoke execute on function switchboard.finish_erasures(switchboard.erasure_jobs[])
  from public, anon, authenticated, service_role;

-- A definer, as erase_user().
create function public.continue_erasures(p_batch integer default 5000)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Who else does one holds its lock.
  jobs constant switchboard.erasure_jobs[] := array(
    select j
    from switchboard.erasure_jobs as j
    where not switchboard.is_held(j.user_id)
      and pg_catalog.pg_try_advisory_xact_lock(
        switchboard.erasure_lock(switchboard.subject_of_erasure(j)))
    order by j.erasure_id);
  most constant integer := least(greatest(p_batch, 1), 50000);
  ended_holds constant integer := switchboard.remove_ended_holds();
  forgotten integer;
  finished record;
  job switchboard.erasure_jobs;
  removed integer := 0;
begin
  finished := switchboard.finish_erasures(jobs);
  foreach job in array jobs loop
    exit when removed >= most;
    removed := removed + switchboard.erase_batch(job, most - removed);
  end loop;
  forgotten := switchboard.forget_erased_turns();
  foreach job in array jobs loop
    perform switchboard.erase_windows(job);
  end loop;
  return jsonb_build_object(
    'running', cardinality(jobs) - finished.done,
    'done', finished.done,
    'messages', removed,
    'ended_holds', ended_holds,
    'forgotten_turns', forgotten)
    || case when finished.failed is null then '{}'
      else jsonb_build_object('failed', finished.failed) end;
end;
$$;
comment on function public.continue_erasures(integer) is
  'Goes on with the erasures that run, the oldest first, but for those under a legal hold: ends those that have nothing left, and deletes at most p_batch messages (5000, 1 to 50000) of the others. May be called at any time. Returns running, done, messages, ended_holds, forgotten_turns, and failed where receipts wait for who holds the registry.';
revoke execute on function public.continue_erasures(integer) from public, anon, authenticated;
grant execute on function public.continue_erasures(integer) to service_role;

create function switchboard.sweep_retention()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  assistant public.ai_assistants;
  job switchboard.erasure_jobs;
  begun integer := 0;
begin
  for assistant in
    select a.* from public.ai_assistants as a where a.keep_days is not null order by a.assistant_type
  loop
    perform pg_catalog.pg_advisory_xact_lock(switchboard.erasure_lock(assistant.id::text));
    continue when exists (
        select from switchboard.erasure_jobs as j where j.assistant_id = assistant.id)
      or cardinality(switchboard.due_conversations(assistant.id, 1)) = 0;
    job := null;
    job.kind := 'retention';
    job.assistant_id := assistant.id;
    perform switchboard.begin_erasure(job);
    begun := begun + 1;
  end loop;
  return jsonb_build_object('begun', begun);
end;
$$;
comment on function switchboard.sweep_retention() is
  'Begins an erasure for each assistant that has conversations older than its keep_days, and none running.';
revoke execute on function switchboard.sweep_retention()
  from public, anon, authenticated, service_role;

create function public.set_retention(
  p_assistant_type text default null,
  p_keep_days integer default null,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former jsonb;
begin
  if p_keep_days not between 1 and 36500 then
    raise exception using
      errcode = 'PT400',
      message = 'keep_days must be between 1 and 36500.',
      detail = 'invalid_request',
      hint = 'Null keeps conversations for good.';
  end if;
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  if p_assistant_type is not null then
    perform switchboard.find_assistant(p_assistant_type);
  end if;
  former := (
    select jsonb_object_agg(a.assistant_type, a.keep_days)
    from public.ai_assistants as a
    where a.assistant_type = coalesce(p_assistant_type, a.assistant_type));
  update public.ai_assistants as a
    set keep_days = p_keep_days
    where a.assistant_type = coalesce(p_assistant_type, a.assistant_type)
      and a.keep_days is distinct from p_keep_days;
  return jsonb_build_object(
    'former_keep_days', coalesce(former, '{}'),
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_retention(text, integer, uuid, text, text, text) is
  'Has the conversations of an assistant (null: of every one) erased so many days after their last turn, 1 to 36500; null keeps them for good. Returns former_keep_days by assistant, and registry_version. PT400 invalid_request; PT404 assistant_not_found; PT409 registry_locked.';
revoke execute on function public.set_retention(text, integer, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.set_retention(text, integer, uuid, text, text, text)
  to service_role;

create function public.list_erasures(p_limit integer default 50, p_before_id bigint default null)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object('erasures', coalesce((
    select jsonb_agg(switchboard.describe_erasure(e.id) order by e.id desc)
    from (
      select l.id from public.ai_erasures as l
      where p_before_id is null or l.id < p_before_id
      order by l.id desc
      limit least(greatest(p_limit, 1), 200)
    ) as e), '[]'));
$$;
comment on function public.list_erasures(integer, bigint) is
  'Erasures, those that run too, the newest first (1 to 200; 50); p_before_id: only earlier ones. Each as erase_user() returns it.';
revoke execute on function public.list_erasures(integer, bigint) from public, anon, authenticated;
grant execute on function public.list_erasures(integer, bigint) to service_role;

create function switchboard.paths_in_use(paths text[])
returns text[]
language sql
stable
set search_path = ''
as $$
  -- A user's same bytes lie at the same path.
  select array(
    select distinct p.path
    from unnest(paths) as p (path)
    join public.ai_conversations as c on c.user_id = split_part(p.path, '/', 1)::uuid
    join public.ai_messages as m
      on m.conversation_id = c.id and m.role = 'user' and m.blocks is not null
    where p.path = any (switchboard.content_paths(m.blocks)));
$$;
comment on function switchboard.paths_in_use(text[]) is
  'Which of these objects a message that is still there refers to.';
revoke execute on function switchboard.paths_in_use(text[])
  from public, anon, authenticated, service_role;

create function public.claim_erasure_objects(p_limit integer default 100)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  wanted switchboard.erasure_objects[] := array(
    select o
    from switchboard.erasure_objects as o
    where o.claimed_at is null or o.claimed_at < clock_timestamp() - interval '5 minutes'
    order by o.tries, o.id
    limit least(greatest(p_limit, 1), 1000)
    for update skip locked);
  in_use constant text[] := switchboard.paths_in_use(array(
    select w.path from unnest(wanted) as w where not w.is_prefix));
begin
  delete from switchboard.erasure_objects as o
    where o.path = any (in_use) and o.id = any (array(select w.id from unnest(wanted) as w));
  update switchboard.erasure_objects as o
    set claimed_at = clock_timestamp(), is_due_again = false
    where o.id = any (array(select w.id from unnest(wanted) as w));
  return coalesce((
    select jsonb_agg(
      jsonb_build_object('id', w.id, 'path', w.path, 'is_prefix', w.is_prefix) order by w.id)
    from unnest(wanted) as w
    where w.path <> all (in_use)), '[]');
end;
$$;
comment on function public.claim_erasure_objects(integer) is
  'What is to be removed from the bucket `switchboard-content` now (1 to 1000; 100): id, path, is_prefix (all below a folder). Those that failed come last. What is claimed is to be reported with record_erased_objects() within five minutes; then another caller gets it.';
revoke execute on function public.claim_erasure_objects(integer)
  from public, anon, authenticated;
grant execute on function public.claim_erasure_objects(integer) to service_role;

create function public.record_erased_objects(p_results jsonb)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.ai_erasures as e
    set objects = e.objects + r.removed
    from (
      select o.erasure_id, sum(p.removed) as removed
      from jsonb_to_recordset(p_results) as p (id bigint, removed integer, error text)
      join switchboard.erasure_objects as o on o.id = p.id
      where p.removed > 0
      group by o.erasure_id
    ) as r
    where e.id = r.erasure_id and e.status = 'running';
  delete from switchboard.erasure_objects as o
    using jsonb_to_recordset(p_results) as p (id bigint, error text)
    where o.id = p.id and p.error is null and not o.is_due_again;
  update switchboard.erasure_objects as o
    set
      claimed_at = null, is_due_again = false,
      tries = o.tries + (p.error is not null)::integer, last_error = left(p.error, 100)
    from jsonb_to_recordset(p_results) as p (id bigint, error text)
    where o.id = p.id;
end;
$$;
comment on function public.record_erased_objects(jsonb) is
  'Records what became of claimed objects: an array of id, removed (how many objects; of one that was not there 0) and error (its code; null: all of it is gone). What failed is claimed again.';
revoke execute on function public.record_erased_objects(jsonb) from public, anon, authenticated;
grant execute on function public.record_erased_objects(jsonb) to service_role;
