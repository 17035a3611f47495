-- What the API's roles may call.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(9);

create temporary table callable on commit drop as
select p.oid::regprocedure::text as function_name, n.nspname as in_schema, r.name as role_name,
  p.prosecdef as is_definer
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
cross join unnest(array['anon', 'authenticated', 'service_role']) as r (name)
where (n.nspname = 'switchboard' or n.nspname = 'public' and p.proname in (
    'acknowledge_alert', 'apply_catalog_changes', 'assign_model', 'attach_evaluation',
    'begin_call', 'begin_chat_turn', 'begin_tick_step', 'claim_alert_delivery',
    'claim_erasure_objects', 'complete_call', 'complete_chat_turn', 'continue_erasures',
    'create_api_key', 'create_assistant', 'disable_model', 'discard_alert_deliveries',
    'enable_model', 'end_rollout', 'end_tick_step', 'erase_conversation', 'erase_user',
    'explain_turn', 'find_user_id', 'foresee_retirement', 'limit_status', 'list_alert_rules',
    'list_alerts', 'list_api_keys', 'list_change_proposals', 'list_erasures', 'list_evaluations',
    'list_legal_holds', 'list_lifecycle', 'list_limits', 'list_rollouts', 'missing_evaluations',
    'propose_change', 'raise_hold', 'read_evidence', 'read_registry', 'record_alert_delivery',
    'record_aws_list', 'record_data_retention', 'record_erased_objects', 'record_export',
    'record_model_end', 'record_model_probe', 'record_trial', 'reject_change', 'release_holds',
    'remove_legal_hold', 'remove_limit', 'retire_model', 'revoke_api_key', 'roll_back_switches',
    'rotate_api_key', 'schedule_tick', 'set_alert_rule', 'set_assistant', 'set_default_model',
    'set_legal_hold', 'set_limit', 'set_model_aliases', 'set_model_price',
    'set_provider_retention', 'set_registry_settings', 'set_retention', 'set_rollout_share',
    'set_user_role', 'start_rollout', 'tick', 'tick_status', 'unschedule_tick', 'verify_limits',
    'verify_verdict'))
  and has_function_privilege(r.name, p.oid, 'EXECUTE');

select is_empty(
  $$select * from callable where role_name = 'anon'$$, 'anon may call nothing');
select is_empty(
  $$select * from callable where role_name = 'authenticated' and in_schema = 'public'$$,
  'authenticated may call none of the functions that read or write the registry, alerts, keys, limits, people''s data, turns and calls');
select is_empty(
  $$select * from callable where is_definer and role_name <> 'service_role'$$,
  'no user may call a function that runs with its owner''s rights');
select isnt_empty(
  $$select * from callable where role_name = 'service_role' and function_name ~ 'begin_chat_turn'$$,
  'service_role may begin a turn');

select is_empty(
  $$select * from callable
    where function_name ~ '\.(require_present_user|begin_conversation|move_conversation|store_|enter_|keyed_hash)'$$,
  'no role may call the steps of a turn or a call');

select is_empty(
  $$select * from callable
    where function_name ~ '^switchboard\..*(eras|enqueue_|windows_of_user|paths_in_use|keep_turn|held|_hold\()'
      and function_name !~ 'describe_hold'$$,
  'no role may call the steps of an erasure');

select is_empty(
  $$select * from callable where function_name ~ 'schedule_tick'$$,
  'no role may schedule the tick');

select is_empty(
  $$select p.proname, r.name from pg_proc as p
    cross join unnest(array['anon', 'authenticated', 'service_role']) as r (name)
    where p.pronamespace = 'public'::regnamespace and p.proname in ('approve_change', 'sign_switch')
      and has_function_privilege(r.name, p.oid, 'EXECUTE') <> (r.name = 'authenticated')$$,
  'users approve and sign with tokens of their own; no key does');

select is_empty(
  $$select * from callable
    where function_name ~ '\.(guard_protected|judge_|apply_|call_proposed|require_second_person)'$$,
  'no role may call what guards protected assistants, or what applies a proposal');

select * from finish();
rollback;
