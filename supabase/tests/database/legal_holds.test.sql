-- A legal hold keeps the words of a user from everybody's removal until it is gone.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(16);

update public.registry_settings set require_person = false;
insert into auth.users (id, email)
values
  ('00000000-0000-4000-c000-000000000001', 'one@pgtap.example'),
  ('00000000-0000-4000-c000-000000000002', 'two@pgtap.example');
insert into public.ai_assistants (assistant_type, name) values ('pgtap', 'pgTAP');
insert into public.ai_conversations (id, user_id, assistant_id, title)
select ('00000000-0000-4000-d000-00000000000' || n)::uuid,
  ('00000000-0000-4000-c000-00000000000' || n)::uuid, a.id, 'pgTAP title'
from generate_series(1, 2) as n cross join public.ai_assistants as a
where a.assistant_type = 'pgtap';
insert into public.ai_messages (conversation_id, seq, role, content, status, begun_at, attempt)
select c.id, 1, 'user', 'A question.', 'complete', now(), 1
from public.ai_conversations as c join public.ai_assistants as a on a.id = c.assistant_id
where a.assistant_type = 'pgtap';
update public.ai_conversations set created_at = now() - interval '9 days'
where title = 'pgTAP title';
update public.ai_messages as m
set created_at = m.created_at - interval '9 days', begun_at = m.begun_at - interval '9 days'
from public.ai_conversations as c
where c.id = m.conversation_id and c.title = 'pgTAP title';

set local role service_role;
select throws_ok(
  $$select public.set_legal_hold('00000000-0000-4000-c000-000000000001')$$, 'PT400', null,
  'a hold needs a reason');
select throws_ok(
  $$select public.set_legal_hold('00000000-0000-4000-c000-000000000001', '2000-01-01',
    p_reason => 'pgTAP')$$, 'PT400', null, 'and an end that is to come');
select is(
  public.set_legal_hold('00000000-0000-4000-c000-000000000001', p_reason => 'pgTAP holds.')
    #>> '{hold,in_force}',
  'true', 'service_role sets a hold');
select throws_ok(
  $$select public.erase_user('00000000-0000-4000-c000-000000000001')$$, 'PT409',
  'A legal hold keeps the conversations of this user. Nothing was erased.',
  'operators cannot erase the user');
select throws_ok(
  $$select public.erase_conversation('00000000-0000-4000-d000-000000000001')$$, 'PT409', null,
  'nor a conversation');
reset role;
set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000001"}';
select throws_ok(
  $$delete from public.ai_conversations$$, 'PT409', null, 'the user cannot delete their own');
select is_empty($$select id from public.ai_legal_holds$$, 'and does not see the hold');
select throws_ok(
  $$delete from public.ai_legal_holds$$, '42501', null, 'nor remove it');
reset role;
set local request.jwt.claims = '';
select throws_ok(
  $$delete from public.ai_messages
    where conversation_id = '00000000-0000-4000-d000-000000000001'$$,
  'PT409', null, 'the owner cannot delete messages');
select throws_ok(
  $$delete from auth.users where id = '00000000-0000-4000-c000-000000000001'$$, null, null,
  'Auth cannot delete the account');
update public.ai_assistants set keep_days = 1 where assistant_type = 'pgtap';
update switchboard.tick_steps set last_ran_at = '2000-01-01' where step = 'sweep-retention';
select lives_ok($$select public.tick()$$, 'the tick runs');
select lives_ok($$select public.continue_erasures()$$, 'and its erasures go on');
select results_eq(
  $$select user_id::text from public.ai_conversations where title = 'pgTAP title'$$,
  $$values ('00000000-0000-4000-c000-000000000001')$$,
  'the retention of the assistant takes only what is under no hold');
select results_eq(
  $$select action, row_after ->> 'reason' from public.model_switches
    where table_name = 'ai_legal_holds' order by id desc limit 1$$,
  $$values ('set-legal-hold', 'pgTAP holds.')$$, 'the hold is in the audit log');

-- Its last day is over.
update public.ai_legal_holds set until = (now() at time zone 'UTC')::date - 1;
set local role service_role;
select lives_ok(
  $$select public.erase_user('00000000-0000-4000-c000-000000000001')$$,
  'a hold that has ended keeps nothing');
select lives_ok(
  $$select public.remove_legal_hold('00000000-0000-4000-c000-000000000001')$$,
  'service_role removes a hold');
reset role;

select * from finish();
rollback;
