-- A key is known by its digest, ends at once, and every change of it is recorded without the digest.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(10);

set local role service_role;
select public.create_api_key(jsonb_build_object(
  'name', 'pgTAP', 'prefix', 'bsk_pgtap1', 'digest', encode(sha256('pgtap'), 'hex')));
select is(
  public.begin_call(jsonb_build_object('surface', 'openai', 'caller', jsonb_build_object(
    'kind', 'api-key', 'digest', encode(sha256('pgtap'), 'hex')))) -> 'refused',
  null, 'a key begins a call');
select throws_ok(
  $$update public.ai_api_keys set revoked_at = null$$, '42501', null,
  'service_role writes no key');
select public.rotate_api_key(
  (public.list_api_keys() #>> '{api_keys,0,id}')::uuid, encode(sha256('next'), 'hex'), 'bsk_pgtap2',
  p_grace_hours => 1);
select is(
  public.begin_call(jsonb_build_object('surface', 'openai', 'caller', jsonb_build_object(
    'kind', 'api-key', 'digest', encode(sha256('next'), 'hex')))) -> 'refused',
  null, 'so does the one that takes its place');
select results_eq(
  $$select k ->> 'prefix', k ->> 'expires_at', (k ->> 'grace_ends_at')::timestamptz > now()
    from jsonb_array_elements(public.list_api_keys() -> 'api_keys') as k order by 1$$,
  $$values ('bsk_pgtap1', null, true), ('bsk_pgtap2', null, null)$$,
  'and only the former has a time of grace');
reset role;
update public.ai_api_keys set revoked_at = now() where prefix = 'bsk_pgtap1';
select throws_ok(
  $$update public.ai_api_keys set revoked_at = null where prefix = 'bsk_pgtap1'$$, '42501',
  'The API key bsk_pgtap1… is revoked, and a revoked key stays revoked.',
  'no role revives a key that is revoked');
select throws_ok(
  $$update public.ai_api_keys set key_hash = sha256('another') where prefix = 'bsk_pgtap1'$$, '42501',
  'The digest and the prefix of the API key bsk_pgtap1… do not change.',
  'nor gives its row to another key');
set local role service_role;
select is(
  public.begin_call(jsonb_build_object('surface', 'openai', 'caller', jsonb_build_object(
    'kind', 'api-key', 'digest', encode(sha256('pgtap'), 'hex')))) #>> '{refused,why}',
  'revoked', 'one that is revoked in SQL begins none');
select is(
  public.begin_call(jsonb_build_object('surface', 'openai', 'caller', jsonb_build_object(
    'kind', 'api-key', 'digest', encode(sha256('another'), 'hex')))) #>> '{refused,why}',
  'unknown', 'nor does one that is not stored');
reset role;
select results_eq(
  $$select action from public.model_switches
    where coalesce(row_after, row_before) ->> 'prefix' = 'bsk_pgtap1' order by id$$,
  $$values ('create-api-key'), ('update'), ('revoke-api-key')$$, 'its changes are in the audit log');
select is_empty(
  $$select id from public.model_switches
    where table_name = 'ai_api_keys' and (row_before ? 'key_hash' or row_after ? 'key_hash')$$,
  'without its digest');

select * from finish();
rollback;
