-- The four demo users, password `switchboard`. They exist only in the embedded stack, so they are
-- no part of the seed. Run by supabase_admin at each start: who was deleted comes back, what was
-- changed (a password, a role) stays.

with demo (id, email) as (
  values
    ('00000000-0000-4000-8000-000000000001'::uuid, 'patient@example.com'),
    ('00000000-0000-4000-8000-000000000002'::uuid, 'clinician@example.com'),
    ('00000000-0000-4000-8000-000000000003'::uuid, 'facility@example.com'),
    ('00000000-0000-4000-8000-000000000004'::uuid, 'admin@example.com')
), users as (
  insert into auth.users
    (id, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
  select
    id, email, extensions.crypt('switchboard', extensions.gen_salt('bf')), now(),
    '{"provider": "email", "providers": ["email"]}', '{}'
  from demo
  on conflict do nothing
  returning id, email
)
insert into auth.identities (id, provider, provider_id, user_id, identity_data)
select
  gen_random_uuid(), 'email', id::text, id,
  jsonb_build_object('sub', id, 'email', email, 'email_verified', true, 'phone_verified', false)
from users
on conflict do nothing;
