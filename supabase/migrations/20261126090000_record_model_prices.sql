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
  constraint model_prices_period_runs_forward check (valid_to >= valid_from)
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

create unique index model_prices_one_open_period on public.model_prices (model_id)
  where valid_to is null;
create index model_prices_model_id_valid_from_idx
  on public.model_prices (model_id, valid_from desc);

revoke all on public.model_prices from anon, authenticated, service_role;
alter table public.model_prices enable row level security;

create policy model_prices_select_platform on public.model_prices
  for select to authenticated
  using ((select private.is_platform_user()));
comment on policy model_prices_select_platform on public.model_prices is
  'Platform admins see what every model cost and costs.';

grant select (
  id, model_id, valid_from, valid_to, input_cost_per_mtok, output_cost_per_mtok,
  cache_read_cost_per_mtok, cache_write_cost_per_mtok
) on public.model_prices to authenticated;
grant select on public.model_prices to service_role;

insert into public.model_prices (
  model_id, valid_from, input_cost_per_mtok, output_cost_per_mtok, cache_read_cost_per_mtok,
  cache_write_cost_per_mtok)
select
  bm.model_id, bm.created_at, bm.input_cost_per_mtok, bm.output_cost_per_mtok,
  bm.cache_read_cost_per_mtok, bm.cache_write_cost_per_mtok
from public.bedrock_models as bm;

-- A definer: whoever may change a model's row must not be able to rewrite what it cost.
create function private.record_model_prices()
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
      cache_write_cost_per_mtok)
    values (
      new.model_id, moment, new.input_cost_per_mtok, new.output_cost_per_mtok,
      new.cache_read_cost_per_mtok, new.cache_write_cost_per_mtok);
  end if;
  return null;
end;
$$;
comment on function private.record_model_prices() is
  'Trigger: ends the period of a model''s prices and begins the next.';

create trigger record_prices after insert or delete on public.bedrock_models
  for each row execute function private.record_model_prices();
create trigger record_changed_prices
  after update of
    model_id, input_cost_per_mtok, output_cost_per_mtok, cache_read_cost_per_mtok,
    cache_write_cost_per_mtok
  on public.bedrock_models
  for each row when (
    (old.model_id, old.input_cost_per_mtok, old.output_cost_per_mtok,
      old.cache_read_cost_per_mtok, old.cache_write_cost_per_mtok)
    is distinct from
    (new.model_id, new.input_cost_per_mtok, new.output_cost_per_mtok,
      new.cache_read_cost_per_mtok, new.cache_write_cost_per_mtok))
  execute function private.record_model_prices();

create function private.price_at(of_model_id text, moment timestamptz)
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
comment on function private.price_at(text, timestamptz) is
  'The prices of a model that held at a moment; null where the registry had no such model.';
revoke execute on function private.price_at(text, timestamptz) from public, anon, authenticated;
grant execute on function private.price_at(text, timestamptz) to service_role;

create function private.cost_of_tokens(
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
    ) * 0.000001;
$$;
comment on function private.cost_of_tokens(public.model_prices, bigint, bigint, bigint, bigint) is
  'USD for these tokens at these prices; null where a price or a count is not known.';
revoke execute on function
  private.cost_of_tokens(public.model_prices, bigint, bigint, bigint, bigint)
  from public, anon;
grant execute on function
  private.cost_of_tokens(public.model_prices, bigint, bigint, bigint, bigint)
  to authenticated, service_role;
