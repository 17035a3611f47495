-- A user reads their own role, and cannot give themselves another.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(6);

insert into auth.users (id, email)
values
  ('00000000-0000-4000-c000-000000000001', 'one@pgtap.example'),
  ('00000000-0000-4000-c000-000000000002', 'two@pgtap.example');
insert into public.ai_assistants (assistant_type, name) values ('pgtap', 'pgTAP');
insert into public.ai_user_roles (user_id, assistant_type)
values
  ('00000000-0000-4000-c000-000000000001', 'pgtap'),
  ('00000000-0000-4000-c000-000000000002', 'pgtap');

set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000001"}';
select results_eq(
  $$select user_id::text from public.ai_user_roles$$,
  $$values ('00000000-0000-4000-c000-000000000001')$$, 'a user sees only their role');
select throws_ok(
  $$update public.ai_user_roles set assistant_type = 'platform'$$, '42501', null,
  'a user cannot change their role');
select throws_ok(
  $$delete from public.ai_user_roles$$, '42501', null, 'a user cannot remove their role');
select throws_ok(
  $$insert into public.ai_user_roles (user_id, assistant_type)
    values ('00000000-0000-4000-c000-000000000001', 'platform')$$, '42501', null,
  'a user cannot become a platform admin');
select throws_ok(
  $$select public.set_user_role('one@pgtap.example', 'platform')$$, '42501', null,
  'a user cannot have a role set');
reset role;
select throws_ok(
  $$select public.set_user_role('one@pgtap.example', 'platform')$$, 'PT409', null,
  'a role needs a confirmed address');

select * from finish();
rollback;
