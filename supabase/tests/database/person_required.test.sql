-- Where a person is required, a secret key alone changes nothing that is audited.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(9);

insert into auth.users (id, email)
values
  ('00000000-0000-4000-c000-000000000001', 'one@pgtap.example'),
  ('00000000-0000-4000-c000-000000000002', 'two@pgtap.example');
insert into public.ai_assistants (assistant_type, name) values ('pgtap', 'pgTAP');
insert into public.ai_legal_holds (user_id, until, reason)
values ('00000000-0000-4000-c000-000000000002', '2000-01-01', 'pgTAP');
update public.registry_settings set require_person = true;

set local role service_role;
select throws_ok(
  $$update public.ai_assistants set name = 'Other' where assistant_type = 'pgtap'$$,
  'PT403', 'A secret key cannot change this without a person.',
  'service_role alone changes no assistant');
select throws_ok(
  $$select public.set_retention('pgtap', 5, p_actor_key_name => 'pgTAP')$$, 'PT403', null,
  'nor does a key that has a name');
select throws_ok(
  $$select public.erase_user('00000000-0000-4000-c000-000000000001')$$, 'PT403', null,
  'nor does it erase a user');
select throws_ok(
  $$update public.registry_settings set require_person = false$$, 'PT403', null,
  'nor end the requirement');
select lives_ok($$select public.continue_erasures()$$, 'what was asked for goes on');
select lives_ok(
  $$select public.set_retention('pgtap', 5,
    p_actor_user_id => '00000000-0000-4000-c000-000000000001')$$,
  'a user whom it names may change');
reset role;
select results_eq(
  $$select actor_user_id::text, actor_proven from public.model_switches
    where assistant_type = 'pgtap' order by id desc limit 1$$,
  $$values ('00000000-0000-4000-c000-000000000001', false)$$,
  'but stands in the audit log as claimed');
select lives_ok(
  $$update public.ai_assistants set name = 'Other' where assistant_type = 'pgtap'$$,
  'the owner, in SQL, is a person by role');
select results_eq(
  $$select session_role from public.model_switches
    where assistant_type = 'pgtap' order by id desc limit 1$$,
  $$select session_user::text collate "default"$$, 'and is named by its login');

select * from finish();
rollback;
