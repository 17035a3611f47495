-- How a turn ends: its attempt is entered in the ledger, its outcome stored, its conversation pinned,
-- in one transaction.

create type switchboard.turn_end as (
  question_id uuid,
  attempt integer,
  answer_id uuid,
  pinned_model_id text,
  moves_pin boolean,
  content text,
  blocks jsonb,
  model_id text,
  run switchboard.run_record,
  unanswered_calls jsonb,
  is_other_side boolean
);
comment on type switchboard.turn_end is 'What complete_chat_turn() takes, as a record.';
comment on column switchboard.turn_end.attempt is 'Null: the question''s last.';
comment on column switchboard.turn_end.answer_id is 'The id that the answer gets; null: a new one.';
comment on column switchboard.turn_end.pinned_model_id is
  'The pin that the model was chosen under.';
comment on column switchboard.turn_end.moves_pin is
  'Whether the answering model takes the place of a pin that cannot answer any more; null: it does.';
comment on column switchboard.turn_end.model_id is
  'The model that answered or, of a failure, whose error it is; in p_end a key of `run`.';
comment on column switchboard.turn_end.run is
  'The record of the run; keys that it does not know are ignored.';
comment on column switchboard.turn_end.unanswered_calls is
  'Calls that gave no answer, beside the one that the run ended with, and are billed: model_id, error_code, bedrock_request_id, model_region, model_geographies and the counts of tokens; in p_end a key of `run`.';
comment on column switchboard.turn_end.is_other_side is
  'Whether it ran on the other side of a rollout than the one that its conversation is on; set by switchboard.keep_side().';

create function switchboard.price_entry(entry public.ai_usage)
returns public.ai_usage
language plpgsql
stable
set search_path = ''
as $$
declare
  price constant public.model_prices := switchboard.price_at(entry.model_id, entry.ended_at);
begin
  entry.price_id := price.id;
  entry.cost_usd := switchboard.cost_of_tokens(
    price, entry.input_tokens, entry.output_tokens, entry.cache_read_tokens,
    entry.cache_write_tokens, entry.cache_write_1h_tokens);
  return entry;
end;
$$;
comment on function switchboard.price_entry(public.ai_usage) is
  'An entry of the ledger with its cost, at the prices of its moment.';
revoke execute on function switchboard.price_entry(public.ai_usage)
  from public, anon, authenticated, service_role;

create function switchboard.enter_unanswered_calls(ended public.ai_usage, calls jsonb)
returns public.ai_usage[]
language plpgsql
set search_path = ''
as $$
declare
  entry public.ai_usage;
  entered public.ai_usage[] := array[]::public.ai_usage[];
  call jsonb;
  place smallint;
begin
  for call, place in
    select c.value, c.ordinality
    from jsonb_array_elements(calls) with ordinality as c (value, ordinality)
  loop
    entry := jsonb_populate_record(null::public.ai_usage, call);
    entry.question_id := ended.question_id;
    entry.attempt := ended.attempt;
    entry.conversation_id := ended.conversation_id;
    entry.assistant_type := ended.assistant_type;
    entry.purpose := ended.purpose;
    entry.surface := ended.surface;
    entry.api_key_id := ended.api_key_id;
    entry.user_hash := ended.user_hash;
    entry.client_hash := ended.client_hash;
    entry.client_retries := null;
    entry.status := 'unanswered';
    entry.unanswered_call := place;
    entry.registry_version := ended.registry_version;
    entry.function_region := ended.function_region;
    entry.begun_xmin := ended.begun_xmin;
    entry.begun_at := ended.begun_at;
    entry.ended_at := ended.ended_at;
    entry.begins_conversation := false;
    entry.limit_ids := ended.limit_ids;
    entry := switchboard.price_entry(entry);
    insert into public.ai_usage overriding user value
    select entry.*
    on conflict (question_id, attempt, unanswered_call) where unanswered_call is not null
    do nothing
    returning * into entry;
    if found then
      entered := entered || entry;
    end if;
  end loop;
  return entered;
