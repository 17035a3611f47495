-- The ledger keeps every figure: no row changes or goes.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(8);

insert into auth.users (id, email)
values
  ('00000000-0000-4000-c000-000000000001', 'one@pgtap.example'),
  ('00000000-0000-4000-c000-000000000002', 'two@pgtap.example');
insert into public.ai_usage (
  question_id, attempt, conversation_id, assistant_type, status, begun_at, ended_at,
  begins_conversation)
values (
  '00000000-0000-4000-e000-000000000001', 1, '00000000-0000-4000-d000-000000000001', 'pgtap',
  'complete', now(), now(), true);

select throws_ok(
  $$update public.ai_usage set status = 'failed' where assistant_type = 'pgtap'$$, '42501', null,
  'rows cannot be changed');
select throws_ok(
  $$delete from public.ai_usage where assistant_type = 'pgtap'$$, '42501', null,
  'rows cannot be deleted');
select throws_ok($$truncate public.ai_usage$$, '42501', null, 'the ledger cannot be truncated');
select throws_ok(
  $$insert into public.ai_usage (
      question_id, attempt, conversation_id, assistant_type, purpose, status, begun_at, ended_at,
      begins_conversation)
    values (gen_random_uuid(), 1, gen_random_uuid(), 'pgtap', 'trial', 'complete', now(), now(),
      false)$$,
  '23514', null, 'a trial has no conversation');
set local role service_role;
select public.record_trial(jsonb_build_object(
  'id', '00000000-0000-4000-e000-000000000002', 'assistant_type', 'pgtap',
  'run', jsonb_build_object('status', 'complete', 'model_id', 'pgtap')));
reset role;
select results_eq(
  $$select purpose, conversation_id from public.ai_usage
    where question_id = '00000000-0000-4000-e000-000000000002'$$,
  $$values ('trial', null::uuid)$$, 'a trial is told from turns');
select throws_ok(
  $$insert into public.ai_usage (
      question_id, attempt, conversation_id, assistant_type, purpose, status, begun_at, ended_at,
      begins_conversation)
    values (gen_random_uuid(), 1, null, 'pgtap', 'call', 'complete', now(), now(), false)$$,
  '23514', null, 'a call came in by an endpoint of its own');
set local role service_role;
select public.complete_call(jsonb_build_object(
  'id', '00000000-0000-4000-e000-000000000003', 'surface', 'openai', 'begun_at', now(),
  'run', jsonb_build_object('status', 'complete', 'model_id', 'pgtap')));
reset role;
select results_eq(
  $$select purpose, surface, assistant_type from public.ai_usage
    where question_id = '00000000-0000-4000-e000-000000000003'$$,
  $$values ('call', 'openai', null::text)$$, 'a call may be with no assistant');
set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000001"}';
select is_empty(
  $$select id from public.ai_usage where assistant_type = 'pgtap'$$,
  'a user who is no platform admin reads no row');
reset role;

select * from finish();
rollback;
