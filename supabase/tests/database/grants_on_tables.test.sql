-- What the API's roles may do with the switchboard's tables.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(9);

create temporary table held on commit drop as
select t.name as table_name, r.name as role_name, p.name as privilege
from unnest(array[
  'ai_alert_rules', 'ai_alerts',
  'ai_api_keys', 'ai_assistants', 'ai_change_proposals', 'ai_conversations', 'ai_erasures',
  'ai_evaluations', 'ai_latency_buckets', 'ai_latency_days', 'ai_legal_holds', 'ai_limits',
  'ai_messages', 'ai_rollout_verdicts', 'ai_rollouts', 'ai_usage',
  'ai_usage_days', 'ai_user_roles', 'bedrock_models', 'model_prices', 'model_probes',
  'model_switch_signatures', 'model_switches', 'registry_settings', 'registry_version']) as t (name)
cross join unnest(array['anon', 'authenticated', 'service_role']) as r (name)
cross join unnest(array[
  'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as p (name)
where has_table_privilege(r.name, format('public.%I', t.name), p.name)
  or p.name in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
    and has_any_column_privilege(r.name, format('public.%I', t.name), p.name);

select is_empty(
  $$select * from held where role_name = 'anon'$$,
  'anon may do nothing with any table');
select results_eq(
  $$select table_name, privilege from held
    where role_name = 'authenticated' and privilege <> 'SELECT' order by privilege$$,
  $$values ('ai_conversations', 'DELETE'), ('ai_conversations', 'UPDATE')$$,
  'authenticated may only read, and delete and rename conversations');
select results_eq(
  $$select a.attname from pg_attribute as a
    where a.attrelid = 'public.ai_conversations'::regclass and a.attnum > 0
      and not a.attisdropped
      and has_column_privilege('authenticated', a.attrelid, a.attnum, 'UPDATE')$$,
  $$values ('title'::name)$$,
  'authenticated may change nothing of a conversation but its title');
select is_empty(
  $$select * from held where privilege in ('TRUNCATE', 'REFERENCES', 'TRIGGER')$$,
  'no role may truncate a table or attach to it');
select is_empty(
  $$select * from held where role_name = 'service_role' and privilege <> 'SELECT'
    and table_name in ('ai_alert_rules', 'ai_alerts', 'ai_api_keys', 'ai_change_proposals',
      'ai_erasures', 'ai_rollout_verdicts', 'ai_rollouts', 'model_switch_signatures', 'model_switches', 'model_prices', 'registry_version')$$,
  'service_role may not write alerts, API keys, proposals, receipts, rollouts, the audit log and its signatures, the prices or the version');
select is_empty(
  $$select r.name from unnest(array['anon', 'authenticated', 'service_role']) as r (name)
    where has_column_privilege(r.name, 'public.ai_api_keys', 'key_hash', 'SELECT')$$,
  'no role may read the digest of a key');
select is_empty(
  $$select r.name from unnest(array['anon', 'authenticated', 'service_role']) as r (name)
    where has_table_privilege(r.name, 'switchboard.ledger_hash_key', 'SELECT')$$,
  'no role may read the key of the ledger''s hashes');
select is_empty(
  $$select * from held where role_name = 'service_role' and privilege <> 'SELECT'
    and table_name in ('ai_conversations', 'ai_messages', 'ai_usage', 'ai_usage_days',
      'ai_latency_days', 'ai_latency_buckets', 'model_probes', 'ai_evaluations')$$,
  'service_role may not write conversations, messages, the ledger, past days, probes or evaluations');
select is(
  has_any_column_privilege('service_role', 'public.ai_usage', 'UPDATE')
    or has_table_privilege('service_role', 'public.ai_usage', 'DELETE'),
  false, 'service_role may not change the ledger');

select * from finish();
rollback;
