-- Only platform admins read the log, the settings and the ledger.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(5);

insert into auth.users (id, email)
values
  ('00000000-0000-4000-c000-000000000001', 'one@pgtap.example'),
  ('00000000-0000-4000-c000-000000000002', 'two@pgtap.example');
insert into public.bedrock_models (
  model_id, model_name, provider, format, geographies, max_tokens, context_window, is_available)
select m.id, m.id, 'pgTAP', 'converse', rs.allowed_geographies[1:1], 1000, 2000, true
from unnest(array['pgtap.one', 'pgtap.two']) as m (id)
cross join public.registry_settings as rs;
update public.bedrock_models set is_available = false where model_id = 'pgtap.two';
insert into public.ai_assistants (assistant_type, name)
values ('platform', 'Platform') on conflict (assistant_type) do nothing;
insert into public.ai_user_roles (user_id, assistant_type)
values ('00000000-0000-4000-c000-000000000002', 'platform');

set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000001"}';
select is_empty($$select id from public.model_switches$$, 'others see no entry of the log');
select is_empty($$select id from public.registry_settings$$, 'others do not see the settings');
select results_eq(
  $$select model_id from public.bedrock_models where model_id like 'pgtap.%'$$,
  $$values ('pgtap.one')$$, 'others see available models only');
set local role authenticated;
set local request.jwt.claims =
  '{"role": "authenticated", "sub": "00000000-0000-4000-c000-000000000002"}';
select isnt_empty(
  $$select id from public.model_switches where model_id like 'pgtap.%'$$,
  'a platform admin reads the log');
select is(
  (select count(*) from public.bedrock_models where model_id like 'pgtap.%'), 2::bigint,
  'a platform admin sees every model');
reset role;

select * from finish();
rollback;
