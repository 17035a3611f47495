-- No model that leaves the allowed geographies can be enabled.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(3);

insert into public.bedrock_models (
  model_id, model_name, provider, format, geographies, max_tokens, context_window, is_available)
select m.id, m.id, 'pgTAP', 'converse', rs.allowed_geographies[1:1], 1000, 2000, true
from unnest(array['pgtap.one', 'pgtap.two']) as m (id)
cross join public.registry_settings as rs;

update public.bedrock_models set is_available = false where model_id = 'pgtap.one';
update public.registry_settings set allowed_geographies = '{eu}';
update public.bedrock_models set geographies = '{cn}' where model_id = 'pgtap.one';
select throws_ok(
  $$update public.bedrock_models set is_available = true where model_id = 'pgtap.one'$$,
  'PT409', null, 'a model elsewhere cannot be enabled');
update public.bedrock_models set geographies = null where model_id = 'pgtap.one';
select throws_ok(
  $$update public.bedrock_models set is_available = true where model_id = 'pgtap.one'$$,
  'PT409', null, 'nor can a model in an unknown place');
update public.bedrock_models set geographies = '{eu}' where model_id = 'pgtap.one';
select lives_ok(
  $$update public.bedrock_models set is_available = true where model_id = 'pgtap.one'$$,
  'a model within them can');

select * from finish();
rollback;
