-- The audit log records every change, and cannot be edited.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(7);

select set_config('switchboard.reason', 'pgTAP tries the log.', true);
insert into public.bedrock_models (
  model_id, model_name, provider, format, geographies, max_tokens, context_window, is_available)
select m.id, m.id, 'pgTAP', 'converse', rs.allowed_geographies[1:1], 1000, 2000, true
from unnest(array['pgtap.one', 'pgtap.two']) as m (id)
cross join public.registry_settings as rs;

select is(
  (select count(*) from public.model_switches
    where model_id like 'pgtap.%' and transaction_id = pg_current_xact_id()::text::bigint
      and action = 'create' and source = 'sql'),
  2::bigint, 'each new model is recorded');
select is(
  (select count(*) from public.model_switches
    where model_id like 'pgtap.%' and reason = 'pgTAP tries the log.'),
  2::bigint, 'each entry has the reason of its transaction');
select is(
  public.list_model_switches(p_search => 'PGTAP TRIES', p_model_id => 'pgtap.two') #>> '{0,reason}',
  'pgTAP tries the log.', 'the log is searched by reason');
select throws_ok(
  $$update public.model_switches set source = 'api' where model_id like 'pgtap.%'$$,
  '42501', null, 'entries cannot be changed');
select throws_ok(
  $$delete from public.model_switches where model_id like 'pgtap.%'$$,
  '42501', null, 'entries cannot be deleted');
select throws_ok(
  $$truncate public.model_switches$$, '42501', null, 'the log cannot be truncated');
select is(
  public.verify_model_switches() ->> 'ok', 'true', 'the log is as it was written');

select * from finish();
rollback;
