-- Legal holds: what a user wrote and was answered is kept, against any request to remove it: of the
-- user, an operator, the retention of an assistant, or Auth, which cannot delete the account meanwhile.

create table public.ai_legal_holds (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null
    constraint ai_legal_holds_user_id_key unique
    -- Not a cascade: its statement would take the lock of the registry in each of Auth's deletions.
    constraint ai_legal_holds_user_id_fkey references auth.users (id) on delete restrict,
  reason text not null
    constraint ai_legal_holds_reason_length check (char_length(reason) between 1 and 500),
  until date
    constraint ai_legal_holds_until_finite check (isfinite(until)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table public.ai_legal_holds is
  'Users whose conversations may not be erased. Who set a hold stands in the audit log.';
comment on column public.ai_legal_holds.reason is
  'Why, for operators and in the audit log for good: a reference to the case, no words of patients and no names.';
comment on column public.ai_legal_holds.until is
  'The last day, in UTC, on which the hold is in force; then the tick removes it. Null: until it is removed.';

revoke all on public.ai_legal_holds from public, anon, authenticated, service_role;
alter table public.ai_legal_holds enable row level security;

create policy ai_legal_holds_select_platform on public.ai_legal_holds
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_legal_holds_select_platform on public.ai_legal_holds is
  'Platform admins see the holds.';

grant select (id, user_id, reason, until, created_at, updated_at) on public.ai_legal_holds
  to authenticated;
grant select, insert, update, delete on public.ai_legal_holds to service_role;

create trigger touch_updated_at before update on public.ai_legal_holds
  for each row execute function switchboard.touch_updated_at();

insert into switchboard.audited_tables (table_name, place, actions, is_rolled_back)
values ('ai_legal_holds', 9, '[
  {"removed": true, "action": "remove-legal-hold"},
  {"action": "set-legal-hold"}]', false);
select switchboard.add_audit_triggers('ai_legal_holds');

create function switchboard.is_held(of_user_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from public.ai_legal_holds as h
    where h.user_id = of_user_id
      and (h.until is null or h.until >= (now() at time zone 'UTC')::date));
end;
$$;
comment on function switchboard.is_held(uuid) is
  'Whether a legal hold on a user is in force.';
revoke execute on function switchboard.is_held(uuid)
  from public, anon, authenticated, service_role;

create function switchboard.require_not_held(of_user_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if switchboard.is_held(of_user_id) then
    raise exception using
      errcode = 'PT409',
      message = 'A legal hold keeps the conversations of this user. Nothing was erased.',
      detail = 'legal_hold',
      hint = 'Operators see it among the legal holds, and can remove it.';
  end if;
end;
$$;
comment on function switchboard.require_not_held(uuid) is
  'PT409 legal_hold for a user under a hold.';
revoke execute on function switchboard.require_not_held(uuid)
  from public, anon, authenticated, service_role;

-- Definers: users cannot read the holds, and Auth has no rights here.

create function switchboard.refuse_removal_under_hold()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform switchboard.require_not_held(old.user_id);
  return old;
end;
$$;
comment on function switchboard.refuse_removal_under_hold() is
  'Trigger: no conversation of a user under a legal hold is deleted, by whatever way.';
revoke execute on function switchboard.refuse_removal_under_hold()
  from public, anon, authenticated, service_role;

create trigger refuse_removal_under_hold before delete on public.ai_conversations
  for each row execute function switchboard.refuse_removal_under_hold();

create function switchboard.refuse_messages_removal_under_hold()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- With their conversation it was decided before. A failure, which has no words, gives way to the
  -- answer of a later attempt.
  perform switchboard.require_not_held(c.user_id)
  from (
    select distinct g.conversation_id from removed as g
    where g.role = 'user' or g.status <> 'failed'
  ) as g
  join public.ai_conversations as c on c.id = g.conversation_id;
  return null;
end;
$$;
comment on function switchboard.refuse_messages_removal_under_hold() is
  'Trigger: no words of a conversation of a user under a legal hold are deleted.';
revoke execute on function switchboard.refuse_messages_removal_under_hold()
  from public, anon, authenticated, service_role;

create trigger refuse_removal_under_hold after delete on public.ai_messages
  referencing old table as removed
  for each statement execute function switchboard.refuse_messages_removal_under_hold();

create function switchboard.await_removals_before_hold()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform from public.ai_conversations as c
    where c.user_id = new.user_id order by c.id for key share;
  return null;
end;
$$;
comment on function switchboard.await_removals_before_hold() is
  'Trigger: what is being deleted is gone before a hold is said to be set. A deletion that comes later waits for the hold, and is refused.';
revoke execute on function switchboard.await_removals_before_hold()
  from public, anon, authenticated, service_role;

create trigger await_removals after insert or update on public.ai_legal_holds
  for each row execute function switchboard.await_removals_before_hold();

create function switchboard.describe_hold(hold public.ai_legal_holds)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'user_id', hold.user_id,
    'email', switchboard.email_of(hold.user_id),
    'reason', hold.reason,
    'until', hold.until,
    'in_force', hold.until is null or hold.until >= (now() at time zone 'UTC')::date,
    'created_at', hold.created_at,
    'updated_at', hold.updated_at);
$$;
comment on function switchboard.describe_hold(public.ai_legal_holds) is
  'A legal hold as operators read it.';
revoke execute on function switchboard.describe_hold(public.ai_legal_holds)
  from public, anon, authenticated;
grant execute on function switchboard.describe_hold(public.ai_legal_holds) to service_role;

create function switchboard.require_hold_terms(wanted_until date, wanted_reason text)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  problem constant text := case
    when coalesce(btrim(wanted_reason), '') = '' then 'A legal hold needs a reason.'
    when char_length(btrim(wanted_reason)) > 500
      then 'The reason of a legal hold has at most 500 characters.'
    when wanted_until < (now() at time zone 'UTC')::date or not isfinite(wanted_until)
      then 'until is the last day of the hold, and not in the past.' end;
begin
  if problem is not null then
    raise exception using
      errcode = 'PT400', message = problem, detail = 'invalid_request',
      hint = 'Name the case in the reason, and no person: it stays in the audit log.';
  end if;
end;
$$;
comment on function switchboard.require_hold_terms(date, text) is
  'PT400 invalid_request for a hold without a reason, or that would end before it begins.';
revoke execute on function switchboard.require_hold_terms(date, text)
  from public, anon, authenticated;
grant execute on function switchboard.require_hold_terms(date, text) to service_role;

create function public.set_legal_hold(
  p_user_id uuid,
  p_until date default null,
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
  hold public.ai_legal_holds;
begin
  perform switchboard.require_hold_terms(p_until, p_reason);
  if switchboard.role_of(p_user_id) is null then
    raise exception using
      errcode = 'PT404',
      message = 'There is no user with this id.',
      detail = 'user_not_found',
      hint = 'The ids are those of Auth.';
  end if;
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  insert into public.ai_legal_holds as h (user_id, until, reason)
  values (p_user_id, p_until, btrim(p_reason))
  on conflict (user_id) do update set until = excluded.until, reason = excluded.reason
    where (h.until, h.reason) is distinct from (excluded.until, excluded.reason);
  select * into hold from public.ai_legal_holds as h where h.user_id = p_user_id;
  return jsonb_build_object(
    'hold', switchboard.describe_hold(hold),
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_legal_hold(uuid, date, uuid, text, text, text) is
  'Keeps what a user wrote and was answered from being erased, until the end of a day (null: until the hold is removed), in place of a former hold. p_reason, which is needed, stands in the hold and in the audit log. Returns hold (user_id, email, reason, until, in_force, created_at, updated_at) and registry_version. PT400 invalid_request; PT404 user_not_found.';
revoke execute on function public.set_legal_hold(uuid, date, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.set_legal_hold(uuid, date, uuid, text, text, text)
  to service_role;

create function public.remove_legal_hold(
  p_user_id uuid,
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
  hold public.ai_legal_holds;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  delete from public.ai_legal_holds as h where h.user_id = p_user_id returning * into hold;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = 'There is no legal hold on this user.',
      detail = 'user_not_found',
      hint = 'The legal holds are in their list.';
  end if;
  return jsonb_build_object(
    'hold', switchboard.describe_hold(hold),
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.remove_legal_hold(uuid, uuid, text, text, text) is
  'Ends the legal hold on a user, and returns it as it was (hold), with registry_version. What was to be erased before is erased then. PT404 user_not_found where there is none.';
revoke execute on function public.remove_legal_hold(uuid, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.remove_legal_hold(uuid, uuid, text, text, text) to service_role;

create function public.list_legal_holds()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'holds', coalesce((
      select jsonb_agg(switchboard.describe_hold(h) order by h.created_at, h.id)
      from public.ai_legal_holds as h), '[]'),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function public.list_legal_holds() is
  'All legal holds, the oldest first (holds, as set_legal_hold() returns one), and registry_version.';
revoke execute on function public.list_legal_holds() from public, anon, authenticated;
grant execute on function public.list_legal_holds() to service_role;

create function switchboard.remove_ended_holds()
returns integer
language plpgsql
set search_path = ''
as $$
declare
  former_reason constant text := coalesce(current_setting('switchboard.reason', true), '');
  removed integer;
begin
  if not exists (
    select from public.ai_legal_holds as h where h.until < (now() at time zone 'UTC')::date
  ) then
    return 0;
  end if;
  perform switchboard.lock_registry();
  perform switchboard.note_change_author(null, null, reason => 'The hold has ended.');
  -- Its end was set with it.
  perform set_config('switchboard.needs_no_person', 'true', true);
  delete from public.ai_legal_holds as h where h.until < (now() at time zone 'UTC')::date;
  get diagnostics removed = row_count;
  perform set_config('switchboard.needs_no_person', '', true);
  perform set_config('switchboard.reason', former_reason, true);
  return removed;
end;
$$;
comment on function switchboard.remove_ended_holds() is
  'Removes the holds whose last day is over, so that Auth can delete the accounts again, and returns how many.';
revoke execute on function switchboard.remove_ended_holds()
  from public, anon, authenticated, service_role;
