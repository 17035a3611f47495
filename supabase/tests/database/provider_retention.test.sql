-- No assistant gets a model whose provider keeps traffic, or might, unless its row allows it.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(13);

update public.registry_settings set require_person = false, allow_provider_retention = false;
insert into public.bedrock_models (
  model_id, model_name, provider, format, geographies, provider_retention, max_tokens,
  context_window, is_available)
select m.id, m.id, 'pgTAP', 'converse', rs.allowed_geographies[1:1], m.retention, 1000, 2000, true
from (values
  ('pgtap.none', 'none'), ('pgtap.flagged', 'flagged_30_days'), ('pgtap.all', 'all_30_days'),
  ('pgtap.unsaid', null)) as m (id, retention)
cross join public.registry_settings as rs;
insert into public.ai_assistants (assistant_type, name, model_version)
values ('pgtap', 'pgTAP', 'pgtap.none');

select is(
  (select provider_retention from public.bedrock_models where model_id = 'pgtap.unsaid'), 'unknown',
  'a row that says nothing, of a provider that published nothing, is unknown');
select throws_ok(
  $$update public.bedrock_models set provider_retention = 'some' where model_id = 'pgtap.none'$$,
  '23514', null, 'a provider keeps nothing, some of two kinds, or it is not known');
select is(
  (select allow_provider_retention from public.ai_assistants where assistant_type = 'pgtap'), false,
  'an assistant that says nothing allows none');

set local role service_role;
select throws_ok(
  format('update public.ai_assistants set model_version = %L where assistant_type = ''pgtap''', id),
  'PT409', null, 'the assistant cannot get ' || id)
from unnest(array['pgtap.flagged', 'pgtap.all', 'pgtap.unsaid']) as id;
select throws_ok(
  $$update public.ai_assistants set fallback_models = '{pgtap.all}'
    where assistant_type = 'pgtap'$$, 'PT409', null, 'nor fall back to one');
select throws_ok(
  $$select public.assign_model('pgtap', 'pgtap.all')$$, 'PT409', null, 'nor be assigned one');
select lives_ok(
  $$select public.set_provider_retention('pgtap.none', 'all_30_days', 'https://pgtap.example/',
    '2026-01-01')$$, 'what a provider keeps may become more, as it is a fact');
reset role;
select is(
  switchboard.is_kept_from(bm, a), true, 'and then the model is kept from who has it')
from public.bedrock_models as bm cross join public.ai_assistants as a
where bm.model_id = 'pgtap.none' and a.assistant_type = 'pgtap';
update public.ai_assistants set allow_provider_retention = true where assistant_type = 'pgtap';
select lives_ok(
  $$update public.ai_assistants set model_version = 'pgtap.all' where assistant_type = 'pgtap'$$,
  'an assistant that allows it gets such a model');
select throws_ok(
  $$update public.ai_assistants set allow_provider_retention = false
    where assistant_type = 'pgtap'$$, 'PT409', null, 'and cannot forbid it while it has one');
set local role authenticated;
select throws_ok(
  $$select public.set_provider_retention('pgtap.all', 'none', 'https://pgtap.example/',
    '2026-01-01')$$, '42501', null, 'users set nothing of it');
reset role;

select * from finish();
rollback;
