-- Days that are over, summed up once, so that a report over months reads hundreds of rows and not
-- hundreds of thousands. No turn waits for it: a request for a report sums up what is due. What is
-- not summed up yet is read from the ledger, so the figures are the same either way.
--
-- complete_chat_turn() enters nothing more than an hour late; a day is summed up two hours after
-- its end, when nothing can be added to it any more. Days are those of UTC.

create table public.ai_usage_days (
  id bigint generated always as identity primary key,
  day date not null,
  model_id text,
  assistant_type text,
  purpose text not null
    constraint ai_usage_days_purpose_known check (purpose in ('turn', 'trial')),
  turns bigint not null,
  trials bigint not null,
  complete bigint not null,
  partial bigint not null,
  failed bigint not null,
  fallbacks bigint not null,
  interventions bigint not null,
  conversations bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cache_read_tokens bigint not null,
  cache_write_tokens bigint not null,
  cache_write_1h_tokens bigint not null,
  thinking_tokens bigint not null,
  cost_usd numeric not null,
  unpriced bigint not null,
  estimated_usd numeric not null,
  constraint ai_usage_days_figures_range check (
    least(turns, trials, complete, partial, failed, fallbacks, interventions, conversations,
      input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, thinking_tokens, unpriced) >= 0
    and cost_usd between 0 and 1e18 and estimated_usd between 0 and 1e18)
);
comment on table public.ai_usage_days is
  'The ledger of days that are over, summed up per model, assistant and purpose; see roll_up_usage().';
comment on column public.ai_usage_days.day is 'In UTC.';
comment on column public.ai_usage_days.model_id is 'Null for turns that called no model.';
comment on column public.ai_usage_days.assistant_type is
  'The assistant that was asked; null for calls with none.';
comment on column public.ai_usage_days.purpose is
  '`trial` of a model, or `turn`: calls of `openai` and `anthropic` count as turns.';
comment on column public.ai_usage_days.turns is
  'Ended attempts at turns, and calls: complete, partial and failed together; 0 of trials.';
comment on column public.ai_usage_days.trials is 'Trials of the model; 0 of turns.';
comment on column public.ai_usage_days.complete is 'Whole answers.';
comment on column public.ai_usage_days.partial is 'Answers that were cut short.';
comment on column public.ai_usage_days.failed is 'Attempts without an answer.';
comment on column public.ai_usage_days.fallbacks is
  'Answers for which another model had to step in; counted with the model that did.';
comment on column public.ai_usage_days.interventions is
  'Whole answers of which a guardrail blocked or masked words.';
comment on column public.ai_usage_days.conversations is
  'Conversations that got their first answer.';
comment on column public.ai_usage_days.input_tokens is 'Input tokens that were not cached.';
comment on column public.ai_usage_days.cache_write_1h_tokens is
  'How many of cache_write_tokens are kept for an hour, as far as models told it.';
comment on column public.ai_usage_days.thinking_tokens is
  'How many of output_tokens were thinking, as far as models told it.';
comment on column public.ai_usage_days.cost_usd is 'USD; what is not known is not in it.';
comment on column public.ai_usage_days.unpriced is
  'Calls whose tokens are known and whose cost is not, because a price is not.';
comment on column public.ai_usage_days.estimated_usd is
  'How much of cost_usd rests on estimated tokens, because the model did not tell them.';

create unique index ai_usage_days_day_model_id_assistant_type_purpose_key
  on public.ai_usage_days (day, model_id, assistant_type, purpose) nulls not distinct;

create table public.ai_latency_days (
  id bigint generated always as identity primary key,
  day date not null,
  model_id text not null,
  answers bigint not null,
  errors bigint not null,
  timed bigint not null,
  sum_ms bigint not null,
  sum_of_squares numeric not null,
  percentiles_ms integer[],
  ttft_timed bigint not null,
  ttft_sum_ms bigint not null,
  ttft_percentiles_ms integer[],
  constraint ai_latency_days_figures_range check (
    least(answers, errors, timed, sum_ms, ttft_timed, ttft_sum_ms) >= 0
    and sum_of_squares between 0 and 1e30)
);
comment on table public.ai_latency_days is
  'How long whole answers took on days that are over, per model; see roll_up_usage().';
