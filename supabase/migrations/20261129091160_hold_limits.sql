-- What a run reserves of hard limits before a model is called: as much as it can use at most, or what
-- is left. A run that would begin with less than the least that is worth a call is refused.

create type switchboard.run_demand as (
  input_tokens bigint,
  max_tokens bigint,
  thinks boolean,
  fallback boolean,
  least_tokens bigint
);
comment on type switchboard.run_demand is
  'What a run may ask for at most, as far as its request tells: Demand in supabase/functions/_shared/limits/budget.ts.';
comment on column switchboard.run_demand.input_tokens is
  'Of all that the request brings, by estimate from above; without the assistant''s prompt and the history.';
comment on column switchboard.run_demand.max_tokens is
  'Most tokens of the answer that the caller asks for; null: as the assistant or the model has it.';
comment on column switchboard.run_demand.thinks is
  'Whether the model may be asked to think, on top of max_tokens.';
comment on column switchboard.run_demand.fallback is 'Whether another model may answer.';
comment on column switchboard.run_demand.least_tokens is
  'Fewest tokens of an answer that are worth a call.';

create type switchboard.model_choice as (
  requested text,
  pinned text,
  use_case text,
  permitted text[]
);
comment on type switchboard.model_choice is
  'What the choice of a model depends on, besides the registry and the assistant.';
comment on column switchboard.model_choice.requested is
  'The id or alias that the caller names; null: none.';
comment on column switchboard.model_choice.pinned is 'The pin of the conversation; null: none.';
comment on column switchboard.model_choice.use_case is
  'The use case that is named; null: the assistant''s type.';
comment on column switchboard.model_choice.permitted is
  'Ids or aliases of the only models that may answer; null: all.';

create type switchboard.run_needs as (
  usd numeric,
  least_usd numeric,
  tokens numeric,
  least_tokens numeric
);
comment on type switchboard.run_needs is 'What a run uses at most, and what it cannot begin without.';
comment on column switchboard.run_needs.usd is
  'At the dearest of the models that may answer; null where no price of theirs is known.';
comment on column switchboard.run_needs.least_usd is
  'For the shortest answer that is worth a call, at the cheapest of them.';
comment on column switchboard.run_needs.tokens is 'Input and answer together.';
comment on column switchboard.run_needs.least_tokens is
  'With the shortest answer that is worth a call.';

create function switchboard.most_cost(price public.model_prices, input bigint, output bigint)
returns numeric
language plpgsql
immutable
set search_path = ''
as $$
begin
  if price.input_cost_per_mtok is null then
    return null;
  end if;
  -- All of the input may be written to a cache, which costs more than to read it. The input is an
  -- estimate from above, so a lower price of long prompts is not counted on.
  return (input * greatest(
        price.input_cost_per_mtok, price.cache_write_cost_per_mtok,
        price.cache_write_1h_cost_per_mtok)
      + output * price.output_cost_per_mtok) * 0.000001
    * case when input > price.long_prompt_tokens then greatest(price.long_prompt_factor, 1)
      else 1 end;
end;
$$;
comment on function switchboard.most_cost(public.model_prices, bigint, bigint) is
  'USD that a call costs at most at these prices; null where those of input and output are not known. Says the same as mostCost() in supabase/functions/_shared/limits/, which a test compares.';
revoke execute on function switchboard.most_cost(public.model_prices, bigint, bigint)
  from public, anon, authenticated, service_role;

create function switchboard.models_that_may_answer(
  asked switchboard.model_choice,
  assistant public.ai_assistants,
  fallback boolean
)
returns setof public.bedrock_models
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    with due as (
      -- What the rules of selection name first, and what stands there where that cannot answer.
      select m.model_id
      from public.bedrock_models as m
      cross join lateral (
        select case
          when m.model_id = asked.pinned and m.serves_pinned then 1
          when m.model_id = asked.requested or asked.requested = any (m.aliases) then 2
          when m.model_id = assistant.model_version then 3
          when m.use_case = coalesce(asked.use_case, assistant.assistant_type) then 4
          when m.is_default then 5
          else 6 end as place
      ) as p
      where m.lifecycle <> 'retired' and (m.is_available or p.place = 1)
      order by p.place, m.priority, m.model_id
      limit 1
    )
    select m.*
    from public.bedrock_models as m
    where (
        m.model_id in (select d.model_id from due as d)
        or fallback and m.is_available and m.lifecycle <> 'retired'
          and (assistant.fallback_models is null or m.model_id = any (assistant.fallback_models)))
      and (asked.permitted is null or asked.permitted && (m.aliases || m.model_id));
