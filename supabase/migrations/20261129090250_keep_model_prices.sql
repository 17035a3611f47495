-- What each model cost, and when. Operators change a price where they always did, in bedrock_models;
-- what it was before stays here, so the cost of an answer can be explained years later. So do prices
-- that are to hold from a later moment on. What holds at a moment is read here: the row of
-- bedrock_models follows a scheduled price, but nothing depends on when.

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
  cache_write_1h_cost_per_mtok numeric,
  long_prompt_tokens integer,
  long_prompt_factor numeric,
  scheduled boolean not null default false,
  constraint model_prices_period_runs_forward check (valid_to >= valid_from),
  constraint model_prices_period_finite check (isfinite(valid_from) and isfinite(valid_to)),
  constraint model_prices_input_cost_range check (input_cost_per_mtok between 0 and 1000000),
  constraint model_prices_output_cost_range check (output_cost_per_mtok between 0 and 1000000),
  constraint model_prices_cache_read_cost_range
    check (cache_read_cost_per_mtok between 0 and 1000000),
  constraint model_prices_cache_write_cost_range
    check (cache_write_cost_per_mtok between 0 and 1000000),
  constraint model_prices_cache_write_1h_cost_range
    check (cache_write_1h_cost_per_mtok between 0 and 1000000),
  constraint model_prices_long_prompt_tokens_minimum check (long_prompt_tokens >= 50000),
  constraint model_prices_long_prompt_factor_range
    check (long_prompt_factor > 0 and long_prompt_factor <= 1000),
  constraint model_prices_long_prompt_is_whole
    check ((long_prompt_tokens is null) = (long_prompt_factor is null))
);
comment on table public.model_prices is
  'The prices of each model with the time for which they held, hold or are to hold. Written by trigger when a price in bedrock_models changes, and by set_model_price().';
comment on column public.model_prices.model_id is
  'The model''s id at that time, also of one that has left the registry.';
comment on column public.model_prices.valid_from is
  'The first moment at which the prices hold, by the clock of the change; turns see it once it is committed. In the future: scheduled.';
comment on column public.model_prices.valid_to is
  'The first moment at which they no longer hold; null: until further notice.';
comment on column public.model_prices.input_cost_per_mtok is
  'USD per million input tokens; null where not known.';
comment on column public.model_prices.output_cost_per_mtok is
  'USD per million output tokens; null where not known.';
comment on column public.model_prices.cache_read_cost_per_mtok is
  'USD per million tokens read from the prompt cache; null where not known.';
comment on column public.model_prices.cache_write_cost_per_mtok is
  'USD per million tokens written to the prompt cache for five minutes, or for as long as the model keeps them; null where not known.';
comment on column public.model_prices.cache_write_1h_cost_per_mtok is
  'USD per million tokens written to the prompt cache for an hour; null where not known.';
comment on column public.model_prices.long_prompt_tokens is
  'A prompt of more tokens, cached ones included, costs long_prompt_factor times as much; null: none does.';
comment on column public.model_prices.long_prompt_factor is
  'What every price of a long prompt and of its answer is multiplied by.';
comment on column public.model_prices.scheduled is
  'Whether it was entered before it held, by set_model_price().';

create unique index model_prices_one_open_period on public.model_prices (model_id)
  where valid_to is null;
create index model_prices_model_id_valid_from_idx
  on public.model_prices (model_id, valid_from desc);
-- For read_registry(): few models have prices that were set ahead.
create index model_prices_scheduled_idx on public.model_prices (model_id) where scheduled;

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
  cache_read_cost_per_mtok, cache_write_cost_per_mtok, cache_write_1h_cost_per_mtok,
  long_prompt_tokens, long_prompt_factor, scheduled
) on public.model_prices to authenticated;
grant select on public.model_prices to service_role;

create function switchboard.price_at(of_model_id text, moment timestamptz)
returns public.model_prices
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select mp
    from public.model_prices as mp
    where mp.model_id = of_model_id
      and mp.valid_from <= moment
      and (mp.valid_to is null or mp.valid_to > moment)
    order by mp.valid_from desc
    limit 1);
end;
$$;
comment on function switchboard.price_at(text, timestamptz) is
  'The prices of a model that held at a moment; null where the registry had no such model.';
revoke execute on function switchboard.price_at(text, timestamptz) from public, anon;
grant execute on function switchboard.price_at(text, timestamptz) to authenticated, service_role;

create function switchboard.has_prices(model public.bedrock_models, price public.model_prices)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (model.input_cost_per_mtok, model.output_cost_per_mtok, model.cache_read_cost_per_mtok,
      model.cache_write_cost_per_mtok, model.cache_write_1h_cost_per_mtok,
      model.long_prompt_tokens, model.long_prompt_factor)
    is not distinct from
    (price.input_cost_per_mtok, price.output_cost_per_mtok, price.cache_read_cost_per_mtok,
      price.cache_write_cost_per_mtok, price.cache_write_1h_cost_per_mtok,
      price.long_prompt_tokens, price.long_prompt_factor);