comment on column public.ai_latency_days.day is 'In UTC.';
comment on column public.ai_latency_days.model_id is
  'The model that answered or, of a failure, was tried last.';
comment on column public.ai_latency_days.answers is 'Whole answers.';
comment on column public.ai_latency_days.errors is 'Attempts that were cut short or failed.';
comment on column public.ai_latency_days.timed is
  'Whole answers whose time is known; what follows is of them.';
comment on column public.ai_latency_days.sum_ms is
  'The sum of the times until the whole answer was there, in milliseconds.';
comment on column public.ai_latency_days.sum_of_squares is
  'The sum of their squares, for the standard deviation.';
comment on column public.ai_latency_days.percentiles_ms is
  'By when half, 95 % and 99 % of them were there; null where there is none.';
comment on column public.ai_latency_days.ttft_timed is
  'Whole answers of which the time to the first piece is known.';
comment on column public.ai_latency_days.ttft_sum_ms is
  'The sum of the times to the first piece of the answer, in milliseconds.';
comment on column public.ai_latency_days.ttft_percentiles_ms is
  'As percentiles_ms, to the first piece.';

create unique index ai_latency_days_day_model_id_key on public.ai_latency_days (day, model_id);

-- Percentiles do not add up; histograms do.
create table public.ai_latency_buckets (
  id bigint generated always as identity primary key,
  day date not null,
  model_id text not null,
  measure text not null
    constraint ai_latency_buckets_measure_known check (measure in ('response', 'first_token')),
  bucket smallint not null,
  answers integer not null
    constraint ai_latency_buckets_answers_not_negative check (answers >= 0)
);
comment on table public.ai_latency_buckets is
  'The times of whole answers as a histogram per day and model, for the percentiles of longer times; see roll_up_usage().';
comment on column public.ai_latency_buckets.day is 'In UTC.';
comment on column public.ai_latency_buckets.model_id is 'The model that answered.';
comment on column public.ai_latency_buckets.measure is
  '`response`: until the whole answer was there; `first_token`: until its first piece.';
comment on column public.ai_latency_buckets.bucket is
  'Holds times above 1.05^(bucket - 1) and up to 1.05^bucket ms, so that a time read from it is right within 2.5 %.';
comment on column public.ai_latency_buckets.answers is 'Whole answers in the bucket.';

create unique index ai_latency_buckets_day_model_id_measure_bucket_key
  on public.ai_latency_buckets (day, model_id, measure, bucket);

revoke all on public.ai_usage_days, public.ai_latency_days, public.ai_latency_buckets
  from public, anon, authenticated, service_role;
revoke all on sequence
  public.ai_usage_days_id_seq, public.ai_latency_days_id_seq, public.ai_latency_buckets_id_seq
  from public, anon, authenticated, service_role;
alter table public.ai_usage_days enable row level security;
alter table public.ai_latency_days enable row level security;
alter table public.ai_latency_buckets enable row level security;

create policy ai_usage_days_select_platform on public.ai_usage_days
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_usage_days_select_platform on public.ai_usage_days is
  'Platform admins read the figures of all turns and calls.';
create policy ai_latency_days_select_platform on public.ai_latency_days
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_latency_days_select_platform on public.ai_latency_days is
  'Platform admins read the figures of all turns and calls.';
create policy ai_latency_buckets_select_platform on public.ai_latency_buckets
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_latency_buckets_select_platform on public.ai_latency_buckets is
  'Platform admins read the figures of all turns and calls.';

