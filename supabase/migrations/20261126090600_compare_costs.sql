-- What the same tokens would have cost on another model, at its present prices.

create function public.what_if_report(p_model_id text, p_from timestamptz, p_to timestamptz)
returns jsonb
language plpgsql
stable
set search_path = ''
set statement_timeout = '30s'
as $$
declare
  model public.bedrock_models;
  price public.model_prices;
  report jsonb;
begin
  select * into model from public.bedrock_models as bm where bm.model_id = p_model_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no model %s in the registry.', p_model_id),
      detail = 'model_not_found',
      hint = 'Registered: ' || coalesce((
        select string_agg(bm.model_id, ', ' order by bm.priority, bm.model_id)
        from public.bedrock_models as bm), 'none');
  end if;
  if model.input_cost_per_mtok is null or model.output_cost_per_mtok is null then
    raise exception using
      errcode = 'PT409',
      message = format('The price of %s is not known.', p_model_id),
      detail = 'price_unknown',
      hint = 'Set input_cost_per_mtok and output_cost_per_mtok in its row.';
  end if;
  -- Cached tokens without a price of their own are taken to be paid in full.
  price.input_cost_per_mtok := model.input_cost_per_mtok;
  price.output_cost_per_mtok := model.output_cost_per_mtok;
  price.cache_read_cost_per_mtok :=
    coalesce(model.cache_read_cost_per_mtok, model.input_cost_per_mtok);
  price.cache_write_cost_per_mtok :=
    coalesce(model.cache_write_cost_per_mtok, model.input_cost_per_mtok);

  with by_model as (
    select
      f.model_id,
      sum(f.turns) as turns,
      sum(f.unpriced) as unpriced,
      sum(f.cost_usd) as actual_usd,
      private.cost_of_tokens(
        price, sum(f.input_tokens)::bigint, sum(f.output_tokens)::bigint,
        sum(f.cache_read_tokens)::bigint, sum(f.cache_write_tokens)::bigint) as what_if_usd,
      model.cache_read_cost_per_mtok is null and sum(f.cache_read_tokens) > 0
        or model.cache_write_cost_per_mtok is null and sum(f.cache_write_tokens) > 0
        as cache_as_input
    from public.usage_figures(p_from, p_to, 'total') as f
    group by f.model_id
  )
  select jsonb_build_object(
    'from', p_from, 'to', p_to, 'model_id', model.model_id, 'model_name', model.model_name,
    'turns', coalesce(sum(m.turns), 0),
    'unpriced', coalesce(sum(m.unpriced), 0),
    'actual_usd', coalesce(sum(m.actual_usd), 0),
    'what_if_usd', coalesce(sum(m.what_if_usd), 0),
    'difference_usd', coalesce(sum(m.what_if_usd) - sum(m.actual_usd), 0),
    'cache_as_input', coalesce(bool_or(m.cache_as_input), false),
    'by_model', coalesce(jsonb_agg(jsonb_build_object(
      'model_id', m.model_id, 'turns', m.turns, 'unpriced', m.unpriced,
      'actual_usd', m.actual_usd,
      'what_if_usd', m.what_if_usd) order by m.actual_usd desc, m.model_id), '[]'))
  into report
  from by_model as m;
  return report;
end;
$$;
comment on function public.what_if_report(text, timestamptz, timestamptz) is
  'What the tokens of [p_from, p_to) cost, and what they would have cost on another model at its present prices; models count tokens differently, so it is an estimate. Tokens that no model told are in neither sum; those of turns whose cost is not known are in the second only. PT404 model_not_found, PT409 price_unknown. One JSON object.';
revoke execute on function public.what_if_report(text, timestamptz, timestamptz)
  from public, anon;
grant execute on function public.what_if_report(text, timestamptz, timestamptz)
  to authenticated, service_role;
