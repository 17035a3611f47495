-- What each model cost, and when. Operators change a price where they always did, in bedrock_models;
-- what it was before stays here, so the cost of an answer can be explained years later.

create table public.model_prices (
  id bigint generated always as identity primary key,
  -- No foreign key: what something cost stays true when the model's row goes.
  model_id text not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  input_cost_per_mtok numeric,
  output_cost_per_mtok numeric,
  cache_read_cost_per_mtok numeric,
  cache_write_cost_per_mtok numeric,
  long_prompt_tokens integer,
  long_prompt_factor numeric,
  constraint model_prices_period_runs_forward check (valid_to >= valid_from),
  constraint model_prices_period_finite check (isfinite(valid_from) and isfinite(valid_to)),
  constraint model_prices_input_cost_range check (input_cost_per_mtok between 0 and 1000000),
  constraint model_prices_output_cost_range check (output_cost_per_mtok between 0 and 1000000),
  constraint model_prices_cache_read_cost_range
    check (cache_read_cost_per_mtok between 0 and 1000000),
  constraint model_prices_cache_write_cost_range
    check (cache_write_cost_per_mtok between 0 and 1000000),
  constraint model_prices_long_prompt_factor_range
    check (long_prompt_factor > 0 and long_prompt_factor <= 1000)
);
comment on table public.model_prices is
  'The prices of each model with the time for which they held. Written by trigger when a price in bedrock_models changes.';
comment on column public.model_prices.model_id is
  'The model''s id at that time, also of one that has left the registry.';
comment on column public.model_prices.valid_from is
  'The first moment at which the prices hold, by the clock of the change; turns see it once it is committed.';
comment on column public.model_prices.valid_to is
  'The first moment at which they no longer hold; null while they do.';
comment on column public.model_prices.input_cost_per_mtok is
  'USD per million input tokens; null where not known.';
comment on column public.model_prices.output_cost_per_mtok is
  'USD per million output tokens; null where not known.';
comment on column public.model_prices.cache_read_cost_per_mtok is
  'USD per million tokens read from the prompt cache; null where not known.';
comment on column public.model_prices.cache_write_cost_per_mtok is
  'USD per million tokens written to the prompt cache; null where not known.';

comment on column public.model_prices.long_prompt_tokens is
  'A prompt of more tokens, cached ones included, costs long_prompt_factor times as much; null: none does.';
comment on column public.model_prices.long_prompt_factor is
  'What every price of a long prompt and of its answer is multiplied by.';

create unique index model_prices_one_open_period on public.model_prices (model_id)
  where valid_to is null;
create index model_prices_model_id_valid_from_idx
  on public.model_prices (model_id, valid_from desc);

revoke all on public.model_prices from public, anon, authenticated, service_role;
revoke all on sequence public.model_prices_id_seq from public, anon, authenticated, service_role;
alter table public.model_prices enable row level security;

create policy model_prices_select_platform on public.model_prices
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy model_prices_select_platform on public.model_prices is
  'Platform admins see what every model cost and costs.';

grant select (
  id, model_id, valid_from, valid_to, input_cost_per_mtok, output_cost_per_mtok,
  cache_read_cost_per_mtok, cache_write_cost_per_mtok, long_prompt_tokens, long_prompt_factor
) on public.model_prices to authenticated;
grant select on public.model_prices to service_role;

-- A definer: a role that may change a model's row must not be able to rewrite what it cost.
create function switchboard.record_model_prices()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Not the transaction's time: of two changes in one transaction the later begins later.
  moment constant timestamptz := clock_timestamp();
begin
  if tg_op <> 'INSERT' then
    update public.model_prices as mp
      set valid_to = greatest(moment, mp.valid_from)
      where mp.model_id = old.model_id and mp.valid_to is null;
  end if;
  if tg_op <> 'DELETE' then
    insert into public.model_prices (
      model_id, valid_from, input_cost_per_mtok, output_cost_per_mtok, cache_read_cost_per_mtok,
      cache_write_cost_per_mtok, long_prompt_tokens, long_prompt_factor)
    values (
      new.model_id, moment, new.input_cost_per_mtok, new.output_cost_per_mtok,
      new.cache_read_cost_per_mtok, new.cache_write_cost_per_mtok, new.long_prompt_tokens,
      new.long_prompt_factor);
  end if;
  return null;
end;
$$;
comment on function switchboard.record_model_prices() is
  'Trigger: ends the period of a model''s prices and begins the next.';
revoke execute on function switchboard.record_model_prices()
  from public, anon, authenticated, service_role;

create trigger record_prices after insert or delete on public.bedrock_models
  for each row execute function switchboard.record_model_prices();
