-- What a hosted project has before the first migration, as far as migrations, policies and the
-- CLI's checks can tell. Run once by a superuser in an empty database.
--
-- Two things are on purpose as in real life rather than as would be convenient: `postgres`, who
-- runs the migrations, is no superuser; and new tables and functions of `public` are granted to
-- everyone, as in projects made before 2026-05-30. So whatever a migration forgets to revoke
-- shows up in the tests.

do $roles$
declare
  role_name text;
begin
  -- Roles are shared by all databases of a server, so they may be there already.
  foreach role_name in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I nologin noinherit', role_name);
    end if;
  end loop;
  alter role service_role bypassrls;
  if not exists (select from pg_roles where rolname = 'postgres') then
    create role postgres;
  end if;
  alter role postgres login nosuperuser createdb createrole replication bypassrls
    password 'postgres';
  if not exists (select from pg_roles where rolname = 'authenticator') then
    create role authenticator login noinherit password 'postgres';
  end if;
  if not exists (select from pg_roles where rolname = 'supabase_auth_admin') then
    create role supabase_auth_admin login noinherit createrole password 'postgres';
  end if;
  grant anon, authenticated, service_role to authenticator;
  grant anon, authenticated, service_role to postgres with admin option;

  execute format('alter database %I owner to postgres', current_database());
  -- Tells the CLI's advisors which schemas the API exposes.
  execute format('alter database %I set "pgrst.db_schemas" to %L', current_database(), 'public');
end;
$roles$;

create schema extensions;
grant usage on schema extensions to public;
create extension pgcrypto with schema extensions;

create schema auth authorization supabase_auth_admin;
grant usage on schema auth to postgres, anon, authenticated, service_role;

create table auth.users (
  id uuid primary key,
  aud text,
  role text,
  email text,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_anonymous boolean not null default false,
  created_at timestamptz,
  updated_at timestamptz
);
alter table auth.users owner to supabase_auth_admin;
alter table auth.users enable row level security;
grant all on auth.users to postgres;

-- Claims as PostgREST sets them: one JSON setting, or one setting per claim as formerly.
create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), ''))::jsonb
$$;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
$$;
grant execute on all functions in schema auth to postgres, anon, authenticated, service_role;

grant usage on schema public to postgres, anon, authenticated, service_role;
grant create on schema public to postgres;
alter default privileges for role postgres in schema public
  grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  grant all on sequences to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  grant all on functions to anon, authenticated, service_role;
