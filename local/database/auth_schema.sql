-- What the embedded Auth server leaves different from a hosted project in the schema `auth` that
-- it makes: its functions read only settings that today's PostgREST no longer makes, and no role
-- may use the schema. Run by supabase_admin at each start, after the Auth server.

create or replace function auth.uid()
returns uuid
language sql
stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create or replace function auth.role()
returns text
language sql
stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

create or replace function auth.email()
returns text
language sql
stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )
$$;

create or replace function auth.jwt()
returns jsonb
language sql
stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

grant usage on schema auth to anon, authenticated, service_role;
grant all on schema auth to postgres, supabase_auth_admin, dashboard_user;
grant execute on all functions in schema auth to public, postgres, dashboard_user;
-- Migrations refer to auth.users with foreign keys and triggers.
grant all on all tables in schema auth to postgres, supabase_auth_admin, dashboard_user;
grant all on all sequences in schema auth to postgres, supabase_auth_admin, dashboard_user;
