-- Writes the conversations, messages and ledger of one day. In four steps: runs of turns of one
-- conversation, their turns, what came of each, and the rows.

create function local_history.plan_runs(of_day date)
returns void
language plpgsql
as $$
declare
  plan local_history.days := (select d from local_history.days as d where d.day = of_day);
  draw bigint := (select r.seed from local_history.run as r)::bigint * 1000;
begin
  create temporary table runs on commit drop as
  -- Most are short; one in twenty goes on.
  with lengths as (
    select
      plan.first_turn + n as number,
      case when local_history.chance(plan.first_turn + n, draw + 1) < 0.05
        then least(6 + floor(ln(local_history.chance(plan.first_turn + n, draw + 2)) / ln(0.94)), 90)
        else 1 + floor(ln(local_history.chance(plan.first_turn + n, draw + 2)) / ln(0.68))
      end::integer as turns
    from generate_series(1, plan.turns) as n
  ),
  summed as (
    select l.*, sum(l.turns) over (order by l.number) - l.turns as before from lengths as l
  ),
  begun as (
    select
      s.number, least(s.turns, plan.turns - s.before)::integer as turns,
      plan.first_turn + s.before as first_turn, a.assistant_type,
      local_history.chance(s.number, draw + 3) < 0.28 as goes_on,
      local_history.chance(s.number, draw + 4) as order_drawn
    from summed as s
    join local_history.assistant_shares as a
      on a.is_weekend = (extract(isodow from of_day) > 5)
      and local_history.chance(s.number, draw + 5) >= a.from_share
      and local_history.chance(s.number, draw + 5) < a.to_share
    where s.before < plan.turns
  ),
  -- Some go on with a conversation of the last two weeks, on the model that it is pinned to.
  wanted as (
    select b.*, row_number() over (
      partition by b.assistant_type, b.goes_on order by b.order_drawn) as place
    from begun as b
  ),
  former as (
    select c.*, row_number() over (
      partition by c.assistant_type order by hashtextextended(c.id::text, plan.first_turn)) as place
    from local_history.conversations as c
    where c.last_at >= of_day::timestamp at time zone 'UTC' - interval '14 days'
      and c.last_at < of_day::timestamp at time zone 'UTC'
  )
  select
    w.number, w.turns, w.first_turn, w.assistant_type, f.id is null as is_new,
    coalesce(f.id, local_history.id_of('conversation', draw, w.number)) as conversation_id,
    coalesce(f.user_id, u.id) as user_id, f.model_id as pin, coalesce(f.turns, 0) as turns_before
  from wanted as w
  join local_history.assistants as a on a.assistant_type = w.assistant_type
  -- Few people ask much, and more people come as time goes by.
  join local_history.users as u
    on u.assistant_type = w.assistant_type
    and u.place = floor(a.users * (0.5 + 0.5 * plan.progress)
      * power(local_history.chance(w.number, draw + 6), 1.6))
  left join former as f
    on w.goes_on and f.assistant_type = w.assistant_type and f.place = w.place;
  analyze runs;
end;
$$;

create function local_history.plan_turns(of_day date)
returns void
language plpgsql
as $$
declare
  draw bigint := (select r.seed from local_history.run as r)::bigint * 1000;
  day_start timestamptz := of_day::timestamp at time zone 'UTC';
  day_end timestamptz := least(
    day_start + interval '1 day', (select r.ends_at from local_history.run as r));
  -- The longest that an answer may take, so that the day's turns end with the day.
  longest constant double precision := 61;
