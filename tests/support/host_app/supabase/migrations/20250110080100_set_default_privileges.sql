alter default privileges in schema public grant select on tables to reporting;
alter default privileges in schema public revoke all on tables from anon;
-- Careless, and seen: later migrations must not rely on default privileges being unset.
alter default privileges grant all on tables to public;
alter default privileges grant usage on sequences to public;
alter default privileges in schema private grant execute on functions to authenticated;
alter default privileges revoke execute on functions from public;
alter default privileges in schema public
  grant execute on functions to anon, authenticated, service_role;
alter default privileges grant usage on schemas to reporting;
