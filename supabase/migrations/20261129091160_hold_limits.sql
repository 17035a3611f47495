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
  permitted text[],
  unit text,
  rollout_id bigint,
  rollout_side text
);
comment on type switchboard.model_choice is
  'What the choice of a model depends on, besides the registry and the assistant.';
comment on column switchboard.model_choice.requested is
  'The id or alias that the caller names; null: none.';
comment on column switchboard.model_choice.pinned is
  'The pin of the conversation; null: none, or one that ended with its rollout.';
comment on column switchboard.model_choice.use_case is
  'The use case that is named; null: the assistant''s type.';
comment on column switchboard.model_choice.permitted is
  'Ids or aliases of the only models that may answer; null: all.';
comment on column switchboard.model_choice.unit is
  'What a rollout assigns to a side: the conversation, or the client of a call; null: nothing.';
comment on column switchboard.model_choice.rollout_id is
  'The rollout whose side the conversation is on already; null: none.';
comment on column switchboard.model_choice.rollout_side is 'Its side there, `canary` or `former`.';

create type switchboard.run_needs as (
  usd numeric,
  least_usd numeric,
  tokens numeric,
  least_tokens numeric
);
comment on type switchboard.run_needs is 'What a run uses at most, and what it cannot begin without.';
comment on column switchboard.run_needs.usd is
  'At the dearest of the models that it may try; null where no price of theirs is known.';
comment on column switchboard.run_needs.least_usd is
  'For the shortest answer that is worth a call, of the model that is due or, where none is, of the cheapest; null where that price is not known.';
comment on column switchboard.run_needs.tokens is 'Input and answer together.';
comment on column switchboard.run_needs.least_tokens is
  'With the shortest answer that is worth a call, of the same model.';

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

