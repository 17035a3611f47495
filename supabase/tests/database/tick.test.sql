-- The tick does each step, records it, and is run and read by the roles that may.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(6);

set local role service_role;
select is(public.tick() -> 'ran', 'true', 'the tick runs');
select is_empty(
  $$select s ->> 'step', s ->> 'last_error'
    from jsonb_array_elements(public.tick_status() -> 'steps') as s
    where s ->> 'last_error' is not null$$,
  'without an error');
select is(public.tick_status() -> 'is_late', 'false', 'and is not late');
select throws_ok(
  $$delete from switchboard.tick_steps$$, '42501', null, 'service_role writes no step');
select throws_ok(
  $$select public.end_tick_step('watch')$$, 'PT400', 'watch is not an HTTP step of the tick.',
  'nor says that a step of the database has ended');
reset role;
set local role authenticated;
select is_empty($$select step from switchboard.tick_steps$$, 'users see no step');

select * from finish();
rollback;
