-- Evaluations: written by their function alone, and required before a model changes.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(5);

insert into public.ai_assistants (assistant_type, name, requires_evaluation)
values ('pgtap-evaluated', 'pgTAP', true);
insert into public.bedrock_models (
  model_id, model_name, provider, format, geographies, provider_retention, max_tokens,
  context_window, is_available)
select
  'pgtap.candidate', 'pgTAP', 'pgTAP', 'converse', rs.allowed_geographies[1:1], 'none', 100, 1000,
  true
from public.registry_settings as rs;

set local role service_role;
select throws_ok(
  $$update public.ai_assistants set model_version = 'pgtap.candidate'
    where assistant_type = 'pgtap-evaluated'$$,
  'PT409', null, 'a model without an evaluation is refused');
select throws_ok(
  $$insert into public.ai_evaluations (model_id) values ('pgtap.candidate')$$,
  '42501', null, 'service_role may not write an evaluation');
select lives_ok(
  $$select public.attach_evaluation('pgtap.candidate', 'pgtap-evaluated', jsonb_build_object(
      'result_hash', encode(sha256('pgtap'), 'hex'), 'promptfoo_version', '0.123.1',
      'passed', 1, 'failed', 0, 'errors', 0, 'score', 1,
      'ran_at', clock_timestamp(), 'ended_at', clock_timestamp()))$$,
  'an evaluation is attached');
select lives_ok(
  $$update public.ai_assistants set model_version = 'pgtap.candidate'
    where assistant_type = 'pgtap-evaluated'$$,
  'a model that passed its evaluation is taken');
select is(
  (select count(*) from public.ai_evaluations where assistant_type = 'pgtap-evaluated'), 1::bigint,
  'the evaluation is on record once');

select * from finish();
rollback;