create function switchboard.successor_of(replaced_model_id text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  -- As successorOf() in supabase/functions/_shared/selection/available_models.ts, but for whether it
  -- is available.
  return (
    with recursive chain as (
      select m.successor_model_id as model_id
      from public.bedrock_models as m where m.model_id = replaced_model_id
      union
      select m.successor_model_id
      from chain as c
      join public.bedrock_models as m on m.model_id = c.model_id and m.lifecycle = 'retired'
    )
    select m.model_id
    from chain as c
    join public.bedrock_models as m on m.model_id = c.model_id and m.lifecycle <> 'retired');
end;
$$;
comment on function switchboard.successor_of(text) is
  'The first model in the chain of a model''s successors that is not retired; null without one.';
revoke execute on function switchboard.successor_of(text)
  from public, anon, authenticated, service_role;

create function switchboard.named_models(
  asked switchboard.model_choice,
  assistant public.ai_assistants,
  canary_id text
)
returns table (model public.bedrock_models, place integer, due_place integer)
language plpgsql
stable
set search_path = ''
as $$
begin
  -- As choices() in supabase/functions/_shared.
  return query
    select m, case when p.is_ended then 3 else r.place end, r.place
    from public.bedrock_models as m
    cross join lateral (
      select case when m.model_id = asked.pinned then
        m.lifecycle <> 'retired' and cardinality(switchboard.places_not_allowed(m)) = 0
          and not switchboard.is_kept_from(m, assistant)
      end as is_usable
    ) as u
    cross join lateral (
      select
        u.is_usable and m.serves_pinned as serves,
        m.model_id = asked.pinned and not (u.is_usable and (m.serves_pinned or m.is_available))
          as is_ended
    ) as p
    cross join lateral (
      select case
        when p.serves then 1
        when asked.requested is distinct from asked.pinned
          and (m.model_id = asked.requested or asked.requested = any (m.aliases)) then 2
        when m.model_id = canary_id then 4
        when m.model_id = assistant.model_version then 5
        when not m.is_available then null
        when m.use_case = coalesce(asked.use_case, assistant.assistant_type) then 6
        when m.is_default then 7
        -- Those that are kept from the assistant are not among the others, nor are their successors.
        when m.provider_retention <> 'none' and switchboard.is_kept_from(m, assistant) then null
        else 8 end as place
    ) as r
    where p.is_ended or r.place is not null;
end;
$$;
comment on function switchboard.named_models(
  switchboard.model_choice, public.ai_assistants, text) is
  'The models that the rules name, with their rule: 1 the pin, 2 the request, 3 a pin that has ended, 4 the canary, 5 the assistant, 6 the use case, 7 the default, 8 priority. due_place: by which it would be due; of a pin that has ended, null or the next rule that names it.';
revoke execute on function switchboard.named_models(
  switchboard.model_choice, public.ai_assistants, text)
  from public, anon, authenticated, service_role;

create function switchboard.may_begin(
  model public.bedrock_models,
  asked switchboard.model_choice,
  assistant public.ai_assistants
)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return model.is_available and model.lifecycle <> 'retired'
    and (asked.permitted is null or asked.permitted && (model.aliases || model.model_id))
    and cardinality(switchboard.places_not_allowed(model)) = 0
    and not switchboard.is_kept_from(model, assistant);
end;
$$;
comment on function switchboard.may_begin(
  public.bedrock_models, switchboard.model_choice, public.ai_assistants) is
  'Whether a model takes new conversations and calls of an assistant (of none, where its row is null), and is one that may answer.';
revoke execute on function switchboard.may_begin(
  public.bedrock_models, switchboard.model_choice, public.ai_assistants)
  from public, anon, authenticated, service_role;

create function switchboard.canary_of(
  asked switchboard.model_choice,
  assistant public.ai_assistants
)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  is_own constant boolean := assistant.rollout_id is not null;
  canary public.bedrock_models;
  of_rollout_id bigint;
  side text;
  due record;
begin
  -- As assignRollout() in supabase/functions/_shared/runs, which a test compares.
  if asked.unit is null or num_nonnulls(asked.pinned, asked.requested) > 0 then
    return null;
  elsif is_own then
    select * into canary
    from public.bedrock_models as m where m.model_id = assistant.canary_model_id;
  else
    select * into canary from public.bedrock_models as m where m.canary_share is not null;
  end if;
  of_rollout_id := case when is_own then assistant.rollout_id else canary.rollout_id end;
  if canary.id is null then
    return null;
  end if;
  side := case of_rollout_id
    when asked.rollout_id then asked.rollout_side
    else switchboard.side_of_unit(of_rollout_id, asked.unit,
      case when is_own then assistant.canary_share else canary.canary_share end) end;
  if side <> 'canary' then
    return null;
  end if;
  select n.* into due
  from switchboard.named_models(asked, assistant, null) as n
  order by n.due_place, (n.model).priority, (n.model).model_id collate "C"
  limit 1;
  if (is_own or due.due_place = 7) and switchboard.may_begin(due.model, asked, assistant)
    and switchboard.may_begin(canary, asked, assistant)
  then
    return canary.model_id;
  end if;
  return null;
end;
$$;
comment on function switchboard.canary_of(switchboard.model_choice, public.ai_assistants) is
  'The model that a run on the canary''s side of a rollout is due to, where its question is text that both models have room for; null: none.';
revoke execute on function switchboard.canary_of(
  switchboard.model_choice, public.ai_assistants)
  from public, anon, authenticated, service_role;

create function switchboard.models_that_may_answer(
  asked switchboard.model_choice,
  assistant public.ai_assistants,
  fallback boolean
)
returns table (model public.bedrock_models, is_due boolean)
language plpgsql
stable
set search_path = ''
as $$
begin
  -- As choices(), eachCandidate() and firstPermitted() in supabase/functions/_shared, for a question
  -- of text, which a test compares.
  return query
    with named as materialized (
      select n.model as named_model, (n.model).model_id, (n.model).priority, n.place, n.due_place
      from switchboard.named_models(
        asked, assistant, switchboard.canary_of(asked, assistant)) as n
    ),
    candidates as (
      select distinct on ((c.candidate).model_id)
        c.candidate, n.place, n.priority, n.model_id, c.step
      from named as n
      cross join lateral (
        select n.named_model as candidate, 0 as step
        union all
        select s, 1
        from public.bedrock_models as s
        where (n.named_model).successor_model_id is not null
          and s.model_id = switchboard.successor_of(n.model_id)
      ) as c
      where (c.candidate).lifecycle <> 'retired'
        and ((c.candidate).is_available or n.place = 1 and c.step = 0)
      order by (c.candidate).model_id, n.place, n.priority, n.model_id collate "C", c.step
    )
    select c.candidate, c.is_due
    from (
      select
        o.*,
        -- The first that is named; a pin that has ended names none.
        (o.candidate).model_id = (
          select n.model_id from named as n
          where n.due_place is not null
          order by n.due_place, n.priority, n.model_id collate "C" limit 1) as is_due
      from candidates as o
      order by o.place, o.priority, o.model_id collate "C", o.step
      -- So that the places of the first few are looked at, and no others.
      offset 0
    ) as c
    where (c.is_due or fallback and (
        assistant.fallback_models is null
        or (c.candidate).model_id = any (assistant.fallback_models)))
      and (asked.permitted is null
        or asked.permitted && ((c.candidate).aliases || (c.candidate).model_id))
      and cardinality(switchboard.places_not_allowed(c.candidate)) = 0
      and not switchboard.is_kept_from(c.candidate, assistant)
    -- As mostModels in permitted_models.ts.
    limit 4;
end;
$$;
comment on function switchboard.models_that_may_answer(
  switchboard.model_choice, public.ai_assistants, boolean) is
  'The models that a run tries where its question is text, and which one of them is due. One that holds more may come to others, which it calls as far as what is held goes.';
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
    max(c.usd), min(c.least_usd) filter (where c.is_first), input + max(c.output),
    input + min(c.least_output) filter (where c.is_first), count(*)
  into needs.usd, needs.least_usd, needs.tokens, needs.least_tokens, models
  from (
    select
      o.output, o.least_output, switchboard.most_cost(p, input, o.output) as usd,
      switchboard.most_cost(p, input, o.least_output) as least_usd,
      -- No other takes the place of the model that is due because it is cheaper.
      m.is_due or not bool_or(m.is_due) over () as is_first
    from switchboard.models_that_may_answer(
      asked, assistant, coalesce(demand.fallback, true)) as m
    cross join lateral (
      select l.output, least(demand.least_tokens, l.output) as least_output
      from switchboard.longest_answer(m.model, assistant, demand) as l (output)
    ) as o
    left join public.model_prices as p
      on p.model_id = (m.model).model_id and p.valid_from <= clock_timestamp()
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
  return case when seconds <= 60 then greatest(1, seconds) end;
end;
$$;
comment on function switchboard.seconds_until_more(switchboard.counted_limit) is
  'Until the window ends, where that is within a minute; else null.';
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

create function switchboard.why_full(counted switchboard.counted_limit, need numeric)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  spent constant numeric := coalesce((
    select sum(w.spent)
    from switchboard.limit_windows as w
    where w.limit_id = counted.limit_id and w.scope_key = counted.scope_key
      and w.window_start = counted.window_start), 0);
begin
  return case
    when need > counted.amount and counted.unit in ('usd', 'tokens') then 'small'
    when spent < counted.amount and spent + coalesce(need, 0) <= counted.amount then 'held'
    else 'spent'
  end;
end;
$$;
comment on function switchboard.why_full(switchboard.counted_limit, numeric) is
  'Why a limit has no room for what a run needs: `small`, it never has so much; `held`, runs under way hold it, and may give it back at any moment; `spent`, until its window ends.';
revoke execute on function switchboard.why_full(switchboard.counted_limit, numeric)
  from public, anon, authenticated, service_role;

create function switchboard.refuse_over_limit(counted switchboard.counted_limit, why text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  reached public.ai_limits;
begin
  select * into reached from public.ai_limits as l where l.id = counted.limit_id;
  raise exception using
    errcode = 'PT429',
    message = format('The limit is reached: %s.', switchboard.name_of_limit(counted.limit_id)),
    detail = 'limit_exceeded' || coalesce(' retry_after=' || case why
      when 'held' then 1
      when 'spent' then switchboard.seconds_until_more(counted) end, ''),
    hint = case
      when why = 'small' then 'It allows less than this needs: ask with fewer words, or have it raised.'
      when why = 'held' then format('Ask again when %s is there.', case
        when reached.scope in ('each_user', 'user') then 'another of your answers'
        else 'another answer' end)
      when counted.window_end is null then 'It does not reset: an operator can raise it.'
      else format('It resets at %s UTC.',
        to_char(counted.window_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
    end;
end;
$$;
comment on function switchboard.refuse_over_limit(switchboard.counted_limit, text) is
  'PT429 limit_exceeded with the name of the limit, and when to try again; no amounts. `why` is as of why_full().';
revoke execute on function switchboard.refuse_over_limit(switchboard.counted_limit, text)
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
  reached record;
begin
  select c as counted, w.why into reached
  from unnest(counted) as c
  cross join lateral switchboard.room_of(c, of_run_id) as r (room)
  cross join lateral switchboard.need_of(needs, c.unit) as n (need)
  cross join lateral switchboard.why_full(c, n.need) as w (why)
  where r.room <= 0 or r.room < n.need
  -- The one that lasts.
  order by array_position(array['small', 'spent', 'held'], w.why),
    c.window_end desc nulls first, c.limit_id
  limit 1;
  if found then
    perform switchboard.refuse_over_limit(reached.counted, reached.why);
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

create function switchboard.write_holds(
  of_run_id uuid,
  counted switchboard.counted_limit[],
  needs switchboard.run_needs,
  expires_at timestamptz
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  budget constant jsonb := jsonb_build_object(
    'usd', switchboard.allowance_of(counted, of_run_id, 'usd', needs.usd),
    'tokens', switchboard.allowance_of(counted, of_run_id, 'tokens', needs.tokens));
begin
  -- A run that holds already, as a turn that is taken up again, holds what it needs, once.
  perform switchboard.end_holds(of_run_id, counted);
  with held as (
    insert into switchboard.limit_holds (
      run_id, limit_id, scope_key, window_start, amount, expires_at)
    select of_run_id, c.limit_id, c.scope_key, c.window_start,
      coalesce((budget #>> array[c.unit, 'amount'])::numeric, 1), write_holds.expires_at
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
comment on function switchboard.write_holds(
  uuid, switchboard.counted_limit[], switchboard.run_needs, timestamptz) is
  'Holds what a run needs of its limits, as far as they leave it, in the place of what it holds already, and returns its budget (usd, tokens); under the locks of lock_windows().';
revoke execute on function switchboard.write_holds(
  uuid, switchboard.counted_limit[], switchboard.run_needs, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.expiry_of_hold(stale_after_ms bigint)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  -- Later than any worker of the functions lives, and than its run can still be on its way.
  return now()
    + greatest(interval '450 seconds', stale_after_ms * interval '1 millisecond');
end;
$$;
comment on function switchboard.expiry_of_hold(bigint) is
  'When a hold ends whose run has not reported its end until then.';
revoke execute on function switchboard.expiry_of_hold(bigint)
  from public, anon, authenticated, service_role;

create function switchboard.take_holds(
  of_run_id uuid,
  counted switchboard.counted_limit[],
  needs switchboard.run_needs,
  stale_after_ms bigint
)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  if cardinality(counted) = 0 then
    return null;
  end if;
  if needs.least_usd is null and exists (select from unnest(counted) as c where c.unit = 'usd') then
    raise exception using
      errcode = 'PT409',
      message = 'A limit in USD applies, and the price of the model that should answer is not known.',
      detail = 'price_unknown',
      hint = 'Operator: set the price of the model (set-price).';
  end if;
  loop
    perform switchboard.open_windows(counted, '{}');
    -- Until its lock, the tick may drop one in which nothing ran.
    exit when switchboard.lock_windows(counted, of_run_id);
  end loop;
  perform switchboard.require_room(counted, of_run_id, needs);
  return switchboard.write_holds(
    of_run_id, counted, needs, switchboard.expiry_of_hold(stale_after_ms));
end;
$$;
comment on function switchboard.take_holds(
  uuid, switchboard.counted_limit[], switchboard.run_needs, bigint) is
  'Holds what a run may use of its limits, all or none, in the place of what it holds already, and returns its budget (usd, tokens); null without limits. The last step of a transaction but for its answer. PT429 limit_exceeded; PT409 price_unknown.';
revoke execute on function switchboard.take_holds(
  uuid, switchboard.counted_limit[], switchboard.run_needs, bigint)
  from public, anon, authenticated, service_role;

-- A definer, as release_holds().
create function public.raise_hold(p_run_id uuid, p_usd numeric, p_tokens numeric)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  counted constant switchboard.counted_limit[] := array(
    select row(
      l.id, l.unit, l.amount, h.scope_key, h.window_start,
      switchboard.window_end(l.period, h.window_start, l.time_zone), 0
    )::switchboard.counted_limit
    from switchboard.limit_holds as h
    join public.ai_limits as l on l.id = h.limit_id
    where h.run_id = p_run_id
    order by h.limit_id);
  wanted switchboard.run_needs;
  expires_at timestamptz;
begin
  perform switchboard.lock_windows(counted, p_run_id);
  -- Read again under the locks: the hold may have ended until now.
  select
    greatest(p_usd, max(h.amount) filter (where c.unit = 'usd')),
    greatest(p_tokens, max(h.amount) filter (where c.unit = 'tokens')),
    greatest(max(h.expires_at), switchboard.expiry_of_hold(null))
  into wanted.usd, wanted.tokens, expires_at
  from switchboard.limit_holds as h
  join unnest(counted) as c on c.limit_id = h.limit_id
  where h.run_id = p_run_id
  having count(*) > 0;
  if not found then
    return null;
  end if;
  return switchboard.write_holds(p_run_id, counted, wanted, expires_at);
end;
$$;
comment on function public.raise_hold(uuid, numeric, numeric) is
  'Raises what a run holds to so much in total, as far as its limits leave it, and returns its budget as begin_call() does; null where it holds nothing. Never lowers it.';
revoke execute on function public.raise_hold(uuid, numeric, numeric)
  from public, anon, authenticated;
grant execute on function public.raise_hold(uuid, numeric, numeric) to service_role;
