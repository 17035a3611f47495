-- Prices that are set ahead hold from their moment on, and no role writes the periods by hand.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(4);

insert into public.bedrock_models (
  model_id, model_name, provider, format, max_tokens, context_window, input_cost_per_mtok)
values ('pgtap', 'pgTAP', 'pgTAP', 'converse', 10, 100, 1);

set local role service_role;
select throws_ok(
  $$insert into public.model_prices (model_id, valid_from) values ('pgtap', now())$$, '42501', null,
  'a secret key cannot write periods');
select throws_ok(
  $$select public.set_model_price('pgtap', '{"input_cost_per_mtok": 2}', now() - interval '1 day')$$,
  'PT400', null, 'prices do not begin in the past');
select public.set_model_price('pgtap', '{"input_cost_per_mtok": 2}', now() + interval '1 day');
select results_eq(
  $$select p ->> 'state', (p ->> 'input_cost_per_mtok')::numeric
    from jsonb_array_elements(public.list_model_prices('pgtap')) as p$$,
  $$values ('scheduled', 2::numeric), ('current', 1::numeric)$$,
  'a scheduled price follows the present one');
reset role;
update public.bedrock_models set input_cost_per_mtok = 3 where model_id = 'pgtap';
select results_eq(
  $$select p ->> 'state', (p ->> 'input_cost_per_mtok')::numeric
    from jsonb_array_elements(public.list_model_prices('pgtap')) as p
    where p ->> 'state' <> 'past'$$,
  $$values ('scheduled', 2::numeric), ('current', 3::numeric)$$,
  'a price that is changed in SQL leaves the scheduled one alone');

select * from finish();
rollback;