end;
$$;
comment on function switchboard.enter_unanswered_calls(public.ai_usage, jsonb) is
  'Enters the calls of an attempt that gave no answer in the ledger, each once, and returns those that were not there yet.';
revoke execute on function switchboard.enter_unanswered_calls(public.ai_usage, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.enter_attempt(
  question public.ai_messages,
  ended switchboard.turn_end,
  assistant_asked text,
  asked_by_hash text,
  decides boolean,
  begins_conversation boolean,
  out cost numeric,
  out counted switchboard.counted_limit[],
  out entered public.ai_usage[]
)
language plpgsql
set search_path = ''
as $$
declare
  entry public.ai_usage := jsonb_populate_record(null::public.ai_usage, to_jsonb(ended.run));
  inserted public.ai_usage;
begin
  entry.question_id := question.id;
  entry.attempt := ended.attempt;
  entry.message_id := case when decides then ended.answer_id end;
  entry.conversation_id := question.conversation_id;
  entry.assistant_type := assistant_asked;
  entry.model_id := ended.model_id;
  entry.purpose := 'turn';
  entry.surface := 'chat';
  entry.user_hash := asked_by_hash;
  entry.begins_conversation := begins_conversation;
  -- The question tells when the last attempt began. One before it can tell only how long it took.
  if ended.attempt < question.attempt then
    entry.begun_at := least(question.begun_at,
      now() - coalesce(entry.response_time_ms, 0) * interval '1 millisecond');
  else
    entry.begun_xmin := question.begun_xmin;
    entry.begun_at := question.begun_at;
  end if;
  -- Priced as of the answer, not of its being stored, which an outage may have delayed; by an hour
  -- at most, so that days long past can be summed up for good.
  entry.ended_at := greatest(
    least(now(), entry.begun_at + entry.response_time_ms * interval '1 millisecond'),
    now() - interval '1 hour');
  entry := switchboard.price_entry(entry);
  entry := switchboard.enter_rollout(entry, entry.conversation_id::text);
  cost := entry.cost_usd;
  counted := switchboard.limits_of(
    entry.assistant_type, entry.user_hash, entry.api_key_id, entry.begun_at, false);
  entry.limit_ids := nullif(array(select c.limit_id from unnest(counted) as c), '{}');

  -- The id is the identity column's own.
  insert into public.ai_usage overriding user value
  select entry.*
  -- A failure is not entered once the attempt has an answer.
  where entry.status <> 'failed' or not exists (
    select from public.ai_usage as u
    where u.question_id = entry.question_id and u.attempt = entry.attempt
      and u.unanswered_call is null)
  on conflict (question_id, attempt, (status = 'failed')) where unanswered_call is null
  do nothing
  returning * into inserted;
  entered := case when found then array[inserted] else '{}' end
    || switchboard.enter_unanswered_calls(entry, ended.unanswered_calls);
  perform switchboard.watch_rollout(inserted);
end;
$$;
comment on function switchboard.enter_attempt(
  public.ai_messages, switchboard.turn_end, text, text, boolean, boolean) is
  'Enters an ended attempt at a turn in the ledger, once, and returns its cost, the limits that it counts against, and the rows that were not there yet. `decides`: its outcome is the turn''s.';
revoke execute on function switchboard.enter_attempt(
  public.ai_messages, switchboard.turn_end, text, text, boolean, boolean)
  from public, anon, authenticated, service_role;

create function switchboard.remove_failed_answer(question public.ai_messages)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.ai_messages as m
  where m.conversation_id = question.conversation_id and m.seq = question.seq + 1
    and m.role = 'assistant' and m.status = 'failed';
end;
$$;
comment on function switchboard.remove_failed_answer(public.ai_messages) is
  'Makes room for the outcome of a later attempt.';
revoke execute on function switchboard.remove_failed_answer(public.ai_messages)
  from public, anon, authenticated, service_role;

create function switchboard.answer_of(
  question public.ai_messages,
  ended switchboard.turn_end,
  cost numeric,
  discloses boolean
)
returns public.ai_messages
language plpgsql
stable
set search_path = ''
as $$
declare
  answer public.ai_messages :=
    jsonb_populate_record(null::public.ai_messages, to_jsonb(ended.run));
begin
  answer.id := ended.answer_id;
  answer.conversation_id := question.conversation_id;
  answer.seq := question.seq + 1;
  answer.role := 'assistant';
  answer.content := coalesce(ended.content, '');
  answer.blocks := ended.blocks;
  answer.shown_blocks := switchboard.shown_blocks(answer.blocks);
  answer.model_used := ended.model_id;
  answer.cost_usd := cost;
  answer.disclosure := discloses;
  answer.request_id := question.request_id;
  answer.created_at := now();
  return answer;
end;
$$;
comment on function switchboard.answer_of(
  public.ai_messages, switchboard.turn_end, numeric, boolean) is
  'The row of an answer, or of the failure in its place. discloses: as its column.';
revoke execute on function switchboard.answer_of(
  public.ai_messages, switchboard.turn_end, numeric, boolean)
  from public, anon, authenticated, service_role;

create function switchboard.store_outcome(
  question public.ai_messages,
  ended switchboard.turn_end,
  cost numeric
)
returns public.ai_messages
language plpgsql
set search_path = ''
as $$
declare
  -- One that broke off may have reached its user without its provenance.
  discloses constant boolean := (ended.run).status <> 'failed' and not exists (
    select from public.ai_messages as m
    where m.conversation_id = question.conversation_id and m.role = 'assistant'
      and m.status = 'complete');
  answer constant public.ai_messages := switchboard.answer_of(question, ended, cost, discloses);
begin
  -- Only a turn that failed before has an answer already, under the conversation's lock.
  if question.attempt > 1 or question.status = 'failed' then
    perform switchboard.remove_failed_answer(question);
  end if;
  insert into public.ai_messages select answer.*;
  update public.ai_messages as m
    set
      status = case answer.status when 'failed' then 'failed' else 'complete' end,
      error_code = answer.error_code
    where m.id = question.id;
  return answer;
end;
$$;
comment on function switchboard.store_outcome(
  public.ai_messages, switchboard.turn_end, numeric) is
  'Stores the answer, or the failure in its place, and ends the question.';
revoke execute on function switchboard.store_outcome(
  public.ai_messages, switchboard.turn_end, numeric)
  from public, anon, authenticated, service_role;

create function switchboard.keep_side(
  of_rollout_id bigint,
  of_side text,
  ended switchboard.turn_end
)
returns switchboard.turn_end
language plpgsql
immutable
set search_path = ''
as $$
declare
  run switchboard.run_record := ended.run;
begin
  if run.rollout_id = of_rollout_id and run.rollout_side <> of_side then
    run.rollout_id := null;
    run.rollout_side := null;
    run.rollout_share := null;
    ended.run := run;
    ended.is_other_side := true;
  end if;
  return ended;
end;
$$;
comment on function switchboard.keep_side(bigint, text, switchboard.turn_end) is
  'The end of a turn, part of no rollout where it ran on the other side than its conversation is on: one that began before the first answer, and before the share changed.';
revoke execute on function switchboard.keep_side(bigint, text, switchboard.turn_end)
  from public, anon, authenticated, service_role;

create function switchboard.move_pin(in_conversation_id uuid, ended switchboard.turn_end)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  is_answered constant boolean := (ended.run).status <> 'failed';
  pins boolean;
begin
  -- The first answer pins. A turn that had to leave its pin for good moves it, unless another turn
  -- already has; pinned_model_id is the pin that the choice was made under.
  select
    is_answered and c.model_id is not distinct from ended.pinned_model_id
      and (c.model_id is null or coalesce(ended.moves_pin, true))
      and ended.is_other_side is not true
      and exists (select from public.bedrock_models as bm where bm.model_id = ended.model_id)
  into pins
  from public.ai_conversations as c where c.id = in_conversation_id;
  update public.ai_conversations as c
    set
      model_id = case when pins then ended.model_id else c.model_id end,
      -- With another pin, the side of the former one is of no account. A pin that stays keeps its
      -- own, and so does one that ended with its rollout, until another takes its place.
      (rollout_id, rollout_side, rollout_share) = (
        select s.id, s.side, s.share
        from (values
          (true, (ended.run).rollout_id, (ended.run).rollout_side, (ended.run).rollout_share),
          (false, c.rollout_id, c.rollout_side, c.rollout_share)
        ) as s (is_new, id, side, share)
        where s.is_new = (pins or c.model_id is null and (ended.run).rollout_id is not null)),
      answered_turns = c.answered_turns + is_answered::integer,
      updated_at = now()
    where c.id = in_conversation_id;
exception when lock_not_available then
  -- A transaction left open that renames or deletes the model holds the foreign key up. The answer
  -- is worth more than the pin, which the next one sets.
  update public.ai_conversations as c
    set answered_turns = c.answered_turns + is_answered::integer, updated_at = now()
    where c.id = in_conversation_id;
end;
$$;
comment on function switchboard.move_pin(uuid, switchboard.turn_end) is
  'Pins a conversation to the model that answered first, or to the one that took the place of its pin, and counts the turn. Where the model''s row is locked, only counts.';
revoke execute on function switchboard.move_pin(uuid, switchboard.turn_end)
  from public, anon, authenticated, service_role;

create function switchboard.read_turn_end(p_end jsonb, last_attempt integer)
returns switchboard.turn_end
language plpgsql
set search_path = ''
as $$
declare
  ended switchboard.turn_end := jsonb_populate_record(null::switchboard.turn_end, p_end);
begin
  ended.model_id := p_end #>> '{run,model_id}';
  ended.unanswered_calls := coalesce(nullif(p_end #> '{run,unanswered_calls}', 'null'), '[]');
  ended.attempt := coalesce(ended.attempt, last_attempt);
  ended.answer_id := coalesce(ended.answer_id, gen_random_uuid());
  if ended.attempt not between 1 and last_attempt then
    raise exception using
      errcode = '22023', message = format('The turn has no attempt %s.', ended.attempt);
  end if;
  return ended;
end;
$$;
comment on function switchboard.read_turn_end(jsonb, integer) is
  'What complete_chat_turn() takes, of a question with so many attempts. 22023 for an attempt that it does not have.';
revoke execute on function switchboard.read_turn_end(jsonb, integer)
  from public, anon, authenticated, service_role;

create function switchboard.decides_turn(question public.ai_messages, ended switchboard.turn_end)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- Ended before, by an earlier try of this call or by an attempt that took the turn up again: what
  -- is stored stays. A failure of an attempt that another has superseded is not the turn's either.
  return question.status <> 'complete'
    and not ((ended.run).status = 'failed' and ended.attempt < question.attempt);
end;
$$;
comment on function switchboard.decides_turn(public.ai_messages, switchboard.turn_end) is
  'Whether an outcome is the turn''s: it has none yet, or this attempt is the last one.';
revoke execute on function switchboard.decides_turn(public.ai_messages, switchboard.turn_end)
  from public, anon, authenticated, service_role;

create function switchboard.complete_erased_turn(p_end jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  erased switchboard.erased_turns;
  question public.ai_messages;
  ended switchboard.turn_end;
  answer public.ai_messages;
  decides boolean;
  entry record;
begin
  -- All of the conversation, in one order: they count its answers together.
  perform from switchboard.erased_turns as e
    where e.conversation_id = (
      select o.conversation_id from switchboard.erased_turns as o
      where o.question_id = (p_end ->> 'question_id')::uuid)
    order by e.question_id
    for update;
  select * into erased
    from switchboard.erased_turns as e where e.question_id = (p_end ->> 'question_id')::uuid;
  if not found then
    raise exception using
      errcode = 'PT404', message = 'There is no such turn.', detail = 'conversation_not_found';
  end if;
  question := jsonb_populate_record(null::public.ai_messages, to_jsonb(erased));
  question.id := erased.question_id;
  ended := switchboard.keep_side(
    erased.rollout_id, erased.rollout_side, switchboard.read_turn_end(p_end, erased.attempt));
  decides := switchboard.decides_turn(question, ended);
  entry := switchboard.enter_attempt(question, ended, erased.assistant_type, erased.user_hash,
    decides, decides and (ended.run).status <> 'failed' and erased.answered_turns = 0);
  if decides then
    update switchboard.erased_turns as e
      set
        status = case
          when e.question_id <> erased.question_id then e.status
          when (ended.run).status = 'failed' then 'failed' else 'complete' end,
        answered_turns = e.answered_turns + ((ended.run).status <> 'failed')::integer
      where e.conversation_id = erased.conversation_id;
    -- The upload may have ended after they were removed. An erasure that runs waits for them.
    perform switchboard.enqueue_objects(erased.paths, (
      select j.erasure_id from switchboard.erasure_jobs as j
      where j.conversation_id = erased.conversation_id
        or j.kind in ('user', 'account', 'own')
          and switchboard.keyed_hash('user', j.user_id::text) = erased.user_hash
      order by j.kind = 'own', j.erasure_id desc
      limit 1));
    answer := switchboard.answer_of(question, ended, entry.cost,
      (ended.run).status <> 'failed' and erased.answered_turns = 0);
  end if;
  perform switchboard.settle(
    case when ended.attempt = erased.attempt then erased.question_id end, entry.counted,
    entry.entered);
  return case when decides then
    switchboard.describe_answer(answer) || jsonb_build_object('is_erased', true) end;
end;
$$;
comment on function switchboard.complete_erased_turn(jsonb) is
  'Ends a turn whose words were erased meanwhile: enters the attempt in the ledger, settles its holds, and stores nothing else. Returns the answer as it would have been stored, with is_erased, for the client that waits for it; null where it had ended before. PT404 conversation_not_found.';
revoke execute on function switchboard.complete_erased_turn(jsonb)
  from public, anon, authenticated, service_role;

-- A definer, as begin_chat_turn(): also the ledger is written here and nowhere else.
create function public.complete_chat_turn(p_end jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  status constant text := p_end #>> '{run,status}';
  ended switchboard.turn_end;
  conversation public.ai_conversations;
  question public.ai_messages;
  answer public.ai_messages;
  decides boolean;
  entry record;
begin
  if status is null or status not in ('complete', 'partial', 'failed') then
    raise exception using
      errcode = '22023', message = format('A turn cannot end as %s.', coalesce(status, 'null'));
  end if;

  -- The conversation first, as in begin_chat_turn(), so that the two never wait for each other.
  select c.* into conversation
  from public.ai_conversations as c
  join public.ai_messages as m on m.conversation_id = c.id
  where m.id = (p_end ->> 'question_id')::uuid and m.role = 'user'
  for update of c;
  select * into question
    from public.ai_messages as m where m.id = (p_end ->> 'question_id')::uuid and m.role = 'user';
  if not found then
    return switchboard.complete_erased_turn(p_end);
  end if;
  ended := switchboard.keep_side(conversation.rollout_id, conversation.rollout_side,
    switchboard.read_turn_end(p_end, question.attempt));
  decides := switchboard.decides_turn(question, ended);
  entry := switchboard.enter_attempt(question, ended,
    (select a.assistant_type from public.ai_assistants as a where a.id = conversation.assistant_id),
    switchboard.keyed_hash('user', conversation.user_id::text), decides,
    decides and status <> 'failed' and conversation.answered_turns = 0);
  if decides then
    answer := switchboard.store_outcome(question, ended, entry.cost);
    perform switchboard.move_pin(question.conversation_id, ended);
  end if;
  -- Last, as in begin_chat_turn(). What is held is the last attempt's.
  perform switchboard.settle(
    case when ended.attempt = question.attempt then question.id end, entry.counted, entry.entered);
  return case
    when decides then switchboard.describe_answer(answer)
    when question.status = 'complete' then switchboard.answer_to(question) end;
end;
$$;
comment on function public.complete_chat_turn(jsonb) is
  'Ends a turn: stores the answer (complete or partial) or the failure with its figures and cost, enters the attempt in the ledger, pins the conversation, and settles what was held of limits. p_end: question_id, attempt, answer_id, pinned_model_id, moves_pin, content, blocks, run (the record of the run: status, model_id, unanswered_calls, and switchboard.run_record). Returns what is stored; of an ended turn, what was stored before; null for a failure of an attempt that another has superseded. Of a turn that was erased meanwhile, only the figures are entered: see switchboard.complete_erased_turn().';
revoke execute on function public.complete_chat_turn(jsonb)
  from public, anon, authenticated;
grant execute on function public.complete_chat_turn(jsonb) to service_role;

create function switchboard.enter_run(facts jsonb, run jsonb)
returns numeric
language plpgsql
set search_path = ''
as $$
declare
  entry public.ai_usage := jsonb_populate_record(
    null::public.ai_usage,
    to_jsonb(jsonb_populate_record(null::switchboard.run_record, run)) || facts
      || jsonb_build_object(
        'model_id', run -> 'model_id', 'attempt', 1, 'begins_conversation', false));
  counted switchboard.counted_limit[];
  entered public.ai_usage;
begin
  if entry.status is null or entry.status not in ('complete', 'partial', 'failed') then
    raise exception using
      errcode = '22023',
      message = format('A %s cannot end as %s.', entry.purpose, coalesce(entry.status, 'null'));
  end if;
  -- The same end twice at once: the second waits here and then finds the first.
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended('switchboard.run ' || entry.question_id::text, 0));
  select u.* into entered
  from public.ai_usage as u
  where u.question_id = entry.question_id and u.attempt = entry.attempt
    and u.unanswered_call is null;
  if found then
    return entered.cost_usd;
  end if;

  entry := switchboard.enter_rollout(switchboard.price_entry(entry), run ->> 'rollout_unit');
  counted := switchboard.limits_of(
    entry.assistant_type, entry.user_hash, entry.api_key_id, entry.begun_at, false);
  entry.limit_ids := nullif(array(select c.limit_id from unnest(counted) as c), '{}');
  insert into public.ai_usage overriding user value
  select entry.*
  returning * into entered;
  perform switchboard.watch_rollout(entered);
  -- Last, as in complete_chat_turn().
  perform switchboard.settle(
    entry.question_id, counted, array[entered] || switchboard.enter_unanswered_calls(
      entry, coalesce(nullif(run -> 'unanswered_calls', 'null'), '[]')));
  return entry.cost_usd;
end;
$$;
comment on function switchboard.enter_run(jsonb, jsonb) is
  'Enters a run without a conversation in the ledger, with its calls that gave no answer, settles what was held of limits, and returns its cost; a run that is there already stays as it is. facts: what the ledger holds besides the record of the run, by column.';
revoke execute on function switchboard.enter_run(jsonb, jsonb)
  from public, anon, authenticated, service_role;

-- A definer, as complete_chat_turn().
create function public.record_trial(p_trial jsonb)
returns numeric
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Without begun_xmin, for it is no receipt of a switch: a trial names its model.
  return switchboard.enter_run(
    jsonb_build_object(
      'question_id', p_trial -> 'id', 'assistant_type', p_trial -> 'assistant_type',
      'purpose', 'trial', 'surface', 'chat', 'ended_at', now(),
      'begun_at', now() - coalesce((p_trial #>> '{run,response_time_ms}')::integer, 0)
        * interval '1 millisecond'),
    p_trial -> 'run');
end;
$$;
comment on function public.record_trial(jsonb) is
  'Enters a trial of a model in the ledger, once, and returns its cost. p_trial: id, assistant_type, run (the record of the run: status, model_id, unanswered_calls, and switchboard.run_record).';
revoke execute on function public.record_trial(jsonb) from public, anon, authenticated;
grant execute on function public.record_trial(jsonb) to service_role;
