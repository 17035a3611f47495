-- What users and assistants said, with the figures of every answer.

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
  title text,
  use_case text,
  answered_turns integer not null default 0
    constraint ai_conversations_answered_turns_not_negative check (answered_turns >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table public.ai_conversations is 'Messages of one user with one assistant.';
comment on column public.ai_conversations.model_id is
  'The pin: the model that answered first and keeps the conversation; null until the first answer.';
comment on column public.ai_conversations.title is 'The beginning of the first message.';
comment on column public.ai_conversations.use_case is
  'The use case that the first request named; null for the assistant''s own.';
comment on column public.ai_conversations.answered_turns is
  'Turns with an answer, complete or partial; counted here, so that no turn has to count them.';

create index ai_conversations_user_id_idx on public.ai_conversations (user_id, updated_at desc);
create index ai_conversations_assistant_id_idx on public.ai_conversations (assistant_id);
create index ai_conversations_model_id_idx on public.ai_conversations (model_id);

revoke all on public.ai_conversations from anon, authenticated, service_role;
alter table public.ai_conversations enable row level security;

create policy ai_conversations_select_own on public.ai_conversations
  for select to authenticated
  using (user_id = (select auth.uid()));
comment on policy ai_conversations_select_own on public.ai_conversations is
  'A user reads their own conversations; nobody reads another''s.';

grant select (
  id, user_id, assistant_id, model_id, title, use_case, answered_turns, created_at, updated_at
) on public.ai_conversations to authenticated;
grant select, insert, update on public.ai_conversations to service_role;

create trigger touch_updated_at before update on public.ai_conversations
  for each row execute function private.touch_updated_at();

create table public.ai_messages (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null
    constraint ai_messages_conversation_id_fkey
    references public.ai_conversations (id) on delete cascade,
  seq integer not null,
  role text not null
    constraint ai_messages_role_known check (role in ('user', 'assistant')),
  content text not null,
  blocks jsonb
    constraint ai_messages_blocks_is_array check (jsonb_typeof(blocks) = 'array'),
  status text not null
    constraint ai_messages_status_known check (status in ('pending', 'complete', 'partial', 'failed')),
  model_used text,
  requested_model text,
  fallback_code text,
  input_tokens integer
    constraint ai_messages_input_tokens_not_negative check (input_tokens >= 0),
  output_tokens integer
    constraint ai_messages_output_tokens_not_negative check (output_tokens >= 0),
  cache_read_tokens integer
    constraint ai_messages_cache_read_tokens_not_negative check (cache_read_tokens >= 0),
  cache_write_tokens integer
    constraint ai_messages_cache_write_tokens_not_negative check (cache_write_tokens >= 0),
  cost_usd numeric
    constraint ai_messages_cost_not_negative check (cost_usd >= 0),
  response_time_ms integer
    constraint ai_messages_response_time_not_negative check (response_time_ms >= 0),
  time_to_first_token_ms integer
    constraint ai_messages_time_to_first_token_not_negative check (time_to_first_token_ms >= 0),
  stop_reason text,
  error_code text,
  registry_version bigint,
  reason text
    constraint ai_messages_reason_known check (reason in (
      'pinned', 'requested', 'assistant', 'use_case', 'default', 'priority', 'fallback')),
  request_id uuid,
  begun_at timestamptz,
  attempt integer,
  created_at timestamptz not null default now(),
  constraint ai_messages_conversation_id_seq_key unique (conversation_id, seq),
  constraint ai_messages_seq_fits_role
    check (seq > 0 and (seq % 2 = 1) = (role = 'user')),
  constraint ai_messages_begun_at_fits_role check ((begun_at is not null) = (role = 'user')),
  constraint ai_messages_attempt_fits_role check ((attempt is not null) = (role = 'user')),
  constraint ai_messages_fallback_is_whole
    check ((requested_model is not null) = (fallback_code is not null))
);
comment on table public.ai_messages is
  'One row per message. Turn n of a conversation has seq 2n-1 for the user and 2n for the answer.';
comment on column public.ai_messages.seq is
  'Order in the conversation: odd for the user, the next even number for the answer to it.';
comment on column public.ai_messages.content is 'The text, without reasoning or tool calls.';
comment on column public.ai_messages.blocks is
  'All content blocks in the neutral message model; null where there is no more than the text.';
comment on column public.ai_messages.status is
  'User: pending while the turn runs, then complete or failed. Answer: complete, partial (cut short) or failed (no answer came).';
comment on column public.ai_messages.model_used is
  'The model that answered. No foreign key: what happened stays true when the model''s row goes.';
comment on column public.ai_messages.requested_model is
  'With a fallback, the model that should have answered.';
comment on column public.ai_messages.fallback_code is
  'With a fallback, why the model that should have answered did not: an error code.';
comment on column public.ai_messages.input_tokens is 'Input tokens that were not cached.';
comment on column public.ai_messages.cost_usd is
  'USD, at the prices of the moment; null where a price was not known.';
comment on column public.ai_messages.response_time_ms is
  'From receiving the request to having the whole answer.';
comment on column public.ai_messages.time_to_first_token_ms is
  'From receiving the request to the first piece of the answer.';
comment on column public.ai_messages.stop_reason is 'Why the model stopped.';
comment on column public.ai_messages.error_code is 'Why the turn failed.';
comment on column public.ai_messages.registry_version is
  'The version of the registry that chose the model: the receipt of a switch.';
comment on column public.ai_messages.reason is 'Why the model was chosen.';
comment on column public.ai_messages.request_id is
  'The caller''s id of the request; the same id never makes a second turn.';
comment on column public.ai_messages.begun_at is
  'When the turn last began; only on the user''s message.';
comment on column public.ai_messages.attempt is
  'How many times the turn has begun, counting those that failed or were abandoned; only on the user''s message.';

create unique index ai_messages_request_id_key
  on public.ai_messages (conversation_id, request_id) where role = 'user';
create index ai_messages_request_id_idx on public.ai_messages (request_id) where role = 'user';
create index ai_messages_pending_idx
  on public.ai_messages (begun_at) where role = 'user' and status = 'pending';
create index ai_messages_created_at_idx
  on public.ai_messages (created_at, model_used) where role = 'assistant';

revoke all on public.ai_messages from anon, authenticated, service_role;
alter table public.ai_messages enable row level security;

create policy ai_messages_select_own on public.ai_messages
  for select to authenticated
  using (conversation_id in (
    select c.id from public.ai_conversations as c where c.user_id = (select auth.uid())));
comment on policy ai_messages_select_own on public.ai_messages is
  'A user reads the messages of their own conversations; nobody reads another''s.';

grant select (
  id, conversation_id, seq, role, content, blocks, status, model_used, requested_model,
  fallback_code, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
  response_time_ms, time_to_first_token_ms, stop_reason, error_code, registry_version, reason,
  request_id, created_at
) on public.ai_messages to authenticated;
grant select, insert, update on public.ai_messages to service_role;
