-- Users read, rename and delete their own conversations; they write no messages.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(11);

insert into auth.users (id, email)
values
  ('00000000-0000-4000-c000-000000000001', 'one@pgtap.example'),
  ('00000000-0000-4000-c000-000000000002', 'two@pgtap.example');
insert into public.ai_assistants (assistant_type, name) values ('pgtap', 'pgTAP');
insert into public.ai_conversations (id, user_id, assistant_id)
select ('00000000-0000-4000-d000-00000000000' || n)::uuid,
  ('00000000-0000-4000-c000-00000000000' || n)::uuid, a.id
from generate_series(1, 2) as n cross join public.ai_assistants as a
where a.assistant_type = 'pgtap';
insert into public.ai_messages (conversation_id, seq, role, content, status, begun_at, attempt)
select c.id, 1, 'user', 'A question.', 'complete', now(), 1
from public.ai_conversations as c join public.ai_assistants as a on a.id = c.assistant_id
where a.assistant_type = 'pgtap';

set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000001"}';
select results_eq(
  $$select id::text from public.ai_conversations$$,
  $$values ('00000000-0000-4000-d000-000000000001')$$, 'a user sees only their conversations');
select results_eq(
  $$select conversation_id::text from public.ai_messages$$,
  $$values ('00000000-0000-4000-d000-000000000001')$$, 'a user sees only their messages');
select results_eq(
  $$update public.ai_conversations set title = 'Mine' returning id::text$$,
  $$values ('00000000-0000-4000-d000-000000000001')$$,
  'a user renames only their conversations');
select throws_ok(
  $$update public.ai_conversations set model_id = null$$, '42501', null,
  'a user cannot change the model of a conversation');
select throws_ok(
  $$insert into public.ai_messages (conversation_id, seq, role, content, status)
    values ('00000000-0000-4000-d000-000000000001', 2, 'assistant', 'Made up.', 'complete')$$,
  '42501', null, 'a user cannot write an answer');
select throws_ok(
  $$delete from public.ai_messages$$, '42501', null, 'a user cannot delete a message');
set local role anon;
set local request.jwt.claims = '{"role": "anon"}';
select throws_ok(
  $$select id from public.ai_conversations$$, '42501', null, 'anon cannot read conversations');
select throws_ok(
  $$select id from public.ai_messages$$, '42501', null, 'anon cannot read messages');
select throws_ok(
  $$update public.ai_conversations set title = 'Mine'$$, '42501', null,
  'anon cannot rename a conversation');
select throws_ok(
  $$delete from public.ai_conversations$$, '42501', null, 'anon cannot delete a conversation');

reset role;
set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000001"}';
select results_eq(
  $$delete from public.ai_conversations returning id::text$$,
  $$values ('00000000-0000-4000-d000-000000000001')$$,
  'a user deletes only their conversations');
reset role;

select * from finish();
rollback;
