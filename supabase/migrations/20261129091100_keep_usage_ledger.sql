-- The ledger: what every ended attempt at a turn used and cost. It holds figures, no words and no
-- identities, so platform admins read it under plain row-level security; and it stays when the
-- conversation is deleted, since the tokens were paid for.
--
-- A turn that fails and is taken up again has a row for each attempt, because each is paid. So has
-- each call of a model that came to nothing before another one answered, and each trial. A call of
-- the endpoints `openai` and `anthropic`, which keeps no conversation, is entered like a turn.

-- Users stand in the ledger as keyed hashes: who has the ledger but not the key cannot try ids until
-- one fits.
create table switchboard.ledger_hash_key (
  id boolean primary key default true constraint ledger_hash_key_one_row check (id),
  -- 366 random bits: no extension that gives random bytes is in every project.
  secret bytea not null default sha256(
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    constraint ledger_hash_key_secret_length check (octet_length(secret) = 32)
);
comment on table switchboard.ledger_hash_key is
  'One row, made at install: the key of the hashes in ai_usage. Read by the functions that write the ledger, which run with their owner''s rights, and granted to no role.';
comment on column switchboard.ledger_hash_key.secret is '32 random bytes.';

revoke all on switchboard.ledger_hash_key from public, anon, authenticated, service_role;
insert into switchboard.ledger_hash_key default values;
create trigger refuse_removal before delete or truncate on switchboard.ledger_hash_key
  for each statement execute function switchboard.refuse_removal();

create function switchboard.keyed_hash(kind text, label text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  secret constant bytea := (select k.secret from switchboard.ledger_hash_key as k);
begin
  -- Hashed twice, so that no longer label can be made to fit; HMAC is in no project's core.
  return left(encode(
    sha256(secret || sha256(secret || convert_to(kind || ' ' || label, 'UTF8'))), 'hex'), 32);
end;
$$;
comment on function switchboard.keyed_hash(text, text) is
  'The hash that stands for a `user` or a `client` label in the ledger: 128 bits in hexadecimal, the same for the same label, and not to be made without the key. Null for null.';
revoke execute on function switchboard.keyed_hash(text, text)
  from public, anon, authenticated, service_role;

create function switchboard.users_of_hashes(hashes text[])
returns table (user_hash text, user_id uuid)
language sql
stable
rows 100
set search_path = ''
as $$
  select h.user_hash, h.id
  from (
    -- Hashes cannot be turned back: every user is hashed.
    select u.id, switchboard.keyed_hash('user', u.id::text) as user_hash
    from auth.users as u
    where cardinality(array_remove(hashes, null)) > 0
    offset 0
  ) as h
  where h.user_hash = any (hashes);
$$;
comment on function switchboard.users_of_hashes(text[]) is
  'The users who stand behind hashes of the ledger, as far as there are such users still. Takes a second per 50,000 users.';
revoke execute on function switchboard.users_of_hashes(text[])
  from public, anon, authenticated, service_role;

create table public.ai_usage (
  id bigint generated always as identity primary key,
  -- No foreign keys to messages and conversations: the row outlives them.
  question_id uuid not null,
  attempt integer not null
    constraint ai_usage_attempt_positive check (attempt > 0),
  message_id uuid,
  conversation_id uuid,
  assistant_type text,
  model_id text,
  purpose text not null default 'turn'
    constraint ai_usage_purpose_known check (purpose in ('turn', 'trial', 'call')),
  surface text not null default 'chat'
    constraint ai_usage_surface_known check (surface in ('chat', 'openai', 'anthropic')),
  api_key_id uuid,
  user_hash text
    constraint ai_usage_user_hash_shape check (user_hash ~ '^[0-9a-f]{32}$'),
  client_hash text
    constraint ai_usage_client_hash_shape check (client_hash ~ '^[0-9a-f]{32}$'),
  client_retries smallint
    constraint ai_usage_client_retries_not_negative check (client_retries >= 0),
  like switchboard.run_record including comments,
  unanswered_call smallint,
  begun_xmin bigint,
  begun_at timestamptz not null,
  ended_at timestamptz not null,
  begins_conversation boolean not null,
  price_id bigint
    constraint ai_usage_price_id_fkey references public.model_prices (id) on delete restrict,
  limit_ids bigint[],
  rollout_unit text
    constraint ai_usage_rollout_unit_shape check (rollout_unit ~ '^[0-9a-f]{32}$'),
  rollout_failed boolean,
  constraint ai_usage_rollout_is_whole check (
    num_nulls(rollout_id, rollout_side, rollout_share, rollout_unit, rollout_failed) in (0, 5)),
  constraint ai_usage_status_known
    check (status in ('complete', 'partial', 'failed', 'unanswered')),
  constraint ai_usage_conversation_fits_purpose
    check ((purpose = 'turn') = (conversation_id is not null)),
  constraint ai_usage_surface_fits_purpose check ((purpose = 'call') = (surface <> 'chat')),
  constraint ai_usage_assistant_type_fits_purpose
    check (assistant_type is not null or purpose = 'call'),
  constraint ai_usage_unanswered_call_fits_status
    check ((unanswered_call is not null) = (status = 'unanswered')),
  -- Days are those of a calendar, which has no end.
  constraint ai_usage_times_range check (
    begun_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00'
    and ended_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00')
);
alter table public.ai_usage alter column status set not null;

comment on table public.ai_usage is
  'The ledger: one row per ended attempt at a turn, with its tokens and their price at that moment, and one (status `unanswered`) per further call that gave no answer and is billed; the same of each call of `openai` and `anthropic`, and of each trial of a model. Written by complete_chat_turn(), complete_call() and record_trial(); never changed. An attempt whose instance died reported no use and has no row.';
comment on column public.ai_usage.question_id is
  'The user''s message; of a call or a trial, its own id, which of a call is also `x-request-id`.';
comment on column public.ai_usage.attempt is
  'Which attempt at the turn this was, from 1; of a call or a trial always 1.';
comment on column public.ai_usage.message_id is
  'The stored outcome of this attempt; null where another attempt''s was kept. A failure''s message gives way to the answer of a later attempt.';
comment on column public.ai_usage.assistant_type is
  'The assistant that was asked; null for a call with none.';
comment on column public.ai_usage.model_id is
  'The model that answered or, of a failure, whose error it is; null where none was called.';
comment on column public.ai_usage.purpose is
  '`turn` of a conversation, `call` of the endpoints `openai` and `anthropic`, or `trial` of a model by an operator; the words of the latter two are stored nowhere.';
comment on column public.ai_usage.surface is 'Where the question came in.';
comment on column public.ai_usage.api_key_id is
  'The API key that a call came with; null for other callers. No foreign key: figures stay.';
comment on column public.ai_usage.user_hash is
  'The user who asked, as switchboard.keyed_hash(): the same for all that one user asked, and no identity. Null for API keys, secret keys and trials.';
comment on column public.ai_usage.client_hash is
  'The client''s own label of its user, hashed in the same way together with the id of the API key or of the user that the call came with (`service`: a secret key): the same label of two keys has two hashes. Null without one.';
comment on column public.ai_usage.client_retries is
  'Of a call, how many times its client says that it had sent it before; null where it says nothing.';
comment on column public.ai_usage.unanswered_call is
  'Of a call that gave no answer, beside the one that the attempt ended with: which it was, from 1. Null for the attempt itself.';
comment on column public.ai_usage.begun_xmin is
  'Every transaction with a smaller id had ended when the attempt began. Ids, not clocks, say whether it began after a switch was committed; they hold within one cluster, not over a dump and its restore. Null where not known: of attempts that another superseded.';
comment on column public.ai_usage.begun_at is 'When the attempt began.';
comment on column public.ai_usage.ended_at is
  'When the answer was there, or the failure; also where it could be stored only later. Its prices are of this moment.';
comment on column public.ai_usage.begins_conversation is
  'Whether this is the first answer of its conversation, so that conversations can be counted by adding.';
comment on column public.ai_usage.price_id is
  'The prices that the cost was computed from: of those that were committed when the row was written, the ones that held at ended_at. Null where there were none.';

comment on column public.ai_usage.limit_ids is
  'The limits that the row was counted against when it was written, by its assistant, user and API key; null: none. No foreign keys: figures stay.';

comment on column public.ai_usage.rollout_unit is
  'Of a rollout: what was assigned to its side, a conversation or a client of calls, as switchboard.keyed_hash(). Null without a rollout.';
comment on column public.ai_usage.rollout_failed is
  'Of a rollout: whether the model of its side failed, also where another one answered.';

-- An attempt that was given up, and whose answer came all the same, has a row for each.
create unique index ai_usage_question_id_attempt_key
  on public.ai_usage (question_id, attempt, (status = 'failed')) where unanswered_call is null;
create unique index ai_usage_unanswered_call_key
  on public.ai_usage (question_id, attempt, unanswered_call) where unanswered_call is not null;
-- Rows come nearly in the order of time, so a range of it is a range of pages.
create index ai_usage_ended_at_idx on public.ai_usage (ended_at);
-- For switchboard.long_prompt_surcharges(): few calls have long prompts.
create index ai_usage_long_prompts_idx on public.ai_usage (ended_at)
  where input_tokens::bigint + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0)
    > 50000;
-- For "which versions still chose models after a switch", see switchboard.receipts().
create index ai_usage_registry_version_idx on public.ai_usage (registry_version, begun_xmin);
-- For switchboard.find_last_attempt(), of messages that are gone.
create index ai_usage_message_id_idx on public.ai_usage (message_id) where message_id is not null;
create index ai_usage_price_id_idx on public.ai_usage (price_id);
-- For switchboard.sum_window(), of limits of users and keys.
create index ai_usage_user_hash_idx on public.ai_usage (user_hash, ended_at)
  where user_hash is not null;
create index ai_usage_api_key_id_idx on public.ai_usage (api_key_id, ended_at)
  where api_key_id is not null;

-- For switchboard.runs_outside(): from region to region, and of each only what is looked for.
create index ai_usage_function_region_idx on public.ai_usage (function_region, ended_at)
  where function_region is not null and unanswered_call is null and purpose <> 'trial';

create index ai_usage_rollout_id_idx on public.ai_usage (rollout_id, rollout_unit, id)
  where rollout_id is not null;

revoke all on public.ai_usage from public, anon, authenticated, service_role;
revoke all on sequence public.ai_usage_id_seq from public, anon, authenticated, service_role;
alter table public.ai_usage enable row level security;

create policy ai_usage_select_platform on public.ai_usage
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_usage_select_platform on public.ai_usage is
  'Platform admins read the figures of all turns, calls and trials, which hold no words.';

grant select (
  id, question_id, attempt, message_id, conversation_id, assistant_type, model_id, purpose, surface,
  api_key_id, user_hash, client_hash, client_retries, unanswered_call, begun_xmin, begun_at,
  ended_at, begins_conversation, price_id, limit_ids,
  rollout_unit, rollout_failed
) on public.ai_usage to authenticated;
grant select on public.ai_usage to service_role;
select switchboard.add_run_rules('ai_usage');

-- Platform admins read every figure of a run, a new one too: the ledger holds no words and no
-- identities. What users read in ai_messages is named there.
do $$
begin
  execute format('grant select (%s) on public.ai_usage to authenticated', (
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
    from pg_catalog.pg_attribute as a
    where a.attrelid = 'switchboard.run_record'::regclass and a.attnum > 0 and not a.attisdropped));
end;
$$;

create trigger refuse_change before update or delete on public.ai_usage
  for each statement execute function switchboard.refuse_change();
create trigger refuse_truncate before truncate on public.ai_usage
  for each statement execute function switchboard.refuse_truncate();
