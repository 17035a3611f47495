-- A turn in two calls: begin_chat_turn() stores the question and returns all that the choice of a
-- model and the call need; complete_chat_turn() stores what came of it. Both may be repeated.
-- Errors carry the switchboard's code in `detail`.
--
-- Each step is a function of its own, in plpgsql where it runs in every turn: plpgsql keeps its
-- plans, and a function in SQL with a search_path of its own is planned at each call.

create type switchboard.turn_request as (
  user_id uuid,
  request_id uuid,
  message text,
  conversation_id uuid,
  model_id text,
  use_case text,
  history_turns integer,
  history_characters integer,
  stale_after_ms integer,
  session_id uuid,
  is_anonymous boolean,
  blocks jsonb,
  demand switchboard.run_demand,
  function_region text
);
comment on type switchboard.turn_request is 'What begin_chat_turn() takes, as a record.';
comment on column switchboard.turn_request.conversation_id is 'Null begins a new conversation.';
comment on column switchboard.turn_request.model_id is
  'The model that the caller asks for; null leaves the choice to the registry.';
comment on column switchboard.turn_request.history_turns is 'Turns of history to return at most.';
comment on column switchboard.turn_request.history_characters is
  'Characters of history to return at most, newest turns first.';
comment on column switchboard.turn_request.stale_after_ms is
  'A turn that has been pending for longer is taken up again.';
comment on column switchboard.turn_request.session_id is
  'Of the verified token; null where it names none.';
comment on column switchboard.turn_request.is_anonymous is
  'Whether the verified token is of an anonymous sign-in.';
comment on column switchboard.turn_request.blocks is
  'The message as blocks of the neutral message model, its images and documents as references; null where it is no more than its text.';
comment on column switchboard.turn_request.demand is
  'What the turn may ask for at most; null: nothing is held of limits.';
comment on column switchboard.turn_request.function_region is
  'The AWS region that the function runs in; null where the platform does not say.';