end;
$$;
comment on function switchboard.models_that_may_answer(
  switchboard.model_choice, public.ai_assistants, boolean) is
  'Every model that a run may call, and perhaps more: the functions choose among them by what the question holds.';
revoke execute on function switchboard.models_that_may_answer(
  switchboard.model_choice, public.ai_assistants, boolean)
  from public, anon, authenticated, service_role;

create function switchboard.longest_answer(
  model public.bedrock_models,
  assistant public.ai_assistants,
  demand switchboard.run_demand
)
returns bigint
language plpgsql
immutable
set search_path = ''
as $$
declare
  thinks constant boolean := coalesce(demand.thinks, false)
    or coalesce(assistant.model_config ->> 'effort', 'none') <> 'none';
begin
  return least(
    model.max_tokens, assistant.max_output_tokens,
    -- Thinking comes on top of what is asked for, as far as the model has room.
    case when not thinks
        or coalesce(model.capabilities #>> '{thinking,mode}', '') not in ('budget', 'levels')
      then least((assistant.model_config ->> 'max_tokens')::bigint, demand.max_tokens) end);
end;
$$;
comment on function switchboard.longest_answer(
  public.bedrock_models, public.ai_assistants, switchboard.run_demand) is
  'Most tokens of an answer, thinking included, that a model is asked for in a run.';
revoke execute on function switchboard.longest_answer(
  public.bedrock_models, public.ai_assistants, switchboard.run_demand)
  from public, anon, authenticated, service_role;

create function switchboard.tokens_of_history(history jsonb)
returns bigint
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- As token_estimate.ts: a third of the bytes; an image 1,600; of a document, a thirtieth of its
  -- size, or a third where it is text.
  return coalesce((
    select sum(
      octet_length(coalesce(nullif(m.value -> 'blocks', 'null')::text, m.value ->> 'content')) / 3 + 10
        + coalesce((
          select sum(case b.value ->> 'type'
            when 'image' then 1600
            else ceil(coalesce((b.value #>> '{source,size}')::numeric, 0)
              / case when b.value ->> 'mediaType' like 'text/%' then 3 else 30 end) end)
          -- Lax, it finds what is in arrays twice.
          from jsonb_path_query(
            m.value -> 'blocks', 'strict $.** ? (@.type == "image" || @.type == "document")') as b (value)
        ), 0))
    from jsonb_array_elements(history) as m), 0);
end;
$$;
comment on function switchboard.tokens_of_history(jsonb) is
  'The tokens of a history as recent_history() gives it, by estimate from above.';
revoke execute on function switchboard.tokens_of_history(jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.needs_of(
  demand switchboard.run_demand,
  asked switchboard.model_choice,
  assistant public.ai_assistants,
  history jsonb
)
returns switchboard.run_needs
language plpgsql
stable
set search_path = ''
as $$
declare
  input constant bigint := coalesce(demand.input_tokens, 0)
    + octet_length(coalesce(assistant.system_prompt, '')) / 3 + 1
    + switchboard.tokens_of_history(history);
  needs switchboard.run_needs;
  models bigint;
begin
  select
    max(c.usd), min(c.least_usd), input + max(c.output), input + min(c.least_output), count(*)
  into needs.usd, needs.least_usd, needs.tokens, needs.least_tokens, models
  from (
    select
      o.output, o.least_output, switchboard.most_cost(p, input, o.output) as usd,
      switchboard.most_cost(p, input, o.least_output) as least_usd
    from switchboard.models_that_may_answer(
      asked, assistant, coalesce(demand.fallback, true)) as m
    cross join lateral (
      select l.output, least(demand.least_tokens, l.output) as least_output
      from switchboard.longest_answer(m, assistant, demand) as l (output)
    ) as o
    left join public.model_prices as p
      on p.model_id = m.model_id and p.valid_from <= clock_timestamp()
      and (p.valid_to is null or p.valid_to > clock_timestamp())
  ) as c;
  -- That no model can answer is the functions' to say.
  return case models when 0 then row(0, 0, 0, 0)::switchboard.run_needs else needs end;
end;
$$;
comment on function switchboard.needs_of(
  switchboard.run_demand, switchboard.model_choice, public.ai_assistants, jsonb) is
  'What a run needs of limits in USD and in tokens.';
revoke execute on function switchboard.needs_of(
  switchboard.run_demand, switchboard.model_choice, public.ai_assistants, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.seconds_until_more(counted switchboard.counted_limit)
returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  seconds constant integer := ceil(extract(epoch from counted.window_end - clock_timestamp()));
begin
  return case
    when counted.unit = 'concurrent' then 1
    when seconds <= 60 then greatest(1, seconds) end;
end;
$$;
comment on function switchboard.seconds_until_more(switchboard.counted_limit) is
  'When to try again, for the header retry-after: when the window ends, if within a minute; a second for `concurrent`; else null.';
revoke execute on function switchboard.seconds_until_more(switchboard.counted_limit)
  from public, anon, authenticated, service_role;

create function switchboard.name_of_limit(wanted_id bigint)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(
    (select switchboard.limit_name(l) from public.ai_limits as l where l.id = wanted_id),
    'limit ' || wanted_id);
end;
$$;
comment on function switchboard.name_of_limit(bigint) is
  'The name of a limit, also of one that was removed meanwhile.';
revoke execute on function switchboard.name_of_limit(bigint)
  from public, anon, authenticated, service_role;

create function switchboard.refuse_over_limit(counted switchboard.counted_limit)
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT429',
    message = format('The limit is reached: %s.', switchboard.name_of_limit(counted.limit_id)),
    detail = 'limit_exceeded'
      || coalesce(' retry_after=' || switchboard.seconds_until_more(counted), ''),
    hint = case
      when counted.unit = 'concurrent' then 'Ask again when another of your answers is there.'
      when counted.window_end is null then 'It does not end by itself: an operator can raise it.'
      else format('It ends at %s UTC.',
        to_char(counted.window_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
    end;
end;
$$;
comment on function switchboard.refuse_over_limit(switchboard.counted_limit) is
  'PT429 limit_exceeded with the name of the limit, and when to try again; no amounts.';
revoke execute on function switchboard.refuse_over_limit(switchboard.counted_limit)
  from public, anon, authenticated, service_role;

create function switchboard.limits_to_hold(
  demand switchboard.run_demand,
  of_assistant_type text,
  of_user_id uuid,
  of_api_key_id uuid
)
returns switchboard.counted_limit[]
language plpgsql
stable
set search_path = ''
as $$
begin
  if demand is null
    or not exists (select from public.ai_limits as l where l.enforcement = 'hard')
  then
    return array[]::switchboard.counted_limit[];
  end if;
  return switchboard.limits_of(
    of_assistant_type, switchboard.keyed_hash('user', of_user_id::text), of_api_key_id, now(), true);
end;
$$;
comment on function switchboard.limits_to_hold(switchboard.run_demand, text, uuid, uuid) is
  'The hard limits of a run that begins now; none without a demand, which calls no model.';
revoke execute on function switchboard.limits_to_hold(switchboard.run_demand, text, uuid, uuid)
  from public, anon, authenticated, service_role;

create function switchboard.room_of(counted switchboard.counted_limit, of_run_id uuid)
returns numeric
language plpgsql
stable
set search_path = ''
as $$
declare
  used numeric;
  expired numeric;
  own numeric;
begin
  select sum(w.spent + w.held) into used
  from switchboard.limit_windows as w
  where w.limit_id = counted.limit_id and w.scope_key = counted.scope_key
    and w.window_start = counted.window_start;
  select
    sum(h.amount) filter (where h.expires_at <= now()),
    sum(h.amount) filter (where h.run_id = of_run_id and h.expires_at > now())
  into expired, own
  from switchboard.limit_holds as h
  where h.limit_id = counted.limit_id and h.scope_key = counted.scope_key
    and h.window_start = counted.window_start
    and (h.expires_at <= now() or h.run_id = of_run_id);
  -- A turn that is taken up again goes on with what it holds, however full the limit is by now.
  return greatest(
    counted.amount - coalesce(used, 0) + coalesce(expired, 0) + coalesce(own, 0), own);
end;
$$;
comment on function switchboard.room_of(switchboard.counted_limit, uuid) is
  'What is left of a limit for a run, once its own and expired holds are given back: no less than it holds.';
revoke execute on function switchboard.room_of(switchboard.counted_limit, uuid)
  from public, anon, authenticated, service_role;

create function switchboard.need_of(needs switchboard.run_needs, unit text)
returns numeric
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case unit when 'usd' then needs.least_usd when 'tokens' then needs.least_tokens else 1 end;
end;
$$;
comment on function switchboard.need_of(switchboard.run_needs, text) is
  'What a run cannot begin without, of a unit.';
revoke execute on function switchboard.need_of(switchboard.run_needs, text)
  from public, anon, authenticated, service_role;

create function switchboard.require_room(
  counted switchboard.counted_limit[],
  of_run_id uuid,
  needs switchboard.run_needs
)
returns void
language plpgsql
-- Each call sees what others have committed until then.
volatile
set search_path = ''
as $$
declare
  reached switchboard.counted_limit;
begin
  select c.* into reached
  from unnest(counted) as c
  cross join lateral switchboard.room_of(c, of_run_id) as r (room)
  where r.room <= 0 or r.room < switchboard.need_of(needs, c.unit)
  -- The one that lasts.
  order by c.unit = 'concurrent', c.window_end desc nulls first, c.limit_id
  limit 1;
  if found then
    perform switchboard.refuse_over_limit(reached);
  end if;
end;
$$;
comment on function switchboard.require_room(
  switchboard.counted_limit[], uuid, switchboard.run_needs) is
  'Refuses a run that cannot begin within its limits: PT429 limit_exceeded. With needs that are null it is a first look, without locks, which refuses a limit that is used up before anything is written.';
revoke execute on function switchboard.require_room(
  switchboard.counted_limit[], uuid, switchboard.run_needs)
  from public, anon, authenticated, service_role;

create function switchboard.allowance_of(
  counted switchboard.counted_limit[],
  of_run_id uuid,
  of_unit text,
  wanted numeric
)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'amount', least(wanted, r.room), 'limit', switchboard.name_of_limit(c.limit_id),
      'retry_after', switchboard.seconds_until_more(c))
    from unnest(counted) as c
    cross join lateral switchboard.room_of(c, of_run_id) as r (room)
    where c.unit = of_unit
    order by r.room, c.limit_id
    limit 1);
end;
$$;
comment on function switchboard.allowance_of(
  switchboard.counted_limit[], uuid, text, numeric) is
  'What a run may use of a unit, with the limit that leaves the least: Allowance in supabase/functions/_shared/limits/budget.ts. Null where no limit has the unit.';
revoke execute on function switchboard.allowance_of(
  switchboard.counted_limit[], uuid, text, numeric)
  from public, anon, authenticated, service_role;

create function switchboard.take_holds(
  of_run_id uuid,
  counted switchboard.counted_limit[],
  needs switchboard.run_needs
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  -- Later than any worker of the functions lives.
  lasts constant interval := interval '450 seconds';
  budget jsonb;
begin
  if cardinality(counted) = 0 then
    return null;
  end if;
  if needs.usd is null and exists (select from unnest(counted) as c where c.unit = 'usd') then
    raise exception using
      errcode = 'PT409',
      message = 'A limit in USD applies, and no model that may answer has a known price.',
      detail = 'price_unknown',
      hint = 'Operator: set the price of the model (set-price).';
  end if;
  loop
    perform switchboard.open_windows(counted, '{}');
    -- Until its lock, the tick may drop one in which nothing ran.
    exit when switchboard.lock_windows(counted, of_run_id);
  end loop;
  perform switchboard.require_room(counted, of_run_id, needs);
  budget := jsonb_build_object(
    'usd', switchboard.allowance_of(counted, of_run_id, 'usd', needs.usd),
    'tokens', switchboard.allowance_of(counted, of_run_id, 'tokens', needs.tokens));
  -- A turn that is taken up again holds what it needs, once.
  perform switchboard.end_holds(of_run_id, counted);
  with held as (
    insert into switchboard.limit_holds (
      run_id, limit_id, scope_key, window_start, amount, expires_at)
    select of_run_id, c.limit_id, c.scope_key, c.window_start,
      coalesce((budget #>> array[c.unit, 'amount'])::numeric, 1), now() + lasts
    from unnest(counted) as c
    returning limit_id, scope_key, window_start, amount
  )
  update switchboard.limit_windows as w
    set held = w.held + h.amount
    from held as h
    where w.limit_id = h.limit_id and w.scope_key = h.scope_key
      and w.window_start = h.window_start and w.slot = 0;
  return budget;
end;
$$;
comment on function switchboard.take_holds(
  uuid, switchboard.counted_limit[], switchboard.run_needs) is
  'Holds what a run may use of its limits, all or none, in the place of what it holds already, and returns its budget (usd, tokens); null without limits. The last step of a transaction but for its answer. PT429 limit_exceeded; PT409 price_unknown.';
revoke execute on function switchboard.take_holds(
  uuid, switchboard.counted_limit[], switchboard.run_needs)
  from public, anon, authenticated, service_role;
