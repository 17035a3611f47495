-- Users see the active assistants, but never their prompts.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(3);

insert into public.ai_assistants (assistant_type, name, system_prompt, is_active)
values ('pgtap', 'pgTAP', 'The prompt.', true), ('pgtap-off', 'pgTAP', '', false);

set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000001"}';
select results_eq(
  $$select assistant_type from public.ai_assistants where assistant_type like 'pgtap%'$$,
  $$values ('pgtap')$$, 'users see active assistants only');
select throws_ok(
  $$select system_prompt from public.ai_assistants$$, '42501', null, 'users cannot read prompts');
select throws_ok(
  $$update public.ai_assistants set name = 'Mine'$$, '42501', null,
  'users cannot change assistants');
reset role;

select * from finish();
rollback;