begin
  create temporary table turns on commit drop as
  with each as (
    select
      r.*, n - 1 as place, r.first_turn + n as turn,
      -- Until the next question: at least until the answer is there.
      longest + 1 + local_history.lognormal(50, 1, r.first_turn + n, draw + 10) as pause
    from runs as r
    cross join lateral generate_series(1, r.turns) as n
  ),
  offsets as (
    select
      e.*, sum(e.pause) over (partition by e.number order by e.place) - e.pause as after_seconds,
      sum(e.pause) over (partition by e.number) as span
    from each as e
  ),
  -- Today has come only so far.
  come as (
    select h.rhythm, max(case
      when day_start + (h.hour + 1) * interval '1 hour' <= day_end then h.to_share
      else h.from_share + (h.to_share - h.from_share)
        * extract(epoch from day_end - day_start - h.hour * interval '1 hour')::double precision
        / 3600
    end) as share
    from local_history.hours as h
    where day_start + h.hour * interval '1 hour' < day_end
    group by h.rhythm
  ),
  begun as (
    select
      o.*,
      day_start + (h.hour + (drawn.share - h.from_share) / (h.to_share - h.from_share))
        * interval '1 hour' as starts_at,
      least(1, (extract(epoch from day_end - day_start)::double precision - longest) / o.span)
        as shrink
    from offsets as o
    join local_history.assistants as a on a.assistant_type = o.assistant_type
    join come on come.rhythm = a.rhythm
    cross join lateral (
      select local_history.chance(o.number, draw + 11) * come.share as share) as drawn
    join local_history.hours as h
      on h.rhythm = a.rhythm and drawn.share >= h.from_share and drawn.share < h.to_share
  )
  select
    b.turn, b.number, b.assistant_type, b.conversation_id, b.user_id, b.is_new, b.pin,
    b.turns_before + b.place + 1 as place,
    date_trunc('milliseconds', greatest(day_start, b.starts_at - greatest(interval '0',
        b.starts_at + (b.span * b.shrink + longest) * interval '1 second' - day_end))
      + b.after_seconds * b.shrink * interval '1 second') as begun_at
  from begun as b;
  analyze turns;
end;
$$;

-- What comes of a turn, of an incident's severity from 0 to 1, and a number drawn.
create function local_history.outcome_of(
  severity double precision, has_stand_in boolean, drawn double precision
)
returns text
language sql
immutable
as $$
  select case
    when drawn < 0.62 * severity then case when has_stand_in then 'fallback' else 'failed' end
    when drawn < 0.84 * severity + 0.0055 then 'failed'
    when drawn < 0.84 * severity + 0.009 then 'partial'
    when drawn < 0.84 * severity + 0.012 and has_stand_in then 'fallback'
    else 'complete'
  end;
$$;

-- An incident begins and ends gently.
create function local_history.severity_at(
  moment timestamptz, from_at timestamptz, to_at timestamptz
)
returns double precision
language sql
immutable
as $$
  select coalesce(0.9 * sin(pi() * (extract(epoch from moment - from_at)
    / extract(epoch from to_at - from_at))::double precision), 0);
$$;

create function local_history.plan_outcomes(of_day date)
returns void
language plpgsql
as $$
declare
  draw bigint := (select r.seed from local_history.run as r)::bigint * 1000;
begin
  create temporary table outcomes on commit drop as
  with chosen as (
    select
      t.*, c.reason as choice_reason, stand_in.model_id as stand_in,
      -- Some ask for a model by name.
      t.place = 1 and local_history.chance(t.number, draw + 20) < 0.012 as is_requested,
      case when t.place = 1 and local_history.chance(t.number, draw + 20) < 0.012
        then stand_in.model_id else c.model_id end as choice,
      local_history.chance(t.turn, draw + 21) as drawn
    from turns as t
    join local_history.choices as c
      on c.assistant_type = t.assistant_type and t.begun_at >= c.from_at and t.begun_at < c.to_at
    -- What the default was, to which a choice falls back.
    join local_history.choices as stand_in
      on stand_in.assistant_type = 'default'
      and t.begun_at >= stand_in.from_at and t.begun_at < stand_in.to_at
  ),
  -- What comes of the turn on the model that a conversation without a pin gets.
  unpinned as (
    select
      c.*, local_history.outcome_of(
        local_history.severity_at(c.begun_at, i.from_at, i.to_at), c.choice <> c.stand_in, c.drawn
      ) as without_pin
    from chosen as c
    left join local_history.incidents as i
      on i.model_id = c.choice and c.begun_at >= i.from_at and c.begun_at < i.to_at
  ),
  first_answers as (
    select distinct on (u.conversation_id)
      u.conversation_id, u.place,
      case u.without_pin when 'fallback' then u.stand_in else u.choice end as model_id
    from unpinned as u
    where u.pin is null and u.without_pin <> 'failed'
    order by u.conversation_id, u.place
  ),
  wanted as (
    select
      u.*,
      coalesce(u.pin, f.model_id) as last_pin,
      u.pin is null and u.place = f.place as begins_conversation,
      case when u.pin is not null then u.pin when u.place > f.place then f.model_id else u.choice end
        as wanted_model,
      case when u.pin is not null or u.place > f.place then 'pinned'
        when u.is_requested then 'requested' else u.choice_reason end as wanted_reason
    from unpinned as u
    left join first_answers as f on f.conversation_id = u.conversation_id
  )
  select
    w.turn, w.assistant_type, w.conversation_id, w.user_id, w.is_new, w.place, w.begun_at,
    w.last_pin, coalesce(w.begins_conversation, false) as begins_conversation, w.wanted_model,
    w.wanted_reason, o.outcome,
    case o.outcome when 'fallback' then w.stand_in else w.wanted_model end as model_id,
    i.model_id is not null as in_incident
  from wanted as w
  left join local_history.incidents as i
    on i.model_id = w.wanted_model and w.begun_at >= i.from_at and w.begun_at < i.to_at
  cross join lateral (
    select local_history.outcome_of(
      local_history.severity_at(w.begun_at, i.from_at, i.to_at), w.wanted_model <> w.stand_in,
      w.drawn) as outcome) as o;
  analyze outcomes;
