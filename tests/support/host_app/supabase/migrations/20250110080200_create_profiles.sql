create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null default '',
  updated_at timestamptz not null default now()
);
comment on table public.profiles is 'One row per user.';
alter table public.profiles enable row level security;
create policy "Profiles are visible to everyone" on public.profiles for select using (true);
create policy "Users change their own profile" on public.profiles for update
  using ((select auth.uid()) = id) with check ((select auth.uid()) = id);
grant select (id, display_name) on public.profiles to anon;

create function private.handle_new_user() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.profiles (id) values (new.id);
  return new;
end;
$$;
create trigger on_auth_user_created after insert on auth.users
  for each row execute function private.handle_new_user();