grant select (
  id, day, model_id, assistant_type, purpose, turns, trials, complete, partial, failed, fallbacks,
  interventions, conversations, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
  thinking_tokens, cost_usd, unpriced, estimated_usd
) on public.ai_usage_days to authenticated;
grant select (
  id, day, model_id, answers, errors, timed, sum_ms, sum_of_squares, percentiles_ms, ttft_timed,
  ttft_sum_ms, ttft_percentiles_ms
) on public.ai_latency_days to authenticated;
grant select (id, day, model_id, measure, bucket, answers)
  on public.ai_latency_buckets to authenticated;
grant select
  on public.ai_usage_days, public.ai_latency_days, public.ai_latency_buckets to service_role;

create table switchboard.usage_rolled_up (
  id boolean primary key default true constraint usage_rolled_up_one_row check (id),
  until date not null default '0001-01-01'
);
comment on table switchboard.usage_rolled_up is 'One row: the first day that is not summed up.';
comment on column switchboard.usage_rolled_up.until is 'Every day before it is summed up.';
insert into switchboard.usage_rolled_up default values;

revoke all on switchboard.usage_rolled_up from public, anon, authenticated, service_role;
grant select on switchboard.usage_rolled_up to authenticated;
grant select on switchboard.usage_rolled_up to service_role;
alter table switchboard.usage_rolled_up enable row level security;
create policy usage_rolled_up_select on switchboard.usage_rolled_up
  for select to authenticated using (true);
comment on policy usage_rolled_up_select on switchboard.usage_rolled_up is
  'Reports run as the caller and need to know which days are summed up.';

create function switchboard.sum_usage(
  from_at timestamptz,
  to_at timestamptz,
  unit text,
  by text default null
)
returns table (
  starts_at timestamptz,
  model_id text,
  assistant_type text,
  purpose text,
  turns bigint,
  trials bigint,
  complete bigint,
  partial bigint,
  failed bigint,
  fallbacks bigint,
  interventions bigint,
  conversations bigint,
  input_tokens bigint,
  output_tokens bigint,
  cache_read_tokens bigint,
  cache_write_tokens bigint,
  cache_write_1h_tokens bigint,
  thinking_tokens bigint,
  cost_usd numeric,
  unpriced bigint,
  estimated_usd numeric,
  caller text
)
language sql
stable
rows 100
set search_path = ''
as $$
  select
    date_trunc(unit, u.ended_at at time zone 'UTC') at time zone 'UTC',
    u.model_id,
    u.assistant_type,
    p.purpose,
    count(*) filter (where p.purpose = 'turn' and u.unanswered_call is null),
    count(*) filter (where p.purpose = 'trial' and u.unanswered_call is null),
    count(*) filter (where p.purpose = 'turn' and u.status = 'complete'),
    count(*) filter (where p.purpose = 'turn' and u.status = 'partial'),
    count(*) filter (where p.purpose = 'turn' and u.status = 'failed'),
    count(*) filter (where p.purpose = 'turn' and u.reason = 'fallback'),
    -- The provider's word alone tells of words that were masked.
    count(*) filter (
      where p.purpose = 'turn'
        and 'guardrail_intervened' in (u.stop_reason, u.provider_stop_reason)),
    count(*) filter (where u.begins_conversation),
    coalesce(sum(u.input_tokens), 0),
    coalesce(sum(u.output_tokens), 0),
    coalesce(sum(u.cache_read_tokens), 0),
    coalesce(sum(u.cache_write_tokens), 0),
    coalesce(sum(u.cache_write_1h_tokens), 0),
    coalesce(sum(u.thinking_tokens), 0),
    coalesce(sum(u.cost_usd), 0),
    -- Not what used no tokens, or was told none: there a price would change nothing.
    count(*) filter (where u.cost_usd is null and u.input_tokens is not null),
    coalesce(sum(u.cost_usd) filter (where u.usage_estimated), 0),
    c.caller
  from public.ai_usage as u
  -- A call counts as a turn.
  cross join lateral (
    values (case u.purpose when 'trial' then 'trial' else 'turn' end)
  ) as p (purpose)
  cross join lateral (
    values (case by when 'user' then u.user_hash when 'api_key' then u.api_key_id::text end)
  ) as c (caller)
  where u.ended_at >= from_at and u.ended_at < to_at
  group by date_trunc(unit, u.ended_at at time zone 'UTC'), u.model_id, u.assistant_type,
    p.purpose, c.caller;