end;
$$;

create function local_history.plan_figures(of_day date)
returns void
language plpgsql
as $$
declare
  draw bigint := (select r.seed from local_history.run as r)::bigint * 1000;
  present_version bigint := (select rv.version from public.registry_version as rv);
  present_xmin bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
begin
  create temporary table figures on commit drop as
  with counted as (
    select
      o.*, a.max_tokens, m.caches, m.first_token_ms, m.tokens_per_second,
      greatest(3, round(local_history.lognormal(a.question_tokens, 0.6, o.turn, draw + 30)))::integer
        as asked,
      least(a.max_tokens, greatest(4, round(
        local_history.lognormal(a.answer_tokens, 0.55, o.turn, draw + 31)
        * case o.outcome when 'partial' then local_history.chance(o.turn, draw + 32) else 1 end
      )))::integer as answered,
      -- The system prompt and what was said before.
      least(16000, a.system_tokens + round((o.place - 1) * (a.question_tokens + a.answer_tokens)
        * (0.9 + 0.5 * local_history.chance(o.turn, draw + 33))))::integer as prefix,
      local_history.chance(o.turn, draw + 34) < 0.8 as cache_is_warm,
      -- Of an answer that was cut short, the model often has not told yet.
      o.outcome = 'failed' or
        o.outcome = 'partial' and local_history.chance(o.turn, draw + 35) < 0.3 as is_untold,
      o.outcome in ('complete', 'fallback') and o.place > 1
        and local_history.chance(o.turn, draw + 36) < 0.004 as was_retried,
      local_history.chance(o.turn, draw + 37) as code_drawn
    from outcomes as o
    join local_history.assistants as a on a.assistant_type = o.assistant_type
    join local_history.models as m on m.model_id = o.model_id
  ),
  cached as (
    select c.*, case when c.caches and c.prefix >= 1024 then c.prefix * 9 / 10 else 0 end as cacheable
    from counted as c
  ),
  timed as (
    select
      c.*,
      local_history.lognormal(c.first_token_ms, 0.35, c.turn, draw + 40)
        * case when c.in_incident then 2.2 else 1 end
        -- What failed first took its time.
        + case c.outcome when 'fallback'
          then 700 + 2600 * local_history.chance(c.turn, draw + 41) else 0 end as first_ms,
      c.answered / c.tokens_per_second * 1000
        * local_history.lognormal(1, 0.18, c.turn, draw + 42) as rest_ms,
      case
        when c.outcome = 'failed' and (c.in_incident or c.code_drawn < 0.35) then 'bedrock_throttled'
        when c.outcome = 'failed' and c.code_drawn < 0.55 then 'bedrock_timeout'
        when c.outcome = 'failed' and c.code_drawn < 0.70 then 'bedrock_model_error'
        when c.outcome = 'failed' and c.code_drawn < 0.86 then 'bedrock_unavailable'
        when c.outcome = 'failed' and c.code_drawn < 0.90 then 'input_too_long'
        when c.outcome = 'failed' then 'client_disconnected'
        when c.outcome = 'partial' and c.code_drawn < 0.45 then 'bedrock_stream_truncated'
        when c.outcome = 'partial' and c.code_drawn < 0.60 then 'bedrock_stream_corrupt'
        when c.outcome = 'partial' then 'client_disconnected'
      end as error_code
    from cached as c
  ),
  told as (
    select
      t.*,
      case when t.outcome <> 'failed' then least(59000, round(t.first_ms))::integer end
        as time_to_first_token_ms,
      case
        when t.error_code = 'bedrock_timeout' then 60000
        when t.outcome = 'failed'
          then round(local_history.lognormal(2600, 0.5, t.turn, draw + 43))::integer
        else least(60000, least(59000, round(t.first_ms)) + round(t.rest_ms))::integer
      end as response_time_ms
    from timed as t
  )
  select
    t.turn, t.assistant_type, t.conversation_id, t.user_id, t.is_new, t.place, t.last_pin,
    t.begins_conversation, t.model_id, t.begun_at,
    t.begun_at + least(t.response_time_ms, 60000) * interval '1 millisecond' as ended_at,
    case t.outcome when 'fallback' then 'complete' else t.outcome end as status,
    case t.outcome when 'fallback' then 'fallback' else t.wanted_reason end as reason,
    case t.outcome when 'fallback' then t.wanted_model end as requested_model,
    case when t.outcome = 'fallback' then
      case when t.in_incident then 'bedrock_throttled' else 'bedrock_unavailable' end
    end as fallback_code,
    t.error_code, t.was_retried, least(t.response_time_ms, 60000) as response_time_ms,
    t.time_to_first_token_ms,
    case when t.outcome in ('complete', 'fallback') then
      case when t.answered = t.max_tokens then 'max_tokens' else 'end_turn' end
    end as stop_reason,
    case when not t.is_untold then t.asked + t.prefix - t.cacheable end as input_tokens,
    case when not t.is_untold then t.answered end as output_tokens,
    case when not t.is_untold then
      case when t.cache_is_warm and t.place > 1 then t.cacheable else 0 end
    end as cache_read_tokens,
    case when not t.is_untold then
      case when t.cache_is_warm and t.place > 1 then 0 else t.cacheable end
    end as cache_write_tokens,
    -- A switch of this day was entered just before; what begun earlier in the day knew nothing
    -- of it.
    coalesce(next.version_before, present_version) as registry_version,
    coalesce(next.transaction_id, present_xmin) as begun_xmin,
    local_history.id_of('question', draw, t.turn) as question_id,
    local_history.id_of('answer', draw, t.turn) as answer_id,
    local_history.id_of('request', draw, t.turn) as request_id
  from told as t
  left join lateral (
    select s.version_before, s.transaction_id
    from local_history.switches as s
    where s.moment > t.begun_at order by s.place limit 1
  ) as next on true;
  analyze figures;
