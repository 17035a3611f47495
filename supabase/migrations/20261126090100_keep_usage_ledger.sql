-- The ledger: what every ended attempt at a turn used and cost. It holds figures and no words, and
-- nobody's identity, so platform admins read it under plain row-level security; and it stays when
-- the conversation is deleted, since the tokens were paid for.
--
-- A turn that fails and is taken up again has a row for each attempt, because each is paid.

create table public.ai_usage (
  id bigint generated always as identity primary key,
  -- No foreign keys to messages and conversations: the row outlives them.
  question_id uuid not null,
  attempt integer not null
    constraint ai_usage_attempt_positive check (attempt > 0),
  message_id uuid,
  conversation_id uuid not null,
  assistant_type text not null,
  model_id text,
  status text not null
    constraint ai_usage_status_known check (status in ('complete', 'partial', 'failed')),
  reason text,
  requested_model text,
  fallback_code text,
  error_code text,
  registry_version bigint,
  begun_xmin bigint,
  begun_at timestamptz not null,
  ended_at timestamptz not null,
  begins_conversation boolean not null,
  input_tokens integer,
  output_tokens integer,
  cache_read_tokens integer,
  cache_write_tokens integer,
  price_id bigint
    constraint ai_usage_price_id_fkey references public.model_prices (id) on delete restrict,
  cost_usd numeric
    constraint ai_usage_cost_not_negative check (cost_usd >= 0),
  response_time_ms integer,
  time_to_first_token_ms integer
);
comment on table public.ai_usage is
  'The ledger: one row per ended attempt at a turn, with its tokens and their price at that moment. Written by complete_chat_turn(); never changed. An attempt whose instance died, or whose conversation was deleted meanwhile, told nobody what it used and has no row.';
comment on column public.ai_usage.question_id is 'The user''s message.';
comment on column public.ai_usage.attempt is 'Which attempt at the turn this was, from 1.';
comment on column public.ai_usage.message_id is
  'The id that the message got which tells the outcome; null where another attempt''s was kept. A failure''s message gives way to the answer of a later attempt.';
comment on column public.ai_usage.assistant_type is 'The assistant that was asked.';
comment on column public.ai_usage.model_id is
  'The model that answered or, of a failure, whose error it is; null where none was called.';
comment on column public.ai_usage.status is 'As in ai_messages: complete, partial or failed.';
comment on column public.ai_usage.reason is 'Why the model was chosen.';
comment on column public.ai_usage.requested_model is
  'With a fallback, the model that should have answered.';
comment on column public.ai_usage.fallback_code is
  'With a fallback, why the model that should have answered did not.';
comment on column public.ai_usage.error_code is 'Why the attempt failed or was cut short.';
comment on column public.ai_usage.registry_version is
  'The version of the registry that chose the model.';
comment on column public.ai_usage.begun_xmin is
  'Every transaction with a smaller id had ended when the attempt began. Ids, not clocks, say whether it began after a switch was committed; they hold within one cluster, not over a dump and its restore. Null where not known: of attempts that another superseded, and from before the ledger was kept.';
comment on column public.ai_usage.begun_at is 'When the attempt began.';
comment on column public.ai_usage.ended_at is
  'When the answer was there, or the failure; also where it could be stored only later. Its prices are of this moment.';
comment on column public.ai_usage.begins_conversation is
  'Whether this is the first answer of its conversation, so that conversations can be counted by adding.';
comment on column public.ai_usage.input_tokens is
  'Input tokens that were not cached; null where the model did not tell.';
comment on column public.ai_usage.price_id is
  'The prices that the cost was computed from: of those that were committed when the row was written, the ones that held at ended_at. Null where there were none, or it was computed before the ledger was kept.';
comment on column public.ai_usage.cost_usd is
  'USD, computed once; null where a price or a count was not known.';
comment on column public.ai_usage.response_time_ms is
  'From receiving the request to having the whole answer.';
comment on column public.ai_usage.time_to_first_token_ms is
  'From receiving the request to the first piece of the answer.';

-- An attempt that was given up, and whose answer came all the same, has a row for each.
create unique index ai_usage_question_id_attempt_key
  on public.ai_usage (question_id, attempt, (status = 'failed'));
-- Rows come nearly in the order of time, so a range of it is a range of pages.
create index ai_usage_ended_at_idx on public.ai_usage (ended_at);
-- For "which versions still chose models after a switch", see private.receipts().
create index ai_usage_registry_version_idx on public.ai_usage (registry_version, begun_xmin);
create index ai_usage_price_id_idx on public.ai_usage (price_id);