end;
$$;
comment on function switchboard.has_prices(public.bedrock_models, public.model_prices) is
  'Whether a model''s row has the prices of a period.';
revoke execute on function switchboard.has_prices(public.bedrock_models, public.model_prices)
  from public, anon;
grant execute on function switchboard.has_prices(public.bedrock_models, public.model_prices)
  to authenticated, service_role;

create function switchboard.with_present_prices(model public.bedrock_models)
returns public.bedrock_models
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Not the transaction's time: a change that was committed since it began is seen by its prices too.
  price constant public.model_prices := switchboard.price_at(model.model_id, clock_timestamp());
begin
  if price.id is not null then
    model.input_cost_per_mtok := price.input_cost_per_mtok;
    model.output_cost_per_mtok := price.output_cost_per_mtok;
    model.cache_read_cost_per_mtok := price.cache_read_cost_per_mtok;
    model.cache_write_cost_per_mtok := price.cache_write_cost_per_mtok;
    model.cache_write_1h_cost_per_mtok := price.cache_write_1h_cost_per_mtok;
    model.long_prompt_tokens := price.long_prompt_tokens;
    model.long_prompt_factor := price.long_prompt_factor;
  end if;
  return model;
end;
$$;
comment on function switchboard.with_present_prices(public.bedrock_models) is
  'A model''s row with the prices that hold now, also where the row does not follow a scheduled price yet.';
revoke execute on function switchboard.with_present_prices(public.bedrock_models)
  from public, anon;
grant execute on function switchboard.with_present_prices(public.bedrock_models)
  to authenticated, service_role;

-- Definers, both: a role that may change a model's row must not be able to rewrite what it cost.

create function switchboard.keep_other_prices()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  present constant public.bedrock_models := switchboard.with_present_prices(old);
begin
  -- What the statement leaves alone is as it holds now. A value that is written as the row had it
  -- counts as left alone.
  if new.input_cost_per_mtok is not distinct from old.input_cost_per_mtok then
    new.input_cost_per_mtok := present.input_cost_per_mtok;
  end if;
  if new.output_cost_per_mtok is not distinct from old.output_cost_per_mtok then
    new.output_cost_per_mtok := present.output_cost_per_mtok;
  end if;
  if new.cache_read_cost_per_mtok is not distinct from old.cache_read_cost_per_mtok then
    new.cache_read_cost_per_mtok := present.cache_read_cost_per_mtok;
  end if;
  if new.cache_write_cost_per_mtok is not distinct from old.cache_write_cost_per_mtok then
    new.cache_write_cost_per_mtok := present.cache_write_cost_per_mtok;
  end if;
  if new.cache_write_1h_cost_per_mtok is not distinct from old.cache_write_1h_cost_per_mtok then
    new.cache_write_1h_cost_per_mtok := present.cache_write_1h_cost_per_mtok;
  end if;
  if (new.long_prompt_tokens, new.long_prompt_factor)
    is not distinct from (old.long_prompt_tokens, old.long_prompt_factor)
  then
    new.long_prompt_tokens := present.long_prompt_tokens;
    new.long_prompt_factor := present.long_prompt_factor;
  end if;
  return new;
end;
$$;
comment on function switchboard.keep_other_prices() is
  'Trigger: an update of some prices keeps the others at what holds now, where the row does not follow a scheduled price yet.';
revoke execute on function switchboard.keep_other_prices()
  from public, anon, authenticated, service_role;

create function switchboard.record_model_prices()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Not the transaction's time: of two changes in one transaction the later begins later, also where
  -- the clock was set back between them.
  moment constant timestamptz := greatest(clock_timestamp(), (
    select max(mp.valid_from) from public.model_prices as mp
    where mp.model_id = old.model_id and not mp.scheduled));
  present public.model_prices;
  ends_at timestamptz;