$$;
comment on function switchboard.sum_usage(timestamptz, timestamptz, text, text) is
  'The ledger of [from_at, to_at), summed up per `hour` or `day` of UTC, model, assistant and purpose, and by `user` (their hashes) or `api_key` (their ids) in caller; by default by neither.';
revoke execute on function switchboard.sum_usage(timestamptz, timestamptz, text, text)
  from public, anon;
grant execute on function switchboard.sum_usage(timestamptz, timestamptz, text, text)
  to authenticated, service_role;

create function switchboard.sum_latency(from_at timestamptz, to_at timestamptz, unit text)
returns table (
  starts_at timestamptz,
  model_id text,
  answers bigint,
  errors bigint,
  timed bigint,
  sum_ms bigint,
  sum_of_squares numeric,
  percentiles_ms integer[],
  ttft_timed bigint,
  ttft_sum_ms bigint,
  ttft_percentiles_ms integer[]
)
language sql
stable
rows 100
set search_path = ''
-- A week's answers are sorted in memory.
set work_mem = '32MB'
as $$
  -- Sorted in the order of bytes: only what is equal matters, and that is the fastest.
  select
    e.starts_at,
    e.model_id,
    count(*) filter (where e.is_whole),
    count(*) filter (where not e.is_whole),
    count(e.ms),
    coalesce(sum(e.ms), 0),
    coalesce(sum(e.ms::bigint * e.ms), 0),
    percentile_disc(array[0.5, 0.95, 0.99]) within group (order by e.ms),
    count(e.ttft_ms),
    coalesce(sum(e.ttft_ms), 0),
    percentile_disc(array[0.5, 0.95, 0.99]) within group (order by e.ttft_ms)
  from (
    select
      date_trunc(unit, u.ended_at at time zone 'UTC') at time zone 'UTC' as starts_at,
      u.model_id collate "C" as model_id,
      u.status = 'complete' as is_whole,
      case when u.status = 'complete' then u.response_time_ms end as ms,
      case when u.status = 'complete' then u.time_to_first_token_ms end as ttft_ms
    from public.ai_usage as u
    where u.ended_at >= from_at and u.ended_at < to_at and u.model_id is not null
      and u.unanswered_call is null and u.purpose <> 'trial'
  ) as e
  group by e.starts_at, e.model_id;
$$;
comment on function switchboard.sum_latency(timestamptz, timestamptz, text) is
  'How long the whole answers of [from_at, to_at) took, and how many attempts came to none, per `hour` or `day` of UTC and model.';
revoke execute on function switchboard.sum_latency(timestamptz, timestamptz, text)
  from public, anon;
grant execute on function switchboard.sum_latency(timestamptz, timestamptz, text)
  to authenticated, service_role;

create function switchboard.count_latency(from_at timestamptz, to_at timestamptz)
returns table (day date, model_id text, measure text, bucket smallint, answers bigint)
language sql
stable
rows 1000
set search_path = ''
as $$
  select
    (u.ended_at at time zone 'UTC')::date,
    u.model_id,
    t.measure,
    ceil(ln(greatest(t.ms, 1)::double precision) / ln(1.05::double precision))::smallint,
    count(*)
  from public.ai_usage as u
  cross join lateral (
    values ('response', u.response_time_ms), ('first_token', u.time_to_first_token_ms)
  ) as t (measure, ms)
  where u.ended_at >= from_at and u.ended_at < to_at
    and u.status = 'complete' and u.purpose <> 'trial'
    and u.model_id is not null and t.ms is not null
  group by 1, 2, 3, 4;
