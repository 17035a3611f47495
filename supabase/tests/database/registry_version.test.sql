-- Every change of the registry raises its version.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(4);

create temporary table seen on commit drop as select version from public.registry_version;
create function pg_temp.has_risen() returns boolean language sql as $$
  with risen as (
    update seen set version = rv.version from public.registry_version as rv
    where rv.version > seen.version returning 1
  )
  select exists (select from risen);
$$;

insert into public.bedrock_models (
  model_id, model_name, provider, format, geographies, max_tokens, context_window, is_available)
select m.id, m.id, 'pgTAP', 'converse', rs.allowed_geographies[1:1], 1000, 2000, true
from unnest(array['pgtap.one', 'pgtap.two']) as m (id)
cross join public.registry_settings as rs;
select ok(pg_temp.has_risen(), 'a new model raises it');
update public.bedrock_models set priority = priority + 1 where model_id = 'pgtap.one';
select ok(pg_temp.has_risen(), 'a changed model raises it');
update public.bedrock_models set priority = priority where model_id = 'pgtap.one';
select ok(not pg_temp.has_risen(), 'an update that changes nothing does not');
select throws_ok(
  $$delete from public.registry_version$$, '42501', null, 'its row cannot be removed');

select * from finish();
rollback;
