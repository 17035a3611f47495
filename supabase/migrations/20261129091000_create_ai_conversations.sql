-- What users and assistants said, with the record of every run that answered.

create table public.ai_conversations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null
    constraint ai_conversations_user_id_fkey references auth.users (id) on delete cascade,
  assistant_id uuid not null
    constraint ai_conversations_assistant_id_fkey
    references public.ai_assistants (id) on delete restrict,
  model_id text
    constraint ai_conversations_model_id_fkey
    references public.bedrock_models (model_id) on update cascade on delete set null,
  title text
    constraint ai_conversations_title_length check (char_length(title) <= 200),
  use_case text
    constraint ai_conversations_use_case_length check (char_length(use_case) <= 100),
  rollout_id bigint,
  rollout_side text
    constraint ai_conversations_rollout_side_known check (rollout_side in ('canary', 'former')),
  rollout_share smallint,
  answered_turns integer not null default 0
    constraint ai_conversations_answered_turns_not_negative check (answered_turns >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint ai_conversations_rollout_is_whole
    check (num_nulls(rollout_id, rollout_side, rollout_share) in (0, 3))
);
comment on table public.ai_conversations is 'Messages of one user with one assistant.';
comment on column public.ai_conversations.model_id is
  'The pin: the model that answered first and keeps the conversation; null until the first answer.';
comment on column public.ai_conversations.title is
  'The beginning of the first message or the name of its document, until its user renames it; at most 200 characters. Null where the message has neither.';
comment on column public.ai_conversations.use_case is
  'The use case that the first request named; null for the assistant''s own.';
comment on column public.ai_conversations.rollout_id is
  'The rollout whose side the conversation is on since its first turn; null: none.';
comment on column public.ai_conversations.rollout_side is
  '`canary` or `former`; it never changes.';
comment on column public.ai_conversations.rollout_share is
  'Percent of the units that went to the canary when the conversation was assigned.';
comment on column public.ai_conversations.answered_turns is
  'Turns with an answer, complete or partial; counted here, so that no turn has to count them.';

-- Words get into no statistics of the planner, which would keep samples of what was erased.
alter table public.ai_conversations
  alter column title set statistics 0,
  alter column use_case set statistics 0;

create index ai_conversations_user_id_idx on public.ai_conversations (user_id, updated_at desc);
-- Also for switchboard.due_conversations().
create index ai_conversations_assistant_id_idx
  on public.ai_conversations (assistant_id, created_at);
create index ai_conversations_model_id_idx on public.ai_conversations (model_id);

revoke all on public.ai_conversations from public, anon, authenticated, service_role;
alter table public.ai_conversations enable row level security;

create policy ai_conversations_select_own on public.ai_conversations
  for select to authenticated
  using (user_id = (select auth.uid()));
comment on policy ai_conversations_select_own on public.ai_conversations is
  'A user reads their own conversations, and no other user''s.';

create policy ai_conversations_update_own on public.ai_conversations
  for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
comment on policy ai_conversations_update_own on public.ai_conversations is
  'A user renames their own conversations. No other column is granted.';

create policy ai_conversations_delete_own on public.ai_conversations
  for delete to authenticated
  using (user_id = (select auth.uid()));
comment on policy ai_conversations_delete_own on public.ai_conversations is
  'A user deletes their own conversations, with their messages. The ledger keeps the figures.';

grant select (
  id, user_id, assistant_id, model_id, title, use_case, answered_turns, created_at, updated_at
) on public.ai_conversations to authenticated;
grant update (title) on public.ai_conversations to authenticated;
grant delete on public.ai_conversations to authenticated;
grant select on public.ai_conversations to service_role;

create trigger touch_updated_at before update on public.ai_conversations
  for each row execute function switchboard.touch_updated_at();
create trigger require_signed_in before update or delete on public.ai_conversations
  for each statement when (current_user = 'authenticated')
  execute function switchboard.require_signed_in();

