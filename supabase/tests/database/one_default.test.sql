-- Exactly one model is the default, and it is available.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(5);

insert into public.bedrock_models (
  model_id, model_name, provider, format, geographies, max_tokens, context_window, is_available)
select m.id, m.id, 'pgTAP', 'converse', rs.allowed_geographies[1:1], 1000, 2000, true
from unnest(array['pgtap.one', 'pgtap.two']) as m (id)
cross join public.registry_settings as rs;

update public.bedrock_models set is_default = true where model_id = 'pgtap.one';
update public.bedrock_models set is_default = true where model_id = 'pgtap.two';
select results_eq(
  $$select model_id from public.bedrock_models where is_default$$, $$values ('pgtap.two')$$,
  'the model that becomes the default takes the flag from the former one');
select throws_ok(
  $$update public.bedrock_models set is_default = true where model_id like 'pgtap.%'$$,
  '23505', null, 'one statement cannot make two models the default');
select throws_ok(
  $$update public.bedrock_models set is_available = false where model_id = 'pgtap.two'$$,
  '23514', null, 'the default cannot be made unavailable');
select lives_ok(
  $$set constraints all immediate$$, 'the constraints that are checked at commit hold');
set constraints all deferred;
update public.bedrock_models set is_available = false, is_default = false;
select throws_ok(
  $$set constraints all immediate$$, 'PT409', null, 'one model must stay available');

select * from finish();
rollback;
