-- The schema that Supabase's documentation recommends for what the API must not expose.
create schema private;
comment on schema private is 'The app''s internals.';
grant usage on schema private to authenticated;

-- Roles are the server's, and other databases of it may have made this one.
do $$
begin
  if not exists (select from pg_roles where rolname = 'reporting') then
    create role reporting nologin;
  end if;
end;
$$;
grant reporting to postgres;
comment on role reporting is 'Reads the app''s tables for its reports.';