-- The record of a run, spelled once: what was chosen, why, how it ended, and its figures.
-- ai_messages and ai_usage take these columns from here, and their rows are filled from the record
-- by name. A new figure is a line here.
create type switchboard.run_record as (
  status text,
  error_code text,
  reason text,
  requested_model text,
  fallback_code text,
  registry_version bigint,
  stop_reason text,
  provider_stop_reason text,
  bedrock_request_id text,
  input_tokens integer,
  output_tokens integer,
  cache_read_tokens integer,
  cache_write_tokens integer,
  cache_write_1h_tokens integer,
  thinking_tokens integer,
  usage_estimated boolean,
  cost_usd numeric,
  response_time_ms integer,
  time_to_first_token_ms integer,
  answer_tokens_left integer,
  granted_usd numeric,
  rollout_id bigint,
  rollout_side text,
  rollout_share smallint,
  function_region text,
  model_region text,
  model_geographies text[],
  model_name text,
  generated_at timestamptz,
  prompt_hash text
);
comment on type switchboard.run_record is
  'The columns that a stored answer and its entry in the ledger share: how a run ended, and its figures. None of them identifies a person or quotes one.';
comment on column switchboard.run_record.status is
  'complete, partial (cut short) or failed (no answer).';
comment on column switchboard.run_record.error_code is 'Why the run failed or was cut short.';
comment on column switchboard.run_record.reason is 'Why the model was chosen.';
comment on column switchboard.run_record.requested_model is
  'With a fallback, the model that should have answered.';
comment on column switchboard.run_record.fallback_code is
  'With a fallback, why the model that should have answered did not: an error code.';
comment on column switchboard.run_record.registry_version is
  'The version of the registry that chose the model: the receipt of a switch.';
comment on column switchboard.run_record.stop_reason is 'Why the model stopped.';
comment on column switchboard.run_record.provider_stop_reason is
  'The same in the provider''s own word; guardrail_intervened also where words were only masked.';
comment on column switchboard.run_record.bedrock_request_id is
  'AWS''s id of the call, for questions to AWS about it.';
comment on column switchboard.run_record.input_tokens is
  'Input tokens that were not cached; null where no model worked on the turn.';
comment on column switchboard.run_record.output_tokens is
  'Null where no model worked on the turn.';
comment on column switchboard.run_record.cache_read_tokens is
  'Input tokens read from the prompt cache.';
comment on column switchboard.run_record.cache_write_tokens is
  'Input tokens written to the prompt cache, for however long.';
comment on column switchboard.run_record.cache_write_1h_tokens is
  'How many of cache_write_tokens are kept for an hour; null where the model did not tell it.';
comment on column switchboard.run_record.thinking_tokens is
  'How many of output_tokens were thinking; null where the model did not tell it.';
comment on column switchboard.run_record.usage_estimated is
  'Whether a count of tokens is an estimate, because the model did not tell it.';
comment on column switchboard.run_record.cost_usd is
  'USD, computed once, at the prices of that moment; null where a price or a count is not known.';
comment on column switchboard.run_record.response_time_ms is
  'Milliseconds from receiving the request to the end of the answer.';
comment on column switchboard.run_record.time_to_first_token_ms is
  'Milliseconds from receiving the request to the first piece of the answer.';
comment on column switchboard.run_record.answer_tokens_left is
  'Most tokens of the answer that a limit left; null: none cut it.';
comment on column switchboard.run_record.granted_usd is
  'Most USD that the run was allowed to cost; null: no hard limit in USD.';
comment on column switchboard.run_record.rollout_id is
  'The rollout that the run counts for; null: none.';
comment on column switchboard.run_record.rollout_side is
  'Of a rollout: whether `canary` or `former` was due.';
comment on column switchboard.run_record.rollout_share is
  'Percent of the units that went to the canary when this one was assigned.';
comment on column switchboard.run_record.function_region is
  'The AWS region that the function ran in; null where the platform does not say.';
comment on column switchboard.run_record.model_region is
  'The AWS region whose model was called; null where none was.';
comment on column switchboard.run_record.model_geographies is
  'Every geography where that call may have been processed, those of a profile''s destinations too; null where no model was called.';
