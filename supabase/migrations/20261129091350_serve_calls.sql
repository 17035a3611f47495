-- A call of the endpoints `openai` and `anthropic` in two calls: begin_call() verifies its caller and
-- returns what the choice of a model needs; complete_call() enters it in the ledger. Its words are
-- stored nowhere, so nothing is written when it begins but the day on which a key was last used, and
-- what is held for it of limits.

create function switchboard.refusal_of_key(key public.ai_api_keys, surface text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return case
    when key.id is null then 'unknown'
    when key.revoked_at is not null then 'revoked'
    when switchboard.has_ended(key, now()) then 'expired'
    when surface <> all (key.dialects) then 'dialect'
    when exists (
      select from public.ai_assistants as a
      where a.assistant_type = key.assistant_type and not a.is_active) then 'assistant_inactive'
  end;
end;
$$;
comment on function switchboard.refusal_of_key(public.ai_api_keys, text) is
  'Why a key cannot begin a call there: `unknown`, `revoked`, `expired`, `dialect`, `assistant_inactive`; null where it can.';
revoke execute on function switchboard.refusal_of_key(public.ai_api_keys, text)
  from public, anon, authenticated, service_role;

create function switchboard.note_use_of_key(key public.ai_api_keys)
returns void
language plpgsql
set search_path = ''
as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
begin
  if key.last_used_on is distinct from today then
    -- A row that another call or an operator holds at this moment is left: no call waits for it.
    update public.ai_api_keys as k
      set last_used_on = today
      where k.id = (
        select l.id from public.ai_api_keys as l
        where l.id = key.id and l.last_used_on is distinct from today
        for update skip locked);
  end if;
end;
$$;
comment on function switchboard.note_use_of_key(public.ai_api_keys) is
  'Notes that a key was used today (in UTC), once a day.';
revoke execute on function switchboard.note_use_of_key(public.ai_api_keys)
  from public, anon, authenticated, service_role;

create function switchboard.names_model(name text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from public.bedrock_models as m where m.model_id = name or name = any (m.aliases));
end;
$$;
comment on function switchboard.names_model(text) is
  'Whether a name is a model''s id or alias; false for null.';
revoke execute on function switchboard.names_model(text)
  from public, anon, authenticated, service_role;

create function switchboard.hold_for_call(
  call jsonb,
  bound_to text,
  of_user_id uuid,
  key public.ai_api_keys
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  demand constant switchboard.run_demand := jsonb_populate_record(
    null::switchboard.run_demand, nullif(call -> 'demand', 'null'));
  -- As resolveName() in the functions, which refuse what is not to be had: a model's name, or an
  -- assistant's and after it that of a model; else the rules choose.
  of_assistant constant text[] := case
    when not switchboard.names_model(call ->> 'model')
    then regexp_match(call ->> 'model', '^assistant/([^/]*)(?:/(.*))?$') end;
  named constant text := case
    when of_assistant is null then call ->> 'model' else of_assistant[2] end;
  asked switchboard.model_choice;
  assistant public.ai_assistants;
  limits switchboard.counted_limit[];
begin
  asked.requested := case when switchboard.names_model(named) then named end;
  asked.permitted := key.models;
  -- As runCall() in the functions.
  asked.unit := coalesce(switchboard.keyed_hash('user', of_user_id::text), key.id::text, 'service')
    || ' ' || (call ->> 'unit');
  select * into assistant
  from public.ai_assistants as a
  where a.assistant_type = coalesce(bound_to, of_assistant[1]);
  limits := switchboard.limits_to_hold(demand, assistant.assistant_type, of_user_id, key.id);
  if cardinality(limits) = 0 then
    return null;
  end if;
  -- Of a call that is begun again, its own hold refuses nothing.
  perform switchboard.require_room(limits, (call ->> 'id')::uuid, null);
  return switchboard.take_holds((call ->> 'id')::uuid, limits, switchboard.needs_of(
    demand, asked, assistant, null),
    (call ->> 'stale_after_ms')::bigint);
end;
$$;
comment on function switchboard.hold_for_call(jsonb, text, uuid, public.ai_api_keys) is
  'Holds what a call may use of its limits, and returns its budget; null where there is no limit.';
revoke execute on function switchboard.hold_for_call(jsonb, text, uuid, public.ai_api_keys)
  from public, anon, authenticated, service_role;

-- A definer: only its owner may compare keys' hashes and read the key of the ledger's.
create function public.begin_call(p_call jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- First, so that the registry's version cannot be older.
  begun_xmin constant text := pg_snapshot_xmin(pg_current_snapshot())::text;
  caller constant jsonb := p_call -> 'caller';
  user_id constant uuid := (caller ->> 'user_id')::uuid;
  key public.ai_api_keys;
  refusal text;
  bound_to text;
  budget jsonb;
begin
  perform switchboard.require_function_inside(p_call ->> 'function_region');
  perform switchboard.revert_worse_rollouts();
  case caller ->> 'kind'
    when 'api-key' then
      select * into key
      from public.ai_api_keys as k
      where k.key_hash = decode(caller ->> 'digest', 'hex');
      refusal := switchboard.refusal_of_key(key, p_call ->> 'surface');
      if refusal is not null then
        return jsonb_build_object('refused', jsonb_build_object(
          'why', refusal, 'api_key_id', key.id, 'assistant_type', key.assistant_type));
      end if;
      bound_to := key.assistant_type;
    when 'user' then
      perform switchboard.require_present_user(
        jsonb_populate_record(null::switchboard.turn_request, caller));
      bound_to := (switchboard.resolve_assistant(user_id, null)).assistant_type;
    when 'service' then
      null;
    else
      raise exception using
        errcode = '22023', message = 'The caller of a call is an api-key, a user or the service.';
  end case;

  if nullif(p_call -> 'demand', 'null') is not null then
    budget := switchboard.hold_for_call(p_call, bound_to, user_id, key);
  end if;
  -- Where a limit refuses the call, nothing is written.
  if key.id is not null then
    perform switchboard.note_use_of_key(key);
  end if;

  return jsonb_build_object(
    'api_key_id', key.id,
    'assistant_type', bound_to,
    'models', key.models,
    'is_operator', case caller ->> 'kind'
      when 'service' then true
      when 'user' then public.user_may_manage_models(user_id)
      else false end,
    'user_hash', switchboard.keyed_hash('user', user_id::text),
    -- With whose label it is: two clients may name different users alike.
    'client_hash', switchboard.keyed_hash(
      'client',
      coalesce(key.id::text, user_id::text, 'service') || ' ' || (p_call ->> 'client_label')),
    'begun_at', now(),
    'begun_xmin', begun_xmin,
    'budget', budget,
    -- Read last, so that it is no older than anything else here.
    'registry_version', (select rv.version from public.registry_version as rv),
    'registry_hash', (select encode(rv.last_switch_hash, 'hex') from public.registry_version as rv));
end;
$$;
comment on function public.begin_call(jsonb) is
  'Verifies the caller of a call and returns its scope, what complete_call() is to be told, and the registry''s version. p_call: surface (`openai`, `anthropic`), caller (kind `api-key` with the SHA-256 `digest` in hexadecimal; `user` with user_id, session_id, is_anonymous; `service`), client_label, function_region; of a call that will run also id, model (as its client names it), unit (what a rollout assigns of its caller''s calls), demand (switchboard.run_demand) and stale_after_ms (what it holds lasts at least so long). For a key that cannot begin it: refused, with why. `budget`: what is held for it, null: nothing. PT401 invalid_credentials; PT403 forbidden, function_outside_geographies; PT409 assistant_inactive, price_unknown; PT429 limit_exceeded. Writes nothing but ai_api_keys.last_used_on and what is held.';
revoke execute on function public.begin_call(jsonb) from public, anon, authenticated;
grant execute on function public.begin_call(jsonb) to service_role;

-- A definer, as complete_chat_turn().
create function public.complete_call(p_end jsonb)
returns numeric
language plpgsql
security definer
set search_path = ''
as $$
declare
  begun_at constant timestamptz := (p_end ->> 'begun_at')::timestamptz;
begin
  return switchboard.enter_run(
    jsonb_build_object(
      'question_id', p_end -> 'id', 'purpose', 'call', 'surface', p_end -> 'surface',
      'assistant_type', p_end -> 'assistant_type', 'api_key_id', p_end -> 'api_key_id',
      'user_hash', p_end -> 'user_hash', 'client_hash', p_end -> 'client_hash',
      'client_retries', p_end -> 'client_retries', 'begun_at', begun_at,
      'begun_xmin', p_end -> 'begun_xmin',
      -- As in switchboard.enter_attempt().
      'ended_at', greatest(
        least(now(),
          begun_at + (p_end #>> '{run,response_time_ms}')::integer * interval '1 millisecond'),
        now() - interval '1 hour')),
    p_end -> 'run');
end;
$$;
comment on function public.complete_call(jsonb) is
  'Enters an ended call in the ledger, once, and returns its cost. p_end: id, surface, assistant_type, client_retries, run (as in record_trial()), and what begin_call() returned: api_key_id, user_hash, client_hash, begun_at, begun_xmin.';
revoke execute on function public.complete_call(jsonb) from public, anon, authenticated;
grant execute on function public.complete_call(jsonb) to service_role;
