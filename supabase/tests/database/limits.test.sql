-- Who may read and write limits, what no limit can be, and that windows are no role's to write.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(10);

set local role service_role;
delete from public.ai_limits where scope = 'project' and unit = 'tokens' and period = 'minute';
select isnt(
  public.set_limit('{"scope": "project", "unit": "tokens", "period": "minute", "amount": 5}') #>> '{limit,id}',
  null, 'service_role sets a limit');
select throws_ok(
  $$insert into public.ai_limits (scope, unit, period, amount) values ('project', 'tokens', 'minute', 6)$$,
  '23505', null, 'of a scope, a unit and a period there is one');
select throws_ok(
  $$insert into public.ai_limits (scope, unit, period, amount) values ('user', 'usd', 'day', 1)$$,
  '23514', null, 'a limit of a user names the user');
select throws_ok(
  $$insert into public.ai_limits (scope, unit, amount, enforcement) values ('project', 'concurrent', 1, 'soft')$$,
  '23514', null, 'turns at once are limited hard');
select throws_ok(
  $$update public.ai_limits set amount = 'NaN'$$, '23514', null, 'an amount is a number');
select throws_ok(
  $$update public.ai_limits set time_zone = 'Mars/Olympus'$$, '22023', null,
  'a time zone is one that Postgres knows');
select throws_ok(
  $$update switchboard.limit_windows set spent = 0$$, '42501', null,
  'service_role writes no window');
reset role;
set local role authenticated;
select is_empty($$select id from public.ai_limits$$, 'users see no limit');
select throws_ok(
  $$update public.ai_limits set amount = 1$$, '42501', null, 'nor do they write one');
reset role;
set local role anon;
select throws_ok($$select id from public.ai_limits$$, '42501', null, 'anon cannot read them at all');

select * from finish();
rollback;