create trigger record_changed_prices
  after update of
    model_id, input_cost_per_mtok, output_cost_per_mtok, cache_read_cost_per_mtok,
    cache_write_cost_per_mtok, long_prompt_tokens, long_prompt_factor
  on public.bedrock_models
  for each row when (
    (old.model_id, old.input_cost_per_mtok, old.output_cost_per_mtok,
      old.cache_read_cost_per_mtok, old.cache_write_cost_per_mtok, old.long_prompt_tokens,
      old.long_prompt_factor)
    is distinct from
    (new.model_id, new.input_cost_per_mtok, new.output_cost_per_mtok,
      new.cache_read_cost_per_mtok, new.cache_write_cost_per_mtok, new.long_prompt_tokens,
      new.long_prompt_factor))
  execute function switchboard.record_model_prices();

create function switchboard.price_at(of_model_id text, moment timestamptz)
returns public.model_prices
language sql
stable
set search_path = ''
as $$
  select mp
  from public.model_prices as mp
  where mp.model_id = of_model_id
    and mp.valid_from <= moment
    and (mp.valid_to is null or mp.valid_to > moment)
  order by mp.valid_from desc
  limit 1;
$$;
comment on function switchboard.price_at(text, timestamptz) is
  'The prices of a model that held at a moment; null where the registry had no such model.';
revoke execute on function switchboard.price_at(text, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.cost_of_tokens(
  price public.model_prices,
  input_tokens bigint,
  output_tokens bigint,
  cache_read_tokens bigint,
  cache_write_tokens bigint
)
returns numeric
language sql
immutable
set search_path = ''
as $$
  -- A price that is not known matters only where tokens were used at it: then the cost is unknown.
  -- Multiplied, not divided: exact to the last digit.
  select (
    case when input_tokens = 0 then 0 else input_tokens * price.input_cost_per_mtok end
    + case when output_tokens = 0 then 0 else output_tokens * price.output_cost_per_mtok end
    + case when cache_read_tokens = 0 then 0
      else cache_read_tokens * price.cache_read_cost_per_mtok end
    + case when cache_write_tokens = 0 then 0
      else cache_write_tokens * price.cache_write_cost_per_mtok end
    ) * 0.000001
    * case
      when input_tokens + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0)
        > price.long_prompt_tokens
      then price.long_prompt_factor else 1 end;
$$;
comment on function switchboard.cost_of_tokens(public.model_prices, bigint, bigint, bigint, bigint) is
  'USD for these tokens of one call at these prices; null where a price or a count is not known.';
revoke execute on function
  switchboard.cost_of_tokens(public.model_prices, bigint, bigint, bigint, bigint)
  from public, anon;
grant execute on function
  switchboard.cost_of_tokens(public.model_prices, bigint, bigint, bigint, bigint)
  to authenticated, service_role;

-- The ledger: what every ended attempt at a turn used and cost. It holds figures, no words and no
-- identities, so platform admins read it under plain row-level security; and it stays when the
-- conversation is deleted, since the tokens were paid for.
--
-- A turn that fails and is taken up again has a row for each attempt, because each is paid. So has
-- each call of a model that came to nothing before another one answered.

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
  like switchboard.run_record including comments,
  unanswered_call smallint,
  begun_xmin bigint,
  begun_at timestamptz not null,
  ended_at timestamptz not null,
  begins_conversation boolean not null,
  price_id bigint
    constraint ai_usage_price_id_fkey references public.model_prices (id) on delete restrict,
  constraint ai_usage_status_known
    check (status in ('complete', 'partial', 'failed', 'unanswered')),
  constraint ai_usage_unanswered_call_fits_status
    check ((unanswered_call is not null) = (status = 'unanswered')),
  -- Days are those of a calendar, which has no end.
  constraint ai_usage_times_range check (
    begun_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00'
    and ended_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00')
);
alter table public.ai_usage alter column status set not null;

comment on table public.ai_usage is
  'The ledger: one row per ended attempt at a turn, with its tokens and their price at that moment, and one (status `unanswered`) per further call that gave no answer and is billed. Written by complete_chat_turn(); never changed. An attempt whose instance died, or whose conversation was deleted meanwhile, reported no use and has no row.';
comment on column public.ai_usage.question_id is 'The user''s message.';
comment on column public.ai_usage.attempt is 'Which attempt at the turn this was, from 1.';
comment on column public.ai_usage.message_id is
  'The stored outcome of this attempt; null where another attempt''s was kept. A failure''s message gives way to the answer of a later attempt.';
comment on column public.ai_usage.assistant_type is 'The assistant that was asked.';
comment on column public.ai_usage.model_id is
  'The model that answered or, of a failure, whose error it is; null where none was called.';
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
create index ai_usage_price_id_idx on public.ai_usage (price_id);

revoke all on public.ai_usage from public, anon, authenticated, service_role;
revoke all on sequence public.ai_usage_id_seq from public, anon, authenticated, service_role;
alter table public.ai_usage enable row level security;

create policy ai_usage_select_platform on public.ai_usage
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_usage_select_platform on public.ai_usage is
  'Platform admins read the figures of all turns, which hold no words.';

grant select (
  id, question_id, attempt, message_id, conversation_id, assistant_type, model_id,
  unanswered_call, begun_xmin, begun_at, ended_at, begins_conversation, price_id
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