comment on column switchboard.run_record.model_name is
  'The name that the model''s row had then.';
comment on column switchboard.run_record.generated_at is
  'When the answer, or of a stream its first piece, was there, by the clock of the function; null where none came.';
comment on column switchboard.run_record.prompt_hash is
  'SHA-256, in hexadecimal, of the assistant''s prompt and settings, as switchboard.prompt_version() makes it; null without an assistant.';

create function switchboard.add_run_rules(recording_table text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  figure record;
begin
  for figure in
    select
      a.attname as name,
      case a.atttypid
        when 'integer'::regtype then '2147483647'
        -- The largest whole number that JSON's readers keep.
        when 'bigint'::regtype then '9007199254740991'
        -- What the largest counts cost at the highest prices is not even that.
        else '10000000000'
      end as most
    from pg_catalog.pg_attribute as a
    where a.attrelid = 'switchboard.run_record'::regclass and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('integer'::regtype, 'bigint'::regtype, 'numeric'::regtype)
    order by a.attnum
  loop
    -- Bounded also above, which shuts out NaN and Infinity: JSON has neither.
    execute format('alter table public.%I add constraint %I check (%I between 0 and %s)',
      recording_table, recording_table || '_' || figure.name || '_range', figure.name, figure.most);
  end loop;
  execute format('alter table public.%I add constraint %I check (isfinite(generated_at))',
    recording_table, recording_table || '_generated_at_finite');
end;
$$;
comment on function switchboard.add_run_rules(text) is
  'For the columns of a table that come from switchboard.run_record: every number can be carried in JSON and is not negative, and times are finite. Read from the type''s catalogue, so that a new figure needs no second line.';
revoke execute on function switchboard.add_run_rules(text)
  from public, anon, authenticated, service_role;

create table public.ai_messages (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null
    constraint ai_messages_conversation_id_fkey
    references public.ai_conversations (id) on delete cascade,
  seq integer not null,
  role text not null
    constraint ai_messages_role_known check (role in ('user', 'assistant')),
  -- Of a question as maxMessageLength in supabase/functions/_shared/contract/content.ts. An answer
  -- has no limit here: what a model wrote is not to be lost.
  content text not null
    constraint ai_messages_question_length check (role <> 'user' or char_length(content) <= 32000),
  blocks jsonb
    constraint ai_messages_blocks_is_array check (jsonb_typeof(blocks) = 'array')
    constraint ai_messages_question_blocks_size
    check (role <> 'user' or pg_column_size(blocks) <= 1000000),
  shown_blocks jsonb,
  model_used text,
  like switchboard.run_record including comments,
  disclosure boolean not null default false,
  request_id uuid,
  begun_at timestamptz,
  begun_xmin bigint,
  attempt integer,
  created_at timestamptz not null default now(),
  constraint ai_messages_conversation_id_seq_key unique (conversation_id, seq),
  constraint ai_messages_seq_fits_role
    check (seq > 0 and (seq % 2 = 1) = (role = 'user')),
  constraint ai_messages_status_known
    check (status in ('pending', 'complete', 'partial', 'failed')),
  constraint ai_messages_reason_known check (reason in (
    'pinned', 'requested', 'canary', 'assistant', 'use_case', 'default', 'priority', 'fallback')),
  constraint ai_messages_begun_at_fits_role check ((begun_at is not null) = (role = 'user')),
  constraint ai_messages_attempt_fits_role check ((attempt is not null) = (role = 'user')),
  constraint ai_messages_fallback_is_whole
    check ((requested_model is not null) = (fallback_code is not null))
);
alter table public.ai_messages alter column status set not null;
-- As in ai_conversations.
alter table public.ai_messages
  alter column content set statistics 0,
  alter column blocks set statistics 0,
  alter column shown_blocks set statistics 0;

comment on table public.ai_messages is
  'One row per message. Turn n of a conversation has seq 2n-1 for the user and 2n for the answer.';
comment on column public.ai_messages.seq is
  'Order in the conversation: odd for the user, the next even number for the answer to it.';
comment on column public.ai_messages.content is
  'The text, without reasoning, tool calls and their results; may be empty.';
comment on column public.ai_messages.blocks is
  'All content blocks in the neutral message model, reasoning too, with references to images and documents in Storage; null where there is no more than the text. For the model only: users cannot read it.';
comment on column public.ai_messages.shown_blocks is
  'The blocks for their reader, as chat sends and takes them, without reasoning and without bytes; null where there is no more than the text.';
comment on column public.ai_messages.model_used is
  'The model that answered. No foreign key: what happened stays true when the model''s row goes.';
comment on column public.ai_messages.status is
  'User: pending while the turn runs, then complete or failed. Answer: complete, partial (cut short) or failed (no answer came).';
comment on column public.ai_messages.error_code is 'Why the turn failed or was cut short.';
comment on column public.ai_messages.disclosure is
  'Whether an app tells its user with this answer that a machine answers: with the first of its conversation and, where that broke off, each up to the first complete one.';
comment on column public.ai_messages.request_id is
  'The caller''s id of the request; the same id never makes a second turn.';
comment on column public.ai_messages.begun_at is
  'When the turn last began; only on the user''s message.';
comment on column public.ai_messages.begun_xmin is
  'Every transaction with a smaller id had ended when the turn last began; only on the user''s message.';
comment on column public.ai_messages.attempt is
  'How many times the turn has begun, counting those that failed or were abandoned; only on the user''s message.';

create unique index ai_messages_request_id_key
  on public.ai_messages (conversation_id, request_id) where role = 'user';
create index ai_messages_request_id_idx on public.ai_messages (request_id) where role = 'user';
create index ai_messages_pending_idx
  on public.ai_messages (begun_at) where role = 'user' and status = 'pending';
-- For switchboard.paths_in_use(): few questions have images or documents.
create index ai_messages_question_blocks_idx
  on public.ai_messages (conversation_id) where role = 'user' and blocks is not null;
create index ai_messages_created_at_idx
  on public.ai_messages (created_at, model_used) where role = 'assistant';

revoke all on public.ai_messages from public, anon, authenticated, service_role;
alter table public.ai_messages enable row level security;

create policy ai_messages_select_own on public.ai_messages
  for select to authenticated
  using (conversation_id in (
    select c.id from public.ai_conversations as c where c.user_id = (select auth.uid())));
comment on policy ai_messages_select_own on public.ai_messages is
  'A user reads the messages of their own conversations, and no other user''s.';

-- Users read what is named here, of the record of the run too: a new figure is readable for platform
-- admins in the ledger, and for users only once it is added. Those for operators are not:
-- provider_stop_reason and bedrock_request_id. Nor are the blocks, which hold the model's reasoning;
-- shown_blocks are those without it.
grant select (
  id, conversation_id, seq, role, content, shown_blocks, status, model_used, requested_model,
  fallback_code, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
  cache_write_1h_tokens, thinking_tokens, usage_estimated, cost_usd, response_time_ms,
  time_to_first_token_ms, answer_tokens_left, stop_reason, error_code, registry_version, reason,
  function_region, model_region, model_geographies, model_name, generated_at, prompt_hash,
  disclosure, request_id, created_at
) on public.ai_messages to authenticated;
grant select on public.ai_messages to service_role;
select switchboard.add_run_rules('ai_messages');

-- Which transactions had ended when a turn began. The time of a switch in the audit log is a little
-- before its commit, so times alone cannot tell a turn that began in between.
create function switchboard.note_turn_snapshot()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.begun_xmin := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  return new;
end;
$$;
comment on function switchboard.note_turn_snapshot() is
  'Trigger: notes which transactions had ended when a turn begins. begin_chat_turn() reads the registry''s version after this, so the version cannot be older.';
revoke execute on function switchboard.note_turn_snapshot()
  from public, anon, authenticated, service_role;

create trigger note_turn_snapshot before insert or update of begun_at on public.ai_messages
  for each row when (new.role = 'user')
  execute function switchboard.note_turn_snapshot();