create function switchboard.list_shown_blocks(blocks jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(
      case b.block ->> 'type'
        when 'text' then jsonb_build_object('type', 'text', 'text', b.block -> 'text')
        when 'tool-use' then jsonb_build_object(
          'type', 'tool_use', 'id', b.block -> 'id', 'name', b.block -> 'name',
          'input', b.block -> 'input')
        when 'tool-result' then jsonb_build_object(
          'type', 'tool_result', 'tool_use_id', b.block -> 'toolUseId',
          'content', coalesce(switchboard.list_shown_blocks(b.block -> 'content'), '[]'),
          'is_error', b.block -> 'isError')
        else jsonb_strip_nulls(jsonb_build_object(
          'type', b.block -> 'type', 'media_type', b.block -> 'mediaType', 'name', b.block -> 'name',
          'size', b.block #> '{source,size}',
          -- Where its user can read it.
          'source', case when b.block #>> '{source,bucket}' <> 'switchboard-content' then
            jsonb_build_object(
              'type', 'storage', 'bucket', b.block #> '{source,bucket}',
              'path', b.block #> '{source,path}') end))
      end
      order by b.place)
    from jsonb_array_elements(blocks) with ordinality as b (block, place)
    where b.block ->> 'type' in ('text', 'image', 'document', 'tool-use', 'tool-result'));
end;
$$;
comment on function switchboard.list_shown_blocks(jsonb) is
  'Blocks as their reader sees them: in the names of the API, without reasoning and unknown kinds. Null where none is left.';
revoke execute on function switchboard.list_shown_blocks(jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.shown_blocks(blocks jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  shown constant jsonb := switchboard.list_shown_blocks(blocks);
begin
  return case when shown @? '$[*] ? (@.type != "text")' then shown end;
end;
$$;
comment on function switchboard.shown_blocks(jsonb) is
  'A message''s blocks as its reader sees them; null where they are its text.';
revoke execute on function switchboard.shown_blocks(jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.require_present_user(request switchboard.turn_request)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not switchboard.is_signed_in(request.user_id, request.session_id) then
    perform switchboard.refuse_signed_out();
  end if;
  if request.is_anonymous and not exists (
    select from public.registry_settings as rs where rs.allow_anonymous_users
  ) then
    raise exception using
      errcode = 'PT403',
      message = 'Anonymous users may not chat.',
      detail = 'forbidden',
      hint = 'Sign in with an account.';
  end if;
end;
$$;
comment on function switchboard.require_present_user(switchboard.turn_request) is
  'Refuses the turn of a user who has signed out, was banned or deleted since their token was issued (PT401 invalid_credentials), and of an anonymous one unless registry_settings.allow_anonymous_users (PT403 forbidden).';
revoke execute on function switchboard.require_present_user(switchboard.turn_request)
  from public, anon, authenticated, service_role;

create function switchboard.describe_answer(answer public.ai_messages)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return to_jsonb(answer)
    - array['seq', 'role', 'shown_blocks', 'begun_at', 'begun_xmin', 'attempt', 'request_id'];
end;
$$;
comment on function switchboard.describe_answer(public.ai_messages) is
  'An answer with its figures, as the turn functions return it.';
revoke execute on function switchboard.describe_answer(public.ai_messages)
  from public, anon, authenticated, service_role;

create function switchboard.answer_to(question public.ai_messages)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  answer public.ai_messages;
begin
  select * into answer
  from public.ai_messages as m
  where m.conversation_id = question.conversation_id and m.seq = question.seq + 1;
  return switchboard.describe_answer(answer);
end;
$$;
comment on function switchboard.answer_to(public.ai_messages) is
  'The stored answer to a question whose turn has ended.';
revoke execute on function switchboard.answer_to(public.ai_messages)
  from public, anon, authenticated, service_role;

create function switchboard.find_earlier_question(request switchboard.turn_request)
returns public.ai_messages
language plpgsql
set search_path = ''
as $$
declare
  question public.ai_messages;
begin
  -- The same request twice at once: the second waits here and then finds the first.
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(request.user_id::text || ' ' || request.request_id::text, 0));

  select m.* into question
  from public.ai_messages as m
  join public.ai_conversations as c on c.id = m.conversation_id
  where m.request_id = request.request_id and m.role = 'user' and c.user_id = request.user_id;
  if not found then
    if exists (
      select from switchboard.erased_turns as e
      where e.request_id = request.request_id
        and e.user_hash = switchboard.keyed_hash('user', request.user_id::text)
    ) then
      perform switchboard.refuse_erased_turn();
    end if;
    return null;
  end if;

  -- Read again under the conversation's lock: its answer may be being stored at this moment, or the
  -- conversation erased.
  perform from public.ai_conversations as c where c.id = question.conversation_id for update;
  select * into question from public.ai_messages as m where m.id = question.id;
  if not found then
    perform switchboard.refuse_erased_turn();
  end if;
  if question.content <> request.message or question.blocks is distinct from request.blocks
    or request.conversation_id <> question.conversation_id
  then
    raise exception using
      errcode = 'PT409',
      message = 'This request_id began another turn, with another message.',
      detail = 'request_id_reused',
      hint = 'Send a new request_id with every new message.';
  end if;
  if question.status = 'pending'
    and question.begun_at > now() - request.stale_after_ms * interval '1 millisecond'
  then
    raise exception using
      errcode = 'PT409',
      message = 'The turn that this request_id began is still running.',
      detail = 'turn_in_progress',
      hint = 'Ask again with the same request_id in a few seconds.';
  end if;
  return question;
end;
$$;
comment on function switchboard.find_earlier_question(switchboard.turn_request) is
  'The question that an earlier request with the same request_id stored, its conversation locked; null without one. PT404 conversation_not_found where it was erased meanwhile; PT409 request_id_reused, turn_in_progress.';
revoke execute on function switchboard.find_earlier_question(switchboard.turn_request)
  from public, anon, authenticated, service_role;

create function switchboard.find_conversation(wanted_id uuid, of_user_id uuid)
returns public.ai_conversations
language plpgsql
set search_path = ''
as $$
declare
  conversation public.ai_conversations;
begin
  -- Locked until commit: two turns at once take their seq one after the other.
  select * into conversation
  from public.ai_conversations as c
  where c.id = wanted_id and c.user_id = of_user_id
  for update;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = 'Conversation not found.',
      detail = 'conversation_not_found',
      hint = 'Leave conversation_id out to begin a new one.';
  end if;
  return conversation;
end;
$$;
comment on function switchboard.find_conversation(uuid, uuid) is
  'A user''s conversation, locked until commit. PT404 conversation_not_found, also for another user''s.';
revoke execute on function switchboard.find_conversation(uuid, uuid)
  from public, anon, authenticated, service_role;

create function switchboard.resolve_assistant(of_user_id uuid, conversation_assistant_id uuid)
returns public.ai_assistants
language plpgsql
stable
set search_path = ''
as $$
declare
  wanted_type constant text := coalesce(
    (select r.assistant_type from public.ai_user_roles as r where r.user_id = of_user_id),
    'health');
  assistant public.ai_assistants;
begin
  -- Of the role that the user has now: a conversation keeps no assistant that its user has lost.
  select * into assistant from public.ai_assistants as a where a.assistant_type = wanted_type;
  if not coalesce(assistant.is_active, false) then
    raise exception using
      errcode = 'PT409',
      message = format('The assistant %s is not active.', wanted_type),
      detail = 'assistant_inactive',
      hint = 'Set is_active in ai_assistants.';
  end if;
  if conversation_assistant_id <> assistant.id and not exists (
    select from public.registry_settings as rs where rs.on_role_change = 'move'
  ) then
    raise exception using
      errcode = 'PT403',
      message = 'The conversation is with an assistant that is not that of your role any more.',
      detail = 'assistant_not_allowed',
      hint = 'Begin a new conversation: leave conversation_id out.';
  end if;
  return assistant;
end;
$$;
comment on function switchboard.resolve_assistant(uuid, uuid) is
  'The assistant of the user''s present role. PT409 assistant_inactive; PT403 assistant_not_allowed for a conversation with another one, unless registry_settings.on_role_change is `move`.';
revoke execute on function switchboard.resolve_assistant(uuid, uuid)
  from public, anon, authenticated, service_role;

create function switchboard.move_conversation(
  moved public.ai_conversations,
  to_assistant_id uuid,
  stale_after_ms integer
)
returns public.ai_conversations
language plpgsql
set search_path = ''
-- As of begin_conversation().
set lock_timeout = '3s'
as $$
begin
  -- Its end would pin the conversation to a model that the former assistant chose.
  if exists (
    select from public.ai_messages as m
    where m.conversation_id = moved.id and m.role = 'user' and m.status = 'pending'
      and m.begun_at > now() - stale_after_ms * interval '1 millisecond'
  ) then
    raise exception using
      errcode = 'PT409',
      message = 'A turn with the former assistant of this conversation is still running.',
      detail = 'turn_in_progress',
      hint = 'Send the message again when its answer is there.';
  end if;
  update public.ai_conversations as c
    set assistant_id = to_assistant_id, model_id = null
    where c.id = moved.id
    returning * into moved;
  return moved;
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function switchboard.move_conversation(public.ai_conversations, uuid, integer) is
  'Gives a conversation, locked by the caller, the assistant of its user''s present role. The pin ends, so that a model of that assistant answers; the messages stay. PT409 turn_in_progress, registry_locked.';
revoke execute on function switchboard.move_conversation(public.ai_conversations, uuid, integer)
  from public, anon, authenticated, service_role;

create function switchboard.may_request(assistant public.ai_assistants, wanted_model_id text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  -- As isNameable() in supabase/functions/_shared/selection/named_model.ts.
  return assistant.allowed_models is null
    or wanted_model_id = any (assistant.allowed_models)
    or wanted_model_id = coalesce(assistant.model_version, (
      select bm.model_id from public.bedrock_models as bm where bm.is_default))
    or exists (
      select from public.bedrock_models as bm
      where bm.model_id = wanted_model_id and bm.aliases && assistant.allowed_models);
end;
$$;
comment on function switchboard.may_request(public.ai_assistants, text) is
  'Whether callers with an assistant may ask for a model: its own, where it has none the default, and those that allowed_models names.';
revoke execute on function switchboard.may_request(public.ai_assistants, text)
  from public, anon, authenticated, service_role;

create function switchboard.require_requested_model(
  wanted_model_id text,
  pinned_model_id text,
  assistant public.ai_assistants
)
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
      and cardinality(switchboard.places_not_allowed(bm)) = 0
      and not switchboard.is_kept_from(bm, assistant)
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('The conversation is pinned to %s.', pinned_model_id),
      detail = 'conversation_pinned',
      hint = 'Leave model_id out, or begin a new conversation.';
  end if;
  select * into wanted from public.bedrock_models as bm where bm.model_id = wanted_model_id;
  if wanted.id is not null and not switchboard.may_request(assistant, wanted_model_id) then
    raise exception using
      errcode = 'PT403',
      message = 'This model may not be requested here.',
      detail = 'key_scope',
      hint = 'Leave model_id out.';
  end if;
  if wanted.lifecycle = 'retired' then
    perform switchboard.require_not_retired(wanted);
  end if;
  if wanted.is_available then
    perform switchboard.require_allowed_geographies(wanted);
    perform switchboard.require_allowed_retention(wanted, assistant);
  end if;
  if not coalesce(wanted.is_available, false) then
    raise exception using
      errcode = case when wanted.id is null then 'PT404' else 'PT409' end,
      message = case when wanted.id is null
        then format('There is no model %s in the registry.', wanted_model_id)
        else format('%s is not available.', wanted_model_id) end,
      detail = case when wanted.id is null then 'model_not_found' else 'model_not_available' end,
      hint = 'Available: ' || switchboard.list_models(array(
        select bm.model_id
        from public.bedrock_models as bm
        where bm.is_available and bm.lifecycle <> 'retired'
          and cardinality(switchboard.places_not_allowed(bm)) = 0
          and not switchboard.is_kept_from(bm, assistant)
          and switchboard.may_request(assistant, bm.model_id)
        order by bm.priority, bm.model_id));
  end if;
end;
$$;
comment on function switchboard.require_requested_model(text, text, public.ai_assistants) is
  'Refuses a model that a request names but cannot have: PT403 key_scope; PT409 conversation_pinned, model_not_available, model_retired, model_outside_geographies, provider_retains_data; PT404 model_not_found.';
revoke execute on function switchboard.require_requested_model(text, text, public.ai_assistants)
  from public, anon, authenticated, service_role;

create function switchboard.begin_conversation(
  request switchboard.turn_request,
  with_assistant_id uuid
)
returns public.ai_conversations
language plpgsql
set search_path = ''
-- A transaction left open that renames or deletes the assistant holds the foreign key up.
set lock_timeout = '3s'
as $$
declare
  conversation public.ai_conversations;
begin
  insert into public.ai_conversations (user_id, assistant_id, title, use_case)
  values (
    request.user_id, with_assistant_id,
    left(btrim(regexp_replace(
      coalesce(
        substring(request.message from '.*[^[:space:]].*'),
        jsonb_path_query_first(request.blocks, '$[*] ? (@.type == "document").name') #>> '{}'),
      '\s+', ' ', 'g')), 80),
    request.use_case)
  returning * into conversation;
  return conversation;
exception
when foreign_key_violation then
  -- A token outlives its user by up to an hour.
  raise exception using
    errcode = 'PT401',
    message = 'The user of this access token no longer exists.',
    detail = 'invalid_credentials',
    hint = 'Sign in again.';
when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function switchboard.begin_conversation(switchboard.turn_request, uuid) is
  'Stores a new conversation, named by the beginning of its first message or by its document. PT401 invalid_credentials; PT409 registry_locked.';
revoke execute on function switchboard.begin_conversation(switchboard.turn_request, uuid)
  from public, anon, authenticated, service_role;

create function switchboard.store_question(
  request switchboard.turn_request,
  in_conversation_id uuid,
  earlier_question_id uuid
)
returns public.ai_messages
language plpgsql
set search_path = ''
as $$
declare
  question public.ai_messages;
begin
  if earlier_question_id is not null then
    update public.ai_messages as m
      set status = 'pending', error_code = null, begun_at = now(), attempt = m.attempt + 1
      where m.id = earlier_question_id
      returning * into question;
    return question;
  end if;
  insert into public.ai_messages
    (conversation_id, seq, role, content, blocks, shown_blocks, status, request_id, begun_at, attempt)
  values (
    in_conversation_id,
    -- The next odd number: the even one after the last question is its answer's, come or not.
    coalesce((
      select (max(m.seq) + 1) / 2 * 2 + 1
      from public.ai_messages as m where m.conversation_id = in_conversation_id), 1),
    'user', request.message, request.blocks, switchboard.shown_blocks(request.blocks), 'pending',
    request.request_id, now(), 1)
  returning * into question;
  return question;
end;
$$;
comment on function switchboard.store_question(switchboard.turn_request, uuid, uuid) is
  'Stores a question as pending, at the next place of its conversation; one that is taken up again keeps its place and counts one attempt more.';
revoke execute on function switchboard.store_question(switchboard.turn_request, uuid, uuid)
  from public, anon, authenticated, service_role;

create function switchboard.recent_history(
  of_conversation_id uuid,
  before_seq integer,
  most_turns integer,
  most_characters integer
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  -- How many times the bounds a chain of calls of tools may have.
  chain_factor constant integer := 4;
  -- The question that began the chain whose results are brought; null where none are.
  chain_seq constant integer := (
    select max(m.seq)
    from public.ai_messages as m
    where m.conversation_id = of_conversation_id
      and m.seq < before_seq
      and m.role = 'user'
      and m.status in ('complete', 'partial')
      and (m.blocks @? '$[*] ? (@.type == "tool-result")') is not true
      and exists (
        select from public.ai_messages as q
        where q.conversation_id = of_conversation_id
          and q.seq = before_seq
          and q.blocks @? '$[*] ? (@.type == "tool-result")'));
begin
  return (
    with recent as (
      select
        a.seq,
        row_number() over (order by a.seq desc) as turns,
        sum(
          length(q.content) + coalesce(pg_column_size(q.blocks), 0) + length(a.content)
            + coalesce(pg_column_size(a.blocks), 0)) over (order by a.seq desc) as characters
      from (
        select m.conversation_id, m.seq, m.content, m.blocks
        from public.ai_messages as m
        where m.conversation_id = of_conversation_id
          and m.seq < before_seq
          and m.role = 'assistant'
          and m.status in ('complete', 'partial')
          -- What was refused once is refused again, and takes what comes after it along.
          and coalesce(m.stop_reason, '') not in (
            'refusal', 'content_filtered', 'guardrail_intervened')
          and (m.content ~ '[^[:space:]]' or m.blocks @? '$[*] ? (@.type == "tool-use")')
        order by m.seq desc
        limit most_turns * case when chain_seq is null then 1 else chain_factor end
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
    where (r.turns <= most_turns and r.characters <= most_characters)
      or (r.seq > chain_seq and r.characters <= most_characters * chain_factor));
end;
$$;
comment on function switchboard.recent_history(uuid, integer, integer, integer) is
  'The last turns that a model may be shown, oldest first: questions and answers, within both bounds; where the question brings results of tools, from the one that began their chain, within four times the bounds. No failed turn, none that was refused or blocked, none whose answer has neither text nor tool calls.';
revoke execute on function switchboard.recent_history(uuid, integer, integer, integer)
  from public, anon, authenticated, service_role;

create function switchboard.fail_abandoned_turns(stale_after_ms integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Locked rows are not abandoned, and are not waited for.
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
end;
$$;
comment on function switchboard.fail_abandoned_turns(integer) is
  'Marks turns as failed whose instance ended before they did. Each new turn does it for some, so that none stays pending; such a turn can be taken up again.';
revoke execute on function switchboard.fail_abandoned_turns(integer)
  from public, anon, authenticated, service_role;

create function switchboard.rollout_of(conversation public.ai_conversations)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if conversation.rollout_id is null then
    return null;
  end if;
  return (
    select jsonb_build_object(
      'id', r.id, 'side', conversation.rollout_side, 'share', conversation.rollout_share,
      -- The model that was found worse, or that an operator took back, goes from its conversations.
      'pin_is_reverted', r.outcome is not distinct from 'reverted'
        and conversation.model_id is not distinct from r.model_id)
    from public.ai_rollouts as r
    where r.id = conversation.rollout_id);
end;
$$;
comment on function switchboard.rollout_of(public.ai_conversations) is
  'The rollout that a conversation is part of, its side, and whether its pin ended with it; null without one.';
revoke execute on function switchboard.rollout_of(public.ai_conversations)
  from public, anon, authenticated, service_role;

create function switchboard.assign_side(
  conversation public.ai_conversations, assistant public.ai_assistants
)
returns public.ai_conversations
language plpgsql
set search_path = ''
as $$
declare
  active_id bigint := assistant.rollout_id;
  active_share smallint := coalesce(assistant.canary_share, 100);
begin
  -- As rolloutOf() in supabase/functions/_shared/selection/rollout.ts.
  if active_id is null and assistant.model_version is null then
    select bm.rollout_id, coalesce(bm.canary_share, 100) into active_id, active_share
    from public.bedrock_models as bm
    where bm.rollout_id is not null
    order by bm.canary_share is null
    limit 1;
  end if;
  if active_id is not null and active_id is distinct from conversation.rollout_id then
    update public.ai_conversations as c
      set
        rollout_id = active_id, rollout_share = active_share,
        rollout_side = switchboard.side_of_unit(active_id, c.id::text, active_share)
      where c.id = conversation.id
      returning * into conversation;
  end if;
  return conversation;
end;
$$;
comment on function switchboard.assign_side(public.ai_conversations, public.ai_assistants) is
  'A conversation without a pin, on its side of the rollout under way, whether or not its question takes part: what becomes of the turn, the next attempt at it is on the same side.';
revoke execute on function switchboard.assign_side(
  public.ai_conversations, public.ai_assistants)
  from public, anon, authenticated, service_role;

-- A definer: conversations and messages are written by the two functions of a turn and by nothing
-- else, whatever key a caller has.
create function public.begin_chat_turn(p_turn jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- A key that is missing and one that is null mean the same: the default.
  request constant switchboard.turn_request := jsonb_populate_record(
    row(null, null, null, null, null, null, 50, 400000, 155000, null, false, null, null, null)
      ::switchboard.turn_request,
    jsonb_strip_nulls(p_turn));
  question public.ai_messages;
  conversation public.ai_conversations;
  assistant public.ai_assistants;
  pin text;
  limits switchboard.counted_limit[];
  history jsonb;
  budget jsonb;
begin
  perform switchboard.require_function_inside(request.function_region);
  perform switchboard.revert_worse_rollouts();
  perform switchboard.require_present_user(request);
  question := switchboard.find_earlier_question(request);
  if coalesce(question.conversation_id, request.conversation_id) is not null then
    conversation := switchboard.find_conversation(
      coalesce(question.conversation_id, request.conversation_id), request.user_id);
  end if;
  if question.status = 'complete' then
    return jsonb_build_object(
      'conversation_id', conversation.id, 'answer', switchboard.answer_to(question));
  end if;

  assistant := switchboard.resolve_assistant(request.user_id, conversation.assistant_id);
  limits := switchboard.limits_to_hold(
    request.demand, assistant.assistant_type, request.user_id, null);
  perform switchboard.require_room(limits, question.id, null);
  if conversation.assistant_id <> assistant.id then
    conversation := switchboard.move_conversation(
      conversation, assistant.id, request.stale_after_ms);
  end if;
  pin := case
    when (switchboard.rollout_of(conversation) -> 'pin_is_reverted')::boolean is not true
    then conversation.model_id end;
  if request.model_id is not null then
    perform switchboard.require_requested_model(request.model_id, pin, assistant);
  end if;
  if conversation.id is null then
    conversation := switchboard.begin_conversation(request, assistant.id);
  end if;
  if conversation.model_id is null then
    conversation := switchboard.assign_side(conversation, assistant);
  end if;
  question := switchboard.store_question(request, conversation.id, question.id);
  -- From here on this transaction waits for no lock but those of windows, which come last, in one
  -- order: no deadlock can come of it.
  perform switchboard.fail_abandoned_turns(request.stale_after_ms);
  history := switchboard.recent_history(
    conversation.id, question.seq, request.history_turns, request.history_characters);
  if cardinality(limits) > 0 then
    budget := switchboard.take_holds(question.id, limits, switchboard.needs_of(
      request.demand,
      row(request.model_id, pin, coalesce(request.use_case, conversation.use_case), null,
        conversation.id, conversation.rollout_id, conversation.rollout_side
      )::switchboard.model_choice, assistant, history), request.stale_after_ms);
  end if;

  return jsonb_build_object(
    'conversation_id', conversation.id,
    'question_id', question.id,
    'attempt', question.attempt,
    'assistant_type', assistant.assistant_type,
    'pinned_model_id', conversation.model_id,
    'rollout', switchboard.rollout_of(conversation),
    'use_case', coalesce(request.use_case, conversation.use_case),
    'on_disconnect', assistant.on_disconnect,
    'history', history,
    'answered_turns', conversation.answered_turns,
    'budget', budget,
    -- Read last, so that it is no older than anything else here.
    'registry_version', (select rv.version from public.registry_version as rv),
    'registry_hash', (select encode(rv.last_switch_hash, 'hex') from public.registry_version as rv));
end;
$$;
comment on function public.begin_chat_turn(jsonb) is
  'Stores a question as pending and returns the turn''s context, or the answer of an earlier call with the same request_id. p_turn: user_id, request_id, message, conversation_id, model_id, use_case, history_turns (50), history_characters (400000), stale_after_ms (the functions'' default), session_id, is_anonymous, blocks, demand (switchboard.run_demand; null: nothing is held of limits), function_region. `budget`: what is held for it, null: nothing. PT401 invalid_credentials; PT403 assistant_not_allowed, forbidden, function_outside_geographies, key_scope; PT404 conversation_not_found, model_not_found; PT409 conversation_pinned, model_not_available, model_retired, model_outside_geographies, assistant_inactive, request_id_reused, turn_in_progress, registry_locked, price_unknown; PT429 limit_exceeded. A refused turn leaves no row.';
revoke execute on function public.begin_chat_turn(jsonb)
  from public, anon, authenticated;
grant execute on function public.begin_chat_turn(jsonb) to service_role;