end;
$$;

create function local_history.write_rows(of_day date)
returns void
language plpgsql
as $$
declare
  draw bigint := (select r.seed from local_history.run as r)::bigint * 1000;
begin
  create temporary table priced on commit drop as
  select
    f.*, p.id as price_id,
    switchboard.cost_of_tokens(p, f.input_tokens, f.output_tokens, f.cache_read_tokens,
      f.cache_write_tokens, 0) as cost_usd,
    asked.text as question, said.text as answer
  from figures as f
  join local_history.assistants as a on a.assistant_type = f.assistant_type
  join local_history.phrases as asked
    on asked.assistant_type = f.assistant_type
    and asked.kind = case f.place when 1 then 'question' else 'follow-up' end
    and asked.place = floor(local_history.chance(f.turn, draw + 50)
      * case f.place when 1 then a.questions else a.follow_ups end)
  join local_history.phrases as said
    on said.assistant_type = f.assistant_type and said.kind = 'answer'
    and said.place = floor(local_history.chance(f.turn, draw + 51) * a.answers)
  left join public.model_prices as p
    on p.model_id = f.model_id and p.valid_from <= f.ended_at
    and (p.valid_to is null or p.valid_to > f.ended_at);

  create temporary table touched on commit drop as
  select
    p.conversation_id, min(p.user_id::text)::uuid as user_id, min(p.assistant_type) as assistant_type,
    bool_or(p.is_new) as is_new, min(p.last_pin) as model_id, count(*)::integer as turns,
    count(*) filter (where p.status <> 'failed')::integer as answered,
    min(p.begun_at) as first_at, max(p.ended_at) as last_at
  from priced as p
  group by p.conversation_id;

  insert into public.ai_conversations (
    id, user_id, assistant_id, model_id, title, answered_turns, created_at, updated_at)
  select
    t.conversation_id, t.user_id, a.id, t.model_id, left(p.question, 80), t.answered, t.first_at,
    t.last_at
  from touched as t
  join local_history.assistants as a on a.assistant_type = t.assistant_type
  join priced as p on p.conversation_id = t.conversation_id and p.place = 1
  where t.is_new
  order by t.first_at;
  update public.ai_conversations as c
  set model_id = t.model_id, answered_turns = c.answered_turns + t.answered, updated_at = t.last_at
  from touched as t
  where c.id = t.conversation_id and not t.is_new;

  insert into public.ai_messages (
    id, conversation_id, seq, role, content, status, error_code, request_id, begun_at, attempt,
    begun_xmin, created_at)
  select
    p.question_id, p.conversation_id, 2 * p.place - 1, 'user', p.question,
    case p.status when 'failed' then 'failed' else 'complete' end, p.error_code, p.request_id,
    p.begun_at, case when p.was_retried then 2 else 1 end, p.begun_xmin, p.begun_at
  from priced as p
  order by p.begun_at;
  insert into public.ai_messages (
    id, conversation_id, seq, role, content, status, model_used, requested_model, fallback_code,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd, response_time_ms,
    time_to_first_token_ms, stop_reason, error_code, registry_version, reason, request_id,
    created_at)
  select
    p.answer_id, p.conversation_id, 2 * p.place, 'assistant',
    case p.status
      when 'failed' then ''
      when 'partial' then left(p.answer, length(p.answer) / 2)
      else p.answer
    end,
    p.status, p.model_id, p.requested_model, p.fallback_code, p.input_tokens, p.output_tokens,
    p.cache_read_tokens, p.cache_write_tokens, p.cost_usd, p.response_time_ms,
    p.time_to_first_token_ms, p.stop_reason, p.error_code, p.registry_version, p.reason,
    p.request_id, p.ended_at
  from priced as p
  order by p.ended_at;

  insert into public.ai_usage (
    question_id, attempt, message_id, conversation_id, assistant_type, model_id, status, reason,
    requested_model, fallback_code, error_code, registry_version, begun_xmin, begun_at, ended_at,
    begins_conversation, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    price_id, cost_usd, response_time_ms, time_to_first_token_ms)
  select
    e.question_id, e.attempt, e.message_id, e.conversation_id, e.assistant_type, e.model_id,
    e.status, e.reason, e.requested_model, e.fallback_code, e.error_code, e.registry_version,
    e.begun_xmin, e.begun_at, e.ended_at, e.begins_conversation, e.input_tokens, e.output_tokens,
    e.cache_read_tokens, e.cache_write_tokens, e.price_id, e.cost_usd, e.response_time_ms,
    e.time_to_first_token_ms
  from (
    select
      p.question_id, case when p.was_retried then 2 else 1 end as attempt,
      p.answer_id as message_id, p.conversation_id, p.assistant_type, p.model_id, p.status,
      p.reason, p.requested_model, p.fallback_code, p.error_code, p.registry_version, p.begun_xmin,
      p.begun_at, p.ended_at,
      p.begins_conversation,
      p.input_tokens, p.output_tokens, p.cache_read_tokens, p.cache_write_tokens, p.price_id,
      p.cost_usd, p.response_time_ms, p.time_to_first_token_ms
    from priced as p
    union all
    -- What failed the first time.
    select
      p.question_id, 1, local_history.id_of('failure', draw, p.turn), p.conversation_id,
      p.assistant_type, coalesce(p.requested_model, p.model_id), 'failed',
      case p.reason when 'fallback' then 'pinned' else p.reason end, null, null,
      'bedrock_unavailable', p.registry_version, p.begun_xmin, p.begun_at - interval '25 seconds',
      p.begun_at - interval '21 seconds', false, null, null, null, null, failed.id, null, 4000, null
    from priced as p
    left join public.model_prices as failed
      on failed.model_id = coalesce(p.requested_model, p.model_id)
      and failed.valid_from <= p.begun_at - interval '21 seconds'
      and (failed.valid_to is null or failed.valid_to > p.begun_at - interval '21 seconds')
    where p.was_retried
  ) as e
  order by e.ended_at;

  insert into local_history.conversations as c (
    id, user_id, assistant_type, model_id, turns, last_at)
  select t.conversation_id, t.user_id, t.assistant_type, t.model_id, t.turns, t.last_at
  from touched as t
  on conflict (id) do update set
    model_id = excluded.model_id, turns = c.turns + excluded.turns, last_at = excluded.last_at;
end;
$$;

create function local_history.write_day(of_day date)
returns void
language plpgsql
as $$
begin
  perform local_history.plan_runs(of_day);
  perform local_history.plan_turns(of_day);
  perform local_history.plan_outcomes(of_day);
  perform local_history.plan_figures(of_day);
  perform local_history.write_rows(of_day);
  update local_history.days set is_written = true where day = of_day;
end;
$$;