begin
  if tg_op = 'UPDATE' and old.model_id <> new.model_id then
    update public.model_prices as mp set model_id = new.model_id
      where mp.model_id = old.model_id and mp.valid_from > moment;
  elsif tg_op = 'DELETE' then
    delete from public.model_prices as mp
      where mp.model_id = old.model_id and mp.valid_from > moment;
  end if;
  if tg_op <> 'INSERT' then
    present := switchboard.price_at(old.model_id, moment);
    -- The row follows a price that was scheduled.
    if tg_op = 'UPDATE' and old.model_id = new.model_id and present.id is not null
      and switchboard.has_prices(new, present)
    then
      return null;
    end if;
    update public.model_prices as mp set valid_to = moment where mp.id = present.id;
  end if;
  if tg_op <> 'DELETE' then
    ends_at := (
      select min(mp.valid_from) from public.model_prices as mp
      where mp.model_id = new.model_id and mp.valid_from > moment);
    insert into public.model_prices (
      model_id, valid_from, valid_to, input_cost_per_mtok, output_cost_per_mtok,
      cache_read_cost_per_mtok, cache_write_cost_per_mtok, cache_write_1h_cost_per_mtok,
      long_prompt_tokens, long_prompt_factor)
    values (
      new.model_id, moment, ends_at, new.input_cost_per_mtok, new.output_cost_per_mtok,
      new.cache_read_cost_per_mtok, new.cache_write_cost_per_mtok,
      new.cache_write_1h_cost_per_mtok, new.long_prompt_tokens, new.long_prompt_factor);
  end if;
  return null;
end;
$$;
comment on function switchboard.record_model_prices() is
  'Trigger: ends the period of a model''s prices and begins the next, which lasts until the next one that is scheduled.';
revoke execute on function switchboard.record_model_prices()
  from public, anon, authenticated, service_role;

create trigger record_prices after insert or delete on public.bedrock_models
  for each row execute function switchboard.record_model_prices();
create trigger keep_other_prices before update on public.bedrock_models
  for each row when (
    (old.model_id, old.input_cost_per_mtok, old.output_cost_per_mtok,
      old.cache_read_cost_per_mtok, old.cache_write_cost_per_mtok,
      old.cache_write_1h_cost_per_mtok, old.long_prompt_tokens, old.long_prompt_factor)
    is distinct from
    (new.model_id, new.input_cost_per_mtok, new.output_cost_per_mtok,
      new.cache_read_cost_per_mtok, new.cache_write_cost_per_mtok,
      new.cache_write_1h_cost_per_mtok, new.long_prompt_tokens, new.long_prompt_factor))
  execute function switchboard.keep_other_prices();
create trigger record_changed_prices
  after update of
    model_id, input_cost_per_mtok, output_cost_per_mtok, cache_read_cost_per_mtok,
    cache_write_cost_per_mtok, cache_write_1h_cost_per_mtok, long_prompt_tokens,
    long_prompt_factor
  on public.bedrock_models
  for each row when (
    (old.model_id, old.input_cost_per_mtok, old.output_cost_per_mtok,
      old.cache_read_cost_per_mtok, old.cache_write_cost_per_mtok,
      old.cache_write_1h_cost_per_mtok, old.long_prompt_tokens, old.long_prompt_factor)
    is distinct from
    (new.model_id, new.input_cost_per_mtok, new.output_cost_per_mtok,
      new.cache_read_cost_per_mtok, new.cache_write_cost_per_mtok,
      new.cache_write_1h_cost_per_mtok, new.long_prompt_tokens, new.long_prompt_factor))
  execute function switchboard.record_model_prices();

create function switchboard.cost_of_tokens(
  price public.model_prices,
  input_tokens bigint,
  output_tokens bigint,
  cache_read_tokens bigint,
  cache_write_tokens bigint,
  cache_write_1h_tokens bigint
)
returns numeric
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- A price that is not known matters only where tokens were used at it: then the cost is unknown.
  -- Multiplied, not divided: exact to the last digit.
  -- Without a count of those kept for an hour there are none.
  return (
    case when input_tokens = 0 then 0 else input_tokens * price.input_cost_per_mtok end
    + case when output_tokens = 0 then 0 else output_tokens * price.output_cost_per_mtok end
    + case when cache_read_tokens = 0 then 0
      else cache_read_tokens * price.cache_read_cost_per_mtok end
    + case when cache_write_tokens <= coalesce(cache_write_1h_tokens, 0) then 0
      else (cache_write_tokens - coalesce(cache_write_1h_tokens, 0))
        * price.cache_write_cost_per_mtok end
    + case when coalesce(cache_write_1h_tokens, 0) = 0 then 0
      else cache_write_1h_tokens * price.cache_write_1h_cost_per_mtok end
    ) * 0.000001
    * case
      when input_tokens + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0)
        > price.long_prompt_tokens
      then price.long_prompt_factor else 1 end;
end;
$$;
comment on function switchboard.cost_of_tokens(
  public.model_prices, bigint, bigint, bigint, bigint, bigint) is
  'USD for these tokens of one call at these prices; null where a price or a count is not known. cache_write_1h_tokens: how many of cache_write_tokens are kept for an hour.';
revoke execute on function
  switchboard.cost_of_tokens(public.model_prices, bigint, bigint, bigint, bigint, bigint)
  from public, anon;
grant execute on function
  switchboard.cost_of_tokens(public.model_prices, bigint, bigint, bigint, bigint, bigint)
  to authenticated, service_role;
