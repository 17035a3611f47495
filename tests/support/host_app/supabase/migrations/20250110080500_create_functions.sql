-- Functions with privileges of every kind: for everyone, for one role, and for none.
create function public.count_messages() returns bigint
language sql stable security definer set search_path = ''
as $$ select count(*) from public.messages $$;
grant execute on function public.count_messages() to public;

create function public.touch_updated_at() returns trigger language plpgsql set search_path = ''
as $$ begin new.updated_at := now(); return new; end $$;
create trigger touch_updated_at before update on public.profiles
  for each row execute function public.touch_updated_at();

create function private.is_member(of_conversation uuid) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from public.conversations as c
    where c.id = of_conversation and c.owner_id = (select auth.uid()));
$$;
revoke execute on function private.is_member(uuid) from public;
grant execute on function private.is_member(uuid) to anon, authenticated;

create function private.purge_messages(older_than interval) returns void
language sql set search_path = ''
as $$ delete from public.messages where sent_at < now() - older_than $$;
revoke execute on function private.purge_messages(interval)
  from public, anon, authenticated, service_role;
