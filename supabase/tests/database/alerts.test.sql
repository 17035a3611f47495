-- A rule finds a model without a price, one alert is open of it, and its event goes to one caller.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(8);

-- Only this rule, so that nothing of the project is in the way.
update public.ai_alert_rules set is_active = kind = 'price_unknown';
delete from public.ai_alerts;
insert into public.ai_usage (
  question_id, attempt, model_id, purpose, surface, status, reason, input_tokens, output_tokens,
  begun_at, ended_at, begins_conversation)
values (
  gen_random_uuid(), 1, 'pgtap.unpriced', 'call', 'openai', 'complete', 'default', 1, 1, now(), now(),
  false);
select switchboard.watch();
select switchboard.watch();
select results_eq(
  $$select kind, subject from public.ai_alerts where closed_at is null and subject = 'pgtap.unpriced'$$,
  $$values ('price_unknown', 'pgtap.unpriced')$$, 'one alert is open, however often it is found');
select throws_ok(
  $$insert into public.ai_alerts (kind, subject, summary)
    values ('price_unknown', 'pgtap.unpriced', 'twice')$$,
  '23505', null, 'nor can another be written');
select throws_ok(
  $$update public.ai_alert_rules set close_at = open_at + 1 where kind = 'limit_near'$$,
  '23514', null, 'an alert closes below where it opens');
select throws_ok(
  $$delete from public.ai_alert_rules$$, '42501', null, 'a rule is switched off, not deleted');

set local role service_role;
select throws_ok(
  $$update public.ai_alerts set closed_at = now()$$, '42501', null, 'service_role writes no alerts');
select is(
  public.claim_alert_delivery() #>> '{payload,subject}', 'pgtap.unpriced', 'its event is claimed');
select is(public.claim_alert_delivery(), null, 'once');
select is(
  public.acknowledge_alert(
    (public.list_alerts(true) #>> '{alerts,0,id}')::uuid, p_actor_key_name => 'pgtap')
    #>> '{alert,acknowledged_by}',
  'pgtap', 'who acknowledges it is named');

select * from finish();
rollback;
