-- A turn in two calls: begin_chat_turn stores the question and returns all that the choice of a
-- model and the call need; complete_chat_turn stores what came of it. Both may be repeated.
-- Errors carry the switchboard's code in `detail`.

create function private.require_requested_model(wanted_model_id text, pinned_model_id text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  wanted public.bedrock_models;
begin
  if wanted_model_id = pinned_model_id then
    return;
  end if;
  if exists (
    select from public.bedrock_models as bm
    where bm.model_id = pinned_model_id and bm.serves_pinned and bm.lifecycle <> 'retired'
      and cardinality(private.places_not_allowed(bm)) = 0
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('The conversation is pinned to %s.', pinned_model_id),
      detail = 'conversation_pinned',
      hint = 'Leave model_id out, or begin a new conversation.';
  end if;
  select * into wanted from public.bedrock_models as bm where bm.model_id = wanted_model_id;
  if wanted.lifecycle = 'retired' then
    perform private.require_not_retired(wanted);
  end if;
  if wanted.is_available then
    perform private.require_allowed_geographies(wanted);
  end if;
  if not coalesce(wanted.is_available, false) then
    raise exception using
      errcode = case when wanted.id is null then 'PT404' else 'PT409' end,
      message = case when wanted.id is null
        then format('There is no model %s.', wanted_model_id)
        else format('%s is not available.', wanted_model_id) end,
      detail = case when wanted.id is null then 'model_not_found' else 'model_not_available' end,
      hint = 'Available: ' || coalesce((
        select string_agg(bm.model_id, ', ' order by bm.priority, bm.model_id)
        from public.bedrock_models as bm
        where bm.is_available and bm.lifecycle <> 'retired'
          and cardinality(private.places_not_allowed(bm)) = 0), 'none');
  end if;
end;
$$;
comment on function private.require_requested_model(text, text) is
  'Refuses a model that a request names but cannot have: PT409 conversation_pinned, model_not_available, model_retired, model_outside_geographies; PT404 model_not_found.';
revoke execute on function private.require_requested_model(text, text)
  from public, anon, authenticated;
grant execute on function private.require_requested_model(text, text) to service_role;

create function private.describe_answer(answer public.ai_messages)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select to_jsonb(answer) - array['seq', 'role', 'begun_at', 'attempt', 'request_id'] || jsonb_build_object(
    'model_name', coalesce(
      (select bm.model_name from public.bedrock_models as bm where bm.model_id = answer.model_used),
      answer.model_used));
$$;
comment on function private.describe_answer(public.ai_messages) is
  'An answer with its figures and its model''s present name, as the turn functions return it.';
revoke execute on function private.describe_answer(public.ai_messages)
  from public, anon, authenticated;
grant execute on function private.describe_answer(public.ai_messages) to service_role;

create function private.recent_history(
  of_conversation_id uuid,
  before_seq integer,
  most_turns integer,
  most_characters integer
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with recent as (
    select
      a.seq,
      sum(length(q.content) + length(a.content)) over (order by a.seq desc) as characters
    from (
      select m.conversation_id, m.seq, m.content
      from public.ai_messages as m
      where m.conversation_id = of_conversation_id
        and m.seq < before_seq
        and m.role = 'assistant'
        and m.status in ('complete', 'partial')
      order by m.seq desc
      limit most_turns
    ) as a
    join public.ai_messages as q
      on q.conversation_id = a.conversation_id and q.seq = a.seq - 1
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'role', m.role, 'content', m.content, 'blocks', m.blocks, 'model_used', m.model_used)
      order by m.seq),
    '[]')
  from recent as r
  join public.ai_messages as m
    on m.conversation_id = of_conversation_id and m.seq in (r.seq - 1, r.seq)
  where r.characters <= most_characters;
$$;
comment on function private.recent_history(uuid, integer, integer, integer) is
  'The last turns that have an answer, oldest first: questions and answers, no failed turn, within both bounds. Reads no more rows than the bound, however long the conversation.';
revoke execute on function private.recent_history(uuid, integer, integer, integer)
  from public, anon, authenticated;
grant execute on function private.recent_history(uuid, integer, integer, integer) to service_role;

create function private.fail_abandoned_turns(stale_after_ms integer)
returns void
language sql
set search_path = ''
as $$
  -- Rows that somebody holds are not abandoned, and are not waited for.
  update public.ai_messages as m
  set status = 'failed', error_code = 'turn_abandoned'
  where m.id in (
    select p.id
    from public.ai_messages as p
    where p.role = 'user'
      and p.status = 'pending'
      and p.begun_at < now() - stale_after_ms * interval '1 millisecond'
    order by p.begun_at
    limit 20
    for update skip locked);
$$;
comment on function private.fail_abandoned_turns(integer) is
  'Marks turns as failed whose instance ended before they did. Each new turn does it for some, so that none stays pending; such a turn can be taken up again.';
revoke execute on function private.fail_abandoned_turns(integer) from public, anon, authenticated;
grant execute on function private.fail_abandoned_turns(integer) to service_role;

create function public.begin_chat_turn(
  p_user_id uuid,
  p_request_id uuid,
  p_message text,
  p_conversation_id uuid default null,
  p_model_id text default null,
  p_use_case text default null,
  p_history_turns integer default 50,
  p_history_characters integer default 400000,
  p_stale_after_ms integer default 120000
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  conversation public.ai_conversations;
  question public.ai_messages;
  answer public.ai_messages;
  assistant public.ai_assistants;
  wanted_assistant_type text;
begin
  -- The same request twice at once: the second waits here and then finds the first.
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(p_user_id::text || ' ' || p_request_id::text, 0));

  select m.* into question
  from public.ai_messages as m
  join public.ai_conversations as c on c.id = m.conversation_id
  where m.request_id = p_request_id and m.role = 'user' and c.user_id = p_user_id;

  if found then
    -- Read again under the conversation's lock: its answer may be being stored at this moment.
    perform from public.ai_conversations as c where c.id = question.conversation_id for update;
    select * into question from public.ai_messages as m where m.id = question.id;
    if question.content <> p_message
      or (p_conversation_id is not null and p_conversation_id <> question.conversation_id)
    then
      raise exception using
        errcode = 'PT409',
        message = 'This request_id began another turn, with another message.',
        detail = 'request_id_reused',
        hint = 'Send a new request_id with every new message.';
    end if;
    if question.status = 'pending'
      and question.begun_at > now() - p_stale_after_ms * interval '1 millisecond'
    then
      raise exception using
        errcode = 'PT409',
        message = 'The turn that this request_id began is still running.',
        detail = 'turn_in_progress',
        hint = 'Ask again with the same request_id in a few seconds.';
    end if;
    p_conversation_id := question.conversation_id;
  end if;

  if p_conversation_id is not null then
    -- Locked until commit: two turns at once take their seq one after the other.
    select * into conversation
    from public.ai_conversations as c
    where c.id = p_conversation_id and c.user_id = p_user_id
    for update;
    if not found then
      raise exception using
        errcode = 'PT404',
        message = 'There is no such conversation of yours.',
        detail = 'conversation_not_found',
        hint = 'Leave conversation_id out to begin a new one.';
    end if;
    select * into assistant from public.ai_assistants as a where a.id = conversation.assistant_id;
  else
    wanted_assistant_type := coalesce(
      (select ur.assistant_type from public.user_roles as ur where ur.user_id = p_user_id),
      'health');
    select * into assistant
    from public.ai_assistants as a where a.assistant_type = wanted_assistant_type;
  end if;

  if question.status = 'complete' then
    select * into answer
    from public.ai_messages as m
    where m.conversation_id = conversation.id and m.seq = question.seq + 1;
    return jsonb_build_object(
      'conversation_id', conversation.id, 'answer', private.describe_answer(answer));
  end if;

  if not coalesce(assistant.is_active, false) then
    raise exception using
      errcode = 'PT409',
      message = format('The assistant %s is not active.',
        coalesce(assistant.assistant_type, wanted_assistant_type)),
      detail = 'assistant_inactive',
      hint = 'Set is_active in ai_assistants.';
  end if;
  if p_model_id is not null then
    perform private.require_requested_model(p_model_id, conversation.model_id);
  end if;

  if conversation.id is null then
    begin
      insert into public.ai_conversations (user_id, assistant_id, title, use_case)
      values (
        p_user_id, assistant.id,
        left(btrim(regexp_replace(p_message, '\s+', ' ', 'g')), 80),
        p_use_case)
      returning * into conversation;
    exception when foreign_key_violation then
      -- A token outlives its user by up to an hour.
      raise exception using
        errcode = 'PT401',
        message = 'The user of this access token no longer exists.',
        detail = 'invalid_credentials',
        hint = 'Sign in again.';
    end;
  end if;

  if question.id is null then
    insert into public.ai_messages
      (conversation_id, seq, role, content, status, request_id, begun_at, attempt)
    values (
      conversation.id,
      -- The next odd number: the even one after the last question is its answer's, come or not.
      coalesce((
        select (max(m.seq) + 1) / 2 * 2 + 1
        from public.ai_messages as m where m.conversation_id = conversation.id), 1),
      'user', p_message, 'pending', p_request_id, now(), 1)
    returning * into question;
  else
    update public.ai_messages as m
      set status = 'pending', error_code = null, begun_at = now(), attempt = m.attempt + 1
      where m.id = question.id
      returning * into question;
  end if;

  -- Last, because from here on this transaction waits for no lock: no deadlock can come of it.
  perform private.fail_abandoned_turns(p_stale_after_ms);

  return jsonb_build_object(
    'conversation_id', conversation.id,
    'question_id', question.id,
    'attempt', question.attempt,
    'assistant_type', assistant.assistant_type,
    'pinned_model_id', conversation.model_id,
    'use_case', coalesce(p_use_case, conversation.use_case),
    'history', private.recent_history(
      conversation.id, question.seq, p_history_turns, p_history_characters),
    'answered_turns', conversation.answered_turns,
    -- Read last, so that it is no older than anything else here.
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.begin_chat_turn(uuid, uuid, text, uuid, text, text, integer, integer, integer) is
  'Stores a question as pending and returns the turn''s context, or the answer of an earlier call with the same request_id. PT401 invalid_credentials; PT404 conversation_not_found, model_not_found; PT409 conversation_pinned, model_not_available, model_retired, assistant_inactive, request_id_reused, turn_in_progress. A refused turn leaves no row.';
revoke execute on function
  public.begin_chat_turn(uuid, uuid, text, uuid, text, text, integer, integer, integer)
  from public, anon, authenticated;
grant execute on function
  public.begin_chat_turn(uuid, uuid, text, uuid, text, text, integer, integer, integer) to service_role;

create function private.price_answer(
  of_model_id text,
  input_tokens integer,
  output_tokens integer,
  cache_read_tokens integer,
  cache_write_tokens integer
)
returns numeric
language sql
stable
set search_path = ''
as $$
  -- A price that is not known matters only where tokens were used at it: then the cost is unknown.
  -- Multiplied, not divided: exact to the last digit.
  select (
    case when input_tokens = 0 then 0 else input_tokens * bm.input_cost_per_mtok end
    + case when output_tokens = 0 then 0 else output_tokens * bm.output_cost_per_mtok end
    + case when cache_read_tokens = 0 then 0
      else cache_read_tokens * bm.cache_read_cost_per_mtok end
    + case when cache_write_tokens = 0 then 0
      else cache_write_tokens * bm.cache_write_cost_per_mtok end
    ) * 0.000001
  from public.bedrock_models as bm
  where bm.model_id = of_model_id;
$$;
comment on function private.price_answer(text, integer, integer, integer, integer) is
  'USD for these tokens at the model''s present prices; null where a price or the count is not known.';
revoke execute on function private.price_answer(text, integer, integer, integer, integer)
  from public, anon, authenticated;
grant execute on function private.price_answer(text, integer, integer, integer, integer)
  to service_role;

create function public.complete_chat_turn(
  p_question_id uuid,
  p_status text,
  p_attempt integer default null,
  p_answer_id uuid default null,
  p_content text default '',
  p_blocks text default null,
  p_model_used text default null,
  p_requested_model text default null,
  p_fallback_code text default null,
  p_pinned_model_id text default null,
  p_moves_pin boolean default true,
  p_reason text default null,
  p_registry_version bigint default null,
  p_input_tokens integer default null,
  p_output_tokens integer default null,
  p_cache_read_tokens integer default null,
  p_cache_write_tokens integer default null,
  p_response_time_ms integer default null,
  p_time_to_first_token_ms integer default null,
  p_stop_reason text default null,
  p_error_code text default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  question public.ai_messages;
  answer public.ai_messages;
begin
  if p_status not in ('complete', 'partial', 'failed') then
    raise exception using
      errcode = '22023', message = format('A turn cannot end as %s.', p_status);
  end if;

  -- The conversation first, as in begin_chat_turn, so that the two never wait for each other.
  perform from public.ai_conversations as c
  join public.ai_messages as m on m.conversation_id = c.id
  where m.id = p_question_id and m.role = 'user'
  for update of c;
  if not found then
    raise exception using
      errcode = 'PT404', message = 'There is no such turn.', detail = 'conversation_not_found';
  end if;

  select * into question from public.ai_messages as m where m.id = p_question_id;
  select * into answer
  from public.ai_messages as m
  where m.conversation_id = question.conversation_id and m.seq = question.seq + 1;
  if question.status = 'complete' then
    -- Ended before, by an earlier try of this call or by whoever took the turn up again: what is
    -- stored stays.
    return private.describe_answer(answer);
  end if;
  if p_status = 'failed' and p_attempt < question.attempt then
    -- The turn has been taken up again since; its outcome is no longer this attempt's to tell.
    return null;
  end if;

  insert into public.ai_messages as m (
    id, conversation_id, seq, role, content, blocks, status, model_used, requested_model,
    fallback_code, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
    response_time_ms, time_to_first_token_ms, stop_reason, error_code, registry_version, reason,
    request_id)
  values (
    coalesce(p_answer_id, gen_random_uuid()), question.conversation_id, question.seq + 1,
    'assistant', p_content, p_blocks::jsonb, p_status, p_model_used, p_requested_model,
    p_fallback_code, p_input_tokens, p_output_tokens, p_cache_read_tokens, p_cache_write_tokens,
    private.price_answer(p_model_used, p_input_tokens, p_output_tokens,
      p_cache_read_tokens, p_cache_write_tokens),
    p_response_time_ms, p_time_to_first_token_ms, p_stop_reason, p_error_code,
    p_registry_version, p_reason, question.request_id)
  on conflict on constraint ai_messages_conversation_id_seq_key do update set
    id = excluded.id, content = excluded.content, blocks = excluded.blocks,
    status = excluded.status, model_used = excluded.model_used,
    requested_model = excluded.requested_model, fallback_code = excluded.fallback_code,
    input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, cache_read_tokens = excluded.cache_read_tokens,
    cache_write_tokens = excluded.cache_write_tokens, cost_usd = excluded.cost_usd,
    response_time_ms = excluded.response_time_ms,
    time_to_first_token_ms = excluded.time_to_first_token_ms,
    stop_reason = excluded.stop_reason, error_code = excluded.error_code,
    registry_version = excluded.registry_version, reason = excluded.reason,
    created_at = excluded.created_at
  returning * into answer;

  update public.ai_messages as m
    set
      status = case when p_status = 'failed' then 'failed' else 'complete' end,
      error_code = p_error_code
    where m.id = question.id;

  -- The first answer pins. A turn that had to leave its pin for good moves it, unless another turn
  -- already has; p_pinned_model_id is the pin that the choice was made under.
  update public.ai_conversations as c
    set
      model_id = case
        when p_status <> 'failed' and c.model_id is not distinct from p_pinned_model_id
          and (c.model_id is null or p_moves_pin)
          and exists (select from public.bedrock_models as bm where bm.model_id = p_model_used)
        then p_model_used
        else c.model_id
      end,
      answered_turns = c.answered_turns + (p_status <> 'failed')::integer,
      updated_at = now()
    where c.id = question.conversation_id;

  return private.describe_answer(answer);
end;
$$;
comment on function public.complete_chat_turn(
  uuid, text, integer, uuid, text, text, text, text, text, text, boolean, text, bigint, integer,
  integer, integer, integer, integer, integer, text, text) is
  'Ends a turn: stores the answer (complete or partial) or the failure with its figures and cost, and pins the conversation. Returns what is stored; of an ended turn, what was stored before; null for a failure of an attempt that another has superseded.';
revoke execute on function public.complete_chat_turn(
  uuid, text, integer, uuid, text, text, text, text, text, text, boolean, text, bigint, integer,
  integer, integer, integer, integer, integer, text, text) from public, anon, authenticated;
grant execute on function public.complete_chat_turn(
  uuid, text, integer, uuid, text, text, text, text, text, text, boolean, text, bigint, integer,
  integer, integer, integer, integer, integer, text, text) to service_role;
