-- The four demo users of a local stack, password `switchboard`, with their roles; the patient needs
-- none. And a bucket of Storage for their files. The registry's first rows stand in a migration,
-- since a hosted project is never seeded.
--
-- One of them is an admin with a known password, who must never reach a hosted project. So this
-- inserts nothing unless the database proves that it is a local stack's: by the setting that
-- `deno task dev` makes (local/database/local_stack.sql), or by the JWT secret that all local stacks
-- of the Supabase CLI share.
--
-- May be run again: a demo user who was deleted comes back, and what was changed (a password, a
-- role) stays.

do $$
declare
  is_local_stack constant boolean := coalesce(
    current_setting('switchboard.local_stack', true) = 'true', false)
    or coalesce(current_setting('app.settings.jwt_secret', true)
      = 'super-secret-jwt-token-with-at-least-32-characters-long', false);
begin
  if not is_local_stack then
    raise notice 'No demo users: nothing proves that this is the database of a local stack.';
    return;
  end if;

  create temporary table demo_users on commit drop as
  select demo.id::uuid, demo.email, demo.assistant_type
  from (
    values
      ('00000000-0000-4000-8000-000000000001', 'patient@example.com', null),
      ('00000000-0000-4000-8000-000000000002', 'clinician@example.com', 'clinical'),
      ('00000000-0000-4000-8000-000000000003', 'facility@example.com', 'operations'),
      ('00000000-0000-4000-8000-000000000004', 'admin@example.com', 'platform')
  ) as demo (id, email, assistant_type);

  -- The Auth server reads these tokens as texts and cannot read a null.
  insert into auth.users (
    id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
    raw_user_meta_data, confirmation_token, recovery_token, email_change, email_change_token_new,
    created_at, updated_at)
  select
    d.id, 'authenticated', 'authenticated', d.email,
    extensions.crypt('switchboard', extensions.gen_salt('bf')), now(),
    '{"provider": "email", "providers": ["email"]}', '{}', '', '', '', '', now(), now()
  from demo_users as d
  where not exists (select from auth.users as u where u.id = d.id)
  on conflict do nothing;
  -- The Auth server finds only users of its one instance; the embedded one has no such column.
  if exists (
    select from pg_catalog.pg_attribute as a
    where a.attrelid = 'auth.users'::regclass and a.attname = 'instance_id'
  ) then
    execute 'update auth.users as u set instance_id = ''00000000-0000-0000-0000-000000000000''
      from demo_users as d where d.id = u.id and u.instance_id is null';
  end if;
  insert into auth.identities (
    id, provider, provider_id, user_id, identity_data, created_at, updated_at)
  select
    gen_random_uuid(), 'email', u.id::text, u.id,
    jsonb_build_object(
      'sub', u.id, 'email', u.email, 'email_verified', true, 'phone_verified', false),
    now(), now()
  from demo_users as d
  join auth.users as u on u.id = d.id
  where not exists (select from auth.identities as i where i.user_id = u.id)
  on conflict do nothing;

  insert into public.ai_user_roles (user_id, assistant_type)
  select u.id, a.assistant_type
  from demo_users as d
  join auth.users as u on u.id = d.id
  join public.ai_assistants as a on a.assistant_type = d.assistant_type
  on conflict do nothing;

  -- A bucket where each user has a folder, named by their id, for files that messages refer to.
  if to_regclass('storage.buckets') is not null then
    insert into storage.buckets (id, name, public)
    values ('attachments', 'attachments', false)
    on conflict do nothing;
    if not exists (
      select from pg_catalog.pg_policies as p
      where p.schemaname = 'storage' and p.policyname = 'attachments_own_folder'
    ) then
      create policy attachments_own_folder on storage.objects
        for all to authenticated
        using (bucket_id = 'attachments'
          and (storage.foldername(name))[1] = (select auth.uid()::text))
        with check (bucket_id = 'attachments'
          and (storage.foldername(name))[1] = (select auth.uid()::text));
    end if;
  end if;
end;
$$;