revoke all on public.ai_usage from anon, authenticated, service_role;
alter table public.ai_usage enable row level security;

create policy ai_usage_select_platform on public.ai_usage
  for select to authenticated
  using ((select private.is_platform_user()));
comment on policy ai_usage_select_platform on public.ai_usage is
  'Platform admins read the figures of all turns, which hold no words.';

grant select (
  id, question_id, attempt, message_id, conversation_id, assistant_type, model_id, status, reason,
  requested_model, fallback_code, error_code, registry_version, begun_xmin, begun_at, ended_at,
  begins_conversation, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, price_id,
  cost_usd, response_time_ms, time_to_first_token_ms
) on public.ai_usage to authenticated;
grant select, insert on public.ai_usage to service_role;

create trigger refuse_change before update or delete on public.ai_usage
  for each statement execute function private.refuse_change();
create trigger refuse_truncate before truncate on public.ai_usage
  for each statement execute function private.refuse_truncate();

-- Which transactions had ended when a turn began. The time of a switch in the audit log is a little
-- before its commit, so times alone cannot tell a turn that began in between.
alter table public.ai_messages add column begun_xmin bigint;
comment on column public.ai_messages.begun_xmin is
  'Every transaction with a smaller id had ended when the turn last began; only on the user''s message.';

create function private.note_turn_snapshot()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.begun_xmin := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  return new;
end;
$$;
comment on function private.note_turn_snapshot() is
  'Trigger: notes which transactions had ended when a turn begins. begin_chat_turn() reads the registry''s version after this, so the version cannot be older.';

create trigger note_turn_snapshot before insert or update of begun_at on public.ai_messages
  for each row when (new.role = 'user')
  execute function private.note_turn_snapshot();

-- What was answered before the ledger was kept.
insert into public.ai_usage (
  question_id, attempt, message_id, conversation_id, assistant_type, model_id, status, reason,
  requested_model, fallback_code, error_code, registry_version, begun_at, ended_at,
  begins_conversation, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
  response_time_ms, time_to_first_token_ms)
select
  q.id, q.attempt, a.id, a.conversation_id, assistant.assistant_type, a.model_used, a.status,
  a.reason, a.requested_model, a.fallback_code, a.error_code, a.registry_version, q.begun_at,
  a.created_at,
  a.status <> 'failed' and not exists (
    select from public.ai_messages as earlier
    where earlier.conversation_id = a.conversation_id and earlier.seq < a.seq
      and earlier.role = 'assistant' and earlier.status <> 'failed'),
  a.input_tokens, a.output_tokens, a.cache_read_tokens, a.cache_write_tokens,
  a.cost_usd, a.response_time_ms, a.time_to_first_token_ms
from public.ai_messages as a
join public.ai_messages as q on q.conversation_id = a.conversation_id and q.seq = a.seq - 1
join public.ai_conversations as c on c.id = a.conversation_id
join public.ai_assistants as assistant on assistant.id = c.assistant_id
where a.role = 'assistant'
order by a.created_at;

