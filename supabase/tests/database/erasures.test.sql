-- Erasing takes a user's words, no other's, and leaves a receipt that cannot be changed.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(18);

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
insert into public.ai_assistants (assistant_type, name)
values ('platform', 'Platform') on conflict (assistant_type) do nothing;
insert into public.ai_user_roles (user_id, assistant_type)
values ('00000000-0000-4000-c000-000000000002', 'platform');
create temporary table ledger on commit drop as
select count(*) as runs, sum(cost_usd) as cost from public.ai_usage;

set local role service_role;
select throws_ok(
  $$select public.erase_user('00000000-0000-4000-c000-000000000009')$$, 'PT404', null,
  'a user who is not known, and of whom nothing is stored, is not erased');
select is(
  public.erase_user('00000000-0000-4000-c000-000000000001',
    p_actor_key_name => 'pgTAP', p_reason => 'pgTAP erases.') ->> 'status',
  'running', 'service_role begins an erasure');
select results_eq(
  $$select user_id::text from public.ai_conversations where title = 'pgTAP title'$$,
  $$values ('00000000-0000-4000-c000-000000000002')$$,
  'the conversations of this user are gone, and no others');
reset role;
select is(
  (select count(*) from public.ai_messages
    where conversation_id = '00000000-0000-4000-d000-000000000001'),
  0::bigint, 'so are their messages');
select is(
  (select count(*) from public.ai_messages
    where conversation_id = '00000000-0000-4000-d000-000000000002'),
  1::bigint, 'those of others are not');
-- As the functions report it once Storage is empty; without Storage there is nothing to report.
set local role service_role;
select lives_ok(
  $$select public.record_erased_objects(coalesce((
      select jsonb_agg(jsonb_build_object('id', c ->> 'id', 'removed', 0, 'error', null))
      from jsonb_array_elements(public.claim_erasure_objects(1000)) as c
      where c ->> 'path' = '00000000-0000-4000-c000-000000000001/'), '[]'))$$,
  'service_role claims and reports objects');
select is(
  public.erase_user('00000000-0000-4000-c000-000000000001') ->> 'status', 'done',
  'asked for again, the erasure ends');
select is(
  public.erase_user('00000000-0000-4000-c000-000000000001') -> 'receipt',
  (select to_jsonb(e) from public.ai_erasures as e order by e.id desc limit 1),
  'and asked for once more, it tells the same receipt');
reset role;
select results_eq(
  $$select kind, status, conversations, messages, asked_by_key_name, database_role
    from public.ai_erasures order by id desc limit 1$$,
  $$values ('user', 'done', 1, 1, 'pgTAP', 'service_role')$$,
  'the receipt says what was erased, and for whom');
select results_eq(
  $$select action, reason, row_after ->> 'user_hash' from public.model_switches
    order by id desc limit 1$$,
  $$select 'erase', 'pgTAP erases.', e.user_hash from public.ai_erasures as e
    order by e.id desc limit 1$$,
  'the audit log has it too');
select is(
  public.verify_model_switches() ->> 'ok', 'true', 'and is as it was written');
select results_eq(
  $$select count(*), sum(cost_usd) from public.ai_usage$$, $$select * from ledger$$,
  'the ledger is as it was');
select throws_ok(
  $$update public.ai_erasures set messages = 0$$, '42501', null, 'no receipt can be changed');
select throws_ok(
  $$delete from public.ai_erasures$$, '42501', null, 'none can be deleted');
select throws_ok(
  $$truncate public.ai_erasures cascade$$, '42501', null, 'nor can all of them');

set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000001"}';
select is_empty($$select id from public.ai_erasures$$, 'users see no receipt');
select throws_ok(
  $$select public.erase_user('00000000-0000-4000-c000-000000000001')$$, '42501', null,
  'nor do they erase as operators do');
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000002"}';
select isnt_empty($$select id from public.ai_erasures$$, 'platform admins read them');

select * from finish();
rollback;
