-- Why a model answered: the facts of a turn or a call, without a word of it. The rules that led to
-- the model are the functions' (supabase/functions/_shared/switching/explain_turn.ts); the registry
-- that they were applied to is read_registry_as_of().

create function switchboard.pin_before(in_conversation_id uuid, before_seq integer)
returns text
language sql
stable
set search_path = ''
as $$
  -- As switchboard.move_pin() moves it: the first answer pins, and so does one that took the place of
  -- a pin that had ended. A model that stands in for a while leaves the pin where it is.
  select m.model_used
  from public.ai_messages as m
  where m.conversation_id = in_conversation_id
    and m.seq < before_seq
    and m.role = 'assistant'
    and m.status in ('complete', 'partial')
    and (
      m.reason is distinct from 'fallback'
      or m.fallback_code in (
        'model_not_available', 'model_retired', 'model_outside_geographies',
        'bedrock_model_end_of_life', 'rollout_reverted')
      or not exists (
        select from public.ai_messages as earlier
        where earlier.conversation_id = in_conversation_id and earlier.seq < m.seq
          and earlier.role = 'assistant' and earlier.status in ('complete', 'partial')))
  order by m.seq desc
  limit 1;
$$;
comment on function switchboard.pin_before(uuid, integer) is
  'The model that a conversation was pinned to when the message with this number came, as its answers tell; null: none.';
revoke execute on function switchboard.pin_before(uuid, integer) from public, anon, authenticated;
grant execute on function switchboard.pin_before(uuid, integer) to service_role;

create function switchboard.find_question(wanted_message_id uuid, wanted_request_id uuid)
returns public.ai_messages
language plpgsql
stable
set search_path = ''
as $$
declare
  question public.ai_messages;
begin
  if wanted_request_id is not null then
    select m.* into question
    from public.ai_messages as m
    where m.request_id = wanted_request_id and m.role = 'user'
    order by m.begun_at desc
    limit 1;
  else
    select q.* into question
    from public.ai_messages as m
    join public.ai_messages as q
      on q.conversation_id = m.conversation_id and q.seq = (m.seq + 1) / 2 * 2 - 1
    where m.id = wanted_message_id;
  end if;
  return question;
end;
$$;
comment on function switchboard.find_question(uuid, uuid) is
  'The question of a turn, by its own id, its answer''s or its request id; null where it was deleted or never was.';
revoke execute on function switchboard.find_question(uuid, uuid) from public, anon, authenticated;
grant execute on function switchboard.find_question(uuid, uuid) to service_role;

create function switchboard.find_last_attempt(
  of_question_id uuid,
  wanted_message_id uuid,
  wanted_request_id uuid
)
returns public.ai_usage
language plpgsql
stable
set search_path = ''
as $$
declare
  entry public.ai_usage;
begin
  -- Of an attempt that was given up and answered all the same, the answer.
  if of_question_id is not null then
    select u.* into entry
    from public.ai_usage as u
    where u.question_id = of_question_id and u.unanswered_call is null
    order by u.attempt desc, u.status = 'failed'
    limit 1;
  elsif wanted_message_id is not null then
    -- The ledger outlives messages: those of deleted conversations, and failures that gave way to an
    -- answer.
    -- A union and not an `or`, so that each side has its index.
    select u.* into entry
    from public.ai_usage as u
    where u.unanswered_call is null and u.purpose = 'turn' and u.id in (
      select a.id from public.ai_usage as a where a.message_id = wanted_message_id
      union
      select q.id from public.ai_usage as q where q.question_id = wanted_message_id)
    order by u.attempt desc, u.status = 'failed'
    limit 1;
  else
    -- Calls have no question: their requests' ids are their own.
    select u.* into entry
    from public.ai_usage as u
    where u.question_id = wanted_request_id and u.attempt = 1 and u.unanswered_call is null
      and u.purpose = 'call';
  end if;
  return entry;
end;
$$;
comment on function switchboard.find_last_attempt(uuid, uuid, uuid) is
  'The ledger''s entry of the last attempt at a question or, of one that was deleted, by the id that it or its answer had; or that of the call whose request has an id. Null where there is none.';
revoke execute on function switchboard.find_last_attempt(uuid, uuid, uuid)
  from public, anon, authenticated;
grant execute on function switchboard.find_last_attempt(uuid, uuid, uuid) to service_role;

