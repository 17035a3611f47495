-- A model takes text and nothing else until its row says more, in words that the functions can read.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(4);

set local role service_role;
insert into public.bedrock_models (
  model_id, model_name, provider, format, max_tokens, context_window)
values ('pgtap', 'pgTAP', 'pgTAP', 'converse', 10, 100);
select results_eq(
  $$select capabilities from public.bedrock_models where model_id = 'pgtap'$$,
  $$values ('{"output_schema": false, "betas": [], "prefill": false, "stop_sequences": false, "count_tokens": false}'::jsonb)$$,
  'a row that says nothing takes text only');
select throws_ok(
  $$update public.bedrock_models set capabilities = capabilities || '{"videos": true}'
    where model_id = 'pgtap'$$,
  '23514', 'Model pgtap: capabilities has no key "videos".', 'an unknown capability is refused');
select lives_ok(
  $$update public.bedrock_models set capabilities = capabilities || '{"output_schema": true}'
    where model_id = 'pgtap'$$,
  'a known one is set');
reset role;
select throws_ok(
  $$update public.ai_assistants set guardrail_id = 'abc1' where assistant_type = 'platform'$$,
  '23514', null, 'a guardrail needs its version');

select * from finish();
rollback;
