alter default privileges in schema public grant select on tables to reporting;
alter default privileges in schema public revoke all on tables from anon;
alter default privileges in schema private grant execute on functions to authenticated;
alter default privileges revoke execute on functions from public;
alter default privileges grant usage on schemas to reporting;
