-- Assistants keep conversations for good, or for so many days after their last turn.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(9);

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
update public.ai_messages
set created_at = now() - interval '9 days', begun_at = now() - interval '9 days'
where conversation_id = '00000000-0000-4000-d000-000000000001';

select is(
  (select keep_days from public.ai_assistants where assistant_type = 'pgtap'), null,
  'an assistant that says nothing keeps conversations for good');
select throws_ok(
  $$update public.ai_assistants set keep_days = 0 where assistant_type = 'pgtap'$$, '23514', null,
  'no assistant keeps them for less than a day');
set local role service_role;
select throws_ok(
  $$select public.set_retention('pgtap', 0)$$, 'PT400', null, 'nor can service_role set that');
select throws_ok(
  $$select public.set_retention('pgtap-unknown', 1)$$, 'PT404', null,
  'an assistant must be there');
select is(
  public.set_retention('pgtap', 5) -> 'former_keep_days', '{"pgtap": null}',
  'service_role sets the days of an assistant');
reset role;
update switchboard.tick_steps set last_ran_at = '2000-01-01' where step = 'sweep-retention';
select public.tick();
select public.continue_erasures();
select results_eq(
  $$select id::text from public.ai_conversations where title = 'pgTAP title'$$,
  $$values ('00000000-0000-4000-d000-000000000002')$$,
  'the tick erases what had its last turn before, and nothing else');
select public.continue_erasures();
select results_eq(
  $$select kind, user_hash, status, conversations, messages from public.ai_erasures
    where assistant_type = 'pgtap'$$,
  $$values ('retention', null::text, 'done', 1, 1)$$, 'with one receipt, of no user');
set local role authenticated;
select throws_ok(
  $$select public.set_retention('pgtap', 1)$$, '42501', null, 'users set no days');
select throws_ok(
  $$select public.continue_erasures()$$, '42501', null, 'and continue no erasures');
reset role;

select * from finish();
rollback;