create function switchboard.describe_content(blocks jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object(
    'media', coalesce(jsonb_agg(jsonb_build_object(
      'kind', m.medium -> 'type', 'media_type', m.medium -> 'mediaType',
      'bytes', m.medium #> '{source,size}')), '[]'),
    'tool_results', (
      select count(*) from jsonb_path_query(blocks, '$[*] ? (@.type == "tool-result")')))
  from (
    select jsonb_path_query(blocks, '$[*] ? (@.type == "image" || @.type == "document")')
    union all
    select jsonb_path_query(blocks, '$[*].content[*] ? (@.type == "image" || @.type == "document")')
  ) as m (medium);
$$;
comment on function switchboard.describe_content(jsonb) is
  'What a question holds besides text, by kind, media type and bytes, those in results of tools included. No words and no names.';
revoke execute on function switchboard.describe_content(jsonb) from public, anon, authenticated;
grant execute on function switchboard.describe_content(jsonb) to service_role;

create function public.explain_turn(
  p_message_id uuid default null,
  p_request_id uuid default null
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  question constant public.ai_messages :=
    switchboard.find_question(p_message_id, p_request_id);
  entry constant public.ai_usage :=
    switchboard.find_last_attempt(question.id, p_message_id, p_request_id);
  is_call constant boolean := coalesce(entry.purpose = 'call', false);
begin
  if question.id is null and entry.id is null then
    raise exception using
      errcode = 'PT404',
      message = 'No question, answer or request has this id.',
      detail = 'turn_not_found',
      hint = 'The ids of a turn are in its answer, in the log and in ai_usage.';
  elsif entry.id is null and question.status = 'pending' then
    raise exception using
      errcode = 'PT409', message = 'The turn is still running.', detail = 'turn_in_progress',
      hint = 'Ask again when its answer is there.';
  end if;
  return jsonb_build_object(
    'request_id', case when is_call then entry.question_id else question.request_id end,
    'message_id', coalesce((
      select m.id from public.ai_messages as m
      where m.conversation_id = question.conversation_id and m.seq = question.seq + 1),
      entry.message_id),
    'conversation_id', coalesce(question.conversation_id, entry.conversation_id),
    'assistant_type', coalesce(entry.assistant_type, (
      select a.assistant_type
      from public.ai_conversations as c
      join public.ai_assistants as a on a.id = c.assistant_id
      where c.id = question.conversation_id)),
    'at', coalesce(entry.begun_at, question.begun_at),
    'ended_at', entry.ended_at,
    'status', coalesce(entry.status, 'failed'),
    'error_code', coalesce(entry.error_code, question.error_code),
    'stop_reason', entry.stop_reason,
    'model_id', entry.model_id,
    'model_name', (
      select bm.model_name from public.bedrock_models as bm where bm.model_id = entry.model_id),
    'reason', entry.reason,
    'requested_model', entry.requested_model,
    'fallback_code', entry.fallback_code,
    'registry_version', entry.registry_version,
    'granted_usd', entry.granted_usd,
    'rollout', (
      select jsonb_build_object(
        'id', r.id, 'side', entry.rollout_side, 'share', entry.rollout_share,
        'model_id', r.model_id, 'is_watched', r.watch_until is not null)
      from public.ai_rollouts as r where r.id = entry.rollout_id),
    'prompt_tokens', entry.input_tokens + coalesce(entry.cache_read_tokens, 0)
      + coalesce(entry.cache_write_tokens, 0),
    'use_case', (
      select c.use_case from public.ai_conversations as c where c.id = question.conversation_id),
    'pinned_model_id', switchboard.pin_before(question.conversation_id, question.seq),
    'pin_known', is_call or question.id is not null,
    'content', case
      when question.id is not null then switchboard.describe_content(question.blocks) end,
    'calls', coalesce((
      select jsonb_agg(jsonb_build_object(
          'model_id', u.model_id, 'error_code', u.error_code, 'cost_usd', u.cost_usd)
        order by u.unanswered_call)
      from public.ai_usage as u
      where u.question_id = entry.question_id and u.attempt = entry.attempt
        and u.unanswered_call is not null), '[]'));
end;
$$;
comment on function public.explain_turn(uuid, uuid) is
  'The facts of the last attempt at a turn, by the id of its question or answer, or by its request id, or of a call by its id, which is its request''s: which model, why, under which version, on which side of a rollout, the kinds of content, and the calls that came to nothing. No words. PT404 turn_not_found; PT409 turn_in_progress.';
revoke execute on function public.explain_turn(uuid, uuid) from public, anon, authenticated;
grant execute on function public.explain_turn(uuid, uuid) to service_role;
