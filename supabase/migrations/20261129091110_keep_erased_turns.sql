-- A conversation may be erased while one of its turns runs: by its user, by an operator, with the
-- account. What the ledger needs of such a turn is kept for as long as it may still end, so that its
-- end is entered and its holds are given back. None of it is a word.

create function switchboard.turns_may_run_for()
returns interval
language sql
immutable
set search_path = ''
as $$
  -- The longest deadline that the functions accept is an hour, then the end is stored.
  select interval '62 minutes';
$$;
comment on function switchboard.turns_may_run_for() is
  'How long after its beginning an attempt at a turn can still end; what is pending for longer has lost its instance.';
revoke execute on function switchboard.turns_may_run_for()
  from public, anon, authenticated, service_role;

create function switchboard.content_paths(blocks jsonb)
returns text[]
language sql
immutable
set search_path = ''
as $$
  select array(
    select distinct m.medium #>> '{source,path}'
    from (
      select jsonb_path_query(blocks, '$[*] ? (@.type == "image" || @.type == "document")')
      union all
      select jsonb_path_query(blocks,
        '$[*] ? (@.type == "tool-result").content[*] ? (@.type == "image" || @.type == "document")')
    ) as m (medium)
    where m.medium #>> '{source,bucket}' = 'switchboard-content'
      -- The first folder says whose it is.
      and m.medium #>> '{source,path}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[^/]+$');
$$;
comment on function switchboard.content_paths(jsonb) is
  'Where the images and documents of a message lie in the bucket `switchboard-content`.';
revoke execute on function switchboard.content_paths(jsonb)
  from public, anon, authenticated, service_role;

create table switchboard.erased_turns (
  question_id uuid primary key,
  request_id uuid,
  conversation_id uuid not null,
  user_hash text not null,
  assistant_type text not null,
  status text not null,
  attempt integer not null,
  answered_turns integer not null,
  begun_at timestamptz not null,
  begun_xmin bigint,
  rollout_id bigint,
  rollout_side text,
  paths text[] not null
);
comment on table switchboard.erased_turns is
  'Turns whose words were erased and which may still end: figures for the ledger. A row goes when its turn can end no more.';
comment on column switchboard.erased_turns.question_id is 'As it was in ai_messages.';
comment on column switchboard.erased_turns.request_id is 'Of the request that began the turn.';
comment on column switchboard.erased_turns.user_hash is
  'The user, as switchboard.keyed_hash().';
comment on column switchboard.erased_turns.assistant_type is 'The assistant that was asked.';
comment on column switchboard.erased_turns.status is
  'Of the question: `pending` while the turn runs, then complete or failed.';
comment on column switchboard.erased_turns.attempt is 'The last attempt that has begun.';
comment on column switchboard.erased_turns.answered_turns is
  'Turns of the conversation with an answer, those that ended after it was erased too.';
comment on column switchboard.erased_turns.begun_at is 'When the last attempt began.';
comment on column switchboard.erased_turns.begun_xmin is 'As in ai_messages.';
comment on column switchboard.erased_turns.rollout_id is 'As in ai_conversations.';
comment on column switchboard.erased_turns.rollout_side is 'As in ai_conversations.';
comment on column switchboard.erased_turns.paths is
  'Where its images and documents lie in Storage, or come to lie: an upload may still be under way. A path holds the id of its user and a hash.';
create index erased_turns_conversation_id_idx on switchboard.erased_turns (conversation_id);
create index erased_turns_request_id_idx on switchboard.erased_turns (request_id);
create index erased_turns_begun_at_idx on switchboard.erased_turns (begun_at);
create index erased_turns_user_hash_idx on switchboard.erased_turns (user_hash);
revoke all on switchboard.erased_turns from public, anon, authenticated, service_role;

create function switchboard.keep_turns_of(
  erased public.ai_conversations,
  only_question_id uuid default null
)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Not the pending ones only: an attempt that was given up, or superseded, may end as well.
  insert into switchboard.erased_turns (
    question_id, request_id, conversation_id, user_hash, assistant_type, status, attempt,
    answered_turns, begun_at, begun_xmin, rollout_id, rollout_side, paths)
  select
    m.id, m.request_id, erased.id, switchboard.keyed_hash('user', erased.user_id::text),
    a.assistant_type, m.status, m.attempt, erased.answered_turns, m.begun_at, m.begun_xmin,
    erased.rollout_id, erased.rollout_side, switchboard.content_paths(m.blocks)
  from public.ai_messages as m
  join public.ai_assistants as a on a.id = erased.assistant_id
  where m.conversation_id = erased.id and m.role = 'user'
    and m.begun_at > now() - switchboard.turns_may_run_for()
    and (only_question_id is null or m.id = only_question_id)
  on conflict (question_id) do nothing;
end;
$$;
comment on function switchboard.keep_turns_of(public.ai_conversations, uuid) is
  'Keeps the figures of the turns of a conversation, or of one of them, that may still end.';
revoke execute on function switchboard.keep_turns_of(public.ai_conversations, uuid)
  from public, anon, authenticated, service_role;

-- Definers: users delete their conversations, and Auth those of an account. The deletion waits for
-- the locks of the turn functions before a trigger runs, so it sees every turn that has begun.

create function switchboard.keep_turns_of_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform switchboard.keep_turns_of(old);
  return old;
end;
$$;
comment on function switchboard.keep_turns_of_conversation() is
  'Trigger: switchboard.keep_turns_of() for a conversation that is deleted.';
revoke execute on function switchboard.keep_turns_of_conversation()
  from public, anon, authenticated, service_role;

create trigger keep_turns before delete on public.ai_conversations
  for each row execute function switchboard.keep_turns_of_conversation();

create function switchboard.keep_turn_of_question()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- With its conversation it is kept already.
  perform switchboard.keep_turns_of(c, old.id)
  from public.ai_conversations as c where c.id = old.conversation_id;
  return old;
end;
$$;
comment on function switchboard.keep_turn_of_question() is
  'Trigger: switchboard.keep_turns_of() for a question that is deleted before its conversation.';
revoke execute on function switchboard.keep_turn_of_question()
  from public, anon, authenticated, service_role;

create trigger keep_turn before delete on public.ai_messages
  for each row when (old.role = 'user' and old.begun_at > now() - interval '1 day')
  execute function switchboard.keep_turn_of_question();

create function switchboard.refuse_erased_turn()
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT404',
    message = 'The conversation of this request_id was erased.',
    detail = 'conversation_not_found',
    hint = 'Send a new request_id, without conversation_id, to begin a new one.';
end;
$$;
comment on function switchboard.refuse_erased_turn() is
  'PT404 conversation_not_found for a request that is repeated after its turn was erased: it must not bring the words back.';
revoke execute on function switchboard.refuse_erased_turn()
  from public, anon, authenticated, service_role;
