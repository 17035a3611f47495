-- A protected assistant changes only with a second person.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(6);

insert into auth.users (id, email)
values ('00000000-0000-4000-c000-000000000002', 'two@pgtap.example');
insert into public.bedrock_models (
  model_id, model_name, provider, format, geographies, provider_retention, max_tokens,
  context_window, is_available)
select m.id, m.id, 'pgTAP', 'converse', rs.allowed_geographies[1:1], 'none', 1000, 2000, true
from unnest(array['pgtap.one', 'pgtap.two']) as m (id)
cross join public.registry_settings as rs;
insert into public.ai_assistants (assistant_type, name, model_version, is_protected)
values ('pgtap', 'pgTAP', 'pgtap.one', true);

set local role service_role;
select throws_ok(
  $$update public.ai_assistants set model_version = 'pgtap.two' where assistant_type = 'pgtap'$$,
  'PT409', null, 'service_role cannot change its model');
select throws_ok(
  $$update public.ai_assistants set is_protected = false where assistant_type = 'pgtap'$$,
  'PT409', null, 'service_role cannot end its protection');
select lives_ok(
  $$select public.propose_change(
    '{"action": "set-assistant-model", "assistant_type": "pgtap", "model_id": "pgtap.two"}')$$,
  'service_role proposes');
select throws_ok(
  $$select public.approve_change((select max(id) from public.ai_change_proposals))$$,
  '42501', null, 'service_role approves nothing');
set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000002"}';
select is_empty($$select id from public.ai_change_proposals$$, 'others see no proposal');
reset role;
update public.ai_assistants set model_version = 'pgtap.two' where assistant_type = 'pgtap';
select results_eq(
  $$select approval from public.model_switches where assistant_type = 'pgtap' order by id desc limit 1$$,
  $$values ('unapproved')$$, 'what the owner changes is marked');

select * from finish();
rollback;