create or replace function public.complete_chat_turn(
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
  assistant_asked text;
  turns_answered integer;
  -- Whether this outcome is the turn's: it has none yet, or this attempt is the last one.
  decides boolean;
  answer_id uuid := coalesce(p_answer_id, gen_random_uuid());
  is_superseded boolean;
  begun timestamptz;
  moment timestamptz;
  price public.model_prices;
  cost numeric;
begin
  if p_status not in ('complete', 'partial', 'failed') then
    raise exception using
      errcode = '22023', message = format('A turn cannot end as %s.', p_status);
  end if;

  -- The conversation first, as in begin_chat_turn, so that the two never wait for each other.
  select a.assistant_type, c.answered_turns into assistant_asked, turns_answered
  from public.ai_conversations as c
  join public.ai_messages as m on m.conversation_id = c.id
  join public.ai_assistants as a on a.id = c.assistant_id
  where m.id = p_question_id and m.role = 'user'
  for update of c;
  if not found then
    raise exception using
      errcode = 'PT404', message = 'There is no such turn.', detail = 'conversation_not_found';
  end if;

  select * into question from public.ai_messages as m where m.id = p_question_id;
  p_attempt := coalesce(p_attempt, question.attempt);
  if p_attempt not between 1 and question.attempt then
    raise exception using
      errcode = '22023', message = format('The turn has had no attempt %s.', p_attempt);
  end if;
  -- Ended before, by an earlier try of this call or by whoever took the turn up again: what is
  -- stored stays. A failure of an attempt that another has superseded is not the turn's either.
  decides := question.status <> 'complete'
    and not (p_status = 'failed' and p_attempt < question.attempt);

  -- The question tells when the last attempt began. One before it can tell only how long it took.
  is_superseded := p_attempt < question.attempt;
  begun := case
    when is_superseded then
      least(question.begun_at, now() - coalesce(p_response_time_ms, 0) * interval '1 millisecond')
    else question.begun_at
  end;
  -- Priced as of the answer, not of its being stored, which an outage may have delayed; by an hour
  -- at most, so that days long past can be summed up for good.
  moment := greatest(
    least(now(), begun + p_response_time_ms * interval '1 millisecond'),
    now() - interval '1 hour');
  price := private.price_at(p_model_used, moment);
  cost := private.cost_of_tokens(
    price, p_input_tokens, p_output_tokens, p_cache_read_tokens, p_cache_write_tokens);
  insert into public.ai_usage (
    question_id, attempt, message_id, conversation_id, assistant_type, model_id, status, reason,
    requested_model, fallback_code, error_code, registry_version, begun_xmin, begun_at, ended_at,
    begins_conversation, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    price_id, cost_usd, response_time_ms, time_to_first_token_ms)
  select
    question.id, p_attempt, case when decides then answer_id end, question.conversation_id,
    assistant_asked, p_model_used, p_status, p_reason, p_requested_model, p_fallback_code,
    p_error_code, p_registry_version, case when not is_superseded then question.begun_xmin end,
    begun, moment,
    decides and p_status <> 'failed' and turns_answered = 0, p_input_tokens, p_output_tokens,
    p_cache_read_tokens, p_cache_write_tokens, price.id, cost, p_response_time_ms,
    p_time_to_first_token_ms
  -- A failure that is told after the attempt's answer is none.
  where p_status <> 'failed' or not exists (
    select from public.ai_usage as u
    where u.question_id = question.id and u.attempt = p_attempt)
  on conflict (question_id, attempt, (status = 'failed')) do nothing;

  if not decides then
    if question.status <> 'complete' then
      return null;
    end if;
    select * into answer
    from public.ai_messages as m
    where m.conversation_id = question.conversation_id and m.seq = question.seq + 1;
    return private.describe_answer(answer);
  end if;

  insert into public.ai_messages as m (
    id, conversation_id, seq, role, content, blocks, status, model_used, requested_model,
    fallback_code, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
    response_time_ms, time_to_first_token_ms, stop_reason, error_code, registry_version, reason,
    request_id)
  values (
    answer_id, question.conversation_id, question.seq + 1,
    'assistant', p_content, p_blocks::jsonb, p_status, p_model_used, p_requested_model,
    p_fallback_code, p_input_tokens, p_output_tokens, p_cache_read_tokens, p_cache_write_tokens,
    cost, p_response_time_ms, p_time_to_first_token_ms, p_stop_reason, p_error_code,
    p_registry_version, p_reason, question.request_id)
  on conflict on constraint ai_messages_conversation_id_seq_key do update set
    id = excluded.id, content = excluded.content, blocks = excluded.blocks,
    status = excluded.status, model_used = excluded.model_used,
    requested_model = excluded.requested_model, fallback_code = excluded.fallback_code,
    input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
    cache_read_tokens = excluded.cache_read_tokens,
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
  'Ends a turn: stores the answer (complete or partial) or the failure with its figures and cost, enters the attempt in the ledger, and pins the conversation. Returns what is stored; of an ended turn, what was stored before; null for a failure of an attempt that another has superseded.';

create or replace function private.describe_answer(answer public.ai_messages)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select to_jsonb(answer)
    - array['seq', 'role', 'begun_at', 'begun_xmin', 'attempt', 'request_id']
    || jsonb_build_object(
      'model_name', coalesce(
        (select bm.model_name from public.bedrock_models as bm
          where bm.model_id = answer.model_used),
        answer.model_used));
$$;

drop function private.price_answer(text, integer, integer, integer, integer);

-- Counted messages, for platform admins, with its owner's rights; the reports over the ledger need
-- none of that, and say more.
drop function public.usage_by_model(timestamptz);
drop function private.usage_by_model(timestamptz);