$$;
comment on function switchboard.count_latency(timestamptz, timestamptz) is
  'The times of the whole answers of [from_at, to_at) as a histogram per day (of UTC) and model.';
revoke execute on function switchboard.count_latency(timestamptz, timestamptz) from public, anon;
grant execute on function switchboard.count_latency(timestamptz, timestamptz)
  to authenticated, service_role;

-- A definer: what is summed up is what the ledger says, whatever key a caller has.
create function public.roll_up_usage(
  p_from_start boolean default false,
  p_most_days integer default 31
)
returns date
language plpgsql
security definer
set search_path = ''
set statement_timeout = '30s'
as $$
declare
  first_open constant date := ((now() - interval '2 hours') at time zone 'UTC')::date;
  done date := (select r.until from switchboard.usage_rolled_up as r);
  wanted date;
begin
  if done >= first_open and not p_from_start then
    return done;
  end if;
  -- The second of two callers at once finds it done.
  select r.until into strict done from switchboard.usage_rolled_up as r for update;
  if p_from_start then
    delete from public.ai_usage_days as d where true;
    delete from public.ai_latency_days as d where true;
    delete from public.ai_latency_buckets as b where true;
    done := '0001-01-01';
  end if;
  -- Some days at a time, so that the first call after a long time ends before its caller gives up;
  -- the next call goes on from there.
  wanted := least(first_open, greatest(done, coalesce(
    (select (min(u.ended_at) at time zone 'UTC')::date from public.ai_usage as u), first_open))
    + p_most_days);
  if done < wanted then
    insert into public.ai_usage_days (
      day, model_id, assistant_type, purpose, turns, trials, complete, partial, failed, fallbacks,
      interventions, conversations, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
      cache_write_1h_tokens, thinking_tokens, cost_usd, unpriced, estimated_usd)
    select
      (s.starts_at at time zone 'UTC')::date, s.model_id, s.assistant_type, s.purpose,
      s.turns, s.trials, s.complete, s.partial, s.failed, s.fallbacks, s.interventions,
      s.conversations, s.input_tokens, s.output_tokens,
      s.cache_read_tokens, s.cache_write_tokens, s.cache_write_1h_tokens, s.thinking_tokens,
      s.cost_usd, s.unpriced, s.estimated_usd
    from switchboard.sum_usage(
      done::timestamp at time zone 'UTC', wanted::timestamp at time zone 'UTC', 'day') as s
    order by 1, 2, 3, 4;
    insert into public.ai_latency_days (
      day, model_id, answers, errors, timed, sum_ms, sum_of_squares, percentiles_ms, ttft_timed,
      ttft_sum_ms, ttft_percentiles_ms)
    select
      (s.starts_at at time zone 'UTC')::date, s.model_id, s.answers, s.errors, s.timed, s.sum_ms,
      s.sum_of_squares, s.percentiles_ms, s.ttft_timed, s.ttft_sum_ms, s.ttft_percentiles_ms
    from switchboard.sum_latency(
      done::timestamp at time zone 'UTC', wanted::timestamp at time zone 'UTC', 'day') as s
    order by 1, 2;
    insert into public.ai_latency_buckets (day, model_id, measure, bucket, answers)
    select c.day, c.model_id, c.measure, c.bucket, c.answers
    from switchboard.count_latency(
      done::timestamp at time zone 'UTC', wanted::timestamp at time zone 'UTC') as c
    order by 1, 2, 3, 4;
    done := wanted;
  end if;
  update switchboard.usage_rolled_up set until = done;
  return done;
end;
$$;
comment on function public.roll_up_usage(boolean, integer) is
  'Sums up the days that are over and not summed up yet, at most p_most_days of them; with p_from_start all days again, from the first. Returns the first day that is not summed up. May be called at any time; manage-bedrock-models calls it before a report.';
revoke execute on function public.roll_up_usage(boolean, integer) from public, anon, authenticated;
grant execute on function public.roll_up_usage(boolean, integer) to service_role;
