-- Which assistant each user talks to, and which users may manage models. Looked up at request time,
-- so that a change takes effect at once and not when a token is refreshed.

create table public.ai_user_roles (
  user_id uuid primary key references auth.users (id) on delete cascade,
  assistant_type text not null,
  created_at timestamptz not null default now()
    constraint ai_user_roles_created_at_finite check (isfinite(created_at))
);
comment on table public.ai_user_roles is
  'The assistant of each user. A user without a row is a patient and talks to `health`.';
comment on column public.ai_user_roles.assistant_type is
  '`health` patient, `clinical` medical provider, `operations` facility admin, `platform` system admin, who may also manage models.';

create index ai_user_roles_assistant_type_idx on public.ai_user_roles (assistant_type);

revoke all on public.ai_user_roles from public, anon, authenticated, service_role;
alter table public.ai_user_roles enable row level security;

create policy ai_user_roles_select_own on public.ai_user_roles
  for select to authenticated
  using (user_id = (select auth.uid()));
comment on policy ai_user_roles_select_own on public.ai_user_roles is
  'A user sees their own role.';

grant select (user_id, assistant_type, created_at) on public.ai_user_roles to authenticated;
grant select, insert, update, delete on public.ai_user_roles to service_role;

-- An access token says who signed in, for up to an hour, whatever became of the user since. What
-- changes something asks here. Auth itself does not look at a ban when it is asked about a token.
create function switchboard.is_signed_in(
  of_user_id uuid,
  of_session_id uuid,
  session_required boolean default false
)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if not exists (
    select from auth.users as u
    where u.id = of_user_id and u.deleted_at is null
      and (u.banned_until is null or u.banned_until <= now())
  ) then
    return false;
  end if;
  -- The oldest Auth servers keep no sessions, so their tokens name none.
  if to_regclass('auth.sessions') is null then
    return true;
  end if;
  if of_session_id is null then
    return not session_required;
  end if;
  return exists (
    select from auth.sessions as s
    where s.id = of_session_id and s.user_id = of_user_id
      and (s.not_after is null or s.not_after > now()));
end;
$$;
comment on function switchboard.is_signed_in(uuid, uuid, boolean) is
  'Whether a user exists and is not banned, and the session of their token has not ended. A token without a session was not issued by Auth but signed with a key of the project; it passes unless session_required. Definer, because the users and sessions of Auth are its owner''s to read.';
revoke execute on function switchboard.is_signed_in(uuid, uuid, boolean)
  from public, anon, authenticated;
grant execute on function switchboard.is_signed_in(uuid, uuid, boolean) to service_role;

create function switchboard.email_of(of_user_id uuid)
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select u.email::text from auth.users as u where u.id = of_user_id and u.deleted_at is null;
$$;
comment on function switchboard.email_of(uuid) is
  'The address of a user as it is now, for operators, who know people by it; null without one. Definer, because the users of Auth are its owner''s to read.';
revoke execute on function switchboard.email_of(uuid) from public, anon, authenticated;
grant execute on function switchboard.email_of(uuid) to service_role;

create function switchboard.ids_of_email(address text)
returns uuid[]
language sql
stable
security definer
set search_path = ''
as $$
  select array(
    select u.id from auth.users as u
    where lower(u.email::text) = lower(address) and u.deleted_at is null);
$$;
comment on function switchboard.ids_of_email(text) is
  'The users who have an address: one, or several where a single sign-on brought more. Definer, as switchboard.email_of().';
revoke execute on function switchboard.ids_of_email(text) from public, anon, authenticated;
grant execute on function switchboard.ids_of_email(text) to service_role;

create function switchboard.refuse_signed_out()
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT401',
    message = 'The user of this access token is no longer signed in.',
    detail = 'invalid_credentials',
    hint = 'Sign in again.';
end;
$$;
comment on function switchboard.refuse_signed_out() is
  'PT401 invalid_credentials for a user whom switchboard.is_signed_in() does not find.';
revoke execute on function switchboard.refuse_signed_out() from public, anon, authenticated;
grant execute on function switchboard.refuse_signed_out() to service_role;

create function switchboard.session_of_token()
returns uuid
language sql
stable
set search_path = ''
as $$
  -- Auth's ids are uuids; what else a token of another issuer names is no session of Auth.
  select case
    when auth.jwt() ->> 'session_id' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    then (auth.jwt() ->> 'session_id')::uuid
  end;
$$;
comment on function switchboard.session_of_token() is
  'The session that the caller''s token names; null where it names none, or what is no uuid.';
revoke execute on function switchboard.session_of_token()
  from public, anon, authenticated, service_role;

create function switchboard.require_signed_in()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Without a user there are no rows to change.
  if auth.uid() is not null
    and not switchboard.is_signed_in(auth.uid(), switchboard.session_of_token())
  then
    perform switchboard.refuse_signed_out();
  end if;
  return null;
end;
$$;
comment on function switchboard.require_signed_in() is
  'Trigger, for statements of users: PT401 invalid_credentials for one who is not signed in any more. Definer, since users cannot read whether anyone is.';
revoke execute on function switchboard.require_signed_in()
  from public, anon, authenticated, service_role;

create function switchboard.is_platform_user()
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from public.ai_user_roles as ur
    where ur.user_id = (select auth.uid()) and ur.assistant_type = 'platform'
  );
$$;
comment on function switchboard.is_platform_user() is
  'Whether the signed-in user is a platform admin. Runs as the caller, who may read their own role.';
revoke execute on function switchboard.is_platform_user() from public, anon;
grant execute on function switchboard.is_platform_user() to authenticated, service_role;

create function public.user_may_manage_models(p_user_id uuid)
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from public.ai_user_roles as ur
    where ur.user_id = p_user_id and ur.assistant_type = 'platform'
  );
$$;
comment on function public.user_may_manage_models(uuid) is
  'Whether a user is a platform admin, for the functions, which verified the user''s token themselves.';
revoke execute on function public.user_may_manage_models(uuid) from public, anon, authenticated;
grant execute on function public.user_may_manage_models(uuid) to service_role;
