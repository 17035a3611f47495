-- The roles and schemas that a hosted project has before its first migration, with the
-- privileges of a project of today: only its owner has privileges on a new object in `public`.
-- Run by supabase_admin at each start; every statement may be repeated.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'postgres') then
    -- Not a superuser, as on a hosted project, but the owner of everything in `public`.
    create role postgres login createdb createrole replication bypassrls password 'postgres';
    create role anon nologin noinherit;
    create role authenticated nologin noinherit;
    create role service_role nologin noinherit bypassrls;
    create role authenticator login noinherit password 'postgres';
    create role supabase_auth_admin login noinherit createrole password 'postgres';
    create role dashboard_user nologin createdb createrole replication;
  end if;
end;
$$;

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role, authenticator, supabase_auth_admin to postgres
  with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres with admin option;

-- PostgREST applies these to the requests of each role; so does the embedded API.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';

alter database postgres owner to postgres;
alter database postgres set search_path = "$user", public, extensions;
alter database postgres set "pgrst.db_schemas" = 'public';

grant usage on schema public to postgres, anon, authenticated, service_role;

-- The tables of the Storage server, as far as its clients, policies and migrations know them.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'supabase_storage_admin') then
    create role supabase_storage_admin login noinherit createrole password 'postgres';
  end if;
end;
$$;
-- On a hosted project an extension of the server's lets postgres make policies on these tables.
grant supabase_storage_admin to postgres;
create schema if not exists storage authorization supabase_storage_admin;
grant usage on schema storage to postgres, anon, authenticated, service_role;
create table if not exists storage.buckets (
  id text primary key,
  name text not null unique,
  owner uuid,
  owner_id text,
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table if not exists storage.objects (
  id uuid primary key default gen_random_uuid(),
  bucket_id text references storage.buckets (id),
  name text,
  owner uuid,
  owner_id text,
  metadata jsonb,
  user_metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  unique (bucket_id, name)
);
create or replace function storage.foldername(name text)
returns text[]
language plpgsql
immutable
as $$
declare
  parts constant text[] := string_to_array(name, '/');
begin
  return parts[1:array_length(parts, 1) - 1];
end
$$;
create or replace function storage.filename(name text)
returns text
language plpgsql
immutable
as $$
declare
  parts constant text[] := string_to_array(name, '/');
begin
  return parts[array_length(parts, 1)];
end
$$;
create or replace function storage.extension(name text)
returns text
language plpgsql
immutable
as $$
begin
  return reverse(split_part(reverse(storage.filename(name)), '.', 1));
end
$$;
alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
alter function storage.foldername(text) owner to supabase_storage_admin;
alter function storage.filename(text) owner to supabase_storage_admin;
alter function storage.extension(text) owner to supabase_storage_admin;
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.buckets, storage.objects to postgres, anon, authenticated, service_role;

create schema if not exists extensions;
grant all on schema extensions to postgres with grant option;
grant usage on schema extensions to anon, authenticated, service_role;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
grant execute on all functions in schema extensions to anon, authenticated, service_role;
