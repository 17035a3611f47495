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
