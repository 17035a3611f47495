-- Row-level security is on, and each policy names whom it binds.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(3);

select is_empty(
  $$select c.relname from pg_class as c
    where c.relnamespace = 'public'::regnamespace and not c.relrowsecurity and c.relname in (
  'ai_alert_rules', 'ai_alerts',
  'ai_api_keys', 'ai_assistants', 'ai_change_proposals', 'ai_conversations', 'ai_erasures',
  'ai_evaluations', 'ai_latency_buckets', 'ai_latency_days', 'ai_legal_holds', 'ai_limits',
  'ai_messages', 'ai_rollout_verdicts', 'ai_rollouts', 'ai_usage',
  'ai_usage_days', 'ai_user_roles', 'bedrock_models', 'model_prices', 'model_probes',
  'model_switch_signatures', 'model_switches', 'registry_settings', 'registry_version')$$,
  'every table has row-level security');
select is_empty(
  $$select p.tablename, p.policyname from pg_policies as p
    where p.schemaname = 'public' and (p.roles <> '{authenticated}' or p.cmd <> 'SELECT')
      and p.policyname not in ('ai_conversations_update_own', 'ai_conversations_delete_own')
      and p.tablename in (
  'ai_alert_rules', 'ai_alerts',
  'ai_api_keys', 'ai_assistants', 'ai_change_proposals', 'ai_conversations', 'ai_erasures',
  'ai_evaluations', 'ai_latency_buckets', 'ai_latency_days', 'ai_legal_holds', 'ai_limits',
  'ai_messages', 'ai_rollout_verdicts', 'ai_rollouts', 'ai_usage',
  'ai_usage_days', 'ai_user_roles', 'bedrock_models', 'model_prices', 'model_probes',
  'model_switch_signatures', 'model_switches', 'registry_settings', 'registry_version')$$,
  'every other policy lets authenticated read, and nothing else');
select results_eq(
  $$select p.policyname, p.roles, p.cmd from pg_policies as p
    where p.schemaname = 'public' and p.tablename = 'ai_conversations' and p.cmd <> 'SELECT'
    order by p.cmd$$,
  $$values
    ('ai_conversations_delete_own'::name, '{authenticated}'::name[], 'DELETE'),
    ('ai_conversations_update_own', '{authenticated}', 'UPDATE')$$,
  'two policies let users delete and rename conversations');

select * from finish();
rollback;
