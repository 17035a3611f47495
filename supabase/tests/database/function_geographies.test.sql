-- Turns and calls of functions outside the settings' geographies are refused before a row is stored.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(10);

insert into auth.users (id, email)
values
  ('00000000-0000-4000-c000-000000000001', 'one@pgtap.example'),
  ('00000000-0000-4000-c000-000000000002', 'two@pgtap.example');
insert into public.ai_assistants (assistant_type, name) values ('pgtap', 'pgTAP');
insert into public.ai_user_roles (user_id, assistant_type)
values ('00000000-0000-4000-c000-000000000001', 'pgtap');
create function pg_temp.begin_turn(region text)
returns jsonb
language sql
as $$
  select public.begin_chat_turn(jsonb_build_object(
    'user_id', '00000000-0000-4000-c000-000000000001', 'request_id', gen_random_uuid(),
    'message', 'A question in ' || coalesce(region, 'nowhere'), 'function_region', region));
$$;
create function pg_temp.begin_call(region text)
returns jsonb
language sql
as $$
  select public.begin_call(jsonb_build_object(
    'surface', 'openai', 'caller', '{"kind": "service"}'::jsonb, 'function_region', region));
$$;
grant execute on function pg_temp.begin_turn(text), pg_temp.begin_call(text) to service_role;

select throws_ok(
  $$update public.registry_settings set function_geographies = '{mars}'$$, '23514', null,
  'a geography is one that is known');
select throws_ok(
  $$update public.registry_settings set function_geographies = '{}'$$, '23514', null,
  'and there is at least one');
update public.registry_settings set function_geographies = '{eu}';
set local role service_role;
select throws_ok(
  $$select pg_temp.begin_turn('us-east-1')$$, 'PT403',
  'The function runs in us-east-1; allowed is eu only.', 'a turn elsewhere is refused');
select throws_ok(
  $$select pg_temp.begin_turn(null)$$, 'PT403', null, 'so is one in an unknown place');
select throws_ok(
  $$select pg_temp.begin_call('us-east-1')$$, 'PT403', null, 'so is a call');
select lives_ok($$select pg_temp.begin_turn('eu-central-1')$$, 'a turn within them begins');
select lives_ok($$select pg_temp.begin_call('eu-central-1')$$, 'so does a call');
reset role;
select results_eq(
  $$select m.content from public.ai_messages as m
    join public.ai_conversations as c on c.id = m.conversation_id
    where c.user_id = '00000000-0000-4000-c000-000000000001'$$,
  $$values ('A question in eu-central-1')$$, 'of what was refused no word is stored');
update public.registry_settings set function_geographies = null;
select lives_ok($$select pg_temp.begin_turn('us-east-1')$$, 'without the setting any place will do');
set local role authenticated;
select throws_ok(
  $$update public.registry_settings set function_geographies = null$$, '42501', null,
  'users do not set it');
reset role;

select * from finish();
rollback;
